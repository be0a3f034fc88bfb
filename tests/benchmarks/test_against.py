"""The comparison of two checkouts: what counts as a figure, and what is worse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.against import figures_in, verdict
from benchmarks.alternate import alternate, ratio
from benchmarks.table import Row, write


def test_the_figures_of_a_table_are_read_back_with_their_units(tmp_path: Path) -> None:
    ours = {"a": "0.49 us", "b": "1.5 ms", "c": "52,062 frames/s", "d": "+7.1 MB", "e": "25.0% of a core", "f": ""}
    write(tmp_path / "x.json", [Row(measure, text, "", "", "", True) for measure, text in ours.items()])
    assert figures_in(tmp_path / "x.json") == {
        "a": (0.49, "us"),
        "b": (1500.0, "us"),
        "c": (52062.0, "frames/s"),
        "d": (7.1, "MB"),
        "e": (25.0, "%"),
    }


def test_the_medians_that_the_condition_benchmark_wrote_before_are_figures_too(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"medians_ns": {"standard: truth": 480.0}, "ratios": {}}))
    assert figures_in(tmp_path / "x.json") == {"standard: truth": (0.48, "us")}


@pytest.mark.parametrize(
    ("ours", "unit", "said"),
    [
        ([5.0, 6.0, 7.0], "us", "no worse"),
        ([3.0, 3.5, 9.0], "us", "better"),
        ([5.0, 9.0, 9.5], "us", "worse"),
        ([3.0, 3.5, 9.0], "frames/s", "worse"),
        ([5.0, 9.0, 9.5], "/s", "better"),
        ([9.0], "MB", "worse"),
    ],
)
def test_a_figure_is_no_worse_when_its_median_lies_within_the_others_spread(
    ours: list[float], unit: str, said: str
) -> None:
    assert verdict(ours, [5.0, 6.0, 8.0], unit) == said


def test_sides_take_turns_and_the_warm_up_does_not_count() -> None:
    calls: list[str] = []

    def side(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    samples = alternate({"one": lambda: side("one"), "two": lambda: side("two")}, rounds=2)
    assert calls == ["one", "two", "two", "one", "one", "two"]
    assert samples == {"one": [4.0, 5.0], "two": [3.0, 6.0]}
    assert ratio(samples, "two", "one") == pytest.approx((3 / 4 + 6 / 5) / 2)

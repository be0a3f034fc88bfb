"""A sample knows which keys there were; where it had to stop looking, it claims nothing."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.conditions import sample as sample_module
from securos_trigger.conditions.sample import Miss, Sample
from securos_trigger.conditions.syntax import Step, Wildcard


def sample_of(*frames: Any) -> Sample:
    sample = Sample()
    for frame in frames:
        sample.add(frame)
    return sample


def kinds(sample: Sample, *steps: Step) -> set[str]:
    found = sample.find(steps)
    assert not isinstance(found, Miss)
    return {kind for place in found for kind in place.kinds}


def test_all_frames_together_make_the_sample() -> None:
    sample = sample_of({"a": 1}, {"a": "x", "b": None}, {"c": [{"d": 1.5}, {"e": True}]})
    assert sample.frames == 3
    assert kinds(sample, "a") == {"a number", "text"}
    assert kinds(sample, "b") == {"null"}
    assert kinds(sample, "c") == {"a list"}
    for item in (0, -1, "0", Wildcard("*")):
        assert kinds(sample, "c", item, "d") == {"a number"}
    assert kinds(sample, Wildcard("*")) == {"a number", "text", "null", "a list"}


def test_a_path_that_was_never_there_tells_where_it_ends() -> None:
    sample = sample_of({"a": {"b": 1, "c": 2}})
    assert sample.find(["a", "x", "y"]) == Miss(("a",), "x", ("b", "c"))
    assert sample.find(["a", "b", "y"]) == Miss(("a", "b"), "y", ())


def test_nothing_is_claimed_below_a_place_that_was_too_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_module, "MAX_PLACES", 50)
    sample = sample_of({"full": {str(n): n for n in range(100)}})
    assert sample.find(["full", "99"]) == ()
    assert isinstance(sample.find(["other"]), Miss)


def test_nothing_is_claimed_below_a_place_that_was_too_deep() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"a": deep}
    sample = sample_of(deep)
    assert sample.find(["a"] * 60) == ()
    assert isinstance(sample.find(["a", "b"]), Miss)

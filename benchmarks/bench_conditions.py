"""How fast a condition is, against the same written by hand in Python and against the vendor's public helper.

python -m benchmarks.bench_conditions [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from lumeo.pipeline.metadata import eval_trigger_condition
from simpleeval import EvalWithCompoundTypes

from benchmarks.alternate import Samples, alternate, call_us, ratio
from benchmarks.table import Row, report
from securos_trigger.conditions import Condition

STANDARD = (
    "nodes.annotate_line_counter1.lines.line1.total_objects_crossed_delta > 0"
    " and nodes.annotate_presence1.rois.fullframe.current_objects >= 2"
)
LOOP = 'any(o.label == "bicycle" and o.probability > 0.6 for o in objects)'
COUNT = "sum(1 for o in objects if o.probability > 0.6) >= 40"
WILDCARD = "nodes.*.rois.*.current_objects >= 4"
WITHOUT_KEY = 7  # the object that lacks a key, of 50

BY_HAND_BAR = 1.20
LOOP_BAR = 1.15
KEY_MISSING_BAR = 2.0
PATH_MISSING_BAR_US = 1.5
HELPER_BAR = 3_000


def metadata(object_count: int) -> dict[str, Any]:
    """A frame of five nodes and `object_count` objects, none of them a bicycle."""
    return {
        "nodes": {
            "annotate_line_counter1": {"lines": {"line1": {"total_objects_crossed_delta": 1, "totals": 40}}},
            "annotate_presence1": {"rois": {"fullframe": {"current_objects": 3, "objects_entered_delta": 0}}},
            "annotate_motion1": {"rois": {"fullframe": {"motion": True}}},
            "gpt1": {"fullframe": {"label": "a street"}},
            "function1": {"text": "none"},
        },
        "objects": [
            {
                "id": number,
                "label": "car" if number % 2 else "person",
                "class_id": number % 2,
                "probability": 0.5 + number / 200,
                "rect": {"left": 10, "top": 20, "width": 30, "height": 40},
                "attributes": [{"label": "red"}],
            }
            for number in range(object_count)
        ],
    }


def metadata_without(key: str) -> dict[str, Any]:
    """A frame of 50 objects, of which one lacks a key."""
    frame = metadata(50)
    del frame["objects"][WITHOUT_KEY][key]
    return frame


def standard_by_hand(frame: dict[str, Any]) -> Any:
    """The standard condition, as a person would write it."""
    return (
        frame["nodes"]["annotate_line_counter1"]["lines"]["line1"]["total_objects_crossed_delta"] > 0
        and frame["nodes"]["annotate_presence1"]["rois"]["fullframe"]["current_objects"] >= 2
    )


def loop_by_hand(frame: dict[str, Any]) -> bool:
    """The loop with `any`, as a person would write it."""
    return any(o["label"] == "bicycle" and o["probability"] > 0.6 for o in frame["objects"])


def count_by_hand(frame: dict[str, Any]) -> bool:
    """The loop with `sum`, as a person would write it."""
    return sum(1 for o in frame["objects"] if o["probability"] > 0.6) >= 40


def standard(rounds: int) -> Samples:
    """The standard condition on a frame of 5 nodes and 10 objects, and on one where the line counter is silent."""
    frame, silent = metadata(10), metadata(10)
    del silent["nodes"]["annotate_line_counter1"]
    condition = Condition(STANDARD)
    assert standard_by_hand(frame) and condition.fires(frame) and eval_trigger_condition(frame, STANDARD)
    return alternate(
        {
            "truth": call_us(condition.truth, frame, repeats=2_000),
            "fires": call_us(condition.fires, frame, repeats=2_000),
            "by hand": call_us(standard_by_hand, frame, repeats=2_000),
            "path missing": call_us(condition.truth, silent, repeats=2_000),
            "helper": call_us(eval_trigger_condition, frame, STANDARD, repeats=4),
            "simpleeval": call_us(_parsed_by_simpleeval(STANDARD, frame), repeats=100),
            "empty": call_us(lambda frame: None, frame, repeats=2_000),
        },
        rounds,
    )


def _parsed_by_simpleeval(condition: str, names: dict[str, Any]) -> Callable[[], object]:
    engine = EvalWithCompoundTypes(names=names)
    parsed = engine.parse(condition)
    return partial(engine.eval, condition, previously_parsed=parsed)


def loops(rounds: int) -> Samples:
    """Loops over 50 objects, none of which is a bicycle, and a wildcard."""
    frame = metadata(50)
    condition, count, wildcard = Condition(LOOP), Condition(COUNT), Condition(WILDCARD)
    assert loop_by_hand(frame) is condition.fires(frame) is eval_trigger_condition(frame, LOOP) is False
    assert count_by_hand(frame) is count.fires(frame) is eval_trigger_condition(frame, COUNT)
    return alternate(
        {
            "any": call_us(condition.truth, frame, repeats=200),
            "any by hand": call_us(loop_by_hand, frame, repeats=200),
            "any, label missing": call_us(condition.truth, metadata_without("label"), repeats=100),
            "sum": call_us(count.truth, frame, repeats=200),
            "sum by hand": call_us(count_by_hand, frame, repeats=200),
            "sum, probability missing": call_us(count.truth, metadata_without("probability"), repeats=100),
            "wildcard": call_us(wildcard.truth, frame, repeats=500),
            "wildcard helper": call_us(eval_trigger_condition, frame, WILDCARD, repeats=2),
            "read": call_us(Condition, STANDARD, repeats=4),
        },
        rounds,
    )


def standard_rows(samples: Samples) -> list[Row]:
    """The rows of the standard condition."""
    times_faster = ratio(samples, "helper", "truth")
    missing_us = median(samples["path missing"])
    return [
        _against(samples, "standard: truth", "truth", "by hand", BY_HAND_BAR),
        _against(samples, "standard: fires", "fires", "by hand", BY_HAND_BAR),
        Row(
            "standard: truth, against the helper",
            _us(samples["truth"]),
            f"lumeo's helper {_us(samples['helper'])}",
            f"{times_faster:,.0f} x faster",
            f"at least {HELPER_BAR:,} x",
            times_faster >= HELPER_BAR,
        ),
        Row(
            "standard: path missing",
            _us(samples["path missing"]),
            f"every path present {_us(samples['truth'])}",
            f"{ratio(samples, 'path missing', 'truth'):.2f}",
            f"under {PATH_MISSING_BAR_US} us",
            missing_us < PATH_MISSING_BAR_US,
        ),
        _for_information("standard: simpleeval, parsed before", samples["simpleeval"]),
        _for_information("an empty call", samples["empty"]),
    ]


def loop_rows(samples: Samples) -> list[Row]:
    """The rows of loops and wildcards."""
    return [
        _against(samples, "any over 50 objects: truth", "any", "any by hand", LOOP_BAR),
        _against(samples, "any over 50 objects: one label missing", "any, label missing", "any", KEY_MISSING_BAR),
        _against(samples, "sum over 50 objects: truth", "sum", "sum by hand", LOOP_BAR),
        _against(
            samples, "sum over 50 objects: one probability missing", "sum, probability missing", "sum", KEY_MISSING_BAR
        ),
        Row(
            "wildcard over 5 nodes: truth",
            _us(samples["wildcard"]),
            f"lumeo's helper {_us(samples['wildcard helper'])}",
            f"{ratio(samples, 'wildcard helper', 'wildcard'):,.0f} x faster",
            "",
            True,
        ),
        _for_information("read and compile the standard condition", samples["read"]),
    ]


def _against(samples: Samples, measure: str, ours: str, other: str, bar: float) -> Row:
    times = ratio(samples, ours, other)
    return Row(
        measure,
        _us(samples[ours]),
        f"{other} {_us(samples[other])}",
        f"{times:.2f}",
        f"within {bar:.2f} x",
        times <= bar,
    )


def _for_information(measure: str, samples_us: Sequence[float]) -> Row:
    return Row(measure, _us(samples_us), "", "", "", True)


def _us(samples_us: Sequence[float]) -> str:
    return f"{median(samples_us):,.2f} us"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--rounds", type=int, default=25, help="turns of each side")
    options = parser.parse_args(argv)
    rows = standard_rows(standard(options.rounds)) + loop_rows(loops(options.rounds))
    return report("The condition", rows, options.json)


if __name__ == "__main__":
    raise SystemExit(main())

"""How fast is a condition? Both sides of each line are measured in turn in one run; medians, in nanoseconds.

Run: `python benchmarks/bench_conditions.py [--json FILE] [--rounds N]`
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lumeo.pipeline.metadata import eval_trigger_condition
from simpleeval import EvalWithCompoundTypes

from securos_trigger.conditions import Condition

STANDARD = (
    "nodes.annotate_line_counter1.lines.line1.total_objects_crossed_delta > 0"
    " and nodes.annotate_presence1.rois.fullframe.current_objects >= 2"
)
LOOP = 'any(o.label == "bicycle" and o.probability > 0.6 for o in objects)'
COUNT = "sum(1 for o in objects if o.probability > 0.6) >= 40"
WILDCARD = "nodes.*.rois.*.current_objects >= 4"

#: What is called, with what it is called, and how often in one round.
Side = tuple[Callable[..., object], tuple[object, ...], int]


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


#: What was measured -> nanoseconds for one call, in each round.
Samples = dict[str, list[float]]


def _measure(sides: dict[str, Side], rounds: int) -> Samples:
    """The sides take turns, so that a busy machine is busy for all."""
    samples: Samples = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (function, arguments, repeats) in sides.items():
            started_ns = time.perf_counter_ns()
            for _ in range(repeats):
                function(*arguments)
            samples[name].append((time.perf_counter_ns() - started_ns) / repeats)
    return samples


def _parsed_by_simpleeval(condition: str, names: dict[str, Any]) -> Callable[[], object]:
    engine = EvalWithCompoundTypes(names=names)
    parsed = engine.parse(condition)
    return lambda: engine.eval(condition, previously_parsed=parsed)


def standard(rounds: int) -> Samples:
    """The standard condition on a frame of 5 nodes and 10 objects, and on one where the line counter is silent."""
    frame, silent = metadata(10), metadata(10)
    del silent["nodes"]["annotate_line_counter1"]
    truth = Condition(STANDARD).truth
    fires = Condition(STANDARD).fires

    def by_hand(frame: dict[str, Any]) -> Any:
        return (
            frame["nodes"]["annotate_line_counter1"]["lines"]["line1"]["total_objects_crossed_delta"] > 0
            and frame["nodes"]["annotate_presence1"]["rois"]["fullframe"]["current_objects"] >= 2
        )

    assert by_hand(frame) and fires(frame) and eval_trigger_condition(frame, STANDARD)
    return _measure(
        {
            "standard: truth": (truth, (frame,), 2_000),
            "standard: fires": (fires, (frame,), 2_000),
            "standard: by hand": (by_hand, (frame,), 2_000),
            "standard: helper": (eval_trigger_condition, (frame, STANDARD), 4),
            "standard: simpleeval, parsed before": (_parsed_by_simpleeval(STANDARD, frame), (), 100),
            "standard: path missing": (truth, (silent,), 2_000),
            "an empty call": (lambda frame: None, (frame,), 2_000),
        },
        rounds,
    )


def loop(rounds: int) -> Samples:
    """A comprehension over 50 objects, none of which matches, and a wildcard."""
    frame, mixed = metadata(50), metadata(50)
    del mixed["objects"][7]["label"]
    condition, wildcard = Condition(LOOP), Condition(WILDCARD)

    def by_hand(frame: dict[str, Any]) -> bool:
        return any(o["label"] == "bicycle" and o["probability"] > 0.6 for o in frame["objects"])

    count = Condition(COUNT)

    def count_by_hand(frame: dict[str, Any]) -> bool:
        return sum(1 for o in frame["objects"] if o["probability"] > 0.6) >= 40

    assert by_hand(frame) is condition.fires(frame) is eval_trigger_condition(frame, LOOP) is False
    assert count_by_hand(frame) is count.fires(frame) is eval_trigger_condition(frame, COUNT)
    return _measure(
        {
            "any over 50 objects: truth": (condition.truth, (frame,), 200),
            "any over 50 objects: by hand": (by_hand, (frame,), 200),
            "any over 50 objects: one label missing": (condition.truth, (mixed,), 50),
            "sum over 50 objects: truth": (count.truth, (frame,), 200),
            "sum over 50 objects: by hand": (count_by_hand, (frame,), 200),
            "wildcard over 5 nodes: truth": (wildcard.truth, (frame,), 500),
            "wildcard over 5 nodes: helper": (eval_trigger_condition, (frame, WILDCARD), 2),
        },
        rounds,
    )


def reading(rounds: int) -> Samples:
    """What it costs to read a condition and to make its functions, once at start-up."""
    return _measure({"read and compile the standard condition": (Condition, (STANDARD,), 4)}, rounds)


MISSING_BAR_NS = 3_000
#: (what, numerator, denominator, bar): the median of the rounds' ratios must be at most the bar.
RATIOS = (
    ("standard: truth / by hand", "standard: truth", "standard: by hand", 2.0),
    ("standard: fires / by hand", "standard: fires", "standard: by hand", 2.0),
    ("standard: truth / helper", "standard: truth", "standard: helper", 1 / 1_000),
    ("any over 50: truth / by hand", "any over 50 objects: truth", "any over 50 objects: by hand", 1.5),
    ("sum over 50: truth / by hand", "sum over 50 objects: truth", "sum over 50 objects: by hand", 1.5),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON when asked. Returns 0 when every bar is reached, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args(argv)
    samples = {**standard(arguments.rounds), **loop(arguments.rounds), **reading(arguments.rounds)}
    medians_ns = {name: statistics.median(values) for name, values in samples.items()}
    for name, value in medians_ns.items():
        print(f"{name:<42} {value:>12,.0f} ns")
    print()
    ratios, reached = {}, {}
    for name, above, below, bar in RATIOS:
        ratios[name] = statistics.median(a / b for a, b in zip(samples[above], samples[below], strict=True))
        reached[name] = ratios[name] <= bar
        print(f"{name:<42} {_times(ratios[name]):>15}   bar {_times(bar):>9}   {_verdict(reached[name])}")
    missing_ns = medians_ns["standard: path missing"]
    reached["path missing"] = missing_ns < MISSING_BAR_NS
    verdict = _verdict(reached["path missing"])
    print(f"{'path missing':<42} {missing_ns:>12,.0f} ns   bar {MISSING_BAR_NS:,} ns    {verdict}")
    if arguments.json:
        report = {"medians_ns": medians_ns, "ratios": ratios, "reached": reached}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if all(reached.values()) else 1


def _verdict(is_reached: bool) -> str:
    return "ok" if is_reached else "MISSED"


def _times(ratio: float) -> str:
    return f"{ratio:.2f} x" if ratio > 0.1 else f"1/{1 / ratio:,.0f} x"


if __name__ == "__main__":
    raise SystemExit(main())

"""`explain` answers "why did it not fire?": every clause, its truth, and the values it saw."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np

from securos_trigger.conditions import Clause, Condition, PathValue, Truth

FRAME: dict[str, Any] = {
    "nodes": {"zone1": {"cnt": 3, "label": "a\nb", "motion": None}, "gpt1": {"text": "x" * 200}},
    "objects": [{"label": "car"}],
    "nan": float("nan"),
    "huge": 10**5000,
}


def test_a_table_shows_each_clause_with_its_truth_and_its_values() -> None:
    text = 'nodes.zone1.cnt >= 4 and not (nodes.zone2.cnt > 0)\n or any(o.label = "bus" for o in objects)'
    assert str(Condition(text).explain(FRAME)).splitlines() == [
        'false        nodes.zone1.cnt >= 4 and not (nodes.zone2.cnt > 0) or any(o.label = "bus" for o in objects)',
        "false          nodes.zone1.cnt >= 4 and not (nodes.zone2.cnt > 0)",
        "false            nodes.zone1.cnt >= 4                 nodes.zone1.cnt = 3",
        "unknown          not (nodes.zone2.cnt > 0)",
        "unknown            nodes.zone2.cnt > 0                nodes.zone2.cnt is missing",
        'false          any(o.label = "bus" for o in objects)  objects is a list of 1',
    ]


def test_a_clause_knows_its_place_and_what_it_saw() -> None:
    explanation = Condition("true and nodes.zone1.cnt > 1").explain(FRAME)
    assert explanation.truth is Truth.TRUE
    assert explanation.clauses == (
        Clause("true and nodes.zone1.cnt > 1", 0, 28, 0, Truth.TRUE, ()),
        Clause("true", 0, 4, 1, Truth.TRUE, ()),
        Clause("nodes.zone1.cnt > 1", 9, 28, 1, Truth.TRUE, (PathValue("nodes.zone1.cnt", 3),)),
    )


def test_each_path_of_a_clause_is_shown_once() -> None:
    (clause,) = Condition("nodes.zone1.cnt + nodes.zone1.cnt < nodes.*.cnt").explain(FRAME).clauses
    assert clause.seen == (PathValue("nodes.zone1.cnt", 3), PathValue("nodes.*.cnt", 3))


def test_values_are_shown_so_that_a_line_stays_a_line() -> None:
    text = "nodes.zone1.label = nodes.gpt1.text or nodes.zone1.motion = huge or nan = objects[0] or nodes = true"
    seen = [str(seen) for clause in Condition(text).explain(FRAME).clauses for seen in clause.seen]
    assert seen == [
        'nodes.zone1.label = "a\\nb"',
        f'nodes.gpt1.text = "{"x" * 80}…"',
        "nodes.zone1.motion = null",
        "huge is a whole number of 16610 bits",
        "nan = nan",
        "objects[0] is an object of 1",
        "nodes is an object of 2",
    ]


def test_json_is_plain_and_finite() -> None:
    explanation = Condition("nan > 0 or missing").explain({**FRAME, "label": "\ud800"})
    assert json.loads(json.dumps(explanation.to_json(), allow_nan=False)) == {
        "truth": "unknown",
        "clauses": [
            {"text": "nan > 0 or missing", "start": 0, "end": 18, "depth": 0, "truth": "unknown", "seen": []},
            {
                "text": "nan > 0",
                "start": 0,
                "end": 7,
                "depth": 1,
                "truth": "false",
                "seen": [{"path": "nan", "value": "nan", "missing": False, "described": False}],
            },
            {
                "text": "missing",
                "start": 11,
                "end": 18,
                "depth": 1,
                "truth": "unknown",
                "seen": [{"path": "missing", "value": None, "missing": True, "described": False}],
            },
        ],
    }


def test_what_is_no_data_is_said_by_its_type_and_not_to_be_missing() -> None:
    metadata = {"seen_at": datetime(2026, 1, 1), "frames": iter([1]), "image": np.zeros((300, 300))}
    lines = str(
        Condition("seen_at > 1 or any(f > 1 for f in frames) or image[0][0] > 1 or image > 1").explain(metadata)
    )
    assert lines.splitlines()[1:] == [
        "unknown        seen_at > 1                 seen_at is a datetime, which a condition cannot read",
        "unknown        any(f > 1 for f in frames)  frames is a list_iterator, which a condition cannot read",
        "false          image[0][0] > 1             image[0][0] = 0.0",
        "unknown        image > 1                   image is an array of 90,000 values, which a condition cannot read",
    ]


def test_a_number_of_numpy_is_shown_as_a_number() -> None:
    assert str(Condition("score > 0.4").explain({"score": np.float32(0.5)})) == "true         score > 0.4  score = 0.5"


def test_the_length_of_a_list_is_shown_as_its_number_and_what_has_none_as_it_is() -> None:
    text = "len(objects) > 100 and len(nodes.zone1.cnt) > 1 or len(nodes.no) > len(objects)"
    seen = [str(seen) for clause in Condition(text).explain(FRAME).clauses for seen in clause.seen]
    assert seen == ["len(objects) = 1", "nodes.zone1.cnt = 3", "nodes.no is missing", "len(objects) = 1"]


def test_the_clauses_alone_are_those_of_the_explanation() -> None:
    condition = Condition("nodes.zone1.cnt >= 4 or nodes.zone2.cnt > 0")
    assert condition.clauses(FRAME) == condition.explain(FRAME).clauses != ()

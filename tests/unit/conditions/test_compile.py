"""The fast path and the exact path are two roads to the same answer."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.conditions import Condition, Truth
from securos_trigger.conditions.compile import FastPath
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.truth import truth_of

GAVE_UP = object()


def test_an_ordinary_frame_needs_the_fast_path_only() -> None:
    frame = {"a": {"n": 2, "t": "car", "b": True}, "objects": [{"label": "car", "p": 0.5}] * 3}
    for text in (
        "a.n > 0 and a.t = 'car' or not a.b",
        "a.n + 1 in [3, 4] and 1 < a.n <= 2",
        "any(o.label == 'car' and o.p > 0.4 for o in objects)",
        "sum(o.p for o in objects) > 1 and len([o for o in objects]) = 3 and max(o.p for o in objects) = 0.5",
        "a.* = 3 and lower(a.t) = 'car' and len(objects) = 3 and a.n * 2 = 4 and -a.n < 0",
    ):
        assert FastPath(parse(text)).function(GAVE_UP)(frame) is True


MIXED: dict[str, Any] = {
    "nodes": {"0": {"n": 1}, "a": {"n": 2}, "b": {"n": "text"}},
    "list": [{"n": 1}, {"n": 2}],
    "objects": [{"p": 0.9, "t": "car", "parts": [{"x": 1}]}, {"t": "car"}, {"p": "high", "t": "bus", "parts": [{}]}],
}


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        # One operand is unknown: the others may still decide.
        ("nodes.gone.n > 0 and nodes.a.n > 5", Truth.FALSE),
        ("nodes.gone.n > 0 and nodes.a.n > 1", Truth.UNKNOWN),
        ("nodes.gone.n > 0 or nodes.a.n > 1", Truth.TRUE),
        ("nodes.gone.n > 0 or nodes.a.n > 5", Truth.UNKNOWN),
        ("nodes.a.n > 1 and (nodes.gone.n > 0 or nodes.a.n > 1)", Truth.TRUE),
        ("not (nodes.gone.n > 0 or nodes.a.n > 1)", Truth.FALSE),
        ("nodes.a.n < 1 < nodes.gone.n", Truth.FALSE),
        ("nodes.b.n > 0 or nodes.a.n = 2", Truth.TRUE),
        # What is no boolean decides as in Python.
        ("nodes.gone.n and nodes.a.n", Truth.UNKNOWN),
        ("nodes.a.n and nodes.b.n", Truth.NOT_BOOLEAN),
        ("nodes.gone or nodes.a.n", Truth.TRUE),
        # Paths with common keys: the root is missing, holds digits, or ends in a wildcard.
        ("away.a.n > 0 or away.b.n > 0", Truth.UNKNOWN),
        ("away.*.n = 0 or away.b.n > 0", Truth.UNKNOWN),
        ("list.0.n = 1 and list.1.n = 2", Truth.TRUE),
        ("list.0.n = 1 and list.0.gone = 2", Truth.UNKNOWN),
        ("nodes.0.n = 1 and nodes.a.n = 2", Truth.TRUE),
        # One item of a loop lacks a key, or has another type.
        ('any(o.p > 0.5 and o.t = "car" for o in objects)', Truth.TRUE),
        ('any(o.p > 0.95 and o.t = "car" for o in objects)', Truth.UNKNOWN),
        ('any(o.p > 0.95 and o.t = "van" for o in objects)', Truth.FALSE),
        ("all(o.p < 0.5 for o in objects)", Truth.FALSE),
        ("all(o.p > 0.5 for o in objects)", Truth.UNKNOWN),
        ("any(o.gone > 0 for o in objects) or nodes.a.n = 2", Truth.TRUE),
        ("sum(1 for o in objects if o.p > 0.5) = 1", Truth.UNKNOWN),
        ('sum(1 for o in objects if o.t = "car" and o.p > 0.5) = 1', Truth.UNKNOWN),
        ('sum(1 for o in objects if o.t = "bus" and o.p > 0.5) = 0', Truth.UNKNOWN),
        ('sum(1 for o in objects if o.t = "van" and o.p > 0.5) = 0', Truth.TRUE),
        ('sum(o.t for o in objects if o.t = "car") = 0', Truth.UNKNOWN),
        ("sum(o.p for o in objects) > 0", Truth.UNKNOWN),
        ('len([o.p for o in objects if o.t = "car"]) = 2', Truth.UNKNOWN),
        ('max(o.p for o in objects if o.t = "bus") = "high"', Truth.TRUE),
        ("any(x.x = 1 for o in objects for x in o.parts)", Truth.TRUE),
        ("any(x.x = 2 for o in objects for x in o.parts)", Truth.UNKNOWN),
        ('sum(x.x for o in objects if o.t = "car" for x in o.parts) = 1', Truth.UNKNOWN),
        ("sum(1 for o in objects for x in o.parts if x.gone > 0 if nodes.a.n = 3) = 0", Truth.UNKNOWN),
        ("len(gone.list) = 0 or len(objects) = 3", Truth.TRUE),
        ("sum(1 for o in gone.list) = 0", Truth.UNKNOWN),
    ],
)
def test_what_is_missing_makes_its_own_clause_unknown_only(text: str, truth: Truth) -> None:
    assert truth_of(evaluator(parse(text))((MIXED,))) is truth
    assert Condition(text).truth(MIXED) is truth
    assert Condition(text).fires(MIXED) is (truth is Truth.TRUE)

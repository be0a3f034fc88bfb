"""The fast path and the exact path are two roads to the same answer."""

from __future__ import annotations

from securos_trigger.conditions import Truth
from securos_trigger.conditions.compile import FastPath
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
        fast = FastPath(parse(text)).function(Truth.TRUE, Truth.FALSE, truth_of, lambda _: GAVE_UP)
        assert fast(frame) is Truth.TRUE

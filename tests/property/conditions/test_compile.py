"""The fast path and the exact path are two roads to the same answer, for any condition and any frame."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.conditions import Condition, Truth
from securos_trigger.conditions.compile import FastPath
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.truth import truth_of
from tests.unit.conditions.generators import expressions, frames

GAVE_UP = object()


@given(expressions(), st.lists(frames, min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_the_fast_path_agrees_with_the_exact_path_or_gives_up(text: str, metadatas: list[dict[str, Any]]) -> None:
    tree = parse(text)
    fast, exact = FastPath(tree).function(GAVE_UP), evaluator(tree)
    for metadata in metadatas:
        value = fast(metadata)
        assert value is GAVE_UP or truth_of(value) is truth_of(exact((metadata,)))


@given(expressions(), st.lists(frames, min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_a_condition_answers_as_the_exact_path_does(text: str, metadatas: list[dict[str, Any]]) -> None:
    condition, exact = Condition(text), evaluator(parse(text))
    for metadata in metadatas:
        answer = truth_of(exact((metadata,)))
        assert condition.truth(metadata) is answer
        assert condition.fires(metadata) is (answer is Truth.TRUE)
        assert condition.explain(metadata).truth is answer

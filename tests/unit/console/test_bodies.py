"""What a request may bring."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from securos_trigger.console.bodies import MAX_VALUES, Change, NewNode, NewPipeline


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "no null and no NaN"),
        ([1, [None]], "no null and no NaN"),
        ({"a": {"b": None}}, "no null and no NaN"),
        (float("nan"), "no null and no NaN"),
        (["1"] * MAX_VALUES, f"more than {MAX_VALUES} values"),
        ({str(number): 1 for number in range(MAX_VALUES)}, f"more than {MAX_VALUES} values"),
        ("\0", "a NUL character"),
        ("\ud800", "half a character"),
    ],
)
def test_what_no_configuration_can_hold_is_refused(value: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Change(values={"key": value})


def test_what_a_configuration_can_hold_is_accepted() -> None:
    values = {"rois": {"left": [[0.0, 0.5], [1.0, 1.0]]}, "iss_camera_ids": ["1"] * 900, "hold": 0, "loop": False}
    assert Change(values=values).values == values


@pytest.mark.parametrize("name", ["a/b", "../../x", "x\n[console]", "x\x1b[2J"])
def test_a_new_name_is_one_line_without_a_slash(name: str) -> None:
    with pytest.raises(ValidationError, match="one line of text without a slash"):
        NewPipeline(name=name, source={})
    with pytest.raises(ValidationError, match="one line of text without a slash"):
        NewNode(values={"id": name})
    with pytest.raises(ValidationError, match="one line of text without a slash"):
        NewPipeline(name="Yard 2, Tür", source={}, nodes=[{"id": name}])

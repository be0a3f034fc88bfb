"""What a request may bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import TypeAdapter, ValidationError

from securos_trigger.console.bodies import (
    MAX_ITEMS,
    MAX_UNKNOWN,
    MAX_VALUES,
    Body,
    Change,
    Login,
    NameInPath,
    NewPipeline,
    Retry,
    SourceChange,
)
from tests.unit.console.scripts import script_function


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


@pytest.mark.parametrize(
    "name", ["Yard 2, Tür", "a/b", ".", "..", "../x", "~1", "~0~2", "a%2Fb", "a b#c?", "\u202egnp"]
)
def test_a_name_of_a_file_comes_through_an_address_whatever_it_is(name: str, tmp_path: Path) -> None:
    with script_function("name_in_path.js", "nameInPath", tmp_path) as name_in_path:
        part = unquote(name_in_path(name))
    assert "/" not in part
    assert part not in (".", "..")
    assert TypeAdapter(NameInPath).validate_python(part) == name


@pytest.mark.parametrize(
    ("model", "body", "why"),
    [
        (Login, {str(number): 1 for number in range(4 + MAX_UNKNOWN + 1)}, "25 keys, and 4 are known here"),
        (SourceChange, {"cameras": {str(number): 1 for number in range(501)}}, "more than 500 entries"),
        (Retry, {"cameras": {str(number): 1 for number in range(65)}}, "more than 64 entries"),
        (NewPipeline, {"cameras": {str(number): 1 for number in range(MAX_ITEMS // 2)}}, f"more than {MAX_ITEMS} keys"),
        (NewPipeline, {"nodes": [[[]] * (MAX_ITEMS // 10)] * 10}, f"more than {MAX_ITEMS} keys"),
        (NewPipeline, {"source": [[[[]] * 5] * 500] * 10}, f"more than {MAX_ITEMS} keys"),
    ],
)
def test_a_body_with_very_many_mistakes_is_one_mistake(model: type[Body], body: Any, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    [mistake] = [one["msg"] for one in refused.value.errors()]
    assert why in mistake


def test_a_few_keys_that_are_not_known_are_each_named() -> None:
    with pytest.raises(ValidationError) as refused:
        Login.model_validate({"user": "a", **{str(number): 1 for number in range(MAX_UNKNOWN)}})
    assert [one["loc"] for one in refused.value.errors()] == [(str(number),) for number in range(MAX_UNKNOWN)]


def test_a_body_nested_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(60):
        deep = [deep]
    with pytest.raises(ValidationError, match="nested too deep"):
        Change.model_validate({"values": {"key": deep}})

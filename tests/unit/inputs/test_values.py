"""Values out of messages are bounded, and what cannot be read is said with its place."""

from __future__ import annotations

import math
from typing import Any

import pytest

from securos_trigger.errors import MessageError
from securos_trigger.inputs import values


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the message is empty, and JSON is expected"),
        (b'{"a":', "no JSON at line 1, column 6: Expecting value"),
        (b'{"a": 1,\n x}', "no JSON at line 2, column 2: Expecting property name enclosed in double quotes"),
        (b'"\xff"', "byte 2 is not UTF-8, so this is not JSON"),
        (b"[" * 100_000, "the JSON is nested too deep"),
        (b"1" * 5_000 + b"x", "no JSON at line 1, column 1: Expecting value"),
    ],
)
def test_what_is_no_json_is_said_with_its_place(body: bytes, sentence: str) -> None:
    with pytest.raises(MessageError) as raised:
        values.read_json(body)
    if body.startswith(b"1"):
        assert str(raised.value) in (sentence, "the JSON has a number with thousands of digits")
    else:
        assert str(raised.value) == sentence


def test_what_programs_write_instead_of_null_is_null() -> None:
    assert values.read_json(b'{"a": NaN, "b": [Infinity, -Infinity], "c": 1}') == {"a": None, "b": [None, None], "c": 1}
    assert values.read_json(b'\xef\xbb\xbf{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, 1.0), ("1.5", 1.5), (True, None), (None, None), ("x", None), (10**400, None), (math.inf, None), ("nan", None)],
)
def test_a_number_is_finite(value: Any, found: float | None) -> None:
    assert values.number(value) == found


def test_a_share_is_from_nothing_to_all() -> None:
    assert values.share(0.5) == 0.5
    assert values.share(91, 100.0) == 0.91
    assert values.share(1.5) is None
    assert values.share(-0.1) is None


def test_texts_are_bounded_and_can_be_encoded() -> None:
    assert values.text("a" * 10_000) == "a" * values.MAX_TEXT
    assert values.text("a\ud800b") == "a?b"
    assert values.text(7) == "7"
    assert values.text(True) is None
    assert values.texts(["a", 1, None, "a", ["b"], ""]) == ("a", "1")
    assert values.texts("fence") == ("fence",)
    assert len(values.texts([str(number) for number in range(10_000)])) == values.MAX_NAMES


def test_what_is_demanded_and_is_not_there_is_said_with_its_place() -> None:
    for read, value, sentence in [
        (values.required_table, [], "after: a JSON object is expected, not a list"),
        (values.required_text, None, "after: a name is expected, not nothing"),
        (values.required_text, "", "after: a name is expected, not an empty text"),
        (values.required_list, "x\x1b[31m", 'after: a list is expected, not "x\\x1b[31m"'),
        (values.required_list, [0] * 3_000, "after: 3,000 items are too many: the most is 2,000"),
    ]:
        with pytest.raises(MessageError) as raised:
            read(value, "after")  # type: ignore[operator]
        assert str(raised.value) == sentence


def test_values_that_are_handed_on_are_bounded_in_depth_and_number() -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = {"x\ud800": [deep]}
    kept = values.kept({"deep": deep, "many": list(range(10_000))})
    assert len(kept["many"]) == values.MAX_OBJECTS
    assert "bottom" not in str(kept)
    assert str(kept).encode()


def test_names_in_sentences_have_no_control_characters() -> None:
    assert values.shown("a\nb\x1b") == '"a\\nb\\x1b"'
    assert values.shown("x" * 100) == '"' + "x" * 60 + '…"'

"""Text that is no condition is refused, and nothing else happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.conditions import Condition
from securos_trigger.errors import ConditionError

_pieces = st.sampled_from(
    [
        "nodes",
        "a",
        ".",
        "..",
        "*",
        "[",
        "]",
        "(",
        ")",
        "and",
        "or",
        "not",
        "in",
        "for",
        "if",
        "any(",
        "sum(",
        "len(",
        "max(",
        "o",
        "objects",
        "=",
        "==",
        "!",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "/",
        "**",
        ",",
        ":",
        '"',
        "'",
        "\\",
        "1",
        ".5",
        "0x1",
        "1e9",
        "9999999999",
        "true",
        "None",
        "\n",
        "\t",
        "(",
        "[",
        "[",
        "(",
        "é",
        "“",
        "�",
        "\x00",
        "_",
        "__x",
        "lambda",
        "is",
    ]
)


@given(
    st.lists(_pieces, max_size=30).map(" ".join) | st.lists(_pieces, max_size=30).map("".join) | st.text(max_size=60)
)
@settings(max_examples=1_000, deadline=None)
def test_nonsense_raises_nothing_but_a_condition_error(text: str) -> None:
    try:
        condition = Condition(text)
    except ConditionError as error:
        assert 0 <= error.position <= len(text)
        assert str(error)
    else:
        condition.truth({})

"""What a condition says about one frame."""

from __future__ import annotations

from enum import Enum
from typing import Any

from securos_trigger.conditions.operations import NUMBERS, UNKNOWN


class Truth(Enum):
    """The answer of a condition. Only `TRUE` fires, and only `TRUE` is true in an `if`."""

    TRUE = "true"
    FALSE = "false"
    #: A path was missing, or two values could not be compared.
    UNKNOWN = "unknown"
    #: The whole condition is a text, a list, an object or null.
    NOT_BOOLEAN = "not_boolean"

    def __bool__(self) -> bool:
        return self is Truth.TRUE


# Looking up a member on the class costs more than the rest of the function.
_TRUE, _FALSE, _UNKNOWN, _NOT_BOOLEAN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.NOT_BOOLEAN


def truth_of(value: Any) -> Truth:
    """The answer that a value stands for: `true` and numbers greater than 0 are true."""
    if value is UNKNOWN:
        return _UNKNOWN
    if type(value) in NUMBERS:
        return _TRUE if value > 0 else _FALSE
    return _NOT_BOOLEAN

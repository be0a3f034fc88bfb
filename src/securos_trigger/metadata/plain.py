"""Makes plain data of metadata that any code may have written: what JSON can say, and nothing else."""

from __future__ import annotations

import math
from typing import Any

from securos_trigger.model.data import NoData, as_data, name_of_type

# Deeper nesting is cut off: nothing real is deeper, and recursion must end.
_DEEPEST = 32
_CUT = "…"
# Python makes no text of a longer whole number.
_LONGEST_NUMBER_BITS = 14_000


def plain(value: object, depth: int = _DEEPEST, *, keeps_not_finite: bool = False) -> Any:
    """A copy of `value` made of dict, list, str, int, float, bool and None only.

    What is data for conditions (`model.data`) becomes the same here: numbers of numpy, dataclasses, deques and so on. A
    number that is not finite, or of more than 4,200 digits, becomes None (with `keeps_not_finite` it is not-a-number or
    infinity), keys become text, anything else its text. What is nested too deep, or in itself, is cut off.
    """
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        if value.bit_length() <= _LONGEST_NUMBER_BITS:
            return value
        value = math.inf if value > 0 else -math.inf
    if type(value) is float:
        return value if keeps_not_finite or math.isfinite(value) else None
    if depth == 0:
        return _CUT
    try:
        found = as_data(value)
    except NoData:
        return _text(value)
    if isinstance(found, dict):
        return {_text(key): plain(item, depth - 1, keeps_not_finite=keeps_not_finite) for key, item in found.items()}
    if isinstance(found, list | tuple):
        return [plain(item, depth - 1, keeps_not_finite=keeps_not_finite) for item in found]
    return plain(found, depth - 1, keeps_not_finite=keeps_not_finite)


def exactly(value: object) -> Any:
    """The same for a reader that knows numbers that are not finite."""
    return plain(value, keeps_not_finite=True)


def _text(value: object) -> str:
    """The text of any value; its type for one that has none."""
    try:
        return str(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  foreign code, and a recording goes on
        return f"({name_of_type(value)})"

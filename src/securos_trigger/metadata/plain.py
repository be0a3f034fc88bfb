"""Makes plain data of metadata that any code may have written: what JSON can say, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

# Deeper nesting is cut off: nothing real is deeper, and recursion must end.
_DEEPEST = 32
_CUT = "…"


def plain(value: object, depth: int = _DEEPEST) -> Any:
    """A copy of `value` made of dict, list, str, int, float, bool and None only.

    numpy numbers and arrays become numbers and lists, a number that is not finite becomes None, sets and tuples become
    lists, keys become text. Anything else becomes its text. What is nested too deep, or in itself, is cut off.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if depth == 0:
        return _CUT
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, bool | int | float | str):
        return plain(_as_builtin(value), depth - 1)
    # numpy scalars and arrays, without importing numpy.
    to_list = getattr(value, "tolist", None)
    return plain(to_list(), depth - 1) if callable(to_list) else str(value)


def _as_builtin(value: float | str) -> object:
    """The number or text without its own subclass (an enum, numpy's float64)."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value

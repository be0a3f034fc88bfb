"""The words of the language that the grammar knows."""

from __future__ import annotations

from typing import Final

from securos_trigger.conditions.limits import MAX_LIST_ITEMS

COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")
#: Words that are values.
CONSTANTS: Final = {"true": True, "false": False, "null": None}
#: Function -> fewest and most arguments.
FUNCTIONS: Final[dict[str, tuple[int, int]]] = {
    "len": (1, 1),
    "any": (1, 1),
    "all": (1, 1),
    "sum": (1, 1),
    "min": (1, MAX_LIST_ITEMS),
    "max": (1, MAX_LIST_ITEMS),
    "abs": (1, 1),
    "round": (1, 2),
    "lower": (1, 1),
    "upper": (1, 1),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "number": (1, 1),
}
#: Functions that may also be written behind a path: `o.label.lower()`.
METHODS: Final = ("lower", "upper", "startswith", "endswith")
#: Functions that take a loop.
OVER_ITEMS: Final = ("len", "any", "all", "sum", "min", "max")

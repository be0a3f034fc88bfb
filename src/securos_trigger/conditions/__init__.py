"""The condition language: when is an event due? See docs/conditions.md.

In: the text of a condition, then the metadata of each frame. Out: true, false or unknown, and why (`explain`). Text
becomes tokens (`tokens`), tokens become typed nodes (`grammar`), nodes become two functions that agree: a fast one for
what is ordinary (`compile`), and an exact, three-valued one for the clauses and items that are not (`evaluate`). Read
`condition` first, then `grammar`. Knows no frame, no time and no trigger node.

Each name is loaded when it is first used: nothing is explained on most frames.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.conditions.condition import Condition, condition_of
    from securos_trigger.conditions.explain import Clause, Explanation, PathValue
    from securos_trigger.conditions.truth import Truth

_HOMES = {
    "Clause": "explain",
    "Condition": "condition",
    "Explanation": "explain",
    "PathValue": "explain",
    "Truth": "truth",
    "condition_of": "condition",
}

__all__ = ["Clause", "Condition", "Explanation", "PathValue", "Truth", "condition_of"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""The closures that read the metadata, for the exact path.

On most frames the path of `path > 0` is missing, so these are made of few calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from securos_trigger.conditions.operations import (
    COMPARE,
    DATA,
    SCALARS,
    UNKNOWN,
    Undecided,
    as_data,
    compare,
    inner_items,
    items,
    matches,
    read,
    reader,
    wildcard_sum,
)
from securos_trigger.conditions.syntax import Path, Step
from securos_trigger.model import data

#: The metadata, and the items of the loops around the place.
Scope = tuple[Any, ...]
#: Computes a node: data, or `UNKNOWN`.
Evaluator = Callable[[Scope], Any]


def path_value(node: Path) -> Evaluator:
    """What stands at the end of a path; for a wildcard the sum."""
    slot = 0 if node.variable is None else node.variable + 1
    split = node.first_wildcard
    if split is None:
        return _plain_path(slot, node.steps)
    head, tail = node.steps[:split], node.steps[split:]
    read_head = reader(head)

    def add_up(scope: Scope) -> Any:
        try:
            return wildcard_sum(read_head(scope[slot], head), tail)
        except Undecided:
            return UNKNOWN

    return add_up


def _plain_path(slot: int, steps: tuple[Step, ...]) -> Evaluator:
    read_steps = reader(steps)

    def follow(scope: Scope) -> Any:
        value = read_steps(scope[slot], steps)
        return value if type(value) in DATA else as_data(value)

    return follow


def path_against_constant(path: Path, symbol: str, constant: Any) -> Evaluator:
    """`path > 0`, the commonest clause."""
    value_of = path_value(path)
    if path.first_wildcard is not None or reader(path.steps) is not read:
        return lambda scope: compared(symbol, value_of(scope), constant)
    slot = 0 if path.variable is None else path.variable + 1
    steps: tuple[Any, ...] = path.steps
    function = COMPARE[symbol]

    def compare_with_constant(scope: Scope) -> Any:
        value = scope[slot]
        try:
            for step in steps:
                value = value[step]
            if type(value) in SCALARS:
                return function(value, constant)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001  the path leads nowhere (see `read`), or the two have no order
            if type(value) in DATA:
                return UNKNOWN
            value = read(scope[slot], steps)
        return compared(symbol, as_data(value), constant)

    return compare_with_constant


def shown_path(node: Path) -> Evaluator:
    """The same as `path_value`, for a person: the NoData that says why a value is none, instead of `UNKNOWN`."""
    value_of = path_value(node)
    if node.first_wildcard is not None:
        return value_of
    slot = 0 if node.variable is None else node.variable + 1
    read_steps = reader(node.steps)

    def look(scope: Scope) -> Any:
        found = read_steps(scope[slot], node.steps)
        try:
            return UNKNOWN if found is UNKNOWN else data.as_data(found)
        except data.NoData as error:
            return error

    return look


def compared(symbol: str, left: Any, right: Any) -> Any:
    """A comparison of two values that may be unknown."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    try:
        return compare(symbol, left, right)
    except Undecided:
        return UNKNOWN


def loop_source(path: Path, depth: int) -> Evaluator:
    """What a loop runs over, or `UNKNOWN`. `depth` counts the loops around it."""
    slot = 0 if path.variable is None else path.variable + 1
    bounded = inner_items if depth else items
    split = path.first_wildcard
    head, tail = path.steps[:split], () if split is None else path.steps[split:]
    read_head = reader(head)

    def find(scope: Scope) -> Any:
        found = read_head(scope[slot], head)
        try:
            return bounded(matches(found, tail) if tail else as_data(found))
        except Undecided:
            return UNKNOWN

    return find

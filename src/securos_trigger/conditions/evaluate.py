"""Stage three, the exact path: three-valued evaluation, for frames on which something is missing.

Every node becomes a closure once; no tree is walked on a frame. A closure takes the scope, a tuple of the metadata and
the items of the loops around it, and returns data or `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from securos_trigger.conditions.functions import FUNCTIONS, LOOP_FUNCTIONS
from securos_trigger.conditions.operations import UNKNOWN, Undecided, calculate, negative, positive
from securos_trigger.conditions.readers import (
    Evaluator,
    Scope,
    compared,
    loop_source,
    path_against_constant,
    path_value,
)
from securos_trigger.conditions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    For,
    Junction,
    ListOf,
    Literal,
    Loop,
    Negative,
    Node,
    Not,
    Path,
)


def evaluator(node: Node) -> Evaluator:
    """The closure that computes `node` exactly."""
    match node:
        case Literal():
            return _constant(node.value)
        case Path():
            return path_value(node)
        case ListOf():
            return _lifted(lambda *values: list(values), node.items)
        case Negative():
            return _lifted(negative if node.operator == "-" else positive, (node.operand,))
        case Arithmetic():
            symbol = node.operator
            return _lifted(lambda left, right: calculate(symbol, left, right), (node.left, node.right))
        case Comparison():
            return _comparison(node)
        case Not():
            return _lifted(lambda value: not value, (node.operand,))
        case Junction():
            return _and(node) if node.operator == "and" else _or(node)
        case Call(arguments=(Loop() as loop,)):
            return _over_loop(node.function, loop)
        case Call():
            return _lifted(FUNCTIONS[node.function], node.arguments)
        case Loop():
            raise TypeError("a loop stands only inside a call")


def _constant(value: object) -> Evaluator:
    return lambda scope: value


def _lifted(function: Callable[..., Any], operands: tuple[Node, ...]) -> Evaluator:
    """`function` over values that may be unknown: then the result is unknown."""
    evaluators = tuple(evaluator(operand) for operand in operands)

    def apply(scope: Scope) -> Any:
        values = [evaluate(scope) for evaluate in evaluators]
        if any(value is UNKNOWN for value in values):
            return UNKNOWN
        try:
            return function(*values)
        except Undecided:
            return UNKNOWN

    return apply


def _comparison(node: Comparison) -> Evaluator:
    """All pairs must hold; one that plainly does not hold decides, whatever is unknown beside it."""
    if len(node.operators) == 1:
        return _pair(node.operators[0], node.operands[0], node.operands[1])
    first = evaluator(node.operands[0])
    rest = tuple(zip(node.operators, map(evaluator, node.operands[1:]), strict=True))

    def compare_all(scope: Scope) -> Any:
        result: Any = True
        left = first(scope)
        for symbol, evaluate in rest:
            right = evaluate(scope)
            outcome = compared(symbol, left, right)
            if outcome is False:
                return False
            if outcome is UNKNOWN:
                result = UNKNOWN
            left = right
        return result

    return compare_all


def _pair(symbol: str, first: Node, second: Node) -> Evaluator:
    if isinstance(first, Path) and isinstance(second, Literal):
        return path_against_constant(first, symbol, second.value)
    left, right = evaluator(first), evaluator(second)
    return lambda scope: compared(symbol, left(scope), right(scope))


def _and(node: Junction) -> Evaluator:
    """Kleene's `and`: the first operand that is false decides, else unknown, else the last operand."""
    operands = tuple(evaluator(operand) for operand in node.operands)

    def every(scope: Scope) -> Any:
        is_unknown = False
        value: Any = True
        for evaluate in operands:
            value = evaluate(scope)
            if value is UNKNOWN:
                is_unknown = True
            elif not value:
                return value
        return UNKNOWN if is_unknown else value

    return every


def _or(node: Junction) -> Evaluator:
    """Kleene's `or`: the first operand that is true decides, else unknown, else the last operand."""
    operands = tuple(evaluator(operand) for operand in node.operands)

    def either(scope: Scope) -> Any:
        is_unknown = False
        value: Any = False
        for evaluate in operands:
            value = evaluate(scope)
            if value is UNKNOWN:
                is_unknown = True
            elif value:
                return value
        return UNKNOWN if is_unknown else value

    return either


#: One pass through a loop: its scope (None: the items are not known), and whether its filters surely hold.
_Row = tuple[Scope | None, bool]
_Rows = Callable[[Scope], Iterator[_Row]]


def _inner_rows(loop: Loop) -> _Rows | None:
    """The passes through the loops inside the first, if there are any."""
    rows: _Rows | None = None
    for index in range(len(loop.clauses) - 1, 0, -1):
        rows = _rows_of(loop.clauses[index], loop.first_variable + index, rows)
    return rows


def _rows_of(clause: For, depth: int, inner_rows: _Rows | None) -> _Rows:
    source = loop_source(clause.source, depth)
    rows_of_item = _rows_of_item(clause, inner_rows)

    def rows(scope: Scope) -> Iterator[_Row]:
        found = source(scope)
        if found is UNKNOWN:
            yield None, False
            return
        for item in found:
            yield from rows_of_item((*scope, item))

    return rows


def _rows_of_item(clause: For, inner_rows: _Rows | None) -> _Rows:
    """The passes with one item, the last of the scope."""
    filters = tuple(evaluator(condition) for condition in clause.filters)

    def rows(scope: Scope) -> Iterator[_Row]:
        holds = _all_hold(filters, scope) if filters else True
        if holds is False:
            return
        if inner_rows is None:
            yield scope, holds is True
            return
        for row, is_certain in inner_rows(scope):
            yield row, is_certain and holds is True

    return rows


def _all_hold(filters: tuple[Evaluator, ...], scope: Scope) -> Any:
    result: Any = True
    for evaluate in filters:
        value = evaluate(scope)
        if value is UNKNOWN:
            result = UNKNOWN
        elif not value:
            return False
    return result


def item_evaluator(function: str, loop: Loop) -> Evaluator:
    """The closure for one item of a loop, the last of its scope.

    For `any` and `all` it computes true, false or `UNKNOWN`, as if there were no other item; for the other functions
    the list of values that the item adds, or `UNKNOWN`.
    """
    return _over_rows(function, loop, _rows_of_item(loop.clauses[0], _inner_rows(loop)))


def _over_rows(function: str, loop: Loop, rows: _Rows) -> Evaluator:
    element = evaluator(loop.element)
    if function in ("any", "all"):
        return _quantified(rows, element, decisive=function == "any")
    return _gathered(rows, element)


def _over_loop(function: str, loop: Loop) -> Evaluator:
    gather = _over_rows(function, loop, _rows_of(loop.clauses[0], loop.first_variable, _inner_rows(loop)))
    if function in ("any", "all"):
        return gather
    compute = LOOP_FUNCTIONS[function]

    def collect(scope: Scope) -> Any:
        values = gather(scope)
        if values is UNKNOWN:
            return UNKNOWN
        try:
            return compute(values)
        except Undecided:
            return UNKNOWN

    return collect


def _gathered(rows: _Rows, element: Evaluator) -> Evaluator:
    """The values of all passes; unknown when one of them is."""

    def gather(scope: Scope) -> Any:
        values = []
        for row, is_certain in rows(scope):
            value = UNKNOWN if row is None or not is_certain else element(row)
            if value is UNKNOWN:
                return UNKNOWN
            values.append(value)
        return values

    return gather


def _quantified(rows: _Rows, element: Evaluator, *, decisive: bool) -> Evaluator:
    """`any` is decided by one true element, `all` by one false; it counts only where the filters surely hold."""

    def quantify(scope: Scope) -> Any:
        is_unknown = False
        for row, is_certain in rows(scope):
            value = UNKNOWN if row is None else element(row)
            if value is UNKNOWN:
                is_unknown = True
            elif bool(value) is decisive:
                if is_certain:
                    return decisive
                is_unknown = True
        return UNKNOWN if is_unknown else not decisive

    return quantify

"""Stage three, the fast path: one plain Python function made of our own nodes, never of the user's text.

The function reads the metadata with direct subscripts and lets Python compare numbers and texts. Every clause stands in
a `try` of its own, which costs nothing until something raises. A clause that misses a key is unknown; one on which
anything else is odd (a foreign type, no order, a bound) is computed by `evaluate`, exactly, and only that clause.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType
from typing import Any, Final

from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.expressions import ExpressionBuilder, reads
from securos_trigger.conditions.functions import FUNCTIONS, LOOP_FUNCTIONS
from securos_trigger.conditions.operations import (
    DATA,
    SCALARS,
    UNKNOWN,
    OperandUnknown,
    calculate,
    compare,
    inner_items,
    items,
    matches,
    negative,
    positive,
    times,
    undecided,
    wildcard_sum,
)
from securos_trigger.conditions.python_code import parse_python, statements
from securos_trigger.conditions.shape import is_boolean, is_strict
from securos_trigger.conditions.syntax import Junction, Node

_RUNTIME: Final[dict[str, object]] = {
    "__builtins__": {},
    "type": type,
    "len": len,
    **{kind.__name__: kind for kind in (bool, int, float, str, list)},
    "BaseException": BaseException,
    "KeyboardInterrupt": KeyboardInterrupt,
    "KeyError": KeyError,
    "OperandUnknown": OperandUnknown,
    "UNKNOWN": UNKNOWN,
    "SCALARS": SCALARS,
    "DATA": DATA,
    "undecided": undecided,
    "compare": compare,
    "calculate": calculate,
    "times": times,
    "negative": negative,
    "positive": positive,
    "items": items,
    "inner_items": inner_items,
    "matches": matches,
    "wildcard_sum": wildcard_sum,
    **{f"call_{name}": function for name, function in FUNCTIONS.items()},
    "gathered_min": LOOP_FUNCTIONS["min"],
    "gathered_max": LOOP_FUNCTIONS["max"],
}

_CONDITION: Final = """
def decide(metadata):
    is_unknown = False
    CLAUSES
    return unknown if is_unknown else LAST
"""
# A missing root is an empty one: whatever is read from it is missing too. A root that is odd has no items at all: each
# clause is then computed exactly.
_PREFIX: Final = """
try:
    root = PREFIX
except KeyError:
    root = {}
except KeyboardInterrupt:
    raise
except BaseException:
    root = None
"""
_CLAUSE: Final = """
try:
    TAKE
except KeyboardInterrupt:
    raise
except BaseException:
    value = EXACTLY((metadata,))
    if value is UNKNOWN:
        is_unknown = True
    elif DECIDES:
        return classify(value)
"""
_STRICT_CLAUSE: Final = """
try:
    TAKE
except KeyError:
    is_unknown = True
except KeyboardInterrupt:
    raise
except BaseException:
    value = EXACTLY((metadata,))
    if value is UNKNOWN:
        is_unknown = True
    elif DECIDES:
        return classify(value)
"""
_VALUE: Final = """
value = EXPRESSION
if DECIDES:
    return classify(value)
"""
_WHOLE: Final = """
def decide(metadata):
    try:
        PREFIX
        return EXPRESSION
    except KeyboardInterrupt:
        raise
    except BaseException:
        return nothing
"""


class ConditionCode:
    """The code of one condition, from which functions with different answers are made."""

    def __init__(self, tree: Node) -> None:
        self._builder = ExpressionBuilder(tree)
        is_or = isinstance(tree, Junction) and tree.operator == "or"
        operands = tree.operands if isinstance(tree, Junction) else (tree,)
        clauses = _prefix(self._builder, _PREFIX)
        for operand in operands:
            clauses += self._clause(operand, is_or=is_or)
        if is_boolean(operands[-1]):
            last: ast.expr = ast.Name("no" if is_or else "yes", ast.Load())
        else:
            last = _expression("classify(value)")
        self._code = _compiled(self._builder, statements(_CONDITION, CLAUSES=clauses, LAST=last))

    def function(
        self, yes: object, no: object, unknown: object, classify: Callable[[Any], object]
    ) -> Callable[[Any], Any]:
        """A function of the metadata that answers `yes`, `no`, `unknown`, or what `classify` makes of a value."""
        answers = {"yes": yes, "no": no, "unknown": unknown, "classify": classify}
        return _function(self._code, self._builder, answers)

    def _clause(self, operand: Node, *, is_or: bool) -> list[ast.stmt]:
        """The statements that return when an operand decides: a true one of `or`, one that is not of `and`."""
        expression = self._builder.value(operand)
        decides = _expression("value" if is_or else "not value")
        if is_boolean(operand):
            test = expression if is_or else ast.UnaryOp(ast.Not(), expression)
            take: list[ast.stmt] = [ast.If(test, [ast.Return(ast.Name("yes" if is_or else "no", ast.Load()))], [])]
        else:
            take = statements(_VALUE, EXPRESSION=expression, DECIDES=decides)
        template = _STRICT_CLAUSE if is_strict(operand) else _CLAUSE
        exactly = self._builder.constant(evaluator(operand))
        return statements(template, TAKE=take, EXACTLY=exactly, DECIDES=decides)


class FastPath:
    """The code of one expression, for callers who do without an answer where the exact path would have to look."""

    def __init__(self, tree: Node) -> None:
        self._builder = ExpressionBuilder(tree)
        prefix = _prefix(self._builder, "root = PREFIX")
        whole = statements(_WHOLE, PREFIX=prefix, EXPRESSION=self._builder.value(tree))
        self._code = _compiled(self._builder, whole)

    def function(self, nothing: object) -> Callable[[Any], Any]:
        """A function of the metadata that gives the expression's value, or `nothing`."""
        return _function(self._code, self._builder, {"nothing": nothing})


def _prefix(builder: ExpressionBuilder, template: str) -> list[ast.stmt]:
    return statements(template, PREFIX=reads(builder.prefix)) if builder.prefix else []


def _compiled(builder: ExpressionBuilder, body: list[ast.stmt]) -> CodeType:
    module = ast.Module([*builder.functions, *body], type_ignores=[])
    return compile(ast.fix_missing_locations(module), "<condition>", "exec")


def _function(code: CodeType, builder: ExpressionBuilder, answers: dict[str, object]) -> Callable[[Any], Any]:
    scope: dict[str, Any] = {**_RUNTIME, **builder.constants, **answers}
    exec(code, scope)
    decide: Callable[[Any], Any] = scope["decide"]
    return decide


def _expression(source: str) -> ast.expr:
    [statement] = parse_python(source)
    assert isinstance(statement, ast.Expr)
    return statement.value

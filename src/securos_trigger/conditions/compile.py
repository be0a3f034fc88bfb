"""Stage three, the fast path: one plain Python function made of our own nodes, never of the user's text.

The function reads the metadata with direct subscripts and lets Python compare numbers and texts. Every clause stands in
a `try` of its own, which costs nothing until something raises. A clause that misses a key is unknown; one on which
anything else is odd (a foreign type, no order, a bound) is computed by `evaluate`, exactly, and only that clause. Where
no clause has a loop, a second function does this, from the first clause that raised: the ordinary frame is faster so.
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
from securos_trigger.conditions.shape import is_boolean, is_strict, repeats
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
# The clauses before `first` are done, and none of them decided.
_GO_ON: Final = """
def go_on(metadata, first, is_unknown):
    CLAUSES
    return unknown if is_unknown else LAST
"""
_GO_ON_CLAUSE: Final = """
if first <= NUMBER:
    CLAUSE
"""
_ORDINARY: Final = """
def decide(metadata):
    CLAUSES
    return LAST
"""
_ORDINARY_CLAUSE: Final = """
try:
    TAKE
except KeyboardInterrupt:
    raise
except BaseException:
    return go_on(metadata, NUMBER, False)
"""
_ORDINARY_STRICT_CLAUSE: Final = """
try:
    TAKE
except KeyError:
    return go_on(metadata, NEXT, True)
except KeyboardInterrupt:
    raise
except BaseException:
    return go_on(metadata, NUMBER, False)
"""
_PLAIN_PREFIX: Final = "root = PREFIX"
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
        self._is_or = isinstance(tree, Junction) and tree.operator == "or"
        operands = tree.operands if isinstance(tree, Junction) else (tree,)
        if repeats(tree):
            body = self._by_clause(operands)
        else:
            body = self._from_clause(operands) + self._ordinary(operands)
        self._code = _compiled(self._builder, body)

    def function(
        self, yes: object, no: object, unknown: object, classify: Callable[[Any], object]
    ) -> Callable[[Any], Any]:
        """A function of the metadata that answers `yes`, `no`, `unknown`, or what `classify` makes of a value."""
        answers = {"yes": yes, "no": no, "unknown": unknown, "classify": classify}
        return _function(self._code, self._builder, answers)

    def _by_clause(self, operands: tuple[Node, ...]) -> list[ast.stmt]:
        """One function for all frames: a clause with a loop is never asked twice."""
        clauses = _prefix(self._builder, _PREFIX)
        for operand in operands:
            clauses += self._clause(operand)
        return statements(_CONDITION, CLAUSES=clauses, LAST=self._last(operands[-1]))

    def _from_clause(self, operands: tuple[Node, ...]) -> list[ast.stmt]:
        """The function for frames on which a clause has raised."""
        clauses = _prefix(self._builder, _PREFIX)
        for number, operand in enumerate(operands):
            clauses += statements(_GO_ON_CLAUSE, NUMBER=ast.Constant(number), CLAUSE=self._clause(operand))
        return statements(_GO_ON, CLAUSES=clauses, LAST=self._last(operands[-1]))

    def _ordinary(self, operands: tuple[Node, ...]) -> list[ast.stmt]:
        """The function for ordinary frames: it hands over to the other one where a clause raises."""
        clauses: list[ast.stmt] = []
        if prefix := _prefix(self._builder, _PLAIN_PREFIX):
            clauses += statements(_ORDINARY_CLAUSE, TAKE=prefix, NUMBER=ast.Constant(0))
        for number, operand in enumerate(operands):
            template = _ORDINARY_STRICT_CLAUSE if is_strict(operand) else _ORDINARY_CLAUSE
            places = {"NUMBER": ast.Constant(number), "NEXT": ast.Constant(number + 1)}
            clauses += statements(template, TAKE=self._take(operand), **places)
        return statements(_ORDINARY, CLAUSES=clauses, LAST=self._last(operands[-1]))

    def _clause(self, operand: Node) -> list[ast.stmt]:
        """The statements that return when an operand decides, and that note when it is unknown."""
        template = _STRICT_CLAUSE if is_strict(operand) else _CLAUSE
        exactly = self._builder.constant(evaluator(operand))
        return statements(template, TAKE=self._take(operand), EXACTLY=exactly, DECIDES=self._decides())

    def _take(self, operand: Node) -> list[ast.stmt]:
        """The statements that return when an operand decides, and raise when it is unknown."""
        expression = self._builder.value(operand)
        if not is_boolean(operand):
            return statements(_VALUE, EXPRESSION=expression, DECIDES=self._decides())
        test = expression if self._is_or else ast.UnaryOp(ast.Not(), expression)
        return [ast.If(test, [ast.Return(ast.Name("yes" if self._is_or else "no", ast.Load()))], [])]

    def _decides(self) -> ast.expr:
        """A true value decides an `or`, one that is not true anything else."""
        return _expression("value" if self._is_or else "not value")

    def _last(self, operand: Node) -> ast.expr:
        """The answer when no operand decides before the last one."""
        if is_boolean(operand):
            return ast.Name("no" if self._is_or else "yes", ast.Load())
        return _expression("classify(value)")


class FastPath:
    """The code of one expression, for callers who do without an answer where the exact path would have to look."""

    def __init__(self, tree: Node) -> None:
        self._builder = ExpressionBuilder(tree)
        prefix = _prefix(self._builder, _PLAIN_PREFIX)
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

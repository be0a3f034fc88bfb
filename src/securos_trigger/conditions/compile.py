"""Stage three, the fast path: one plain Python function made of our own nodes, never of the user's text.

The function reads the metadata with direct subscripts inside one `try` and lets Python compare numbers and texts. It
handles only the ordinary frame: every path present, every compared value a plain number, text, boolean or null. At the
first thing that is otherwise it gives up, and `evaluate` computes the frame exactly.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType
from typing import Any, Final

from securos_trigger.conditions.functions import FUNCTIONS, LOOP_FUNCTIONS
from securos_trigger.conditions.operations import (
    DATA,
    SCALARS,
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
from securos_trigger.conditions.python_code import add_to, assign, call, guarded, subscripts, variable
from securos_trigger.conditions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Junction,
    ListOf,
    Literal,
    Loop,
    Negative,
    Node,
    Not,
    Path,
)

_COMPARE: Final[dict[str, type[ast.cmpop]]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "in": ast.In,
    "not in": ast.NotIn,
}
_CALCULATE: Final[dict[str, type[ast.operator]]] = {"+": ast.Add, "-": ast.Sub, "/": ast.Div}
_BOOLEAN_FUNCTIONS: Final = ("any", "all", "startswith", "endswith")
_RUNTIME: Final[dict[str, object]] = {
    "__builtins__": {},
    "type": type,
    "Exception": Exception,
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
_FRAME: Final = """
def decide(metadata):
    try:
        value = ...
    except Exception:
        return exactly(metadata)
    return classify(value)
"""
_BOOLEAN_FRAME: Final = """
def decide(metadata):
    try:
        return yes if ... else no
    except Exception:
        return exactly(metadata)
"""


class FastPath:
    """The code of one condition, from which functions with different answers are made."""

    def __init__(self, tree: Node) -> None:
        builder = _ExpressionBuilder()
        frame = ast.parse(_BOOLEAN_FRAME if _is_boolean(tree) else _FRAME)
        frame = _Fill(builder.value(tree)).visit(frame)
        module = ast.Module([*builder.loops, *frame.body], type_ignores=[])
        self._code: CodeType = compile(ast.fix_missing_locations(module), "<condition>", "exec")
        self._constants = builder.constants

    def function(
        self, yes: object, no: object, classify: Callable[[Any], Any], exactly: Callable[[Any], Any]
    ) -> Callable[[Any], Any]:
        """A function of the metadata that answers `yes` or `no`.

        `classify` makes the answer of a value that need not be a boolean, `exactly` that of metadata the fast path
        gives up on.
        """
        answers = {"yes": yes, "no": no, "classify": classify, "exactly": exactly}
        scope: dict[str, Any] = {**_RUNTIME, **self._constants, **answers}
        exec(self._code, scope)
        decide: Callable[[Any], Any] = scope["decide"]
        return decide


class _Fill(ast.NodeTransformer):
    """Puts an expression in the place of `...`."""

    def __init__(self, expression: ast.expr) -> None:
        self.expression = expression

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.expression if node.value is ... else node


class _ExpressionBuilder:
    """Writes expressions; what a loop needs beside its expression gathers in `loops` and `constants`."""

    def __init__(self) -> None:
        self.loops: list[ast.stmt] = []
        self.constants: dict[str, object] = {}

    def value(self, node: Node) -> ast.expr:
        """An expression whose value is a scalar, a list made here, or that gives up."""
        match node:
            case Literal():
                return ast.Constant(node.value)
            case Path():
                raw = self.raw(node)
                return raw if node.first_wildcard is not None else guarded(raw, "SCALARS")
            case ListOf():
                return ast.List([self.value(item) for item in node.items], ast.Load())
            case Negative():
                return call("negative" if node.operator == "-" else "positive", self.value(node.operand))
            case Arithmetic():
                return self.arithmetic(node)
            case Comparison():
                return self.comparison(node)
            case Not():
                return ast.UnaryOp(ast.Not(), self.value(node.operand))
            case Junction():
                symbol = ast.And() if node.operator == "and" else ast.Or()
                return ast.BoolOp(symbol, [self.value(operand) for operand in node.operands])
            case Call(arguments=(Loop() as loop,)):
                return self.loop(node.function, loop)
            case Call():
                return call(f"call_{node.function}", *(self.raw(argument) for argument in node.arguments))
            case Loop():
                raise TypeError("a loop stands only inside a call")

    def raw(self, node: Node) -> ast.expr:
        """The same, but what a path leads to is not looked at: functions do that themselves."""
        if not isinstance(node, Path):
            return self.value(node)
        split = node.first_wildcard
        if split is None:
            return subscripts(node)
        return call("wildcard_sum", subscripts(node), self.constant(node.steps[split:]))

    def constant(self, value: object) -> ast.expr:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return variable(name)

    def arithmetic(self, node: Arithmetic) -> ast.expr:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "*":
            return call("times", left, right)
        if _may_be_list(node):
            return call("calculate", ast.Constant(node.operator), left, right)
        return ast.BinOp(left, _CALCULATE[node.operator](), right)

    def comparison(self, node: Comparison) -> ast.expr:
        operands = [self.operand(node, index) for index in range(len(node.operands))]
        pairs = list(zip(node.operators, node.operands, node.operands[1:], strict=False))
        if all(_is_native(*pair) for pair in pairs):
            symbols = [_COMPARE[symbol]() for symbol in node.operators]
            return ast.Compare(operands[0], symbols, operands[1:])
        if len(pairs) > 1:
            return call("undecided")
        return call("compare", ast.Constant(node.operators[0]), *operands)

    def operand(self, node: Comparison, index: int) -> ast.expr:
        """Literals behind `in` become a tuple, which Python keeps as a constant."""
        operand = node.operands[index]
        is_container = index > 0 and node.operators[index - 1] in ("in", "not in")
        if isinstance(operand, ListOf) and is_container and index == len(node.operators):
            return ast.Tuple([self.value(item) for item in operand.items], ast.Load())
        return self.value(operand)

    def loop(self, function: str, loop: Loop) -> ast.expr:
        """A call of a function of its own, with plain `for` statements: faster than a generator."""
        number = len(self.loops)
        self.loops.append(ast.Pass())
        before, body, after = self.loop_parts(function, loop)
        for index in range(len(loop.clauses) - 1, -1, -1):
            body = [self.for_statement(loop, index, body)]
        arguments = ["metadata", *(f"item_{depth}" for depth in range(loop.first_variable))]
        signature = ast.arguments([], [ast.arg(argument) for argument in arguments], None, [], [], None, [])
        self.loops[number] = ast.FunctionDef(f"loop_{number}", signature, [*before, *body, after], [])
        return call(f"loop_{number}", *map(variable, arguments))

    def loop_parts(self, function: str, loop: Loop) -> tuple[list[ast.stmt], list[ast.stmt], ast.stmt]:
        """The statements before the loop, in its body, and the one that returns after it."""
        element = self.value(loop.element)
        result = ast.Name("result", ast.Load())
        match function:
            case "any":
                return [], [ast.If(element, [ast.Return(ast.Constant(True))], [])], ast.Return(ast.Constant(False))
            case "all":
                wrong = ast.UnaryOp(ast.Not(), element)
                return [], [ast.If(wrong, [ast.Return(ast.Constant(False))], [])], ast.Return(ast.Constant(True))
            case "sum":
                return [assign("result", ast.Constant(0))], [add_to("result", element)], ast.Return(result)
            case "len":
                if isinstance(loop.element, Path) and loop.element.first_wildcard is None:
                    element = guarded(self.raw(loop.element), "DATA")
                count = [ast.Expr(element), add_to("result", ast.Constant(1))]
                return [assign("result", ast.Constant(0))], count, ast.Return(result)
            case _:
                append = ast.Call(ast.Attribute(result, "append", ast.Load()), [element], [])
                gather = assign("result", ast.List([], ast.Load()))
                return [gather], [ast.Expr(append)], ast.Return(call(f"gathered_{function}", result))

    def for_statement(self, loop: Loop, index: int, body: list[ast.stmt]) -> ast.stmt:
        clause, depth = loop.clauses[index], loop.first_variable + index
        source = subscripts(clause.source)
        split = clause.source.first_wildcard
        if split is not None:
            source = call("matches", source, self.constant(clause.source.steps[split:]))
        for condition in reversed(clause.filters):
            body = [ast.If(self.value(condition), body, [])]
        target = variable(f"item_{depth}", ast.Store())
        return ast.For(target, call("inner_items" if depth else "items", source), body, [])


def _is_boolean(node: Node) -> bool:
    """True when the value of a node can only be true or false (or unknown)."""
    match node:
        case Comparison() | Not():
            return True
        case Junction():
            return all(map(_is_boolean, node.operands))
        case Call():
            return node.function in _BOOLEAN_FUNCTIONS
        case Literal():
            return isinstance(node.value, bool)
    return False


def _may_be_list(node: Node) -> bool:
    match node:
        case ListOf():
            return True
        case Arithmetic():
            return _may_be_list(node.left) or _may_be_list(node.right)
        case Junction():
            return any(map(_may_be_list, node.operands))
    return False


def _is_native(symbol: str, left: Node, right: Node) -> bool:
    """True when Python may compare the two itself: scalars, or a scalar with a flat list of scalars."""
    if symbol in ("in", "not in") and isinstance(right, ListOf):
        return not any(map(_may_be_list, (left, *right.items)))
    return not _may_be_list(left) and not _may_be_list(right)

"""Stage three, the fast path: the expressions and loops of a condition as Python's own syntax tree.

An expression reads the metadata with direct subscripts and lets Python compare plain numbers and texts. It raises
`KeyError` where a key is missing, and anything else where the exact path must look.
"""

from __future__ import annotations

import ast
from typing import Final

from securos_trigger.conditions.evaluate import item_evaluator
from securos_trigger.conditions.limits import MAX_ITEMS
from securos_trigger.conditions.python_code import (
    Part,
    add_to,
    call,
    found,
    function,
    guarded,
    is_in,
    scope,
    statements,
    variable,
)
from securos_trigger.conditions.shape import QUANTIFIERS, common_prefix, is_native, may_be_list
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
    Step,
    Wildcard,
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

# An item on which something is missing or odd is computed exactly, by itself: the other items stay fast.
_QUANTIFIER: Final = """
is_unknown = False
for TARGET in SOURCE:
    try:
        BODY
    except KeyboardInterrupt:
        raise
    except BaseException:
        outcome = ITEM_EXACTLY(SCOPE)
        if outcome is UNKNOWN:
            is_unknown = True
        elif outcome is DECISIVE:
            return DECISIVE
if is_unknown:
    raise OperandUnknown
return OTHERWISE
"""
_COLLECTION: Final = """
result = START
for TARGET in SOURCE:
    try:
        BODY
    except KeyboardInterrupt:
        raise
    except BaseException:
        outcome = ITEM_EXACTLY(SCOPE)
        if outcome is UNKNOWN:
            raise OperandUnknown
        for value in outcome:
            TAKE_VALUE
return RESULT
"""
# Of two loops inside one another a part of an item's values may be taken already: nothing is repaired there.
_NESTED_COLLECTION: Final = """
result = START
for TARGET in SOURCE:
    BODY
return RESULT
"""


class ExpressionBuilder:
    """Builds expressions. What they need beside themselves gathers in `functions`, `constants` and `prefix`.

    Paths of the tree that begin with the same keys read these once, into `root`, when `prefix` says so.
    """

    def __init__(self, tree: Node) -> None:
        self.functions: list[ast.stmt] = []
        self.constants: dict[str, object] = {}
        self.prefix = common_prefix(tree)
        self._loops = 0

    def value(self, node: Node) -> ast.expr:
        """An expression whose value is a scalar, a list made here, or that gives up."""
        match node:
            case Literal():
                return ast.Constant(node.value)
            case Path():
                raw = self.raw(node)
                return (
                    raw if node.first_wildcard is not None else guarded(is_in(found(raw), "SCALARS"), variable("found"))
                )
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
            return self.subscripts(node)
        return call("wildcard_sum", self.subscripts(node), self.constant(node.steps[split:]))

    def constant(self, value: object) -> ast.Name:
        """The name of a value that the code uses."""
        title = f"constant_{len(self.constants)}"
        self.constants[title] = value
        return variable(title)

    def subscripts(self, path: Path) -> ast.expr:
        """`metadata["nodes"]["presence1"]`: the steps of a path, up to its first wildcard."""
        steps = path.steps[: path.first_wildcard]
        expression: ast.expr = variable("metadata" if path.variable is None else f"item_{path.variable}")
        if self.prefix and not self._loops:
            expression, steps = variable("root"), steps[len(self.prefix) :]
        return _subscripts(expression, steps)

    def arithmetic(self, node: Arithmetic) -> ast.expr:
        """`+ - * /`"""
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "*":
            return call("times", left, right)
        if may_be_list(node):
            return call("calculate", ast.Constant(node.operator), left, right)
        return ast.BinOp(left, _CALCULATE[node.operator](), right)

    def comparison(self, node: Comparison) -> ast.expr:
        """`1 < x <= 5`. The commonest, one path against one literal, looks for the literal's own type first."""
        if len(node.operators) == 1 and isinstance(node.operands[0], Path) and node.operands[0].first_wildcard is None:
            literal = node.operands[1]
            if isinstance(literal, Literal) and literal.value is not None:
                return self.against_literal(node.operands[0], node.operators[0], literal.value)
        operands = [self.operand(node, index) for index in range(len(node.operands))]
        pairs = list(zip(node.operators, node.operands, node.operands[1:], strict=False))
        if all(is_native(*pair) for pair in pairs):
            symbols = [_COMPARE[symbol]() for symbol in node.operators]
            return ast.Compare(operands[0], symbols, operands[1:])
        if len(pairs) > 1:
            return call("undecided")
        return call("compare", ast.Constant(node.operators[0]), *operands)

    def against_literal(self, path: Path, symbol: str, literal: int | float | str | bool) -> ast.expr:
        """`(type(found := …) is int or type(found) in SCALARS or undecided()) and found > 0`

        In an `if` this takes one jump less than the conditional expression that says the same.
        """
        own_type = ast.Compare(found(self.subscripts(path)), [ast.Is()], [variable(type(literal).__name__)])
        test = ast.BoolOp(ast.Or(), [own_type, is_in(call("type", variable("found")), "SCALARS"), call("undecided")])
        comparison = ast.Compare(variable("found"), [_COMPARE[symbol]()], [ast.Constant(literal)])
        return ast.BoolOp(ast.And(), [test, comparison])

    def operand(self, node: Comparison, index: int) -> ast.expr:
        """Literals behind `in` become a tuple, which Python keeps as a constant."""
        operand = node.operands[index]
        is_container = index > 0 and node.operators[index - 1] in ("in", "not in")
        if isinstance(operand, ListOf) and is_container and index == len(node.operators):
            return ast.Tuple([self.value(item) for item in operand.items], ast.Load())
        return self.value(operand)

    def loop(self, title: str, loop: Loop) -> ast.expr:
        """A call of a function of its own, with plain `for` statements: faster than a generator."""
        number = len(self.functions)
        self.functions.append(ast.Pass())
        self._loops += 1
        depth = loop.first_variable
        parts: dict[str, Part] = {
            "TARGET": variable(f"item_{depth}", ast.Store()),
            "SOURCE": self.source(loop, 0),
            "SCOPE": scope(depth + 1),
            "ITEM_EXACTLY": self.constant(item_evaluator(title, loop)),
        }
        if title in QUANTIFIERS:
            body = self.quantified(title, loop, parts)
        else:
            body = self.collected(title, loop, parts)
        self._loops -= 1
        self.functions[number] = function(f"loop_{number}", depth, body)
        return call(f"loop_{number}", variable("metadata"), *(variable(f"item_{outer}") for outer in range(depth)))

    def quantified(self, title: str, loop: Loop, parts: dict[str, Part]) -> list[ast.stmt]:
        """The body of the function for `any` and `all`: one element decides."""
        decisive = title == "any"
        element = self.value(loop.element)
        decides = element if decisive else ast.UnaryOp(ast.Not(), element)
        take: list[ast.stmt] = [ast.If(decides, [ast.Return(ast.Constant(decisive))], [])]
        parts |= {"DECISIVE": ast.Constant(decisive), "OTHERWISE": ast.Constant(not decisive)}
        return statements(_QUANTIFIER, BODY=self.passes(loop, take), **parts)

    def collected(self, title: str, loop: Loop, parts: dict[str, Part]) -> list[ast.stmt]:
        """The body of the function for the others: what every element gives is taken."""
        result = variable("result")
        parts |= {"START": ast.Constant(0), "RESULT": result}
        match title:
            case "sum":
                take = [add_to("result", self.value(loop.element))]
                take_value = add_to("result", variable("value"))
            case "len":
                take = [ast.Expr(self.counted(loop.element)), add_to("result", ast.Constant(1))]
                take_value = add_to("result", ast.Constant(1))
            case _:
                take, take_value = [_append(self.value(loop.element))], _append(variable("value"))
                parts |= {"START": ast.List([], ast.Load()), "RESULT": call(f"gathered_{title}", result)}
        template = _COLLECTION if len(loop.clauses) == 1 else _NESTED_COLLECTION
        return statements(template, BODY=self.passes(loop, take), TAKE_VALUE=[take_value], **parts)

    def counted(self, element: Node) -> ast.expr:
        """An element that is only counted: it must be there, and data."""
        if isinstance(element, Path) and element.first_wildcard is None:
            return guarded(is_in(found(self.raw(element)), "DATA"), variable("found"))
        return self.value(element)

    def passes(self, loop: Loop, take: list[ast.stmt]) -> list[ast.stmt]:
        """The body of the outer `for`: filters and inner loops around what is done with an element."""
        for index in range(len(loop.clauses) - 1, -1, -1):
            for condition in reversed(loop.clauses[index].filters):
                take = [ast.If(self.value(condition), take, [])]
            if index:
                target = variable(f"item_{loop.first_variable + index}", ast.Store())
                take = [ast.For(target, self.source(loop, index), take, [])]
        return take

    def source(self, loop: Loop, index: int) -> ast.expr:
        """What a `for` runs over."""
        path = loop.clauses[index].source
        source = self.subscripts(path)
        if path.first_wildcard is not None:
            source = call("matches", source, self.constant(path.steps[path.first_wildcard :]))
        if loop.first_variable + index:
            return call("inner_items", source)
        is_list = ast.Compare(found(source), [ast.Is()], [variable("list")])
        is_short = ast.Compare(call("len", variable("found")), [ast.LtE()], [ast.Constant(MAX_ITEMS)])
        return ast.IfExp(
            ast.BoolOp(ast.And(), [is_list, is_short]), variable("found"), call("items", variable("found"))
        )


def reads(steps: tuple[Step, ...]) -> ast.expr:
    """`metadata["nodes"]…`, for steps without wildcards."""
    return _subscripts(variable("metadata"), steps)


def _subscripts(expression: ast.expr, steps: tuple[Step, ...]) -> ast.expr:
    for step in steps:
        if not isinstance(step, Wildcard):
            expression = ast.Subscript(expression, ast.Constant(step), ast.Load())
    return expression


def _append(value: ast.expr) -> ast.stmt:
    return ast.Expr(ast.Call(ast.Attribute(variable("result"), "append", ast.Load()), [value], []))

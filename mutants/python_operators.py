"""Mutants of a Python module, by a fixed list of operators on its syntax tree."""

from __future__ import annotations

import ast
import re

from mutants.mutant import Mutant, mutant_at

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
    ast.LShift: ">>",
    ast.RShift: "<<",
}
# A string that a program reads: a key, a state, a path. Sentences for people are not changed.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]{0,39}")
_EMPTY_RETURNS = {"str": '""', "bytes": 'b""', "int": "0", "float": "0.0", "list": "[]", "dict": "{}", "tuple": "()"}
# Calls whose arguments are for people or for type checkers only.
_UNTESTED_CALLS = {"cast", "TypeVar", "getLogger", "debug", "info", "warning", "error", "exception"}


def python_mutants(path: str, source: bytes) -> list[Mutant]:
    """Every change of the module, in the order of its text."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    unique = {(one.start, one.end, one.replacement): one for one in finder.found}
    return sorted(unique.values(), key=lambda one: (one.start, one.end, one.replacement))


def is_python(source: bytes) -> bool:
    """Whether it can be read at all: a change may fit its line and not its place."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


class _Finder(ast.NodeVisitor):
    def __init__(self, path: str, source: bytes) -> None:
        self.found: list[Mutant] = []
        self._path = path
        self._source = source
        self._scope: list[str] = []
        self._returns: list[str] = []
        self._line_starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]

    # -- where in the text

    def _span(self, node: ast.AST) -> tuple[int, int]:
        lines, ends = self._line_starts, node
        start = lines[getattr(node, "lineno", 1) - 1] + int(getattr(node, "col_offset", 0))
        return start, lines[getattr(ends, "end_lineno", 1) - 1] + int(getattr(ends, "end_col_offset", 0))

    def _text(self, node: ast.AST) -> bytes:
        start, end = self._span(node)
        return self._source[start:end]

    def _add(self, operator: str, start: int, end: int, replacement: str | bytes) -> None:
        new = replacement.encode() if isinstance(replacement, str) else replacement
        if new == self._source[start:end]:
            return
        self.found.append(mutant_at(self._path, ".".join(self._scope), operator, self._source, start, end, new))

    def _replace(self, operator: str, node: ast.AST, replacement: str | bytes) -> None:
        self._add(operator, *self._span(node), replacement)

    # -- what is left as it is

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._scope.pop()

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.append(node.name)
        self._returns.append(ast.unparse(node.returns) if node.returns else "")
        for default in [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]:
            self._constant(default, "default argument")
        for statement in node.body:
            self.visit(statement)
        self._returns.pop()
        self._scope.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if not {"__all__", "__slots__"} & set(names):
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        if not isinstance(node.test, ast.Constant):
            self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave it: an assertion states what mypy cannot see."""

    def visit_Raise(self, node: ast.Raise) -> None:
        """Its text is for people; that it is raised at all is tested by dropping it."""
        self._replace("drop a statement", node, "pass")

    # -- operators

    def _negate(self, test: ast.expr) -> None:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return  # `visit_UnaryOp` removes the `not`
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) not in _ORDERED:
            return  # `visit_Compare` turns it
        self._replace("negate a condition", test, b"not (" + self._text(test) + b")")

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace("remove `not`", node, b"bool(" + self._text(node.operand) + b")")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left: ast.expr = node.left
        for operation, right in zip(node.ops, node.comparators, strict=True):
            start, end = self._span(left)[1], self._span(right)[0]
            # Brackets around an operand belong to the gap, so only the operator's own word is replaced.
            between = self._source[start:end]
            word = _symbol(operation).encode()
            place = between.find(word)
            for other in _COMPARISONS.get(type(operation), ()):
                if place >= 0:
                    self._add("comparison", start + place, start + place + len(word), other)
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            start, end = self._span(left)[1], self._span(right)[0]
            match = re.search(rf"\b{word}\b".encode(), self._source[start:end])
            if match:
                self._add("`and` and `or`", start + match.start(), start + match.end(), other)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        other = _ARITHMETIC.get(type(node.op))
        is_text = any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (node.left, node.right))
        if other and not is_text:
            start, end = self._span(node.left)[1], self._span(node.right)[0]
            word = _symbol(node.op).encode()
            place = self._source[start:end].find(word)
            if place >= 0:
                self._add("arithmetic", start + place, start + place + len(word), other)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._constant(node, "constant")

    def _constant(self, node: ast.AST, operator: str) -> None:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool):
            self._replace(operator, node, str(not value))
        elif isinstance(value, int | float):
            self._replace(operator, node, repr(value + 1))
            self._replace(operator, node, f"({value - 1!r})")
        elif isinstance(value, str) and _WORD.fullmatch(value):
            self._replace(f"{operator} word", node, repr(f"{value}X"))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not isinstance(node.value, ast.Constant):
            wanted = self._returns[-1].split("[")[0]
            self._replace("return nothing", node.value, _EMPTY_RETURNS.get(wanted, "None"))
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return  # a docstring
        self._replace("drop a statement", node, "pass")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace("drop a statement", node, "pass")
        self.visit(node.value)

    def visit_Delete(self, node: ast.Delete) -> None:
        self._replace("drop a statement", node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace("drop a statement", node, "pass")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace("drop a statement", node, "pass")

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in _UNTESTED_CALLS:
            return
        self.generic_visit(node)


_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _symbol(operation: ast.cmpop | ast.operator) -> str:
    """How an operator is written."""
    if isinstance(operation, ast.cmpop):
        tree: ast.expr = ast.Compare(ast.Name("a"), [operation], [ast.Name("b")])
    else:
        tree = ast.BinOp(ast.Name("a"), operation, ast.Name("b"))
    return ast.unparse(tree)[2:-2]

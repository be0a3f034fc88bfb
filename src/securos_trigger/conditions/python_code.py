"""Builds the pieces of Python's own syntax tree that compiled conditions consist of."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final, TypeVar

# How often a piece is parsed again that failed because of other threads.
_PARSE_ATTEMPTS: Final = 100

S = TypeVar("S", str, str | bytes)
T = TypeVar("T")
Part = ast.expr | list[ast.stmt]


def parse_python(source: str | bytes) -> list[ast.stmt]:
    """The statements of `source`, in any thread."""
    return _in_any_thread(ast.parse, source).body


def literal_in(source: str) -> Any:
    """The value that `source` writes as a literal of Python, in any thread; errors as of `ast.literal_eval`."""
    return _in_any_thread(ast.literal_eval, source)


def _in_any_thread(parse: Callable[[S], T], source: S) -> T:
    """What `parse` gives.

    Python 3.11 counts the depth of what it parses for all threads together. When another thread parses at the same
    time, it may raise SystemError for source that is right (fault 106905 of CPython): it is parsed again.
    """
    for _ in range(_PARSE_ATTEMPTS - 1):
        try:
            return parse(source)
        except SystemError:
            continue
    return parse(source)


def statements(template: str, **parts: Part) -> list[ast.stmt]:
    """The statements of a template. A name that is one of `parts` is replaced by that part.

    The template is text of ours. What a user wrote comes in as parts only, and there as constants.
    """
    return [_Filler(parts).visit(statement) for statement in parse_python(template)]


class _Filler(ast.NodeTransformer):
    """Puts expressions in the place of names, and statements in the place of a line with a name alone."""

    def __init__(self, parts: dict[str, Part]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        part = self.parts.get(node.id)
        return part if isinstance(part, ast.expr) else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        part = self.parts.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return part if isinstance(part, list) else self.generic_visit(node)


def variable(identifier: str, context: ast.expr_context | None = None) -> ast.Name:
    """A name that is read, or with `ast.Store()` one that is assigned."""
    return ast.Name(identifier, context or ast.Load())


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """`function(…)`"""
    return ast.Call(variable(function), list(arguments), [])


def add_to(target: str, value: ast.expr) -> ast.stmt:
    """`target += value`"""
    return ast.AugAssign(variable(target, ast.Store()), ast.Add(), value)


def found(expression: ast.expr) -> ast.expr:
    """`type(found := …)`: reads once, and keeps what was read in `found`."""
    return call("type", ast.NamedExpr(variable("found", ast.Store()), expression))


def is_in(kind: ast.expr, kinds: str) -> ast.expr:
    """`kind in kinds`"""
    return ast.Compare(kind, [ast.In()], [variable(kinds)])


def guarded(test: ast.expr, value: ast.expr) -> ast.expr:
    """`value if test else undecided()`"""
    return ast.IfExp(test, value, call("undecided"))


def scope(loops: int) -> ast.expr:
    """`(metadata, item_0)`: what the exact path needs inside this number of loops."""
    return ast.Tuple([variable("metadata"), *(variable(f"item_{depth}") for depth in range(loops))], ast.Load())


def function(title: str, loops: int, body: list[ast.stmt]) -> ast.stmt:
    """`def title(metadata, item_0, …): …`, called inside this number of loops."""
    names = ["metadata", *(f"item_{depth}" for depth in range(loops))]
    signature = ast.arguments([], [ast.arg(argument) for argument in names], None, [], [], None, [])
    return ast.FunctionDef(title, signature, body, [])

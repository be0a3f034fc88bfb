"""Builds the pieces of Python's own syntax tree that compiled conditions consist of."""

from __future__ import annotations

import ast

from securos_trigger.conditions.syntax import Path, Wildcard


def subscripts(path: Path) -> ast.expr:
    """`metadata["nodes"]["presence1"]`: the steps of a path, up to its first wildcard."""
    expression: ast.expr = variable("metadata" if path.variable is None else f"item_{path.variable}")
    for step in path.steps[: path.first_wildcard]:
        if not isinstance(step, Wildcard):
            expression = ast.Subscript(expression, ast.Constant(step), ast.Load())
    return expression


def guarded(expression: ast.expr, kinds: str) -> ast.expr:
    """`found if type(found := …) in SCALARS else undecided()`"""
    found = ast.NamedExpr(variable("found", ast.Store()), expression)
    test = ast.Compare(call("type", found), [ast.In()], [variable(kinds)])
    return ast.IfExp(test, variable("found"), call("undecided"))


def assign(name: str, value: ast.expr) -> ast.stmt:
    """`name = value`"""
    return ast.Assign([variable(name, ast.Store())], value)


def add_to(name: str, value: ast.expr) -> ast.stmt:
    """`name += value`"""
    return ast.AugAssign(variable(name, ast.Store()), ast.Add(), value)


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """`function(*arguments)`"""
    return ast.Call(variable(function), list(arguments), [])


def variable(name: str, context: ast.expr_context | None = None) -> ast.Name:
    """`name`, to be read unless `context` says otherwise."""
    return ast.Name(name, context or ast.Load())

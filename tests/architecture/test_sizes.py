"""Modules and functions stay short enough to be read in one go; the exceptions stand here with their reasons."""

from __future__ import annotations

import ast

from tests.architecture.modules import modules

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40

#: Modules that may be longer, and why.
LONG_MODULES: dict[str, str] = {
    "notices/kinds.py": "one table, an entry for each notice: it is searched, not read",
}
#: Functions that may be longer, and why.
LONG_FUNCTIONS: dict[str, str] = {
    "runtime/running.py running": "half of it is the docstring of a public function",
}


def test_no_module_is_too_long() -> None:
    long = {module.path for module in modules() if module.text.count("\n") > MAX_MODULE_LINES}
    assert long - set(LONG_MODULES) == set(), "split it along its subjects"


def test_no_function_is_too_long() -> None:
    long = {
        f"{module.path} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert long - set(LONG_FUNCTIONS) == set(), "give its parts names of their own"

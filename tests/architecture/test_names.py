"""Names that say nothing are not used, and what a package exports is what it says."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from tests.architecture.modules import Module, modules

#: A module with such a name collects what belongs elsewhere.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "handler", "handlers", "misc"}

PACKAGES = [module for module in modules() if module.name == "__init__"]


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [module.path for module in modules() if EMPTY_NAMES & set(module.path.removesuffix(".py").split("/"))] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda module: module.folder or ".")
def test_a_package_lists_what_it_exports_in_order_and_has_it(package: Module) -> None:
    imported = import_module(".".join(["securos_trigger", *package.folder.split("/")]).strip("."))
    has_public_names = any(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("securos_trigger.")
        for node in ast.walk(package.tree)
    ) or any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in package.tree.body)
    if not has_public_names:
        assert not hasattr(imported, "__all__")
        return
    listed = list(imported.__all__)
    assert listed == sorted(set(listed), key=_isort), "sorted as ruff sorts, each name once"
    assert [name for name in listed if not hasattr(imported, name)] == []


def _isort(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

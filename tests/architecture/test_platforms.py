"""What only one operating system has is called in `system/` alone, in the modules of that system."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

import pytest

from tests.architecture.modules import Module, modules
from tests.without_posix.missing import METHODS_OF_LOOPS, MODULES, NAMES, OF_ANOTHER_MEANING

#: Modules that run on POSIX systems only, and the one that runs on Windows only.
POSIX = ("system/posix.py", "system/unix_channel.py")
WINDOWS = "system/windows.py"

_NAMES = {top: {*names, *OF_ANOTHER_MEANING.get(top, ())} for top, names in NAMES.items()}


def found_in(module: Module) -> Iterator[str]:
    """Everything in a module that POSIX systems alone have: imports, and names of modules."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases if alias.name.split(".")[0] in MODULES)
            case ast.ImportFrom(module=str(top), names=aliases):
                if top.split(".")[0] in MODULES:
                    yield top
                yield from (f"{top}.{alias.name}" for alias in aliases if alias.name in _NAMES.get(top, ()))
            case ast.Attribute(value=ast.Name(id=top), attr=name) if name in _NAMES.get(top, ()):
                yield f"{top}.{name}"
            case ast.Attribute(attr=name) if name in METHODS_OF_LOOPS:
                yield name


@pytest.mark.parametrize("module", modules(), ids=lambda one: one.path)
def test_what_posix_systems_alone_have_is_called_in_their_modules_only(module: Module) -> None:
    found = list(found_in(module))
    assert found == [] or module.path in POSIX


def test_the_modules_of_posix_systems_need_to_be_so() -> None:
    assert all(any(found_in(module)) for module in modules() if module.path in POSIX)


def test_msvcrt_is_imported_in_the_module_of_windows_only() -> None:
    assert [module.path for module in modules() if "import msvcrt" in module.text] == [WINDOWS]


def test_every_kind_of_call_is_found() -> None:
    source = "import fcntl, pwd\nfrom os import fork\nos.geteuid()\nsignal.SIGHUP\nloop.add_reader\nos.kill(1, 0)\n"
    assert sorted(found_in(Module("x.py", source))) == [
        "add_reader", "fcntl", "os.fork", "os.geteuid", "os.kill", "pwd", "signal.SIGHUP",
    ]  # fmt: skip


def test_what_is_listed_is_there_to_be_taken_away() -> None:
    """A name with a typo would hold nothing. Some are not on every POSIX system, most are."""
    listed = [(top, name) for top, names in NAMES.items() for name in names]
    there = [one for one in listed if hasattr(importlib.import_module(one[0]), one[1])]
    assert len(there) > 0.95 * len(listed), sorted(set(listed) - set(there))


def test_posix_and_windows_have_the_same_names_with_the_same_parameters() -> None:
    by_path = {module.path: module for module in modules()}

    def interface(path: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for node in by_path[path].tree.body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = [argument.arg.lstrip("_") for argument in node.args.args]
            elif isinstance(node, ast.ClassDef):
                methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
                found[node.name] = {one.name: [arg.arg.lstrip("_") for arg in one.args.args] for one in methods}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = ""
        return {name: what for name, what in found.items() if not name.startswith("_")}

    assert interface("system/posix.py") == interface("system/windows.py")
    socket_classes = interface("system/unix_channel.py")
    assert interface("system/loopback_channel.py") == {
        name: what for name, what in socket_classes.items() if name[0].isupper()
    }

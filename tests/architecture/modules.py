"""The modules of the package, as the architecture tests see them: paths, source, syntax trees."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "securos_trigger"


@dataclass(frozen=True)
class Module:
    """A file of the package. `path` is below `src/securos_trigger`, with slashes: `ledger/explain_text.py`."""

    path: str
    text: str

    @property
    def top(self) -> str:
        """The top package or top module that it belongs to: `ledger`, `model`."""
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def folder(self) -> str:
        """The folder with a slash at its end; empty for a top module."""
        return self.path.rpartition("/")[0] + "/" if "/" in self.path else ""

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.rpartition("/")[2].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


@cache
def modules() -> tuple[Module, ...]:
    """Every module, in the order of their paths."""
    return tuple(
        Module(path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    )


def top_names() -> list[str]:
    """The top packages and top modules, without `__init__` and `__main__`."""
    return sorted({module.top for module in modules()} - {"__init__", "__main__"})

"""CONTRIBUTING.md names every top package and top module, and nothing that is not there."""

from __future__ import annotations

import re

from tests.architecture.modules import ROOT, SOURCE, top_names

#: The first cell of each row of a table: paths in backticks, one or several.
_ROW = re.compile(r"^\|((?:[^|]|\\\|)*)\|", re.MULTILINE)


def rows() -> set[str]:
    """The paths in the first cells of the tables."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return {path for cell in _ROW.findall(text) for path in re.findall(r"`([\w./-]+)`", cell)}


def test_every_top_package_and_module_has_a_row() -> None:
    expected = {
        f"src/securos_trigger/{name}/" if (SOURCE / name).is_dir() else f"src/securos_trigger/{name}.py"
        for name in top_names()
    }
    named = {path if path.endswith((".py", "/")) else f"{path}/" for path in rows()}
    assert sorted(expected - named) == []


def test_no_row_names_a_package_that_is_not_there() -> None:
    lost = {path for path in rows() if path.startswith("src/") and not (ROOT / path).exists()}
    assert sorted(lost) == []

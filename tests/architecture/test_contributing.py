"""CONTRIBUTING.md names every top package and top module, and no file, function or package that is not there."""

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


def test_every_path_of_the_tables_is_there() -> None:
    """Paths stand from the root, below the package, below `tests`, or beside the one before (`video/sources.py` or `sinks.py`)."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    lost, beside = [], SOURCE
    for path in re.findall(r"`([\w./-]+(?:/|\.py|\.sql|\.js))`", "\n".join(re.findall(r"^\|.*$", text, re.MULTILINE))):
        found = next((one / path for one in (ROOT, SOURCE, beside, beside.parent) if (one / path).exists()), None)
        if found is None:
            lost.append(path)
        else:
            beside = found if found.is_dir() else found.parent
    assert lost == []


def test_every_name_that_is_said_to_stand_in_a_module_stands_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)` in `([\w/]+\.py)`", text)
    assert named
    assert [name for name, path in named if name not in _of(path)] == []


def _of(path: str) -> str:
    return (ROOT / path if path.startswith("src/") else SOURCE / path).read_text(encoding="utf-8")

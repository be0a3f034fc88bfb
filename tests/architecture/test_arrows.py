"""How much the packages know of each other.

An arrow goes from one top package (or top module) to another when any module of the first imports any module of the
second, wherever the import stands: at the top, in a function, or for type checkers only. `__main__` and the root
`__init__` count as one top module each. import-linter says which arrows are allowed; this says how many there are.
"""

from __future__ import annotations

import grimp

#: It may only fall. Whoever adds a package raises it in the same commit and says why there.
MAX_ARROWS = 161


def arrows() -> set[tuple[str, str]]:
    """The pairs of top packages of which the first imports the second."""
    graph = grimp.build_graph("securos_trigger", cache_dir=None)
    found = set()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            pair = _top(importer), _top(imported)
            if pair[0] != pair[1]:
                found.add(pair)
    return found


def _top(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def test_packages_know_no_more_of_each_other_than_before() -> None:
    found = arrows()
    assert len(found) <= MAX_ARROWS, sorted(found)

"""Which changes a mutation run makes to a line of code."""

from __future__ import annotations

import ast

import pytest

from mutants.javascript_operators import javascript_mutants
from mutants.python_operators import python_mutants


def python(text: str) -> set[str]:
    return {mutant.now for mutant in python_mutants("a.py", text.encode())}


def javascript(text: str) -> set[str]:
    return {mutant.now for mutant in javascript_mutants("a.js", text.encode())}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = a < b", {"x = a <= b", "x = a >= b"}),
        ("x = (a) == (b)", {"x = (a) != (b)"}),
        ("x = a not in b", {"x = a in b"}),
        ("x = a - b", {"x = a + b"}),
        ("x = a and b", {"x = a or b"}),
        ("x = not a", {"x = bool(a)"}),
        ("x = 8", {"x = 9", "x = (7)"}),
        ("x = True", {"x = False"}),
        ("x = row['state']", {"x = row['stateX']"}),
        ("x = 'A sentence for a person.'", set()),
        ("x: dict['word', int] = f(y)", set()),
        ("close()", {"pass"}),
        ("x += y", {"pass"}),
        ("raise ValueError('word')", {"pass"}),
        ("assert x > 1", set()),
        ('"""A docstring."""', set()),
        ("__all__ = ['word']", set()),
        ("log.info('word')", {"pass"}),
        ("x = 1 if a else y", {"x = 2 if a else y", "x = (0) if a else y", "x = 1 if not (a) else y"}),
    ],
)
def test_a_line_of_python_is_changed_in_these_ways(line: str, changed: set[str]) -> None:
    assert python(line) == changed


def test_a_result_becomes_the_empty_value_of_its_type() -> None:
    assert python("def f(x) -> list[int]:\n    return g(x)\n") == {"return []"}
    assert python("def f(x) -> Thing | None:\n    return g(x)\n") == {"return None"}


def test_a_default_argument_is_changed() -> None:
    assert python("def f(x: int = 3, *, y: bool = False) -> None: ...\n") == {
        "def f(x: int = 4, *, y: bool = False) -> None: ...",
        "def f(x: int = (2), *, y: bool = False) -> None: ...",
        "def f(x: int = 3, *, y: bool = True) -> None: ...",
    }


def test_a_mutant_names_its_function_and_its_line_and_is_python() -> None:
    source = "class Box:\n    def fits(self, ü) -> bool:\n        # é\n        return ü > 5\n".encode()
    mutants = python_mutants("a.py", source)
    assert {(mutant.function, mutant.line) for mutant in mutants} == {("Box.fits", 4)}
    assert "return ü >= 5" in {mutant.now for mutant in mutants}
    for mutant in mutants:
        ast.parse(mutant.applied(source))


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = a < b;", {"x = a <= b;", "x = a >= b;", ";"}),
        ("const x = a === '>';", {"const x = a !== '>';"}),
        ("const x = a && b;", {"const x = a || b;"}),
        ("const x = !a;", {"const x = Boolean(a);"}),
        ("const x = 8;", {"const x = 9;", "const x = (7);"}),
        ("const x = 'word';", {"const x = 'wordX';"}),
        ("const x = /a<b/g; // a < b", set()),
        ("const x = `a < b`;", set()),
        ("const fs = require('fs');", set()),
        ("throw new Error('a word');", {";"}),
        ("log('word', { a: 1 });", set()),
    ],
)
def test_a_line_of_javascript_is_changed_in_these_ways(line: str, changed: set[str]) -> None:
    assert javascript(line) == changed


def test_a_mutant_of_javascript_names_its_method() -> None:
    [mutant] = javascript_mutants("a.js", b"class Box {\n  fits(x) {\n    return x;\n  }\n}\n")
    assert (mutant.function, mutant.line, mutant.now) == ("Box.fits", 3, "return undefined;")

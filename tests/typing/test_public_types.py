"""The types of the public names: right uses pass mypy, wrong ones are refused, each with the code that is expected."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import securos_trigger

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def errors_of(name: str) -> dict[int, list[str]]:
    """The codes of mypy's errors in a file, by line."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--exclude", "nothing", "--no-pretty", f"tests/typing/{name}"],
        cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[int, list[str]] = defaultdict(list)
    for line, code in re.findall(rf"^tests/typing/{name}:(\d+): error: .*\[([a-z-]+)\]$", done.stdout, re.MULTILINE):
        found[int(line)].append(code)
    others = [line for line in done.stdout.splitlines() if ": error:" in line and f"tests/typing/{name}:" not in line]
    assert others == []
    return {line: sorted(codes) for line, codes in found.items()}


def test_every_use_type_checks() -> None:
    assert errors_of("uses.py") == {}


def test_every_misuse_is_refused_with_its_code() -> None:
    text = (HERE / "misuses.py").read_text(encoding="utf-8")
    expected = {
        number: sorted(codes[0].split(", "))
        for number, line in enumerate(text.splitlines(), start=1)
        if (codes := re.findall(r"# expect: (.*)$", line))
    }
    assert len(expected) >= 15
    assert errors_of("misuses.py") == expected


@pytest.mark.parametrize("name", ["uses.py", "misuses.py"])
def test_every_public_name_is_used(name: str) -> None:
    tree = ast.parse((HERE / name).read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert set(securos_trigger.__all__) - used == set()


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(securos_trigger.__file__).parent / "py.typed").is_file()

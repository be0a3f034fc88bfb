"""docs/troubleshooting.md quotes what the program really writes: a symptom that a person searches for is found there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from securos_trigger.notices import kinds
from tests.docs.test_links import ROOT
from tests.unit.runtime.test_lasting_kinds import LASTING

PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
#: What a shell or the system writes, and what stands in the place of a name.
FOREIGN = (
    *("securos-trigger: command not found", "Connection refused", "connection refused"),
    *("address already in use", "tmpfs", "process 4711"),
)


def symptoms() -> list[str]:
    """What is quoted in bold at the start of a paragraph, or of an item of the list."""
    bold = [" ".join(one.split()) for one in re.findall(r"(?ms)^(?:\* )?\*\*([^*]+?)\*\*", PAGE)]
    spans = [max(found) for one in bold for found in re.findall(r"``(.+?)``|`([^`]+)`", one)]
    return [span.strip() for span in spans]


def items() -> list[tuple[str, str]]:
    """The items about lines of `status`: the line, and where more is said."""
    [section] = re.findall(r"(?ms)^## A line of `status`\n(.*?)^## ", PAGE)
    return re.findall(r"\* \*\*(.+?)\*\*: (.+)", re.sub(r"\n +", " ", section))


@cache
def texts() -> str:
    """Every text of the source in one, each place that is filled in as a space."""
    found = []
    for file in sorted((ROOT / "src/securos_trigger").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(str(p.value) if isinstance(p, ast.Constant) else " " for p in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def fragments(symptom: str) -> list[str]:
    """The parts of a symptom that the source must have as they are: not its fields, numbers and names."""
    plain = symptom
    for one in FOREIGN:
        plain = plain.replace(one, "…")
    plain = re.sub(
        r"\b[a-z_]+=(?:\"|\S*)|\"$|\b(?:av|video|onnxruntime|site\.toml:?|127\.0\.0\.1|\d+)\b|\W*$", "…", plain
    )
    return [part.strip(' ,:."') for part in re.split("…|: ", plain) if len(part.strip(' ,:."')) > 2]


@pytest.mark.parametrize("symptom", symptoms())
def test_a_symptom_is_what_the_program_writes(symptom: str) -> None:
    assert [part for part in fragments(symptom) if part not in texts()] == []


def test_a_wrong_symptom_is_found() -> None:
    assert fragments("source_lost pipeline=gate … Connection refused") == ["source_lost"]
    assert "needs onnxruntime" not in texts()
    assert kinds.SOURCE_LOST.name in texts()


@pytest.mark.parametrize("name", LASTING)
def test_each_state_that_status_shows_has_an_item(name: str) -> None:
    found = [line for line, more in items() if LASTING[name].strip() in line and f"`{name}`" in more]
    assert len(found) == 1, f"an item with the words of its line, and `{name}` where more is said"


def test_what_a_line_of_status_means_stands_in_its_own_page_only() -> None:
    assert len(items()) > 40
    assert [line for line, more in items() if not re.search(r"`[a-z]+(_[a-z]+)+`", more)] == [], (
        "it names no line of the log"
    )

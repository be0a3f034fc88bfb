"""docs/status.md is read at night: red lines first, one plain sentence each, and exact conditions apart from them."""

from __future__ import annotations

import re

import pytest

from tests.docs.test_links import ROOT
from tests.docs.test_troubleshooting_page import PAGE as TROUBLESHOOTING
from tests.docs.test_troubleshooting_page import fragments, texts
from tests.unit.runtime.test_lasting_kinds import LASTING

PAGE = (ROOT / "docs/status.md").read_text(encoding="utf-8")
#: A sentence with more words needs two readings.
MOST_WORDS = 22


def section(heading: str) -> str:
    """The text below a heading of the second level."""
    [found] = re.findall(rf"(?ms)^## {heading}\n(.*?)(?=^## |\Z)", PAGE)
    return str(found)


def rows(heading: str) -> list[list[str]]:
    """Of each of its lines of `status`: the words of the line, what is wrong, what to do."""
    paragraphs = [" ".join(one.split()) for one in section(heading).split("\n\n")]
    found = [re.fullmatch(r"\*\*(.+?)\*\* (.+) \*Do:\* (.+)", one) for one in paragraphs if one.startswith("**")]
    assert None not in found
    return [list(one.groups()) for one in found if one]


ROWS = [*rows("Red lines"), *rows("Remarks")]


def test_red_lines_stand_above_remarks_and_both_above_the_exact_conditions() -> None:
    first, second, last = (PAGE.index(f"\n## {one}\n") for one in ("Red lines", "Remarks", "Exactly when"))
    assert first < second < last
    assert len(rows("Red lines")) > 30
    assert len(rows("Remarks")) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_in_one_short_sentence_what_is_wrong_and_then_what_to_do(row: list[str]) -> None:
    _line, wrong, to_do = row
    assert to_do
    for sentence in wrong.rstrip(".").split(". "):
        assert len(sentence.split()) <= MOST_WORDS
    assert "(" not in wrong, "a condition in brackets belongs below *Exactly when*"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_line_of_a_row_is_what_the_program_writes(row: list[str]) -> None:
    spans = re.findall(r"`([^`]+)`", row[0])
    assert spans
    assert [part for span in spans for part in fragments(span) if part not in texts()] == []


@pytest.mark.parametrize("name", LASTING)
def test_each_state_that_status_shows_has_a_row(name: str) -> None:
    assert [row for row in ROWS if LASTING[name].strip().lower() in " ".join(row).lower()] != []


def test_a_row_of_troubleshooting_leads_by_a_link_to_what_it_names_below() -> None:
    [table] = re.findall(r"(?ms)^## A line of `status`\n(.*?)^## ", TROUBLESHOOTING)
    assert "](status.md#red-lines)" in table
    assert [
        line for line in table.splitlines() if line.startswith("| `") and re.search(r"(?<!\[)\bbelow\b", line)
    ] == []

"""Every relative link of the documentation leads to a file of the repository, and to a heading that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("contract/*.md"),
        *ROOT.glob("vms/**/*.md"),
        *ROOT.glob(".github/*.md"),
    }
)
LINK = re.compile(r"\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)")


def prose(page: Path) -> str:
    """A page without its fences: what stands there is no link and no heading."""
    return re.sub(r"^( *)```.*?^\1```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the hosting platform makes them."""
    found: list[str] = []
    for heading in re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found.append(f"{anchor}-{found.count(anchor)}" if anchor in found else anchor)
    return set(found)


def broken_links(page: Path) -> list[str]:
    broken = []
    for path, anchor in LINK.findall(prose(page)):
        target = page.parent / path if path else page
        is_heading_missing = anchor and target.suffix == ".md" and target.is_file() and anchor not in anchors(target)
        if not target.exists() or is_heading_missing:
            broken.append(f"{path}#{anchor}" if anchor else path)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b` C\n\n[1](#a-b-c) [2](#gone) [3](none.md) [4](page.md#gone) [5](https://example.org/x#y)\n")
    assert broken_links(page) == ["#gone", "none.md", "page.md#gone"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_fence_is_not_inside_a_list(page: Path) -> None:
    """The site's Markdown reads an indented fence as text."""
    assert re.findall(r"^ +```.*$", page.read_text(encoding="utf-8"), re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_every_test_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = set(re.findall(r"`((?:tests|vms|soak|benchmarks|contract|examples|src)/[\w./-]+?\.\w+)(?:::\w+)?`", text))
    tests = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    named = set(re.findall(r"::(test_\w+)", text))
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []

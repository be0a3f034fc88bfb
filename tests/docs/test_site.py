"""The documentation site: builds without a warning, works as files, and asks no foreign host."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).parents[2]
#: Attributes that make a browser fetch something when it shows a page.
FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "video": "src"}


class _Tags(HTMLParser):
    def __init__(self, page: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.ids.add(named.get("id", ""))
        if FETCHED.get(tag) in named:
            self.fetched.append(named[FETCHED[tag]])
        if tag == "a" and "href" in named:
            self.links.append(named["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built in strict mode: a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def html_pages(site: Path) -> list[Path]:
    return [page for page in sorted(site.rglob("*.html")) if page.name != "404.html"]


def test_no_page_style_or_script_asks_a_foreign_host(site: Path) -> None:
    foreign = {
        f"{page.relative_to(site)}: {address}"
        for page in html_pages(site)
        for address in _Tags(page).fetched
        if re.match(r"(\w+:)?//", address)
    }
    assert foreign == set()
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert len(styles) >= 4
    assert [found for text in styles for found in re.findall(r"(?:@import|url\()[^;)]*//[^;)]*", text)] == []
    scripts = [path.read_text(encoding="utf-8") for path in site.rglob("*.js") if path.name != "search_index.js"]
    assert len(scripts) >= 4
    in_code = re.compile(r"""["'](?:https?:)?//[^"']+["']""")
    assert [found for text in scripts for found in in_code.findall(text)] == []


def test_every_address_in_a_page_is_a_file_of_the_site(site: Path) -> None:
    tags = {page: _Tags(page) for page in html_pages(site)}
    missing = []
    for page, found in tags.items():
        for address in [*found.fetched, *found.links]:
            path, _, anchor = unquote(address).partition("#")
            if re.match(r"\w+:", path):
                continue
            target = (page.parent / path.partition("?")[0]).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            is_there = target.is_file() and (not anchor or target not in tags or anchor in tags[target].ids)
            if not is_there:
                missing.append(f"{page.relative_to(site)} -> {address}")
    assert missing == []


def test_every_page_is_reached_from_the_navigation(site: Path) -> None:
    start = site / "index.html"
    reached = {(start.parent / link.partition("#")[0]).resolve() for link in _Tags(start).links}
    pages = {page for page in html_pages(site) if page.name != "search.html"}
    assert pages - reached - {start} == set()
    assert len(pages) > 25


def test_the_search_index_knows_the_words_of_the_pages(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    where = {entry["location"].partition("#")[0] for entry in index if "rising_edge" in entry["text"]}
    assert {"conditions.html", "explain.html", "properties.html"} & where
    assert "contract/delivery.html" in {entry["location"] for entry in index}


def test_the_search_works_on_a_page_that_was_opened_as_a_file(site: Path) -> None:
    """A browser refuses to read JSON beside a file, and loads a script from there."""
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    script = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert json.loads(script.removeprefix("var searchIndex = ").removesuffix(";\n")) == index
    assert any(address.endswith("_site/search.js") for address in _Tags(site / "search.html").fetched)
    assert {"mkdocs-search-query", "mkdocs-search-results"} <= _Tags(site / "search.html").ids


def test_every_page_of_the_repository_stands_in_the_navigation() -> None:
    def paths(entries: list[object]) -> set[str]:
        found: set[str] = set()
        for entry in entries:
            value = next(iter(entry.values())) if isinstance(entry, dict) else entry
            found |= paths(value) if isinstance(value, list) else {str(value)}
        return found

    named = paths(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    below_docs = {
        str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md") if page.parent.name != "adr"
    } - {"README.md"}  # pages.md in the site
    outside = {
        str(page.relative_to(ROOT))
        for page in [*ROOT.glob("*.md"), *ROOT.glob("contract/*.md"), *ROOT.glob("vms/**/*.md")]
    } | {"tests/payloads/README.md"}
    assert named == below_docs | {"index.md", "pages.md", "adr/README.md"} | (outside - {"README.md"})

"""Hooks of the documentation site (mkdocs.yml): bring in pages from outside docs/, colour code, make search work offline.

A Markdown page links to files as they stand in the repository, so that its links work on the hosting platform. The
same links are rewritten here for the site, where docs/ is the root.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).parents[2]

#: Pages that stand elsewhere in the site: their path in the repository, and their path in the site.
PAGES = {
    "README.md": "index.md",
    "docs/README.md": "pages.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "RELEASING.md": "RELEASING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "contract/delivery.md": "contract/delivery.md",
    "tests/payloads/README.md": "tests/payloads/README.md",
    "vms/simulator/README.md": "vms/simulator/README.md",
    "vms/simulator/modules/securos/README.md": "vms/simulator/modules/securos/README.md",
}
#: Files that are no pages and that pages link to.
DOWNLOADS = (
    "LICENSE",
    "NOTICE",
    "examples/grafana-dashboard.json",
    "examples/prometheus-alerts.yml",
    "Containerfile",
    "examples/container/compose.frigate.yaml",
    "examples/container/compose.yaml",
    "examples/container/mosquitto.conf",
    "examples/securos-trigger.service",
    "examples/site.toml",
    "examples/windows/securos-trigger-service.xml",
)

_FENCE = re.compile(r"^( *)(```+)(.*?)^\1\2 *$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give headings the anchors that the hosting platform gives them, and list the decisions in the navigation."""
    config.mdx_configs["toc"]["slugify"] = anchor
    decisions = [f"adr/{page.name}" for page in sorted((ROOT / "docs" / "adr").glob("0*.md"))]
    for section in config.nav or ():
        for pages in section.values() if isinstance(section, dict) else ():
            if "adr/README.md" in pages:
                pages += decisions
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages and files from outside docs/, and the colours of code."""
    for source, target in {**PAGES, **{name: name for name in DOWNLOADS}}.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    files.append(File.generated(config, "_site/highlight.css", content=colours))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite the links of a page, and leave what stands in fences alone."""
    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(markdown):
        parts += [rewritten(markdown[end : fence.start()], page.file.src_uri), _plain_fence(fence)]
        end = fence.end()
    return "".join([*parts, rewritten(markdown[end:], page.file.src_uri)])


def on_post_build(config: MkDocsConfig) -> None:
    """Write the search index as a script too: a page that was opened as a file may load scripts, but no JSON."""
    folder = Path(config.site_dir) / "search"
    index: dict[str, Any] = json.loads((folder / "search_index.json").read_text(encoding="utf-8"))
    script = f"var searchIndex = {json.dumps(index['docs'], ensure_ascii=True)};\n"
    (folder / "search_index.js").write_text(script, encoding="utf-8")


def anchor(heading: str, separator: str = "-") -> str:
    """The anchor of a heading, as the hosting platform makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def rewritten(text: str, page: str) -> str:
    """The text of a page with its relative links as they are in the site. `page` is its path in the site."""
    folder = posixpath.dirname(_in_repository(page))

    def new_link(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[1]))
        if (ROOT / target).is_dir():
            target += "/README.md"
        in_site = PAGES.get(target, target.removeprefix("docs/"))
        return f"]({posixpath.relpath(in_site, posixpath.dirname(page) or '.')}{link[2] or ''})"

    return _LINK.sub(new_link, text)


def _in_repository(page: str) -> str:
    return next((source for source, target in PAGES.items() if target == page), f"docs/{page}")


def _plain_fence(fence: re.Match[str]) -> str:
    """A fence with nothing but the language behind it: the name of a file there is for the tests."""
    language, newline, code = fence[3].partition("\n")
    return f"{fence[1]}{fence[2]}{language.split(' ')[0]}{newline}{code}{fence[1]}{fence[2]}"

"""The pages fit a terminal of 80 columns, as files: they are read there at night, with nothing but `less`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.test_links import ROOT, prose

WIDTH = 80
PAGES = (
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if "_site" not in page.parts),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "contract/delivery.md")),
)
#: Their tables have rows that a browser wraps, and a terminal does not.
WIDE_TABLES = (
    *("console_api", "performance", "scale"),
    *("CONTRIBUTING", "delivery"),
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_fits_a_terminal(page: Path) -> None:
    """What is shown as it is typed or printed may be wider; so may an image, a heading, and one long path."""
    wide = [line for line in prose(page).splitlines() if len(line) > WIDTH and " " in line.strip()]
    allowed = ("    ", "![", "# ", "<!--") + (("|",) if page.stem in WIDE_TABLES else ())
    assert [line for line in wide if not line.startswith(allowed)] == []

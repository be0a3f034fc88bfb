"""The pages that a person reads in a terminal, as files, fit 80 columns."""

from __future__ import annotations

import pytest

from tests.docs.test_links import ROOT, prose

WIDTH = 80
PAGES = (
    *(f"inputs/{page.stem}" for page in sorted((ROOT / "docs/inputs").glob("*.md"))),
    *(
        "cluster",
        "console",
        "containers",
        "control",
        "debian",
        "delivery",
        "doctor",
        "explain",
        "init",
        "install",
        "mute",
        "nodes",
        "notices",
        "operations",
        "properties",
        "reference",
        "reliability",
        "reload",
    ),
    *("securos", "status", "systemd", "test_camera", "troubleshooting", "updating", "upkeep"),
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_read_in_a_terminal_fits_it(name: str) -> None:
    """What is shown as it is typed or printed may be wider; so may an image, and one long path."""
    lines = prose(ROOT / f"docs/{name}.md").splitlines()
    assert [line for line in lines if len(line) > WIDTH and " " in line and not line.startswith(("    ", "!["))] == []

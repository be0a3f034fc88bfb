"""The version stands the same everywhere: package, changelog, receiver, and the pages that show it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from securos_trigger.vms.bundle import receiver_version

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
RELEASED = re.findall(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    """Before a release there may be *Unreleased* above it."""
    assert RELEASED[0] == VERSION
    assert len(RELEASED) == len(set(RELEASED))


def test_the_receiver_has_a_version_that_was_released() -> None:
    """It stays behind where the script has not changed."""
    assert receiver_version() in RELEASED


def test_each_version_says_first_what_to_do_after_updating() -> None:
    newest = CHANGELOG.partition(f"## {VERSION} - ")[2].partition("\n## ")[0]
    assert re.findall(r"^### (.*)$", newest, re.MULTILINE)[0].startswith("What to do after updating")


@pytest.mark.parametrize(
    "page", ["docs/install.md", "docs/windows.md", "docs/debian.md", "docs/status.md", "docs/doctor.md"]
)
def test_pages_that_show_a_version_show_this_one(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = set(re.findall(r"securos[_-]trigger[_ -](\d+\.\d+\.\d+)", text))
    assert shown == {VERSION}

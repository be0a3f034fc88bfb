"""The pages show the images that `make images` makes, and no others."""

from __future__ import annotations

import re
import runpy

import pytest
from PIL import Image

from tests.docs.test_links import PAGES, ROOT

IMAGES = ROOT / "docs" / "images"
NAMES: tuple[str, ...] = runpy.run_path(str(ROOT / "docs" / "make_images.py"))["NAMES"]
#: A page is read over slow lines, too.
MOST_BYTES = 300_000


def shown_images() -> set[str]:
    """The names of the images of docs/images that the pages show."""
    links = (re.findall(r"!\[[^]]*]\((\S+)\)", page.read_text(encoding="utf-8")) for page in PAGES)
    paths = {
        (page.parent / link).resolve()
        for page, found in zip(PAGES, links, strict=True)
        for link in found
        if not link.startswith("http")
    }
    return {path.name for path in paths if path.parent == IMAGES}


def test_the_pages_show_what_make_images_makes() -> None:
    assert shown_images() == set(NAMES)
    assert {path.name for path in IMAGES.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_small_and_whole(name: str) -> None:
    path = IMAGES / name
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as image:
        image.load()

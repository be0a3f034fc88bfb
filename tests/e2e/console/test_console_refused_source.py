"""A source that did not work when it was tried: it is asked about before it is saved, and no page calls it well."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import NARROW, WIDE, violations
from tests.integration.console_site import Site

REFUSED = "rtsp://127.0.0.1:1/live"
NOT_WELL = re.compile(r"\b(wait|bad)\b")


@pytest.fixture
def page(small_page: Page, small_site: Site) -> Page:
    """The page Nodes."""
    small_page.goto(f"http://127.0.0.1:{small_site.port}/nodes.html#yard/")
    expect(small_page.get_by_role("heading", name="Source", exact=True)).to_be_visible()
    return small_page


def test_a_refused_address_makes_no_pipeline_without_a_question_and_no_green_hint(page: Page, small_site: Site) -> None:
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    for label, text in {"Name": "gate", "Video": REFUSED, "Cameras": "1"}.items():
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_role("button", name="Try the address").click()
    expect(dialog.get_by_text("It does not work")).to_be_visible()
    create = dialog.get_by_role("button", name="Create pipeline")
    create.click()
    video = dialog.get_by_label("Video", exact=True)
    expect(video).to_be_focused()
    asked = dialog.get_by_role("alert")
    expect(asked).to_contain_text(
        "Nothing was done: look at this first. To do it all the same, press the button again."
    )
    expect(asked.get_by_role("listitem")).to_contain_text("Video: It does not work: ")
    expect(asked).to_be_in_viewport(ratio=1)
    assert violations(page) == []
    assert "gate" not in small_site.config.read_text()
    video.fill(f"{REFUSED}2")
    expect(asked).to_have_count(0)  # it was about the address before
    video.fill(REFUSED)
    create.click()
    made = page.locator(".notice", has_text="The pipeline gate is made.")
    expect(made).to_contain_text("It does not see anything yet: no frames since")
    expect(made).to_have_class(NOT_WELL)
    assert violations(page) == []
    made.get_by_role("link", name="Look at its source").click()
    expect(page.get_by_label("Url", exact=True)).to_have_value(REFUSED)


def test_a_refused_source_is_saved_after_a_question_only(page: Page, small_site: Site) -> None:
    before = small_site.config.read_text()
    page.get_by_label("Path", exact=True).fill("nothing.mp4")
    page.get_by_role("button", name="Try the address").click()
    expect(page.locator(".trial .notice.bad")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("did not work")
    expect(dialog).to_contain_text("a file may be named in the folders of the console only")  # why
    dialog.get_by_role("button", name="Cancel").click()
    assert small_site.config.read_text() == before
    page.get_by_role("button", name="Throw away").click()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_image_of_a_trial_comes_into_sight_above_the_buttons(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size({"width": size["width"], "height": 640})
    page.get_by_role("button", name="Try the address").click()
    image = page.get_by_role("img", name="The image that has come")
    expect(image).to_be_in_viewport(ratio=1)
    page.wait_for_function(
        """() => {
            const image = document.querySelector('img.tried').getBoundingClientRect();
            const foot = document.querySelector('.foot').getBoundingClientRect();
            return image.bottom <= foot.top || image.top >= foot.bottom;
        }"""
    )

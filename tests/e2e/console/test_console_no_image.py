"""An event without an image says why; and what the banner says already is not said anew."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests import commands
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import GENEROUS_S, entered, visit
from tests.integration.console_site import running_site


def test_an_event_without_an_image_and_without_boxes_says_why(tmp_path: Path, browser: Browser) -> None:
    with running_site(tmp_path) as site, visit(browser) as person:
        page = entered(tmp_path, person)
        program = site.program()
        wait_until(lambda: bool(program.get("/api/events?state=dead")["events"]), GENEROUS_S)
        [event] = program.get("/api/events?state=dead")["events"]
        address = f"/api/events/{event['number']}"
        wait_until(lambda: bool(program.get(address)["has_image"]), GENEROUS_S)
        assert program.get(address)["boxes"] == []
        purged = commands.run("images", "purge", "site.toml", "--all", cwd=site.folder)
        assert purged.returncode == 0, purged.stderr
        page.goto(f"http://127.0.0.1:{site.port}/events.html?state=dead")
        page.locator(".rows button").click()
        expect(page.get_by_role("heading", name="Delivery")).to_be_visible()
        expect(page.get_by_text("There is no image of this event.")).to_have_text(
            "There is no image of this event. None was made, or it was deleted: by hand, or to make room for newer ones."
        )
        expect(page.locator("figure")).to_have_count(0)


def test_a_banner_that_says_the_same_again_keeps_the_focus_of_its_link(tmp_path: Path, browser: Browser) -> None:
    with running_site(tmp_path), visit(browser) as person:
        page = entered(tmp_path, person)
        logged_out = "dispatchEvent(new Event('loggedout'))"
        page.wait_for_function(f"() => {logged_out} && document.querySelector('#banner a')")  # the page listens
        said = """() => {
            dispatchEvent(new Event('loggedout'));
            const link = document.querySelector('#banner a');
            link.focus();
            dispatchEvent(new Event('loggedout'));
            return [link.textContent, document.activeElement === link];
        }"""
        assert page.evaluate(said) == ["Log in on another page", True]

"""Without a mouse, and while answers take long: a new pipeline, a line or zone, a save; a second press does nothing twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browsers import violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import entered, visit
from tests.integration.console_site import running, write_site

LIMIT_S = 120.0


@pytest.fixture(scope="module")
def address_and_page(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[str, Page]]:
    """A page of a person who may configure, and the address of the console; no service runs."""
    folder = tmp_path_factory.mktemp("keys")
    config = write_site(folder, 9)
    with running(folder, "console", config.name, name="console"), visit(browser) as person:
        page = entered(folder, person)
        yield page.url.partition("/index")[0].partition("/#")[0].rstrip("/"), page


def hold(page: Page, address: str) -> list[Route]:
    """The requests to an address, which wait until the test lets them go on."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))  # noqa: PLW0108  Playwright counts its parameters
    return held


def go_on(page: Page, held: list[Route]) -> None:
    """Let the one request go on that was asked for."""
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    [route] = held
    route.continue_()


def test_a_zone_is_drawn_and_saved_with_the_keyboard_alone(address_and_page: tuple[str, Page]) -> None:
    address, page = address_and_page
    page.goto(f"{address}/draw.html#yard/zone1")
    page.get_by_role("button", name="New zone").focus()
    page.keyboard.press("Enter")
    point = page.get_by_label("Point 1 of zone2")
    expect(point).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    expect(point).to_be_focused()
    assert point.evaluate("node => node.style.left") == "30%"
    held = hold(page, "**/api/config/nodes/**")
    save = page.get_by_role("button", name="Save", exact=True)
    save.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    go_on(page, held)
    expect(page.get_by_role("link", name="See the events on the Overview")).to_be_focused()
    assert violations(page) == []
    page.get_by_label("Point 1 of zone2").press("ArrowLeft")
    expect(page.get_by_role("link", name="See the events on the Overview")).to_be_hidden()
    page.get_by_role("button", name="Throw away").click()


def test_a_new_pipeline_is_made_once_and_the_focus_is_on_what_comes_next(address_and_page: tuple[str, Page]) -> None:
    address, page = address_and_page
    page.goto(f"{address}/nodes.html")
    kinds = hold(page, "**/api/schema/inputs")
    button = page.get_by_role("button", name="New pipeline")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_disabled()
    page.keyboard.press("Enter")
    go_on(page, kinds)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    for key in ("gate", "Tab", "Tab", "recordings/gate.mp4", "Tab", "Tab", "Tab", "7"):
        page.keyboard.press(key) if key == "Tab" else page.keyboard.type(key)
    made = hold(page, "**/api/pipelines")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Create pipeline …")).to_be_disabled()
    page.keyboard.press("Enter")
    go_on(page, made)
    expect(page.get_by_role("link", name="Draw the line")).to_be_focused()
    expect(page.get_by_role("heading", name="line", exact=True)).to_be_visible()
    assert violations(page) == []


def test_a_save_under_way_says_so(address_and_page: tuple[str, Page]) -> None:
    address, page = address_and_page
    page.goto(f"{address}/nodes.html#yard/alarm")
    page.get_by_label("Event name", exact=True).fill("Somebody")
    held = hold(page, "**/api/config/nodes/**")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Saving …")).to_be_disabled()
    go_on(page, held)
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()

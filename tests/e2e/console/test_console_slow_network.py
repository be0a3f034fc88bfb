"""A slow connection: what a page shows first stays where it is while the rest comes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.console.conftest import log_in, visit
from tests.integration.console_site import Site, running_site

#: A browser calls a page steady below this: the share of the window that moved, times how far.
STEADY = 0.1
#: What a page is opened for.
PAGES = {
    "": ".card .live-image img",
    "draw.html": ".stage .live-image img",
    "nodes.html": ".schema-form",
    "decisions.html": ".track",
}
#: A mobile network of the third generation, in milliseconds and bytes a second.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
WATCH = """
window.moved = 0;
const add = (found) => { for (const one of found) if (!one.hadRecentInput) window.moved += one.value; };
const observer = new PerformanceObserver((list) => add(list.getEntries()));
observer.observe({ type: 'layout-shift', buffered: true });
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
window.movedSoFar = async () => { await drawn(); add(observer.takeRecords()); return window.moved; };
"""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as found:
        yield found


#: Buttons that ask the console before anything else is seen of a click, and what they ask.
BUTTONS = {
    "Look again": ("targets.html", "targets"),
    "Run the doctor": ("targets.html", "doctor"),
    "Send test event": ("nodes.html#yard/alarm", "test-event"),
    "Replay before save": ("nodes.html#yard/alarm", "recordings"),
    "Undo last save": ("nodes.html#yard/alarm", "config/undo"),
    "New pipeline": ("nodes.html#yard/alarm", "schema/inputs"),
    "Log out": ("events.html", "logout"),
}


@pytest.fixture
def person(small_site: Site, browser: Browser) -> Iterator[BrowserContext]:
    with visit(browser) as own:
        log_in(own, f"http://127.0.0.1:{small_site.port}", small_site.token)
        own.add_init_script(WATCH)
        yield own


@pytest.mark.parametrize("page_name", PAGES)
def test_what_is_shown_first_does_not_move_when_the_rest_comes(
    small_site: Site, person: BrowserContext, page_name: str
) -> None:
    page = person.new_page()
    session = person.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    page.goto(f"http://127.0.0.1:{small_site.port}/{page_name}")
    expect(page.locator(PAGES[page_name]).first).to_be_visible()
    expect(page.locator(".verdict")).to_have_text(re.compile(r"\w"))
    assert page.evaluate("window.movedSoFar()") < STEADY  # a move is known after the frame that shows it


@pytest.mark.parametrize("name", BUTTONS)
def test_a_button_shows_at_once_that_it_works_and_asks_once_however_often_it_is_clicked(
    small_site: Site, person: BrowserContext, name: str
) -> None:
    path, asked = BUTTONS[name]
    page, held = person.new_page(), list[Route]()
    page.goto(f"http://127.0.0.1:{small_site.port}/{path}")
    button = page.get_by_role("button", name=name, exact=True)
    if name == "Undo last save":
        save_something(page)
    expect(button).to_be_enabled()
    page.wait_for_load_state("load")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(rf"/api/{asked}(\?|$)"), hold)
    handle = button.element_handle()
    assert handle is not None
    handle.click()
    assert handle.evaluate("(one) => one.disabled || one.getAttribute('aria-busy') === 'true'")
    for _ in range(3):
        handle.evaluate("(one) => one.click()")
    for _ in range(1200):
        if held:
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(200)  # a second request would have come by now
    assert len(held) == 1
    held[0].continue_()
    if name == "Log out":
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
    else:
        page.wait_for_function("(one) => !one.disabled && one.getAttribute('aria-busy') !== 'true'", arg=handle)


def save_something(page: Page) -> None:
    page.get_by_label("Event name", exact=True).fill("Saved over a slow connection")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()

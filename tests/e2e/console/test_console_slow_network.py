"""A slow connection: what a page shows first stays where it is while the rest comes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

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
const add = (list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.moved += one.value; };
new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
"""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as found:
        yield found


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
    assert page.evaluate("window.moved") < STEADY

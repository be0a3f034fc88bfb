"""Many pages of one browser, quickly changed: a browser has six connections for a site, and none may be held for long."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browsers import chromium
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import log_in, visit
from tests.integration.console_site import Site, running_site

PAGES = ("Overview", "Events", "Decisions", "Nodes", "Draw", "Targets")
CONNECTIONS = 6
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture
def person(small_site: Site) -> Iterator[BrowserContext]:
    """The browser of a person, which keeps pages that were left in its memory, as it does outside of tests."""
    with chromium(ignore_default_args=["--disable-back-forward-cache"]) as browser, visit(browser) as own:
        log_in(own, f"http://127.0.0.1:{small_site.port}", small_site.token)
        yield own


def opened(person: BrowserContext, site: Site) -> Page:
    page = person.new_page()
    page.goto(f"http://127.0.0.1:{site.port}/")
    return page


def streams(site: Site) -> int:
    """How many streams the console feeds."""
    [count] = re.findall(
        r"^securos_trigger_console_pages (\d+)$", site.program().ask("GET", "/metrics").content.decode(), re.M
    )
    return int(count)


def test_more_pages_than_a_browser_has_connections_are_open_at_once(person: BrowserContext, small_site: Site) -> None:
    pages = [opened(person, small_site) for _ in range(CONNECTIONS + 2)]
    for page in pages:
        expect(page.locator(".verdict")).not_to_have_text("…")
        expect(page.locator(".live-image img")).to_be_visible()
    assert streams(small_site) == 1
    pages[0].close()
    for page in pages[1:]:
        page.get_by_role("link", name="Events", exact=True).click()
        expect(page.locator(".verdict")).not_to_have_text("…")
        expect(page.get_by_role("heading", name="Events")).to_be_visible()


def test_quick_clicks_through_all_pages_leave_a_browser_that_answers(person: BrowserContext, small_site: Site) -> None:
    pages = [opened(person, small_site) for _ in range(2)]
    choice = random.Random(1)
    for number in range(60):
        link = pages[number % 2].get_by_role("link", name=choice.choice(PAGES), exact=True).first
        link.click(no_wait_after=True)
    for page in pages:
        page.get_by_role("link", name="Overview", exact=True).click()
        expect(page.locator(".live-image img")).to_be_visible()
    for page in pages:
        page.close()
    wait_until(lambda: streams(small_site) == 0, 120)


def test_a_browser_without_shared_workers_has_a_stream_for_each_page(person: BrowserContext, small_site: Site) -> None:
    person.add_init_script("delete window.SharedWorker")
    pages = [opened(person, small_site) for _ in range(2)]
    for page in pages:
        expect(page.locator(".verdict")).not_to_have_text("…")
    wait_until(lambda: streams(small_site) == len(pages), 120)
    pages[0].goto("about:blank")
    wait_until(lambda: streams(small_site) == 1, 120)

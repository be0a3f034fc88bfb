"""A console that hangs, and a connection that is cut without a word: no page shows what is old as if it were now."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests import commands
from tests.browsers import chromium
from tests.e2e.console.conftest import log_in, visit
from tests.integration.console_site import Site, address_of, running, write_site
from tests.integration.fake_receivers import OldReceiver

pytestmark = pytest.mark.timeout(600)
HANGS = "The console does not answer"
#: What stands in the place of "running" and "healthy"; how many wait is said as it was.
UNKNOWN = re.compile("^not known now")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, commands.Command]]:
    folder = tmp_path_factory.mktemp("site")
    with OldReceiver() as receiver:
        config = write_site(folder, receiver.port)
        with (
            running(folder, "run", config.name, name="service"),
            running(folder, "console", config.name, name="console") as process,
        ):
            port, link = address_of(folder)
            yield Site(folder, port, link, receiver), process


@pytest.fixture
def own_browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def person(own_browser: Browser, console: tuple[Site, commands.Command]) -> Iterator[BrowserContext]:
    with visit(own_browser) as own:
        log_in(own, f"http://127.0.0.1:{console[0].port}", console[0].token)
        yield own


@contextmanager
def hanging(process: commands.Command) -> Iterator[None]:
    """The process is stopped: its connections stay open, and nothing comes."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def opened(person: BrowserContext, site: Site) -> Page:
    """The overview, with all that it shows."""
    page = person.new_page()
    page.goto(f"http://127.0.0.1:{site.port}/")
    is_live(page)
    return page


def is_live(page: Page) -> None:
    """The page says how things are now."""
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("header .verdict")).not_to_have_text("…")
    expect(page.locator("header .verdict")).not_to_have_text("Not known")
    expect(page.locator("main.is-old")).to_have_count(0)
    expect(page.locator(".live-image img")).to_be_visible()
    expect(page.locator(".live-image.is-still")).to_have_count(0)


@pytest.mark.parametrize("without", ["", "delete window.SharedWorker"], ids=["shared worker", "own stream"])
def test_a_console_that_hangs_is_said_and_what_is_old_is_marked(
    person: BrowserContext, console: tuple[Site, commands.Command], without: str
) -> None:
    site, process = console
    person.add_init_script(without)
    pages = [opened(person, site) for _ in range(2)]
    targets = person.new_page()
    targets.goto(f"http://127.0.0.1:{site.port}/targets.html")
    receiver = targets.locator(".receivers article")
    expect(receiver).to_be_visible()
    dead = targets.locator("section", has=targets.get_by_role("heading", name=re.compile("^Dead letters")))
    expect(dead).to_be_visible()
    with hanging(process):
        expect(receiver.locator(".hint").first).to_have_text(UNKNOWN)
        expect(targets.get_by_role("heading", name="Dead letters", exact=True)).to_be_visible()
        expect(targets.get_by_text("None.", exact=True)).to_have_count(0)
        for page in pages:
            page.bring_to_front()
            expect(page.locator("#banner")).to_contain_text(HANGS)
            expect(page.locator("header .verdict")).to_have_text("Not known")
            expect(page.locator("main.is-old")).to_be_visible()
            expect(page.locator(".live-image.is-still")).to_be_visible()
            expect(page.locator(".card .state")).to_have_text(UNKNOWN)
            expect(page.locator(".receiver-list .hint")).to_have_text(UNKNOWN)
    for page in pages:
        page.bring_to_front()
        is_live(page)


def test_nothing_old_looks_live_five_seconds_after_the_console_has_said_something(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    site, process = console
    page = person.new_page()
    page.clock.install()
    page.goto(f"http://127.0.0.1:{site.port}/")
    is_live(page)
    with hanging(process):
        page.clock.run_for(5000)
        expect(page.locator("header .verdict")).to_have_text("Not known", timeout=1000)
        expect(page.locator("main.is-old")).to_be_visible()
        expect(page.locator(".card .state")).to_have_text(UNKNOWN)
        expect(page.locator("#banner")).to_be_hidden()
    is_live(page)


def test_an_image_gets_old_while_its_answer_does_not_come(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = opened(person, console[0])
    page.route("**/frame?*", lambda _route: None)  # no answer ever
    expect(page.locator(".live-image.is-still")).to_be_visible()
    old = re.compile("^No new frame since|^The console does not answer")  # the second soon takes the place of the first
    expect(page.locator(".live-image .no-image")).to_have_text(old)


def test_a_node_counts_nothing_now_once_the_image_is_old(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = person.new_page()
    page.goto(f"http://127.0.0.1:{console[0].port}/draw.html#yard/zone1")
    counts = page.locator(".counts")
    expect(counts).to_contain_text("in it now")
    frame = person.request.get(f"http://127.0.0.1:{console[0].port}/api/pipelines/yard/frame?width=1280").json()
    page.route("**/frame?*", lambda route: route.fulfill(json={**frame, "has_image": False}))
    page.route("**/image.jpg?*", lambda route: route.abort())
    expect(page.locator(".live-image.is-still")).to_be_visible()
    for _ in range(2):  # the console goes on to answer with that frame
        with page.expect_response("**/frame?*"):
            pass
    expect(counts).to_have_text(re.compile("^No new frame since"))


def test_the_image_of_before_stays_grey_until_the_pipeline_that_a_save_starts_again_has_one(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = person.new_page()
    page.goto(f"http://127.0.0.1:{console[0].port}/draw.html#yard/zone1")
    image, note = page.locator(".live-image img"), page.locator(".live-image .no-image")
    expect(image).to_be_visible()
    shape = page.locator(".live-image .frame").evaluate("(frame) => frame.offsetWidth / frame.offsetHeight")
    page.route("**/frame?*", lambda route: route.fulfill(json={"number": None}))
    name = page.get_by_label("Name of the zone")
    name.fill("again")
    name.press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    expect(note).to_have_text(re.compile("^(It starts again, with what is saved.|No new frame since .*)$"))
    expect(page.locator(".live-image.is-still img")).to_be_visible()
    assert page.locator(".live-image .frame").evaluate("(frame) => frame.offsetWidth / frame.offsetHeight") == shape
    page.reload()
    expect(note).to_have_text("Nothing has come yet.")
    assert page.locator(".live-image .frame").evaluate("(frame) => frame.offsetWidth / frame.offsetHeight") == shape
    page.unroute_all(behavior="wait")  # one may be answered just now
    expect(page.locator(".live-image.is-still")).to_have_count(0)
    expect(image).to_be_visible()


def is_old_image(page: Page) -> None:
    """Let the page get one and the same frame always, of a day long ago."""
    frames: list[dict[str, Any]] = []

    def same_again(route: Route) -> None:
        if not frames:
            frames.append(route.fetch().json())
            assert datetime.now(UTC) - datetime.fromisoformat(frames[0]["read_at"]) < timedelta(minutes=5)
        route.fulfill(json={**frames[0], "read_at": "2026-01-05T10:20:30.000Z"})

    page.route("**/frame?*", same_again)


def test_an_image_that_was_old_when_the_page_was_opened_is_marked_at_once(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = person.new_page()
    is_old_image(page)
    page.goto(f"http://127.0.0.1:{console[0].port}/")
    expect(page.locator(".live-image img")).to_be_visible()
    expect(page.locator(".live-image .no-image")).to_have_text(re.compile(r"^No new frame since \w+,? 5 Jan"))
    expect(page.locator(".live-image.is-still")).to_be_visible()


#: Shows the image of a pipeline, then what is shown of it anew: at once, and after another one that has none.
SHOW_ANEW = """async () => {
    const { LiveImage } = await import('/shared/live_image.js');
    const shown = (name) => {
        const one = new LiveImage(name);
        document.querySelector('main').prepend(one.node);
        return one;
    };
    const first = shown('yard');
    while (!first.hasImage) await new Promise((resolve) => setTimeout(resolve, 50));
    first.end();
    const anew = shown('yard');
    anew.end();
    shown('dead').end();
    const later = shown('yard');
    later.end();
    return [anew, later].map(({ hasImage, note }) => [hasImage, note.textContent]);
}"""


def test_the_image_of_before_is_as_old_as_it_was(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = person.new_page()
    is_old_image(page)
    page.goto(f"http://127.0.0.1:{console[0].port}/")
    (anew, since), (later, nothing) = page.evaluate(SHOW_ANEW)
    assert anew
    assert re.match(r"No new frame since \w+,? 5 Jan", since)
    assert (later, nothing) == (False, "Waiting for an image …")


def test_a_pipeline_that_starts_again_keeps_its_image_until_the_first_frame(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = opened(person, console[0])
    asked: list[str] = []

    def nothing_yet(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json={**route.fetch().json(), "number": None, "has_image": False})

    page.route("**/frame?*", nothing_yet)
    while len(asked) < 3:
        page.wait_for_timeout(100)
    expect(page.locator(".live-image img")).to_be_visible()
    assert "Nothing has come yet." not in page.locator(".live-image").all_inner_texts()[0]
    page.unroute_all(behavior="wait")  # one may be answered just now
    is_live(page)


def test_an_image_that_is_refused_says_why(person: BrowserContext, console: tuple[Site, commands.Command]) -> None:
    page = opened(person, console[0])
    why = "The service answers too slowly: ask again later."
    page.route("**/frame?*", lambda route: route.fulfill(status=503, json={"error": why}))
    expect(page.locator(".live-image .no-image")).to_have_text(why)


def test_a_page_goes_on_when_its_worker_has_died(
    own_browser: Browser, person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    page = opened(person, console[0])
    devtools = own_browser.new_browser_cdp_session()
    [worker] = [one for one in devtools.send("Target.getTargets")["targetInfos"] if one["type"] == "shared_worker"]
    assert worker["title"].startswith("stream ")  # with the version
    devtools.send("Target.closeTarget", {"targetId": worker["targetId"]})
    expect(page.locator("#banner")).to_contain_text(HANGS)
    is_live(page)


def test_a_log_out_takes_every_tab_along(person: BrowserContext, console: tuple[Site, commands.Command]) -> None:
    pages = [opened(person, console[0]) for _ in range(2)]
    pages[0].get_by_role("button", name="Log out").click()
    for page in pages:
        expect(page).to_have_url(re.compile("/login\\.html"))


def test_the_events_are_read_again_after_a_lost_stream_and_not_after_a_late_look(
    person: BrowserContext, console: tuple[Site, commands.Command]
) -> None:
    """What is slow must not be asked for more."""
    page = person.new_page()
    page.add_init_script(
        "delete window.SharedWorker; const Real = EventSource;"
        "window.EventSource = class extends Real { constructor(at) { super(at); window.stream = this; } };"
    )
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url) if "/api/events?limit=50" in request.url else None)
    page.goto(f"http://127.0.0.1:{console[0].port}/events.html")
    expect(page.locator("header .verdict")).not_to_have_text("…")
    expect(page.locator(".rows button").first).to_be_visible()
    page.wait_for_load_state("load")
    first = len(read)
    classes = page.evaluate(
        "() => [true, false].map((is_late) => {"
        "  stream.dispatchEvent(new MessageEvent('beat', { data: JSON.stringify({ is_late }) }));"
        "  return document.getElementById('main').className; })"
    )
    assert classes == ["events is-old", "events"]
    with page.expect_request("**/api/events?limit=50*"):
        page.evaluate("() => void stream.dispatchEvent(new Event('error'))")
    expect(page.locator("main.is-old")).to_have_count(0)
    assert len(read) == first + 1

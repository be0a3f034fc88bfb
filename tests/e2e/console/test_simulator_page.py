"""The operator's page of the simulator in a browser."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from PIL import Image
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from securos_trigger.vms.simulator import Simulator
from tests.browsers import NARROW, moving, overflow_px, violations
from tests.e2e.console.conftest import HOSTILE, visit
from tests.integration.test_simulator import deliver
from tests.ports import reserved_port

LIMIT_MS = 120_000
#: The names of cameras that do not fit into their place.
CUT = """[...document.querySelectorAll('.caption h2')].filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => one.textContent)"""

#: `isDeaf`: events of the stream do not come to the page, as while its connection is cut. `come` counts all events.
STREAM = """window.come = 0;
window.EventSource = class extends EventSource {
  constructor(...all) {
    super(...all);
    window.stream = this;
    this.addEventListener('call', (message) => {
      if (window.isDeaf) message.stopImmediatePropagation();
      if (JSON.parse(message.data).action === 'VCA_EVENT') window.come += 1;
    });
  }
};"""


def test_a_crash_shows_at_once_and_a_restart_makes_it_good(browser: Browser) -> None:
    with Simulator(("1", "2"), names=("Gate", "Yard"), scheme="http") as securos, visit(browser) as context:
        page = context.new_page()
        page.goto(securos.page_url)
        receiver = page.locator("#receiver")
        expect(receiver).to_have_text(f"receiver on port {securos.receiver_port}", timeout=LIMIT_MS)
        page.get_by_role("button", name="Faults").click()
        page.get_by_role("button", name="Crash").click()
        expect(page.get_by_role("button", name="Faults: on")).to_be_visible(timeout=LIMIT_MS)
        with pytest.raises(OSError, match=r"closed|reset"):
            deliver(securos, camera_id=["1"], event_name="Line crossed")
        expect(receiver).to_have_text("receiver is down", timeout=LIMIT_MS)
        expect(page.get_by_role("button", name="Faults", exact=True)).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Restart").click()
        expect(receiver).to_have_text(f"receiver on port {securos.receiver_port}", timeout=LIMIT_MS)
        deliver(securos, camera_id=["2"], event_name="Zone entered")
        expect(page.locator("#entries")).to_contain_text("Zone entered", timeout=LIMIT_MS)
        page.set_viewport_size(NARROW)
        assert overflow_px(page) == 0


def test_no_event_is_said_once_the_events_are_known_and_every_tile_and_name_is_seen_whole(browser: Browser) -> None:
    content = io.BytesIO()
    Image.new("RGB", (64, 36), "gray").save(content, "JPEG")
    happened = datetime.fromtimestamp(time.time() - 3605, tz=UTC).isoformat()
    late = {"event_name": "Three people at the junction", "event_time": happened}
    held: list[Route] = []
    with Simulator(("1", "2"), names=("Road", "Junction"), scheme="http") as securos, visit(browser) as context:
        for camera in ("1", "2"):
            deliver(securos, camera_id=[camera], trigger_recording=True, event_duration=5, **late)
            securos.show_image(camera, content.getvalue(), time.time())

        def hold(route: Route) -> None:
            held.append(route)

        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 900})
        page.route("**/api/events?*", hold)
        page.goto(securos.page_url)
        expect(page.locator(".with-image")).to_have_count(2, timeout=LIMIT_MS)
        expect(page.locator("#nothing")).to_have_text("Loading …")
        deliver(
            securos, camera_id=["1"], event_name="While the page loads"
        )  # it comes before those before it are known
        expect(page.locator(".caption .events").first).to_have_text("2 events", timeout=LIMIT_MS)
        held.pop().continue_()
        expect(page.locator("#entries li.event")).to_have_count(3, timeout=LIMIT_MS)
        expect(page.locator("#count")).to_have_text("3")
        expect(page.locator("#nothing")).to_be_hidden()
        assert page.evaluate(CUT) == []
        assert page.locator("#cameras").evaluate("(node) => node.scrollHeight - node.clientHeight") == 0
        badge = page.locator("#entries .late").last
        expect(badge).to_have_text("late by 60 min")
        expect(badge.locator("xpath=..")).to_contain_text("happened at ")
        page.set_viewport_size(NARROW)
        expect(page.get_by_role("button", name="Play the newest recording of Junction")).to_be_visible()
        assert page.evaluate(CUT) == []
        assert overflow_px(page) == 0


def test_sixteen_cameras_are_seen_at_once_and_each_time_has_its_day_and_zone(browser: Browser) -> None:
    content = io.BytesIO()
    Image.new("RGB", (64, 36), "gray").save(content, "JPEG")
    numbers = [str(number) for number in range(1, 17)]
    names = [f"Gate {number}, the long way to the northern yard" for number in numbers]
    kolkata = timezone(timedelta(hours=5, minutes=30))
    happened = datetime.now(tz=UTC) - timedelta(days=1, seconds=5)
    there = happened.astimezone(kolkata)
    with (
        Simulator(numbers, names=names, scheme="http") as securos,
        visit(browser, timezone_id="Asia/Kolkata") as context,
    ):
        for number in numbers:
            securos.show_image(number, content.getvalue(), time.time())
        deliver(securos, camera_id=["1"], event_name="Late", event_time=happened.isoformat())
        for number in ("16", "2", "9"):
            deliver(securos, camera_id=[number], event_name=f"At {number}")
        page = context.new_page()
        page.goto(securos.page_url)
        expect(page.locator(".with-image")).to_have_count(16, timeout=LIMIT_MS)
        tiles = page.locator(".camera").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect()).map((one) => [one.top, one.bottom, one.left, one.right])"
        )
        assert page.viewport_size is not None
        width, height = page.viewport_size["width"], page.viewport_size["height"]
        assert [one for one in tiles if one[0] < 0 or one[1] > height or one[2] < 0 or one[3] > width] == []
        names_shown = page.locator("#entries li.event .name").all_text_contents()
        assert names_shown == ["At 9", "At 2", "At 16", "Late"], "the newest first, by the time that is shown"
        shown = page.locator("#entries li.event > time").all_text_contents()
        assert shown == sorted(shown, reverse=True)
        expect(page.locator("#clock")).to_have_text(re.compile(r"^\w{3}, \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC\+05:30$"))
        title = page.locator("#entries li.event > time").first.get_attribute("title") or ""
        assert title.endswith(" UTC+05:30")
        seen = page.locator("#entries li.event", has_text="Late").locator(".seen")
        expect(seen).to_contain_text(re.compile(rf"happened at \w{{3}}, {there.day} .*{there.year}, {there:%H:%M:%S}"))
        assert violations(page) == []


def test_the_page_shows_the_password_that_the_simulator_has_made_and_no_other(browser: Browser) -> None:
    real = "the token of a real receiver 0123456789"
    with (
        Simulator(("1",)) as made,
        Simulator(("1",), scheme="http", token=real) as given,
        visit(browser) as context,
    ):
        page = context.new_page()
        page.goto(made.page_url)
        page.get_by_text("Password", exact=True).click()
        expect(page.locator("#token > p:first-of-type code")).to_have_text(made.token)
        shown = page.locator("#fingerprint code").text_content() or ""
        assert shown.replace(" ", "") == made.settings()["iss_certificate_sha256"].replace(":", "").lower()
        page.set_viewport_size(NARROW)
        assert (overflow_px(page), violations(page)) == (0, [])
        page.goto(given.page_url)
        expect(page.locator("#receiver")).to_contain_text("receiver on port")
        expect(page.locator("#token")).to_be_hidden()
        assert real not in context.request.get(f"{given.page_url}api/state").text()


def test_boxes_of_an_event_that_came_late_are_not_drawn_over_the_live_image(browser: Browser) -> None:
    content = io.BytesIO()
    Image.new("RGB", (64, 36), "gray").save(content, "JPEG")
    boxes = {"visualization": "color:255,160,0;rect:10.00000,20.00000,30.00000,40.00000"}
    late = datetime.fromtimestamp(time.time() - 600, tz=UTC).isoformat()
    with Simulator(("1",), names=("Road",), scheme="http") as securos, visit(browser) as context:
        securos.show_image("1", content.getvalue(), time.time())
        page = context.new_page()
        page.goto(securos.page_url)
        expect(page.locator(".with-image")).to_have_count(1, timeout=LIMIT_MS)
        drawn = page.locator(".boxes i")
        for number, (event, count) in enumerate((({"event_time": late}, 0), ({}, 1), ({"event_time": late}, 0))):
            deliver(securos, camera_id=["1"], event_name="Line crossed", **boxes, **event)
            expect(page.locator("#entries li.event")).to_have_count(number + 1, timeout=LIMIT_MS)
            expect(drawn).to_have_count(count, timeout=LIMIT_MS)


def test_a_camera_without_an_image_shows_the_boxes_of_its_event_on_no_other_video(browser: Browser) -> None:
    content = io.BytesIO()
    Image.new("RGB", (64, 36), "gray").save(content, "JPEG")
    boxes = {"visualization": "color:255,160,0;rect:10.00000,20.00000,30.00000,40.00000"}
    with Simulator(("1",), names=("Road",), scheme="http") as securos, visit(browser) as context:
        page = context.new_page()
        page.goto(securos.page_url)
        said = page.get_by_text("No image of this camera")
        expect(said).to_be_visible(timeout=LIMIT_MS)
        securos.show_image("1", content.getvalue(), time.time())
        expect(page.locator(".camera img")).to_be_visible(timeout=LIMIT_MS)
        expect(said).to_be_hidden()
        securos.show_image("1", b"", time.time())
        expect(said).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator(".camera img")).to_be_hidden()
        deliver(securos, camera_id=["1"], event_name="Line crossed", **boxes)
        expect(page.locator(".boxes i")).to_have_count(1, timeout=LIMIT_MS)
        assert violations(page) == []
        page.set_viewport_size(NARROW)
        assert (overflow_px(page), violations(page)) == (0, [])
        securos.show_image("1", content.getvalue(), time.time())
        expect(said).to_be_hidden(timeout=LIMIT_MS)


def test_hostile_names_texts_and_subtitles_stay_text(browser: Browser) -> None:
    with Simulator(("1", "2"), names=(HOSTILE, "Yard"), scheme="http") as securos, visit(browser) as context:
        page = context.new_page()
        page.goto(securos.page_url)
        expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible(timeout=LIMIT_MS)
        texts = {"event_name": HOSTILE, "event_description": f"<p>{HOSTILE}</p>"}
        deliver(securos, camera_id=["1"], event_duration=60, add_subtitle=True, **texts)
        expect(page.locator("#entries .name", has_text=HOSTILE)).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator("#entries .description", has_text=HOSTILE)).to_be_visible()
        expect(page.locator(".subtitle", has_text=HOSTILE)).to_be_visible(timeout=LIMIT_MS)
        page.get_by_label("other calls too").check()
        expect(page.locator("#entries .step").first).to_be_visible()
        assert page.locator("img[src=x]").count() == 0
        assert page.evaluate("window.hacked") is None
        assert violations(page) == []


def test_a_page_says_that_its_simulator_has_ended_and_shows_the_next_one_from_its_beginning(browser: Browser) -> None:
    port = reserved_port()
    with visit(browser) as context:
        page = context.new_page()
        receiver, entries = page.locator("#receiver"), page.locator("#entries li.event")
        with Simulator(("1",), names=("Gate",), scheme="http", page_port=port) as securos:
            page.goto(securos.page_url)
            deliver(securos, camera_id=["1"], event_name="Line crossed")
            expect(entries).to_have_count(1, timeout=LIMIT_MS)
            page.get_by_role("button", name="Record Gate by hand").click()
            expect(page.locator(".camera.recording")).to_be_visible(timeout=LIMIT_MS)
            page.emulate_media(reduced_motion="reduce")
            assert moving(page) == []
        expect(receiver).to_contain_text("The simulator has ended.", timeout=LIMIT_MS)
        play = page.locator("#entries button")
        assert play.count() == 1 and play.evaluate("button => button.inert"), "there is nothing to play any more"
        assert violations(page) == []
        with Simulator(("1",), names=("Gate",), scheme="http", page_port=port) as securos:
            expect(receiver).to_have_text(f"receiver on port {securos.receiver_port}", timeout=LIMIT_MS)
            deliver(securos, camera_id=["1"], event_name="Zone entered")
            expect(entries).to_have_count(1, timeout=LIMIT_MS)
            expect(entries).to_contain_text("Zone entered")
            expect(page.locator(".camera.recording")).to_have_count(0)


@pytest.mark.parametrize("is_cut", [True, False], ids=["the stream opens again", "the first answer fails"])
def test_no_event_is_lost_when_the_page_must_ask_again_before_it_has_an_answer(is_cut: bool, browser: Browser) -> None:
    asked: list[tuple[Route, APIResponse]] = []
    with Simulator(("1",), names=("Gate",), scheme="http") as securos, visit(browser) as context:
        page = context.new_page()
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.add_init_script(STREAM)
        page.route("**/api/events?*", lambda route: asked.append((route, route.fetch())))

        def happens(name: str, *, is_heard: bool) -> None:
            come = page.evaluate(f"window.isDeaf = {str(not is_heard).lower()}, window.come")
            deliver(securos, camera_id=["1"], event_name=name)
            wait_for_page(page, lambda: page.evaluate("window.come") > come)

        def answer() -> None:
            wait_for_page(page, lambda: len(asked) > 0)
            route, response = asked.pop(0)
            route.fulfill(response=response)

        deliver(securos, camera_id=["1"], event_name="First")
        page.goto(securos.page_url)
        wait_for_page(page, lambda: len(asked) > 0)
        if is_cut:
            happens("Second", is_heard=False)
            page.evaluate("window.stream.dispatchEvent(new Event('open'))")
            happens("Third", is_heard=True)
            answer()
        else:
            happens("Second", is_heard=True)
            happens("Third", is_heard=True)
            asked.pop(0)[0].abort()
        answer()
        expect(page.locator("#entries li.event .name")).to_have_text(["Third", "Second", "First"], timeout=LIMIT_MS)
        assert mistakes == []


def wait_for_page(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait while the page does its work: its requests come here only then."""
    ends_at_ticks = time.monotonic() + LIMIT_MS / 1000
    while not is_so():
        assert time.monotonic() < ends_at_ticks
        page.wait_for_timeout(20)

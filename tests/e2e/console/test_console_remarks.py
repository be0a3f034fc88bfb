"""What is worth knowing while all works: the verdict names it and leads to it, and what ends it is done in the page."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from securos_trigger.ledger.remedies import FIXES
from securos_trigger.model import Reason
from tests import commands
from tests.browsers import NARROW, overflow_px, violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import OpenPage, Site, show_remarks

LIMIT_MS = 60_000
NODE = "square/line_alarm"
#: What `explain` answers about a time in which a mute held an event back, which on real video is luck.
MUTED = {
    "kind": str(Reason.MUTED),
    "text": "it was muted.",
    "lines": ["it was muted."],
    "next": FIXES[Reason.MUTED],
}


#: The header on a site that works, with its number of remarks: a machine under load has one of its own. One that is far
#: too slow has a headline instead.
REMARKS = re.compile(r"^(Works, [1-9]\d* remarks?|Events come late)$")
SENTENCE = r"(Works, with [1-9]\d* remarks?|Events of .* late)\."


@pytest.fixture
def muted(site: Site) -> str:
    """The address of a node that is muted."""
    done = commands.run("mute", str(site.config), NODE, "--for", "1h", "--reason", "Works at the gate")
    assert done.returncode == 0, done.stderr
    return NODE


def unmuted(page: Page) -> None:
    """Wait until the page speaks of no mute, and the verdict is green only if no notice is left."""
    expect(page.locator(".sentence")).to_have_text(re.compile(rf"^(Everything works\.|{SENTENCE})$"), timeout=LIMIT_MS)
    expect(page.locator(".remarks .notice", has_text="is muted")).to_have_count(0, timeout=LIMIT_MS)
    agree = """() => {
        const left = document.querySelectorAll('.remarks .notice').length;
        const said = document.querySelector('header .verdict').textContent;
        return (left && said === 'Events come late') || said === (left ? `Works, ${left} remark${left === 1 ? '' : 's'}` : 'Healthy');
    }"""
    page.wait_for_function(agree, timeout=LIMIT_MS)


def test_a_mute_is_a_remark_that_the_verdict_leads_to_and_a_button_ends(muted: str, open_page: OpenPage) -> None:
    page = open_page("/events.html")
    verdict = page.locator("header .verdict")
    expect(verdict).to_have_text(REMARKS, timeout=LIMIT_MS)
    expect(verdict).to_have_class("verdict wait")
    verdict.click()
    expect(page.locator(".sentence")).to_have_text(re.compile(f"^{SENTENCE}$"), timeout=LIMIT_MS)
    expect(page.locator(".troubles .notice").first).to_be_focused(timeout=LIMIT_MS)
    trouble = page.locator(".troubles .notice", has_text=f"{muted} is muted")
    trouble.get_by_text("On the machine").click()
    expect(trouble.locator(".machine")).to_contain_text("securos-trigger unmute")
    page.set_viewport_size(NARROW)
    assert (overflow_px(page), violations(page)) == (0, [])
    trouble.get_by_role("button", name=f"Unmute {muted}").click()
    expect(trouble).to_have_count(0, timeout=LIMIT_MS)
    unmuted(page)


def test_the_answer_why_a_muted_node_did_not_fire_ends_the_mute(muted: str, open_page: OpenPage) -> None:
    page = open_page("/decisions.html")
    expect(page.locator("header .verdict")).to_have_text(REMARKS, timeout=LIMIT_MS)
    node = {"pipeline": "square", "camera": "", "node": "line_alarm", "entries": [], "periods": [], "cause": MUTED}
    asked = {"from": "2026-01-01T12:00:00Z", "until": "2026-01-01T12:00:01Z", "around_s": 60}
    answer = {"asked": asked, "nodes": [node], "silences": [], "text": ""}
    page.route("**/api/decisions/explain?*", lambda route: route.fulfill(json=answer))
    page.get_by_label("Time, such as 14:03").fill("12:00")
    page.get_by_role("button", name="Explain").click()
    page.get_by_role("button", name=f"Unmute {muted}").click()
    expect(page.locator("#toasts")).to_contain_text(f"{muted} sends events again.", timeout=LIMIT_MS)
    expect(page.get_by_role("button", name=f"{muted} is unmuted")).to_be_disabled()
    ended = page.get_by_text("The mute has ended since then")

    def is_said() -> bool:
        page.get_by_role("button", name="Explain").click()
        return ended.count() == 1

    wait_until(is_said, LIMIT_MS / 1000)  # as soon as the page has heard of it
    expect(page.get_by_role("button", name=f"Unmute {muted}")).to_have_count(0)
    page.goto(page.url.replace("decisions.html", ""))
    unmuted(page)


def test_what_was_decided_around_the_asked_time_is_a_few_lines(open_page: OpenPage) -> None:
    page = open_page("/decisions.html")
    entries = [
        {"from": f"2026-01-01T11:59:{n:02}Z", "until": f"2026-01-01T11:59:{n:02}Z", "frames": 1, "clauses": []}
        | {"reason": "fired", "event_name": "Crossing" if n < 40 else f"Event {n}", "event_id": f"e{n}"}
        for n in range(10, 50)
    ]
    cause = {"kind": "no_frame", "text": "no frame came.", "next": "", "lines": ["no frame came."]}
    node = {"pipeline": "square", "camera": "", "node": "line_alarm", "entries": entries, "periods": [], "cause": cause}
    asked = {"from": "2026-01-01T12:00:00Z", "until": "2026-01-01T12:00:01Z", "around_s": 60}
    answer = {"asked": asked, "nodes": [node], "silences": [], "text": ""}
    page.route("**/api/decisions/explain?*", lambda route: route.fulfill(json=answer))
    page.get_by_label("Time, such as 14:03").fill("12:00")
    page.get_by_role("button", name="Explain").click()
    lines = page.locator(".explained ul.hint li")
    expect(lines).to_have_count(8, timeout=LIMIT_MS)
    expect(lines.first).to_contain_text("Crossing, 30 times")
    expect(page.locator(".explained")).to_contain_text("3 more: the timeline has them all")


#: What a tile says of a node at these seconds, by what it has counted until then.
HELD_BACK = """async (counted) => {
    const { HeldBack } = await import('/shared/held_back.js');
    const one = new HeldBack();
    return counted.map(([atS, decisions]) => one.words(decisions, false, 1000 * atS));
}"""


def test_a_tile_names_the_reason_of_the_last_minute_and_not_the_largest_ever(scripts: Page) -> None:
    counted = [
        [0, {"inactive_hours": 5069, "fired": 3}],
        [10, {"inactive_hours": 5079, "fired": 3}],
        [50, {"inactive_hours": 5079, "interval": 4, "fired": 4}],
        [75, {"inactive_hours": 5079, "interval": 9, "fired": 4}],
        [200, {"inactive_hours": 5079, "interval": 900, "fired": 4}],
        [300, {"inactive_hours": 5079, "interval": 900, "fired": 4}],
        [301, {"interval": 2}],
    ]
    hours, interval = "outside the active hours", "too soon after the last event"
    first, second, third, fourth, slept, idle, restarted = scripts.evaluate(HELD_BACK, counted)
    assert first == f" · held back 5,069× since the start: {hours}"
    assert second == third == f" · held back in the last minute: {hours}"
    assert fourth == f" · held back in the last minute: {interval}"
    assert slept == idle == f" · held back 5,079× since the start: {hours}"
    assert restarted == f" · held back 2× since the start: {interval}"


@pytest.mark.parametrize("role", ["look", "operate"])
def test_what_a_command_does_is_a_button_for_who_may_do_it_here(role: str, site: Site, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    overview = page.request.get(f"{site.url}/api/overview").json()
    session = page.request.get(f"{site.url}/api/session").json()
    fix = "`/opt/x/bin/securos-trigger doctor /srv/site.toml` looks at the disk. Its sender keeps them meanwhile."
    trouble = {"text": "The disk is full", "fix": fix, "needs_person": True, "about": {}}
    stream = f"event: overview\ndata: {json.dumps({**overview, 'verdict': 'trouble', 'troubles': [trouble]})}\n\n"
    page.add_init_script("delete window.SharedWorker")  # what a worker asks for cannot be answered here
    page.route("**/api/stream*", lambda route: route.fulfill(body=stream, content_type="text/event-stream"))
    page.route("**/api/session", lambda route: route.fulfill(json={**session, "role": role}))
    page.goto(f"{site.url}/")
    place = page.locator(".troubles .notice")
    expect(place.locator("p").nth(1)).to_have_text("Its sender keeps them meanwhile.", timeout=LIMIT_MS)
    place.get_by_text("On the machine").click()
    expect(place.get_by_text("securos-trigger doctor /srv/site.toml looks")).to_be_visible()
    way = place.get_by_role("link", name="Run the doctor")
    if role == "look":
        expect(place.get_by_text("Only a person with the role operate can do this here.")).to_be_visible()
        expect(way).to_have_count(0)
        return
    way.click()
    expect(page.get_by_role("button", name="Run it again")).to_be_visible(timeout=2 * LIMIT_MS)
    expect(page.get_by_role("heading", name="The running service")).to_be_visible()
    assert violations(page) == []


def test_a_warning_that_is_of_no_pipeline_stands_at_the_top(site: Site, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    overview = page.request.get(f"{site.url}/api/overview").json()
    warning = {
        "what": "the images of 90 days are kept",
        "fix": "",
        "where": "line 7: images.keep_days",
        "place": "images",
    }
    configuration = {**overview["configuration"], "warnings": [warning]}
    body = {**overview, "verdict": "healthy", "troubles": [], "configuration": configuration}
    stream = f"event: overview\ndata: {json.dumps(body)}\n\n"
    page.add_init_script("delete window.SharedWorker")  # what a worker asks for cannot be answered here
    page.route("**/api/stream*", lambda route: route.fulfill(body=stream, content_type="text/event-stream"))
    page.goto(f"{site.url}/")
    expect(page.locator(".remarks summary .grow")).to_contain_text("the images of 90 days are kept")
    show_remarks(page)
    expect(page.locator(".troubles .notice")).to_contain_text("the images of 90 days are kept")


@pytest.mark.timeout(400)
def test_a_refused_password_and_a_file_not_in_force_are_put_right_in_the_page(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text(encoding="utf-8")
    password = site.simulator.settings()["iss_password"]
    site.config.write_text(before.replace(password, "not-the-password-of-the-receiver"), encoding="utf-8")
    page = open_page("/")
    waits = page.locator(".troubles .notice", has_text="that are not in force")
    expect(waits).to_have_count(1, timeout=LIMIT_MS)
    show_remarks(page)
    expect(waits.locator(".machine")).to_be_visible(timeout=LIMIT_MS)
    waits.get_by_role("button", name="Put the file in force").click()
    expect(waits).to_have_count(0, timeout=LIMIT_MS)
    refused = page.locator(".troubles .notice", has_text="refuses the password")
    expect(refused).to_have_count(1, timeout=4 * LIMIT_MS)  # with the next event
    show_remarks(page)
    refused.get_by_role("link", name="Type the password").click()
    field = page.get_by_label("Password", exact=True)
    expect(field).to_be_focused(timeout=LIMIT_MS)
    field.fill(password)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text("Saved and in force", timeout=LIMIT_MS)
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(refused).to_have_count(0, timeout=4 * LIMIT_MS)
    assert site.config.read_text(encoding="utf-8") == before


def test_many_remarks_are_folded_so_that_the_images_stay_in_sight(site: Site, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    overview = page.request.get(f"{site.url}/api/overview").json()
    about = {"pipeline": "square", "address": NODE}
    long = {"text": f"{'x' * 200} is slow", "fix": "`securos-trigger explain CONFIG` says why.", "needs_person": False}
    body = {**overview, "verdict": "healthy", "troubles": [{**long, "about": about}] * 20}
    stream = f"event: overview\ndata: {json.dumps(body)}\n\n"
    page.add_init_script("delete window.SharedWorker")  # what a worker asks for cannot be answered here
    page.route("**/api/stream*", lambda route: route.fulfill(body=stream, content_type="text/event-stream"))
    page.set_viewport_size(NARROW)
    page.goto(f"{site.url}/")
    show_all = page.get_by_text("Show all 20")
    expect(show_all).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".troubles .notice:visible")).to_have_count(0)
    expect(page.locator("header .who")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1280, "height": 800})
    box = page.locator(".card .frame").first.bounding_box()
    assert box is not None
    assert box["y"] < 300  # the image is in sight
    page.set_viewport_size(NARROW)
    show_all.click()
    expect(page.locator(".troubles .notice:visible")).to_have_count(20)
    assert (overflow_px(page), violations(page)) == (0, [])
    way = page.get_by_role("link", name="Its decisions").first
    expect(way).to_have_attribute("href", "/decisions.html?node=square%2Fline_alarm")


def test_a_page_that_is_enlarged_to_400_percent_is_not_covered_by_its_bars(site: Site, open_page: OpenPage) -> None:
    page = open_page(f"/nodes.html#{NODE}")
    page.set_viewport_size({"width": 320, "height": 200})
    field = page.get_by_label("Interval")
    covered = """box => {
        box.scrollIntoView({ block: 'nearest' }); // in one step with the look: what is live moves the page
        box.focus();
        const { left, top, width, height } = box.getBoundingClientRect();
        return !box.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    }"""
    assert field.evaluate(covered) is False
    bars = "() => ['header', 'header nav', '.feet', '.foot'].map((one) => getComputedStyle(document.querySelector(one)).position)"
    assert page.evaluate(bars) == ["static"] * 4
    assert overflow_px(page) == 0


LISTS = """async (texts) => {
    const { listOf } = await import('/shared/schema_form.js');
    return texts.map(listOf);
}"""


def test_a_list_may_be_typed_as_the_file_has_it(scripts: Page) -> None:
    typed = {
        '["mon-fri 22:00-06:00", "sun 00:00-24:00"]': ["mon-fri 22:00-06:00", "sun 00:00-24:00"],
        "['car',]": ["car"],
        "car, bus": ["car", "bus"],
        "[1], 2": ["[1]", "2"],
        '"car", bus': ['"car"', "bus"],
    }
    assert scripts.evaluate(LISTS, list(typed)) == list(typed.values())

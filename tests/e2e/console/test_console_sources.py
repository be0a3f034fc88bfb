"""A sink, what a role may not do, the audit log, and a question about one camera."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from tests import commands
from tests.browsers import NARROW, overflow_px, violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import GENEROUS_S, OpenPage, Site, visit

LIMIT_MS = 120_000


@pytest.fixture
def watcher(site: Site, browser: Browser) -> Iterator[Page]:
    """A page of a person who may only look."""
    Users(site.folder / "outbox.console-users.json").add("walter", Role.LOOK, "password of walter")
    with visit(browser) as context:
        body = {"user": "walter", "password": "password of walter"}
        assert context.request.post(f"{site.url}/api/login", data=body, headers={"Origin": site.url}).ok
        yield context.new_page()


def test_a_sink_is_chosen_and_one_outside_the_folders_is_refused(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text()
    page = open_page("/nodes.html#square//")
    page.get_by_label("What becomes of the images").select_option("annotated")
    page.get_by_label("Path", exact=True).fill("/somewhere/yard.mp4")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("a file may be named in the folders of the console only").first).to_be_visible(
        timeout=LIMIT_MS
    )
    assert violations(page) == []
    assert site.config.read_text() == before


def test_a_person_who_may_only_look_reads_why_nothing_can_be_changed(watcher: Page, site: Site) -> None:
    watcher.goto(f"{site.url}/nodes.html#square/line_alarm")
    sentence = "You can look at these settings. Only a person with the role configure can change them."
    expect(watcher.get_by_text(sentence, exact=True)).to_be_visible(timeout=LIMIT_MS)
    expect(watcher.get_by_label("Event name", exact=True)).to_be_disabled()
    expect(watcher.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    expect(watcher.locator(".feet")).to_be_hidden()
    assert violations(watcher) == []
    watcher.goto(f"{site.url}/audit.html")
    expect(watcher.get_by_text("The audit log needs the role configure.")).to_be_visible(timeout=LIMIT_MS)


def test_the_audit_log_says_who_came_and_a_missing_page_leads_back(site: Site, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    expect(page.locator(".audit-list li").first).to_contain_text("log in", timeout=LIMIT_MS)
    with_day = re.compile(r"^[A-Z][a-z]{2},? \d+ [A-Z][a-z]+, \d\d:\d\d:\d\d$")
    expect(page.locator(".audit-list time").first).to_have_text(with_day)
    page.set_viewport_size(NARROW)
    assert (violations(page), overflow_px(page)) == ([], 0)
    page = open_page("/nothing/here")
    assert violations(page) == []
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page).to_have_url(f"{site.url}/")


def test_why_a_camera_did_not_fire_at_a_time_is_asked_with_the_camera_alone(open_page: OpenPage) -> None:
    page = open_page("/decisions.html")
    page.get_by_role("combobox", name="Camera").select_option("2")
    expect(page.locator(".lane")).to_have_count(1, timeout=LIMIT_MS)
    expect(page.locator(".lane h2")).to_have_text("square/zone_alarm")
    detail = page.get_by_role("region", name="One decision")
    for wrong in ("2 o'clock", "14:63"):
        page.get_by_label("Time, such as 14:03").fill(wrong)
        page.get_by_role("button", name="Explain").click()
        expect(page.locator(".ask .error")).to_contain_text(f'"{wrong}" is no time that can be read', timeout=LIMIT_MS)
    page.get_by_label("Time, such as 14:03").fill(page.evaluate("new Date().toTimeString().slice(0, 8)"))
    page.get_by_role("button", name="Explain").click()
    expect(detail.locator("pre")).to_contain_text("zone_alarm", timeout=LIMIT_MS)
    expect(detail.locator("pre")).not_to_contain_text("line_alarm")
    expect(page.get_by_label("until")).not_to_have_value("")
    expect(page.locator(".track .asked")).to_have_count(1)
    expect(page.get_by_text("the time you asked for")).to_be_visible()
    expect(page.get_by_role("combobox", name="Camera").locator("option", has_text="2 (Junction)")).to_have_count(1)
    page.mouse.move(0, 0)
    assert violations(page) == []


def test_a_line_of_decisions_is_one_stop_of_the_keyboard_and_tab_leads_to_what_explains(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    now = datetime.now(UTC)

    def entry(seconds_ago: int, reason: str) -> dict[str, Any]:
        at = (now - timedelta(seconds=seconds_ago)).isoformat()
        return {
            "from": at,
            "until": at,
            "reason": reason,
            "frames": 1,
            "clauses": [],
            "flags": [],
            "event_name": reason,
        }

    entries = [entry(600, "fired"), entry(500, "interval"), entry(400, "fired"), entry(300, "interval")]
    nodes = [
        {
            "address": address,
            "entries": entries,
            "frames_by_reason": {"fired": 2},
            "has_more": False,
            "nothing_decided": [],
        }
        for address in ("square/line_alarm", "square/zone_alarm")
    ]
    context.route("**/api/decisions?*", lambda route: route.fulfill(json={"nodes": nodes, "silences": []}))
    page = open_page("/decisions.html")
    marks = page.locator(".track button")
    expect(marks).to_have_count(8)
    expect(page.locator('.track button[tabindex="0"]')).to_have_count(2)
    first = page.locator(".track").first
    first.locator('button[tabindex="0"]').focus()
    times = []
    for _ in entries:
        times.append(page.evaluate("document.activeElement.dataset.key"))
        page.keyboard.press("ArrowLeft")
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == len(entries)
    expect(first.locator('button[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(".track").nth(1).locator("button:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="One decision")).to_be_focused()
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert violations(page) == []


def test_the_first_answer_of_many_is_in_sight_on_a_phone(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    answer = context.request.get(f"{site.url}/api/decisions/explain?at=12:00&node=square/line_alarm").json()
    answer["nodes"] = [
        one | {"cause": {"kind": "muted", "next": "", "text": "", "lines": [f"Answer {number}. " * 60]}}
        for number, one in enumerate(answer["nodes"] * 9)
    ]
    context.route("**/api/decisions/explain?*", lambda route: route.fulfill(json=answer))
    page = open_page("/")
    page.set_viewport_size(NARROW)
    page.goto(f"{site.url}/decisions.html?at=12:00&node=square/line_alarm")
    expect(page.locator(".explained")).to_have_count(len(answer["nodes"]))
    expect(page.get_by_role("heading", name="At 12:00")).to_be_in_viewport()


def test_the_node_that_did_not_fire_stands_before_the_one_that_did(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    answer = context.request.get(f"{site.url}/api/decisions/explain?at=12:00&node=square/line_alarm").json()
    [one], at = answer["nodes"], answer["asked"]["from"]
    event = {
        "reason": "fired",
        "from": at,
        "until": at,
        "frames": 1,
        "event_id": "e1",
        "event_name": "A",
        "clauses": [],
    }
    text = "it did not fire: " + "a long reason " * 30
    cause = {"kind": "interval", "next": "", "text": text, "lines": [text]}
    answer["nodes"] = [
        one | {"node": "first", "entries": [{**event, "deliveries": []}]},
        one | {"node": "second", "entries": [], "cause": cause},
    ]
    context.route("**/api/decisions/explain?*", lambda route: route.fulfill(json=answer))
    page = open_page("/decisions.html?at=12:00&node=square/line_alarm")
    lines = page.get_by_role("list", name="In short").get_by_role("listitem")
    expect(lines).to_have_text([re.compile("^square/second: .+"), re.compile("^square/first: .+")])
    assert lines.first.evaluate("(line) => line.scrollHeight <= line.clientHeight"), "its reason is not cut"
    expect(page.locator(".explained > .strong").first).to_have_text("square/second")  # its answer stands above
    assert violations(page) == []


def test_of_two_nodes_of_one_camera_each_has_its_line_at_the_top_which_leads_to_its_part(
    site: Site, as_it_was: None, open_page: OpenPage
) -> None:
    text = site.config.read_text(encoding="utf-8")
    assert text.count('iss_camera_ids = "2"') == 1
    site.config.write_text(text.replace('iss_camera_ids = "2"', 'iss_camera_ids = "1"'), encoding="utf-8")
    done = commands.run("reload", str(site.config))
    assert done.returncode == 0, done.stderr
    page = open_page(f"/decisions.html?camera=1&at={datetime.now():%H:%M}")
    lines = page.get_by_role("list", name="In short").get_by_role("listitem")
    expect(lines).to_have_text([re.compile(r"^square/\w+_alarm: .+")] * 2)
    names = lines.get_by_role("link").all_text_contents()
    assert sorted(names) == ["square/line_alarm", "square/zone_alarm"]
    for line in lines.all():
        expect(line).to_be_in_viewport(ratio=1)
    parts = page.locator(".explained")
    expect(parts.last).not_to_be_in_viewport()
    lines.last.get_by_role("link", name=names[-1]).press("Enter")
    expect(parts.last.locator("> .strong")).to_be_in_viewport()
    expect(parts.last.locator("> .strong")).to_contain_text(names[-1])
    expect(parts.last).to_be_focused()
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert (overflow_px(page), violations(page)) == (0, [])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"source_lost_reason": "Connection refused", "source_lost_since": "2026-01-01T00:00:00Z"},
            "Connection refused",
        ),
        ({"frozen_since": "2026-01-01T00:00:00Z"}, "one and the same image since"),
    ],
    ids=["lost", "frozen"],
)
def test_an_image_that_is_not_what_the_camera_sees_now_is_dim_and_said_in_red(
    site: Site, context: BrowserContext, open_page: OpenPage, changed: dict[str, str], said: str
) -> None:
    overview = context.request.get(f"{site.url}/api/overview").json()
    overview["pipelines"][0]["state"] |= changed
    overview["pipelines"][0]["needs_person"] = True
    serve_overviews(context, [overview])
    page = open_page("/")
    expect(page.locator(".card .state.bad")).to_contain_text(said)
    expect(page.locator(".card .live-image.is-old")).to_have_count(1)
    assert violations(page) == []
    page = open_page("/nodes.html#square/")
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


def test_a_trouble_leads_to_what_it_is_about_and_not_to_a_name_in_its_sentence(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    overview = context.request.get(f"{site.url}/api/overview").json()
    abouts = [{}, {"pipeline": "square"}, {"pipeline": "square", "node": "tracker1"}, {"address": "square/line_alarm"}]
    sentence = "square, square/zone_alarm and https://127.0.0.1 are words here"
    trouble = {"text": sentence, "fix": "", "needs_person": True}
    overview["troubles"] = [{**trouble, "about": about} for about in [*abouts, {"target": "any"}]]
    serve_overviews(context, [overview])
    page = open_page("/")
    expect(page.locator(".troubles .notice")).to_have_count(5)
    links = page.locator(".troubles a").evaluate_all("links => links.map((one) => one.getAttribute('href'))")
    forms = ["", "tracker1", "line_alarm"]
    assert links == [*(f"/nodes.html#square/{node}" for node in forms), "/targets.html"]


def serve_overviews(context: BrowserContext, overviews: list[dict[str, Any]]) -> None:
    """Answer the stream of pages to come with the last of these, as it is when the page asks."""

    def answer(route: Route) -> None:
        body = f"retry: 100\nevent: overview\ndata: {json.dumps(overviews[-1])}\n\n"
        route.fulfill(content_type="text/event-stream", body=body)

    context.add_init_script("delete window.SharedWorker")  # what a worker asks for cannot be answered here
    context.route("**/api/stream*", answer)


def test_a_search_stays_open_while_it_narrows_though_few_pipelines_are_left(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    overview = context.request.get(f"{site.url}/api/overview").json()
    [square] = overview["pipelines"]
    overviews = [{**overview, "pipelines": [square, *({**square, "name": f"gate{one}"} for one in range(12))]}]
    serve_overviews(context, overviews)
    page = open_page("/")
    find = page.get_by_role("searchbox", name="Find a pipeline")
    cards = page.locator(".card:visible")
    expect(cards).to_have_count(13)
    find.fill("gate1")
    expect(cards).to_have_count(3)
    overviews.append({**overview, "pipelines": overviews[0]["pipelines"][:11]})
    expect(page.locator(".card")).to_have_count(11)
    expect(cards).to_have_count(1)
    find.fill("")
    expect(cards).to_have_count(11)
    expect(find).to_be_hidden()


def test_a_live_image_that_has_ended_is_not_kept_by_the_page(context: BrowserContext, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    page.evaluate(
        """async () => {
            const { LiveImage } = await import('/shared/live_image.js');
            const image = new LiveImage('square');
            document.body.append(image.node);
            image.end();
            image.node.remove();
            window.kept = new WeakRef(image.node);
        }"""
    )
    collector = context.new_cdp_session(page)

    def is_free() -> bool:
        collector.send("HeapProfiler.collectGarbage")
        return bool(page.evaluate("window.kept.deref() === undefined"))

    wait_until(is_free, GENEROUS_S)

"""The lists of events and decisions say whose they are, and what was so."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browsers import violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import OpenPage, Site
from tests.integration.console_site import Site as SmallSite


@pytest.mark.timeout(300)
def test_rows_that_are_drawn_before_the_names_of_cameras_are_known_take_them(
    site: Site, context: BrowserContext
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route("**/api/cameras?*", hold)
    page = context.new_page()
    page.goto(f"{site.url}/events.html")
    row = page.locator("ol.rows button").last
    expect(row).to_contain_text(re.compile(r"camera [12] · "))
    row.click()
    cameras = page.locator(".facts div", has_text="Cameras").locator("dd")
    expect(cameras).to_have_text(re.compile("^[12]$"))
    wait_until(lambda: page.evaluate("true") and bool(held), 120)  # the page is asked, so that routes are heard
    for route in held:
        route.continue_()
    expect(row).to_contain_text(re.compile(r"camera (1 \(Road\)|2 \(Junction\)) · "))
    expect(cameras).to_have_text(re.compile(r"^(1 \(Road\)|2 \(Junction\))$"))
    page.goto(f"{site.url}/decisions.html")
    expect(page.locator("select[name=camera]")).to_contain_text("1 (Road)")
    assert violations(page) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", ["/nodes.html", "/draw.html"])
def test_a_page_whose_settings_cannot_be_read_says_why_and_does_not_go_on_loading(
    path: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page("/audit.html")
    why = "The file cannot be read: the disk hangs."
    page.route("**/api/config*", lambda route: route.fulfill(status=503, json={"error": why}))
    page.goto(f"{site.url}{path}")
    expect(page.locator("main").get_by_text(why)).to_be_visible()
    expect(page.get_by_text("Loading …")).to_have_count(0)
    expect(page.get_by_text("Not known.").first).to_be_visible()
    assert violations(page) == []


def test_the_newest_events_are_in_the_order_of_their_times(context: BrowserContext, open_page: OpenPage) -> None:
    event = {"node_id": "line_alarm", "pipeline": "square", "camera_ids": ["1"], "state": "delivered"}
    seconds = [55, 54, 56]  # of the newest one first, by number
    events = [
        {**event, "number": 1_000_003 - place, "name": f"At {second}", "captured_at": f"2026-01-01T12:00:{second}.5Z"}
        for place, second in enumerate(seconds)
    ]
    context.route("**/api/events?limit=*", lambda route: route.fulfill(json={"events": events, "cursor": None}))
    rows = open_page("/").get_by_label("Newest events").locator("ol.rows .strong", has_text=re.compile("^At "))
    expect(rows).to_have_text(["At 56", "At 55", "At 54"])


def test_an_event_that_is_shown_before_the_ledger_has_it_is_shown_again(site: Site, open_page: OpenPage) -> None:
    page = open_page("/events.html")
    now = datetime.now(UTC).isoformat()
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        found = route.fetch().json()
        found["event"] |= {"state": "delivered", "kept_at": now}
        step = {"at": now, "state": "delivered", "reason": "", "is_late": False, "is_duplicate": False}
        route.fulfill(json={**found, "attempts": [] if len(asked) == 1 else [step]})

    page.route(re.compile(r"/api/events/\d+$"), answer)
    page.locator("ol.rows button[data-number]").first.click()
    expect(page.locator(".detail .attempts li")).to_have_count(1)
    assert len(asked) >= 2
    page.unroute_all(behavior="wait")  # the event that is shown at first may be asked for again just now


@pytest.mark.timeout(300)
def test_a_list_that_comes_in_the_middle_of_a_click_takes_its_row_from_no_hand(site: Site, open_page: OpenPage) -> None:
    page = open_page("/events.html")
    rows = page.locator("ol.rows button[data-number]")
    expect(rows.first).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/events?*", hold)
    page.get_by_label("Name or description").fill("o")
    wait_until(lambda: page.evaluate("true") and bool(held), 120)  # the page is asked, so that routes are heard
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    rows.first.hover()
    page.mouse.down()
    with page.expect_response("**/api/events?*"):
        held[0].continue_()
    page.evaluate("new Promise((done) => setTimeout(done, 200))")  # the page has it, and would show it
    page.mouse.up()
    expect(page.locator(".detail h2, .detail .facts").first).to_be_visible()


def test_an_event_names_its_pipeline_and_is_found_by_it(site: Site, open_page: OpenPage) -> None:
    page = open_page("/events.html")
    rows = page.locator("ol.rows button")
    expect(rows.first).to_contain_text(re.compile(r"· square/(line|zone)_alarm"))
    newest = open_page("/").get_by_label("Newest events").locator("ol.rows button").first
    expect(newest).to_contain_text(re.compile(r"· square/(line|zone)_alarm"))
    rows.first.click()
    expect(page.locator(".facts div", has_text="Node").locator("dd")).to_have_text(
        re.compile("^square/(line|zone)_alarm$")
    )
    node = page.get_by_label("Node or pipeline/node")
    node.fill("yard/zone_alarm")
    expect(page.get_by_text("No event fits.")).to_be_visible()
    node.fill("square/zone_alarm")
    expect(rows.first).to_contain_text("square/zone_alarm")


@pytest.mark.timeout(300)
def test_an_event_of_an_event_node_says_which_node_raised_it_and_on_what(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    def events() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = context.request.get(f"{site.url}/api/events?node=square/zone_alarm").json()[
            "events"
        ]
        return rows

    def decision(number: int) -> dict[str, Any] | None:
        found: dict[str, Any] | None = context.request.get(f"{site.url}/api/events/{number}").json()["decision"]
        return found

    wait_until(lambda: bool(events()) and decision(events()[-1]["number"]) is not None, 120)
    found = decision(events()[-1]["number"])
    assert found is not None
    assert (found["raised_by"], found["clauses"][0]["truth"]) == (["event1"], "true")
    page = open_page("/events.html?node=square/zone_alarm")
    page.locator("ol.rows button").last.click()
    expect(page.get_by_text("event1 raised the event. Its condition became true:")).to_be_visible()
    expect(page.locator(".clauses .seen").first).to_have_text(re.compile("current_objects_count was [3-9]"))
    assert violations(page) == []


@pytest.mark.timeout(300)
def test_a_condition_that_was_true_already_is_said_to_be_no_reason(
    site: Site, context: BrowserContext, open_page: OpenPage
) -> None:
    def true_entries() -> list[dict[str, Any]]:
        nodes = context.request.get(f"{site.url}/api/decisions?node=square/zone_alarm").json()["nodes"]
        entries = [one for node in nodes for one in node["entries"] if one["reason"] == "no_event"]
        return [one for one in entries if one.get("clauses") and one["clauses"][0]["truth"] == "true"]

    wait_until(lambda: len(true_entries()) > 1, 120)
    entry = true_entries()[0]
    page = open_page("/decisions.html?node=square/zone_alarm")
    page.locator(f'.track button[data-key$=" {entry["from"]}"]').dispatch_event("click")
    said = "The condition was true already: an event node raises one only when its condition becomes true:"
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_label("Time, such as 14:03").fill(entry["from"])
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".explained").first).to_contain_text(
        re.compile(r"it did not fire: no upstream node raised an event: .* true|fired")
    )
    assert violations(page) == []


@pytest.mark.parametrize(
    ("setting", "now", "then", "sentence"),
    [
        (
            "pipeline yard, node zone, rois.junction",
            "[[0.25, 0.5], [1, 0]]",
            "not there",
            "pipeline yard, node zone, zone junction is removed",
        ),
        (
            "pipeline yard, node lines, lines.gate",
            "not there",
            "[[0, 0], [1, 1]]",
            "pipeline yard, node lines, line gate is added",
        ),
        ("node zone, rois.a", "[[0, 0], [1, 1]]", "[[0, 0], [1, 0.5]]", "node zone, zone a is changed"),
        ("pipeline yard", "there", "not there", "pipeline yard is removed"),
        ("pipeline yard, sink", "not there", "there", "pipeline yard, sink is added"),
        ("pipeline a, node b, iss_camera_ids", "22", "2", "pipeline a, node b, Cameras: 22 becomes 2"),
        ("node find, most_stretch", "2.0", "3.0", "node find, Most stretch of an image: 2.0 becomes 3.0"),
        ("outbox.path", "a", "b", "outbox.path: a becomes b"),
        ("node alarm, interval", "2", "5", "node alarm, Interval: 2 becomes 5"),
        ("node alarm, iss_password", "***", "***", "node alarm, Password is changed"),
    ],
)
def test_an_undo_is_said_without_lists_of_points(
    scripts: Page, setting: str, now: str, then: str, sentence: str
) -> None:
    change = {"setting": setting, "now": now, "then": then}
    said = scripts.evaluate("async (change) => (await import('/shared/undo.js')).sentenceOfChange(change)", change)
    assert said == sentence


def test_a_receiver_that_is_known_is_to_be_chosen_and_the_reason_is_in_sight(site: Site, open_page: OpenPage) -> None:
    page = open_page("/nodes.html?new")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Receiver").select_option("")
    dialog.locator("input[name=name]").fill("gate")
    dialog.locator("input[name=source]").fill("rtsp://127.0.0.1:9/stream1")
    dialog.locator("input[name=cameras]").fill("1")
    dialog.locator("input[name=password]").fill("another password")
    settings = site.simulator.settings()
    dialog.locator("input[name=host]").fill(str(settings["iss_ip"]))
    dialog.locator("input[name=port]").fill(str(settings["iss_port"]))
    page.set_viewport_size({"width": 800, "height": 360})
    dialog.locator("form").evaluate("node => node.scrollTo(0, 0)")
    dialog.get_by_role("button", name="Create pipeline").dispatch_event("click")
    error = dialog.get_by_role("alert")
    expect(error).to_contain_text('is a receiver already. Choose it in the list "Receiver" above')
    expect(error).to_be_in_viewport()


def test_an_event_that_is_gone_is_said_in_a_sentence(open_page: OpenPage) -> None:
    detail = open_page("/events.html#987654321").get_by_role("region", name="One event")
    said = "There is no event 987654321: it was removed, or sent again with a new number."
    expect(detail.get_by_text(said, exact=True)).to_be_visible()


def test_a_lost_camera_has_one_time(scripts: Page) -> None:
    said = scripts.evaluate("""async () => {
      const { LiveImage } = await import('/shared/live_image.js');
      const image = new LiveImage('none');
      image.age(Date.now() - 60000, {});
      const before = image.note.textContent;
      image.lost('2026-01-05T10:00:00Z');
      const { moment } = await import('/shared/texts.js');
      const after = image.note.textContent;
      image.end();
      return [before, after, `No new frame since ${moment('2026-01-05T10:00:00Z')}.`];
    }""")
    assert said[0] != said[1] == said[2]


def test_a_line_shows_its_directions_on_their_sides(site: Site, open_page: OpenPage) -> None:
    page = open_page("/draw.html")
    page.get_by_role("button", name="Point 1 of ").first.wait_for()
    places = page.evaluate("""async () => {
      const { Canvas } = await import('/shared/canvas.js');
      const placed = (points) => Canvas.prototype.directionsOf({ isLine: true, points }).map(({ style }) => [parseFloat(style.left), parseFloat(style.top)]);
      return [placed([[0.2, 0.5], [0.8, 0.5]]), placed([[0.5, 0.2], [0.5, 0.8]])];
    }""")
    (right, left), (west, east) = places
    assert right[1] > 50 > left[1], "who walks to the right has direction 1 below"
    assert west[0] < 50 < east[0], "who walks down has direction 1 at the left"


@pytest.mark.parametrize("width", [1200, 366])
def test_the_name_of_a_line_covers_no_direction_and_stays_in_the_image(open_page: OpenPage, width: int) -> None:
    page = open_page("/draw.html")
    page.set_viewport_size({"width": width + 24, "height": 800})
    page.get_by_role("button", name="Point 1 of ").first.wait_for()
    boxes = page.evaluate(
        """async (width) => {
      const { Canvas } = await import('/shared/canvas.js');
      const line = (name, ...points) => ({ name, points, isLine: true });
      const { node } = new Canvas([line('entrance', [0.3, 0.5], [0.5, 0.5]), line('exit', [0.6, 0.2], [0.6, 0.35]), line('at the edge', [0.99, 0.98], [0.5, 0.97])]);
      document.body.append(node);
      Object.assign(node.style, { inset: 'auto', top: '0', left: '0', width: `${width}px`, height: `${width * 0.56}px` });
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const around = node.getBoundingClientRect();
      return [...node.querySelectorAll('.shape-name')].map((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        return [one.textContent, left - around.left, top - around.top, right - around.left, bottom - around.top];
      });
    }""",
        width,
    )
    names = [one for one in boxes if not one[0].startswith("direction")]
    assert len(names) == 3
    for name, left, top, right, bottom in names:
        assert left >= 0 <= top and right <= width and bottom <= width * 0.56, name
        for other, to_left, to_top, to_right, to_bottom in boxes:
            is_apart = right <= to_left or left >= to_right or bottom <= to_top or top >= to_bottom
            assert other == name or is_apart, (name, other)


def test_a_warning_does_not_move_the_field_that_is_typed_in(site: Site, open_page: OpenPage) -> None:
    page = open_page("/nodes.html#square/line_alarm")
    trigger = page.get_by_label("Trigger", exact=True)
    trigger.click()
    before = trigger.bounding_box()
    trigger.fill("nodes.nothing.x > 1")
    expect(page.locator("#key-trigger-warning")).to_be_visible()
    after = trigger.bounding_box()
    assert before is not None and after is not None
    assert abs(before["y"] - after["y"]) < 3


RUNS = {"node": "gpu-1", "state": "runs", "since": None, "trouble": ""}
STOPPED = {**RUNS, "state": "stopped"}
TROUBLED = {**RUNS, "trouble": "count fails on every frame"}
WAITS = {**RUNS, "state": "waits"}


@pytest.mark.parametrize(
    ("verdict", "placed", "kind", "sentence"),
    [
        ("not_running", [RUNS, RUNS], "good", "2 of 2 placed pipelines run on this machine."),
        ("not_running", [RUNS, WAITS], "off", "1 of 2 placed pipelines runs on this machine."),
        ("not_running", [RUNS, STOPPED], "bad", "A person must act: 1 placed pipeline needs it."),
        ("not_running", [TROUBLED], "bad", "A person must act: 1 placed pipeline needs it."),
        ("not_running", [RUNS, None], "bad", "The service does not run: no event of 1 pipeline is sent."),
        ("not_running", [None], "bad", "The service does not run: no event is sent."),
        ("healthy", [RUNS], "good", "Everything works."),
        ("healthy", [STOPPED, TROUBLED], "bad", "A person must act: 2 placed pipelines need it."),
        ("healthy", [None], "wait", "The service runs, but not 1 pipeline of the file."),
        ("starting", [STOPPED], "bad", "A person must act: 1 placed pipeline needs it."),
    ],
)
def test_the_verdict_counts_placed_pipelines(
    scripts: Page, verdict: str, placed: list[dict[str, Any] | None], kind: str, sentence: str
) -> None:
    overview = {
        "verdict": verdict,
        "troubles": [],
        "configuration": {"mistakes": "", "warnings": []},
        "pipelines": [{"state": None, "placed": one, "needs_person": False} for one in placed],
    }
    said = scripts.evaluate("async (overview) => (await import('/shared/verdict.js')).verdictOf(overview)", overview)
    assert (said["kind"], said["sentence"]) == (kind, sentence)


def test_the_verdict_on_a_camera_that_is_dead_names_it(scripts: Page) -> None:
    dead = {"short": "No images of gate", "text": "The camera of pipeline gate gives no images since 12:28:47"}
    overview = {
        "verdict": "trouble",
        "headline": dead,
        "troubles": [{"text": "Pipeline gate: it gives no frames", "needs_person": True, "about": {}}],
        "configuration": {"mistakes": "", "warnings": []},
        "pipelines": [{"placed": None, "state": {"state": "running"}}],
    }
    ask = "async (overview) => (await import('/shared/verdict.js')).verdictOf(overview).sentence"
    named = "A person must act: the camera of pipeline gate gives no images since 12:28:47."
    assert scripts.evaluate(ask, overview) == named
    refused = {"short": "A person must act", "text": "Pipeline gate has a fault and is being restarted"}
    other = "A person must act: pipeline gate has a fault and is being restarted."
    assert scripts.evaluate(ask, {**overview, "headline": refused}) == other
    assert scripts.evaluate(ask, {**overview, "headline": None}) == "A person must act."


@pytest.mark.parametrize("pipelines", [[{"state": {"state": "running"}}], [{"state": None}]])
def test_a_service_whose_events_are_held_up_is_not_said_to_work(scripts: Page, pipelines: list[dict[str, Any]]) -> None:
    remark = {"text": "https://vms:3443 answers, and has accepted no event", "needs_person": False, "about": {}}
    overview = {
        "verdict": "healthy",
        "headline": {"short": "SecurOS accepts no events", "text": "SecurOS has accepted no event for 14 s"},
        "troubles": [remark],
        "configuration": {"mistakes": "", "warnings": []},
        "pipelines": [{"placed": None, **one} for one in pipelines],
    }
    said = scripts.evaluate("async (overview) => (await import('/shared/verdict.js')).verdictOf(overview)", overview)
    assert (said["kind"], said["short"], said["sentence"]) == (
        "wait",
        "SecurOS accepts no events",
        "SecurOS has accepted no event for 14 s.",
    )


def test_a_receiver_behind_a_lost_cluster_is_not_said_to_be_healthy_or_new(scripts: Page) -> None:
    lost = {"target": "https://vms:3443", "is_healthy": None, "unknown_since": "2026-03-02T03:12:00.000Z"}
    ask = "async (target) => (await import('/shared/target_state.js')).targetState(target, true, [])"
    kind, sentence = scripts.evaluate(ask, lost)
    assert kind == "wait"
    assert re.fullmatch("not known since .*: the cluster is not reached", sentence), sentence
    assert scripts.evaluate(ask, {**lost, "unknown_since": None}) == ["off", "nothing was sent since the start"]


def test_the_audit_log_names_its_configuration_and_that_of_an_entry_about_another_one(
    small_page: Page, small_site: SmallSite
) -> None:
    entry = {
        "at": "2026-11-29T12:00:00.000Z",
        "user": "olga",
        "role": "look",
        "client": "127.0.0.1",
        "action": "refused",
        "subject": "check draft",
        "details": {},
        "is_done": False,
        "error": "needs the role operate",
        "config": "/sites/yard.toml",
    }
    counted = {**entry, "action": "attempts", "subject": "", "error": "and 700 more in a minute"}
    other = {**entry, "config": "/sites/gate.toml"}
    found = {"entries": [counted, entry, other], "cursor": None, "config": "/sites/yard.toml"}
    small_page.route("**/api/audit", lambda route: route.fulfill(json=found))
    small_page.goto(f"http://127.0.0.1:{small_site.port}/audit.html")
    expect(small_page.locator(".panel-head")).to_contain_text("of /sites/yard.toml")
    items = small_page.locator(".audit-list > li")
    expect(items.locator(".tag")).to_have_text(["refused", "refused"])  # more of them in a minute may be done
    expect(items.nth(1)).to_contain_text("refused: check draft")
    expect(items.nth(1)).not_to_contain_text("yard.toml")
    expect(items.nth(2)).to_contain_text("olga · look · 127.0.0.1 · configuration /sites/gate.toml")
    assert violations(small_page) == []
    small_page.unroute("**/api/audit")

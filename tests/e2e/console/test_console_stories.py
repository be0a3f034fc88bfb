"""What people do in the console: log in, look whether it is well, find an event, ask why nothing fired."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests import commands
from tests.browsers import NARROW, WIDE, faults_of_the_tab_order, moving, overflow_px, violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import HOSTILE, OpenPage, Site, visit

PAGES = ["/", "/events.html", "/decisions.html", "/nodes.html", "/draw.html", "/targets.html"]
LIMIT_MS = 120_000


def test_a_wrong_password_is_refused_and_the_one_time_link_logs_in_once(site: Site, browser: Browser) -> None:
    with visit(browser) as stranger:
        page = stranger.new_page()
        page.goto(f"{site.url}/events.html")
        page.get_by_label("User").fill("mallory")
        page.get_by_label("Password").fill("guess")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
        page.goto(site.link())
        expect(page.get_by_role("link", name="(one-time link)")).to_be_visible(timeout=LIMIT_MS)
    with visit(browser) as stranger:
        page = stranger.new_page()
        page.goto(site.link())
        expect(page.get_by_role("alert")).to_have_text("This link has been used, or is too old: it logs in once.")


def test_the_overview_shows_that_all_is_well_with_a_live_image(open_page: OpenPage) -> None:
    page = open_page("/")
    well = re.compile(r"^(Everything works|(Works, with|Events of) .*)\.$")  # a machine under load has remarks
    expect(page.get_by_text(well)).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_alt_text("Live image of square")).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".labels .shape", has_text="junction")).to_be_visible()
    expect(page.locator("rect.object").first).to_be_attached(timeout=LIMIT_MS)
    expect(page.get_by_role("link", name="zone_alarm")).to_be_visible()


def test_nothing_is_green_while_a_pipeline_of_the_file_does_not_run(scripts: Page) -> None:
    said = scripts.evaluate(
        """async () => {
            const { verdictOf } = await import('/shared/verdict.js');
            const site = (...pipelines) => ({ verdict: 'healthy', pipelines, troubles: [], configuration: { warnings: [] } });
            const [runs, rests] = [{ state: { state: 'running' }, placed: null }, { state: null, placed: null }];
            const placed = { state: null, placed: { state: 'runs' } };
            return [site(runs, placed), site(runs, rests), site(rests, rests)].map((one) => verdictOf(one).short);
        }"""
    )
    assert said == ["Healthy", "1 pipeline not running", "2 pipelines not running"]


def test_remarks_are_one_line_that_names_the_worst_and_counts_the_others(scripts: Page) -> None:
    said = scripts.evaluate(
        """async () => {
            const { lineOf } = await import('/shared/troubles.js');
            const notice = (kind, at) => {
                const [node, text] = [document.createElement('div'), document.createElement('p')];
                node.className = `notice ${kind}`;
                text.className = 'strong';
                text.textContent = `${kind} ${at}`;
                node.append(text);
                return node;
            };
            const some = (red, other) => [...Array(red).fill('bad'), ...Array(other).fill('wait')].map(notice);
            const all = [[0, 0], [0, 0, 1], [0, 1], [0, 3, 2], [1, 2], [2, 1], [10, 2]];
            return all.map(([red, other, below]) => lineOf(some(red, other), below));
        }"""
    )
    assert [(one["kind"], one["text"], one["more"]) for one in said] == [
        ("", "No remarks.", ""),
        ("", "1 remark at its pipeline below.", ""),
        ("wait", "wait 0", ""),
        ("wait", "wait 0", "2 more remarks, 2 remarks at the pipelines below"),
        ("bad", "bad 0", "2 remarks"),
        ("bad", "bad 0", "1 more that needs a person, 1 remark"),
        ("bad", "bad 0", "9 more that need a person, 2 remarks"),
    ]


def test_cameras_get_their_names_wherever_they_are_shown_as_soon_as_these_are_known(
    site: Site, context: BrowserContext
) -> None:
    page = context.new_page()
    held: list[Route] = []
    holds = True

    def hold(route: Route) -> None:
        if holds:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/cameras?*", hold)
    for path, rows in (("/events.html", "ol.rows li"), ("/", ".short-list li")):
        holds = True
        page.goto(site.url + path)
        page.evaluate("sessionStorage.clear()")
        page.reload()
        labels = page.locator(f"{rows} [data-cameras]")
        expect(labels.first).to_have_text(re.compile("^camera [12]$"))
        while not held:
            page.wait_for_timeout(50)
        holds = False  # the one that is held may be of the page before the reload
        for route in held:
            route.continue_()
        held.clear()
        expect(labels.first).to_have_text(re.compile(r"^camera (1 \(Road\)|2 \(Junction\))$"))
        assert not [one for one in labels.all_text_contents() if "(" not in one]


def test_a_node_is_muted_and_unmuted(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("button", name="Mute square/line_alarm", exact=True).click()
    page.get_by_label("Reason").fill("Works at the gate")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.locator(".tag", has_text="muted until")).to_be_visible(timeout=LIMIT_MS)
    page.locator(".node-list").get_by_role("button", name="Unmute square/line_alarm", exact=True).click()
    expect(page.locator(".tag", has_text="muted until")).to_be_hidden(timeout=LIMIT_MS)


def test_an_event_is_found_with_its_delivery_and_a_hostile_name_stays_text(open_page: OpenPage) -> None:
    page = open_page("/events.html")
    page.get_by_label("Name or description").fill("onerror")
    page.get_by_label("State").select_option("delivered")
    expect(page.locator(".rows button", has_text=HOSTILE).first).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".rows button", has_not_text=HOSTILE)).to_have_count(0, timeout=LIMIT_MS)
    page.locator(".rows button", has_text=HOSTILE).first.click()
    detail = page.get_by_role("region", name="One event")
    expect(detail.get_by_role("heading", name=HOSTILE)).to_be_visible(timeout=LIMIT_MS)
    expect(detail.locator("dd", has_text="event, recording and subtitle")).to_be_visible()
    expect(detail.get_by_role("img", name="The moment of")).to_be_visible(timeout=LIMIT_MS)
    expect(detail.locator(".steps li")).to_have_count(3)
    expect(detail.locator(".attempts li").first).to_be_visible()
    detail.get_by_role("button", name="Copy as curl").click()
    command = page.get_by_label("curl command").input_value()
    assert "$TOKEN" in command
    assert page.evaluate("window.hacked") is None


def test_the_counts_above_the_events_follow_what_is_delivered(open_page: OpenPage) -> None:
    page = open_page("/events.html")
    counts = page.locator(".list > .hint[role=status]")
    expect(counts).to_contain_text("delivered", timeout=LIMIT_MS)
    expect(counts).not_to_have_text(counts.inner_text(), timeout=LIMIT_MS)


def test_a_hostile_name_of_a_zone_stays_text_where_it_is_shown_and_drawn(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.locator(".labels .shape", has_text=HOSTILE)).to_be_visible(timeout=LIMIT_MS)
    page = open_page("/draw.html#square/annotate_presence1")
    expect(page.locator(".shape-name", has_text=HOSTILE)).to_be_attached(timeout=LIMIT_MS)
    expect(page.locator("rect.object").first).to_be_attached(timeout=LIMIT_MS)  # what the zone sees
    expect(page.locator(".counts div", has_text="junction")).to_contain_text("in it now", timeout=LIMIT_MS)
    assert page.locator(".overlay .zone").count() == page.locator(".drawing .zone").count()  # each is drawn once
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_search_that_finds_nothing_says_so(open_page: OpenPage) -> None:
    page = open_page("/events.html?text=nothing-like-this")
    expect(page.get_by_text("No event fits.")).to_be_visible()


def test_why_it_did_not_fire_is_answered_with_clauses_and_values(open_page: OpenPage) -> None:
    page = open_page("/decisions.html?node=square/line_alarm")
    page.locator(".track .fired").last.click(force=True)
    detail = page.get_by_role("region", name="One decision")
    expect(
        detail.get_by_text("nodes.annotate_line_counter1.lines.road.total_objects_crossed_delta > 0")
    ).to_be_visible()
    expect(detail.locator(".truth.yes").first).to_have_text("true")
    page.get_by_label("Time, such as 14:03").fill("25:99")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".ask .error")).to_contain_text('"25:99" is no time that can be read: type 14:03')
    page.get_by_label("Time, such as 14:03").fill(f"{datetime.now():%H:%M}")
    expect(page.locator(".ask .error")).to_be_hidden()


def test_the_times_of_a_search_are_typed_as_the_pages_print_them(open_page: OpenPage) -> None:
    page = open_page("/events.html")
    since = page.get_by_label("from", exact=True)
    until = page.get_by_label("to", exact=True)
    since.fill("11/29/2026, 12:25:45 PM")
    until.focus()
    said = '"11/29/2026, 12:25:45 PM" is no time that can be read: type 14:03, 14:03:07 or 20'
    expect(page.locator("#since-error")).to_contain_text(said)
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert (violations(page), overflow_px(page)) == ([], 0)
    page.set_viewport_size(WIDE)
    since.fill("2001-01-01 12:03")
    expect(page.locator("#since-error")).to_be_hidden()
    with page.expect_request("**/api/events?*since=2001-01-01*until=2001-02-03*"):
        until.fill("2001-02-03 12:05:06")
    expect(page.get_by_text("No event fits.")).to_be_visible()
    until.fill("00:00")
    until.press("Enter")
    expect(until).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d 00:00:00$"))


def test_a_wrong_time_is_refused_beside_the_question_of_the_overview(open_page: OpenPage) -> None:
    page = open_page("/")
    asking = page.get_by_role("region", name="Why did it not fire?")
    asking.get_by_label("Time, such as 14:03 or 14:03:07").fill("ten past two")
    asking.get_by_role("button", name="Explain").click()
    expect(asking.locator(".error")).to_contain_text('"ten past two" is no time that can be read')
    assert page.url.endswith("/")


def test_a_camera_and_a_time_typed_on_the_overview_are_explained(open_page: OpenPage) -> None:
    page = open_page("/")
    asking = page.get_by_role("region", name="Why did it not fire?")
    asking.get_by_label("Camera").select_option("1")
    asking.get_by_label("Time, such as 14:03 or 14:03:07").fill(f"{datetime.now():%H:%M}")
    asking.get_by_label("Time, such as 14:03 or 14:03:07").press("Enter")
    detail = page.get_by_role("region", name="One decision")
    expect(detail.locator(".explained > .strong")).to_contain_text("square/line_alarm: ", timeout=LIMIT_MS)
    expect(page.locator("select[name=camera]")).to_have_value("1")
    expect(page.locator(".lane h2")).to_have_text(["square/line_alarm"], timeout=LIMIT_MS)


def test_a_time_is_typed_on_the_clock_of_the_browser_wherever_the_service_runs(
    site: Site, browser: Browser, context: BrowserContext
) -> None:
    here = datetime.now().astimezone().utcoffset()
    zones = {"Asia/Kolkata": timedelta(hours=5, minutes=30), "Asia/Tokyo": timedelta(hours=9)}
    name, offset = next((name, offset) for name, offset in zones.items() if offset != here)
    with visit(browser, timezone_id=name, storage_state=context.storage_state()) as abroad:
        page = abroad.new_page()
        page.goto(f"{site.url}/decisions.html?node=square/line_alarm")
        line = page.get_by_role("contentinfo")
        expect(line).to_contain_text("this computer's clock (Asia/", timeout=LIMIT_MS)
        expect(line).to_contain_text("The service goes by UTC", timeout=LIMIT_MS)
        there = datetime.now(timezone(offset))
        page.get_by_label("Time, such as 14:03").fill(f"{there:%H:%M}")
        with page.expect_response("**/api/decisions/explain*") as answered:
            page.get_by_role("button", name="Explain").click()
        asked = answered.value.json()["asked"]
        begin, until = (datetime.fromisoformat(asked[key]) for key in ("from", "until"))
        assert (begin, until - begin) == (there.replace(second=0, microsecond=0), timedelta(minutes=1))
        page.get_by_label("Time, such as 14:03").fill(f"{there - timedelta(days=1):%Y-%m-%d %H:%M:%S}")
        with page.expect_response("**/api/decisions/explain*") as answered:
            page.get_by_role("button", name="Explain").click()
        begin = datetime.fromisoformat(answered.value.json()["asked"]["from"])
        assert begin == there.replace(microsecond=0) - timedelta(days=1)


def test_pages_are_used_with_the_keyboard_alone_and_a_dialog_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page("/")
    mute = page.get_by_role("button", name="Mute square/line_alarm", exact=True)
    expect(mute).to_be_visible(timeout=LIMIT_MS)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if mute.evaluate("button => button === document.activeElement"):
            break
    expect(mute).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("For")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(mute).to_be_focused()


def test_after_a_log_out_the_way_back_shows_nothing(site: Site, browser: Browser) -> None:
    with visit(browser) as person:
        person.request.post(f"{site.url}/api/login", data={"token": site.token}, headers={"Origin": site.url})
        page = person.new_page()
        page.goto(f"{site.url}/")
        expect(page.get_by_role("link", name="zone_alarm")).to_be_visible(timeout=LIMIT_MS)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Password or token")).to_be_visible(timeout=LIMIT_MS)
        page.go_back()
        expect(page.get_by_label("Password or token")).to_be_visible(timeout=LIMIT_MS)
        assert page.get_by_role("link", name="zone_alarm").count() == 0


def test_a_page_that_asks_while_it_logs_out_claims_no_lost_session(site: Site, browser: Browser) -> None:
    with visit(browser) as person:
        person.request.post(f"{site.url}/api/login", data={"token": site.token}, headers={"Origin": site.url})
        page = person.new_page()
        page.goto(f"{site.url}/events.html")
        refused, held = list[int](), list[Route]()
        page.on("response", lambda answer: refused.append(answer.status) if answer.status == 401 else None)
        page.route("**/api/logout", lambda route: held.append(route))  # noqa: PLW0108  Playwright counts its parameters
        page.get_by_role("button", name="Log out").click()
        wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_MS / 1000)
        ended = held[0].fetch()
        page.evaluate("import('/shared/api.js').then(({ get }) => void get('overview'))")
        wait_until(lambda: page.evaluate("1") == 1 and bool(refused), LIMIT_MS / 1000)
        held[0].fulfill(response=ended)
        expect(page.get_by_label("Password or token")).to_be_visible(timeout=LIMIT_MS)
        assert page.url == f"{site.url}/login.html"


def test_the_receivers_are_shown_and_the_doctor_examines(open_page: OpenPage) -> None:
    page = open_page("/targets.html")
    pinned = page.get_by_text(re.compile("^The pinned certificate."))
    expect(pinned).to_be_visible(timeout=LIMIT_MS)
    expect(pinned.locator(".fingerprint")).to_have_text(re.compile("^([0-9a-fA-F]{4} ?){16}$"))  # to compare
    expect(page.get_by_text("An event that a receiver refuses for good")).to_be_visible()
    page.get_by_role("button", name="Run the doctor").click()
    expect(page.get_by_role("button", name="Run it again")).to_be_visible(timeout=LIMIT_MS)
    assert page.locator(".finding li").count() > 5


@pytest.mark.parametrize("path", [*PAGES, "/login.html"])
def test_the_pages_are_accessible_and_fit_a_phone(path: str, open_page: OpenPage) -> None:
    page = open_page(path)
    expect(page.locator("h1").first).to_be_visible(timeout=LIMIT_MS)  # the scripts draw the page
    page.wait_for_timeout(500)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    page.wait_for_timeout(300)
    assert violations(page) == []
    assert overflow_px(page) == 0


def is_complete(page: Page) -> bool:
    """True when nothing that can be reached with the keyboard has come or gone for a second."""
    reached = "document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]').length"
    before = page.evaluate(reached)
    page.wait_for_timeout(1000)
    return bool(page.evaluate(reached) == before)


@pytest.mark.parametrize("path", [*PAGES, "/login.html", "/nothing/here"])
def test_the_focus_is_seen_and_goes_down_each_page_and_nothing_moves_for_a_person_who_asks_for_that(
    path: str, open_page: OpenPage
) -> None:
    page = open_page(path)
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator("main :is(a, button, input):visible").first).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".loading")).to_have_count(0, timeout=LIMIT_MS)
    wait_until(lambda: is_complete(page), LIMIT_MS / 1000)
    page.evaluate("document.activeElement.blur()")
    assert faults_of_the_tab_order(page) == []
    assert moving(page) == []


def test_on_a_phone_an_event_opens_over_the_list_and_closes_again(open_page: OpenPage) -> None:
    page = open_page("/events.html")
    page.set_viewport_size(NARROW)
    page.locator(".rows button").first.click()
    filters = page.locator(".filter-fold")
    expect(filters).to_be_hidden()
    page.get_by_role("button", name="Back to the list").click()
    expect(filters).to_be_visible()
    assert overflow_px(page) == 0


def test_an_open_page_lives_through_a_restart_of_the_service(site: Site, open_page: OpenPage) -> None:
    page = open_page("/")
    works = re.compile(r"^(Everything works|(Works, with|Events of|A person must act:) .*)\.$")  # a machine under load
    expect(page.get_by_text(works)).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".card .live-image img:visible")).to_be_visible(timeout=LIMIT_MS)  # the last image stays
    site.stop("run")
    expect(page.locator("#banner")).to_contain_text(
        f"start it with: securos-trigger run {site.config}", timeout=LIMIT_MS
    )
    expect(page.locator(".verdict")).to_have_class("verdict bad")
    expect(page.locator(".card .live-image.is-still")).to_be_visible()  # grey: it is not what the camera sees now
    assert violations(page) == []
    site.start("run")
    expect(page.locator("#banner")).to_be_hidden(timeout=LIMIT_MS)
    expect(page.get_by_text(works)).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".card .live-image.is-still")).to_have_count(0, timeout=LIMIT_MS)


@pytest.mark.timeout(300)
def test_a_node_without_a_condition_says_what_its_event_node_waits_for(site: Site, open_page: OpenPage) -> None:
    answers: list[str] = []

    def is_said() -> bool:
        answers.append(commands.run("explain", str(site.config), "--node", "zone_alarm").stdout)
        return "an event node raises one only when its condition becomes true:" in answers[-1]

    wait_until(is_said, 120)
    was = r"false, was 0[^\n]*:\n +nodes\.annotate_presence1\.rois\.junction\.current_objects_count >= 3"
    assert re.search(was, answers[-1]), answers[-1]
    page = open_page("/decisions.html")
    page.locator(".lane", has_text="square/zone_alarm").locator(".track button.quiet").last.dispatch_event("click")
    expect(page.get_by_text("An event node raises one only when its condition becomes true:")).to_be_visible()
    expect(page.locator(".clauses").last).to_contain_text("rois.junction.current_objects_count >= 3")
    assert violations(page) == []

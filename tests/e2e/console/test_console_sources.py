"""A sink, what a role may not do, the audit log, and a question about one camera."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from tests.browsers import NARROW, overflow_px, violations
from tests.e2e.console.conftest import OpenPage, Site, visit

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
    expect(page.get_by_text("a file may be named in the folders of the console only")).to_be_visible(timeout=LIMIT_MS)
    assert violations(page) == []
    assert site.config.read_text() == before


def test_a_person_who_may_only_look_reads_why_nothing_can_be_changed(watcher: Page, site: Site) -> None:
    watcher.goto(f"{site.url}/nodes.html#square/line_alarm")
    sentence = "You can look at these settings. To change them needs the role configure."
    expect(watcher.get_by_text(sentence, exact=True)).to_be_visible(timeout=LIMIT_MS)
    expect(watcher.get_by_label("Event name", exact=True)).to_be_disabled()
    expect(watcher.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert violations(watcher) == []
    watcher.goto(f"{site.url}/audit.html")
    expect(watcher.get_by_text("The audit log needs the role configure.")).to_be_visible(timeout=LIMIT_MS)


def test_the_audit_log_says_who_came_and_a_missing_page_leads_back(site: Site, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    expect(page.locator(".audit-list li").first).to_contain_text("log in", timeout=LIMIT_MS)
    page.set_viewport_size(NARROW)
    assert (violations(page), overflow_px(page)) == ([], 0)
    page = open_page("/nothing/here")
    assert violations(page) == []
    page.get_by_role("link", name="Overview").click()
    expect(page).to_have_url(f"{site.url}/")


def test_why_a_camera_did_not_fire_at_a_time_is_asked_with_the_camera_alone(open_page: OpenPage) -> None:
    page = open_page("/decisions.html")
    page.get_by_role("combobox", name="Camera").select_option("2")
    expect(page.locator(".lane")).to_have_count(1, timeout=LIMIT_MS)
    expect(page.locator(".lane h2")).to_have_text("square/zone_alarm")
    detail = page.get_by_role("region", name="One decision")
    for wrong, said in (("2 o'clock", "2 o'clock"), ("14:63", 'no clock shows "14:63"')):
        page.get_by_label("Time, such as 14:03").fill(wrong)
        page.get_by_role("button", name="Explain").click()
        expect(detail.locator(".notice")).to_contain_text(said, timeout=LIMIT_MS)
    page.get_by_label("Time, such as 14:03").fill(page.evaluate("new Date().toTimeString().slice(0, 8)"))
    page.get_by_role("button", name="Explain").click()
    expect(detail.locator("pre")).to_contain_text("zone_alarm", timeout=LIMIT_MS)
    expect(detail.locator("pre")).not_to_contain_text("line_alarm")
    expect(page.get_by_label("until")).not_to_have_value("")
    page.mouse.move(0, 0)
    assert violations(page) == []


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
    body = f"event: overview\ndata: {json.dumps(overview)}\n\n"
    context.route("**/api/stream", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    page = open_page("/")
    expect(page.locator(".card .state.bad")).to_contain_text(said)
    expect(page.locator(".card .live-image.is-old")).to_have_count(1)
    assert violations(page) == []

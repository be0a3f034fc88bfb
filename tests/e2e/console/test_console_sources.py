"""Sources that are no video, made and changed in the browser; what a role may not do; a question about one camera."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from securos_trigger.vms.simulator import Simulator
from tests.browsers import NARROW, WIDE, overflow_px, violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import OpenPage, Site

LIMIT_MS = 60_000
LIMIT_S = 60.0
NAME = "door"
TOKEN = "the token of a sender"
PERSON = [
    {
        "name": "person",
        "class": 0,
        "confidence": 0.9,
        "track_id": 7,
        "box": {"x1": 0.1, "y1": 0.2, "x2": 0.3, "y2": 0.6},
    }
]


@pytest.fixture
def watcher(site: Site, browser: Browser) -> Iterator[Page]:
    """A page of a person who may only look."""
    Users(site.folder / "outbox.console-users.json").add("walter", Role.LOOK, "password of walter")
    with browser.new_context(viewport=WIDE) as context:
        context.set_default_timeout(LIMIT_MS)
        body = {"user": "walter", "password": "password of walter"}
        assert context.request.post(f"{site.url}/api/login", data=body, headers={"Origin": site.url}).ok
        yield context.new_page()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def send(port: int, camera: str, body: object) -> None:
    """Post a message as a sender with the token does; the service must have kept it."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metadata/{camera}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["kept"] is True


def new_input(page: Page, port: int, securos: Simulator) -> None:
    """Make a pipeline of messages in the dialog."""
    page.get_by_role("button", name="New pipeline").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Source", exact=True).select_option("ultralytics")
    dialog.get_by_label("How they come").select_option("http")
    settings = securos.settings()
    filled = {
        "Name": NAME,
        "Listen at": f"127.0.0.1:{port}",
        "Token": TOKEN,
        "Name at the source": "gate",
        "Cameras in SecurOS": "7",
        "SecurOS server": "127.0.0.1",
        "Port": settings["iss_port"],
        "Password": settings["iss_password"],
    }
    for label, text in filled.items():
        dialog.get_by_label(label, exact=True).fill(text)
    assert violations(page) == []
    dialog.get_by_role("button", name="Create pipeline").click()
    expect(page.get_by_role("heading", name=NAME, exact=True)).to_be_visible(timeout=LIMIT_MS)


def accept_certificate(page: Page, receiver: str) -> None:
    """Compare and accept the certificate of a new receiver, unless an event has already brought it."""
    article = page.locator(".receivers article", has_text=receiver)
    accept = article.get_by_role("button", name="Compare and accept")
    expect(accept.or_(article.get_by_text("The accepted certificate."))).to_be_visible(timeout=LIMIT_MS)
    if accept.is_visible():
        accept.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".fingerprint")).to_have_count(2)
        expect(dialog.locator(".fingerprint").first).to_have_text("none")
        dialog.get_by_role("button", name="Accept this certificate").click()
    expect(article.get_by_text("The accepted certificate.")).to_be_visible(timeout=LIMIT_MS)


@pytest.mark.timeout(400)
def test_from_messages_of_another_system_to_events_on_its_cameras_without_a_terminal(
    site: Site, open_page: OpenPage
) -> None:
    before, port = site.config.read_text(), free_port()
    with Simulator(("7", "8"), names=("Gate", "Yard")) as securos:
        page = open_page("/nodes.html")
        new_input(page, port, securos)
        accept_certificate(open_page("/targets.html"), securos.settings()["iss_port"])
        send(port, "gate", PERSON)
        wait_until(lambda: len(securos.events()) == 1, LIMIT_S)
        page.locator(".tree").get_by_role("link", name="Source ultralytics").click()
        page.get_by_role("button", name="Add a camera").click()
        assert violations(page) == []
        page.get_by_label("Name at the source").last.fill("yard")
        page.get_by_label("Cameras in SecurOS").last.fill("8")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved and in force")).to_be_visible(timeout=LIMIT_MS)
        send(port, "yard", PERSON)
        wait_until(lambda: len(securos.events()) == 2, LIMIT_S)
        assert [one["id"] for one in securos.events()] == ["7", "8"]
        assert [len(one["boxes"]) for one in securos.events()] == [1, 1]
    site.config.write_text(before)


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
    page.get_by_label("Time, such as 14:03").fill(page.evaluate("new Date().toTimeString().slice(0, 8)"))
    page.get_by_role("button", name="Explain").click()
    detail = page.get_by_role("region", name="One decision")
    expect(detail.locator("pre")).to_contain_text("zone_alarm", timeout=LIMIT_MS)
    expect(detail.locator("pre")).not_to_contain_text("line_alarm")
    expect(page.get_by_label("until")).not_to_have_value("")
    page.mouse.move(0, 0)
    assert violations(page) == []

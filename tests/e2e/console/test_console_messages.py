"""Sources that are no video, made in the browser; certificates; and names that would act if they were read as HTML."""

from __future__ import annotations

import json
import re
import shutil
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from securos_trigger.vms.simulator import Simulator
from tests.browsers import create_pipeline, violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import GENEROUS_S, HOSTILE, OpenPage, Site, visit
from tests.integration.fake_receivers import TOKEN as VMS_TOKEN
from tests.integration.fake_receivers import OldReceiver
from tests.ports import reserved_port

pytestmark = pytest.mark.usefixtures("as_it_was")
LIMIT_MS = 120_000
#: What a healthy service is called, with and without a remark.
WELL = re.compile("^(Healthy|Works)")
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
CONFIG = """
[outbox]
path = "outbox.sqlite"

[console]
port = {port}
folders = ["recordings"]

[[pipelines]]
name = "first"
cameras = {{ gate = "1" }}
source = {{ type = "ultralytics", listen = "127.0.0.1:0", token = "{token}" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "len(objects) > 0"
event_name = "Person"
{receiver}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site without video, which starts at once."""
    folder, port = tmp_path_factory.mktemp("site"), reserved_port()
    with Simulator(("1",), names=("Gate",)) as simulator:
        found = Site(folder, folder / "no.mp4", port, simulator)
        found.recordings.mkdir()
        text = CONFIG.format(port=port, token=TOKEN, receiver=simulator.settings_toml())
        found.config.write_text(text, encoding="utf-8")
        found.config.chmod(0o600)
        with found.running():
            found.link()
            wait_until(lambda: is_ready(found), GENEROUS_S)
            yield found


def is_ready(site: Site) -> bool:
    """True when the service runs and is healthy."""
    try:
        with urllib.request.urlopen(f"{site.url}/readyz", timeout=30):
            return True
    except OSError:
        return False


def send(port: int, camera: str, body: object) -> None:
    """Post a message as a sender with the token does; the service must have kept it."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metadata/{camera}", json.dumps(body).encode(), headers)
    until_s = time.monotonic() + LIMIT_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert json.load(answer)["kept"] is True
                return
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > until_s:
                raise
        time.sleep(0.05)  # it begins to listen soon after it is saved


def new_input(page: Page, port: int, securos: Simulator) -> None:
    """Make a pipeline of messages in the dialog."""
    page.get_by_role("button", name="New pipeline").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Source", exact=True).select_option("ultralytics")
    expect(dialog).to_contain_text("nodes.ultralytics is not known there", timeout=LIMIT_MS)
    dialog.get_by_label("How they come").select_option("http")
    dialog.get_by_label("Receiver", exact=True).select_option("")
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
    create_pipeline(dialog)
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
def test_what_is_typed_outlives_a_restart_of_the_console_and_what_is_not_known_is_said(
    site: Site, browser: Browser, open_page: OpenPage
) -> None:
    overview, form = open_page("/"), open_page("/nodes.html#first/alarm")
    verdict, interval = overview.locator(".verdict"), form.get_by_label("Interval")
    expect(verdict).to_have_text(WELL, timeout=LIMIT_MS)
    interval.fill("7")
    site.stop("console")
    expect(verdict).to_have_text("Not known", timeout=LIMIT_MS)
    expect(overview.get_by_text("How things are now is not known.")).to_be_visible()
    site.start("console")
    expect(verdict).to_have_text(WELL, timeout=LIMIT_MS)
    expect(form.locator("#banner")).to_be_hidden(timeout=LIMIT_MS)
    site.stop("console")
    [sessions] = site.folder.glob("outbox.console-sessions-*.json")
    sessions.unlink()  # as when they are over
    expect(verdict).to_have_text("Not known", timeout=LIMIT_MS)
    site.start("console")
    expect(overview.get_by_text("You were logged out")).to_be_visible(timeout=LIMIT_MS)
    assert violations(overview) == []
    expect(form.locator("#banner")).to_contain_text("what you have not saved is still there", timeout=LIMIT_MS)
    overview.get_by_label("Password or token").fill(site.token)
    overview.get_by_role("button", name="Log in").click()
    expect(verdict).to_have_text(WELL, timeout=LIMIT_MS)
    expect(form.locator("#banner")).to_be_hidden(timeout=LIMIT_MS)
    expect(interval).to_have_value("7")
    form.get_by_role("link", name="Source ultralytics").first.click()
    form.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_text("Saved and in force").first).to_be_visible(timeout=LIMIT_MS)
    assert "interval = 7" in site.config.read_text()


@pytest.mark.timeout(400)
def test_pages_of_a_file_with_mistakes_say_so_and_claim_nothing(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text()
    page = open_page("/")
    expect(page.locator(".card")).to_be_visible(timeout=LIMIT_MS)
    site.config.write_text(before.replace('event_name = "Person"', 'event_name = "Person"\ninterval = -2'))
    expect(page.locator(".remarks")).to_contain_text("interval: -2 is too small", timeout=LIMIT_MS)
    site.stop("run")
    try:
        expect(page.locator(".remarks > details > summary", has_text="the service cannot start with it")).to_be_visible(
            timeout=LIMIT_MS
        )
        expect(page.get_by_text("The pipelines are not known.")).to_be_visible(timeout=LIMIT_MS)
        expect(page.get_by_text("No pipeline yet.")).to_have_count(0)
        page.goto(f"{site.url}/nodes.html#first/alarm")
        expect(page.locator(".middle > [role=alert]")).to_contain_text("-2 is too small", timeout=LIMIT_MS)
        expect(page.locator("#key-interval-error")).to_contain_text("is too small", timeout=LIMIT_MS)
        page.get_by_role("link", name="Source ultralytics").click()
        expect(page.get_by_role("heading", name="Source", exact=True)).to_be_visible()
        expect(page.locator("[aria-invalid]")).to_have_count(0)
        site.config.write_text(f"{before}\n[[[")
        page.goto(f"{site.url}/draw.html")
        expect(page.get_by_text("The nodes are not known")).to_be_visible(timeout=LIMIT_MS)
        assert violations(page) == []
        page.goto(f"{site.url}/nodes.html")
        expect(page.get_by_text("The pipelines are not known.")).to_be_visible(timeout=LIMIT_MS)
        expect(page.get_by_role("button", name="New pipeline")).to_be_disabled()
        assert violations(page) == []
        site.config.write_text(before)
        page.goto(f"{site.url}/")
        last = page.get_by_text(re.compile("last event (not known|at )"))  # the list of the newest events may show it
        expect(last).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator(".receiver-list")).to_contain_text("not known: the service does not run")
    finally:
        site.config.write_text(before)
        site.start("run")
        wait_until(lambda: is_ready(site), GENEROUS_S)


def test_a_setting_that_is_not_in_force_is_listed_once_with_both_values(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text()
    site.config.write_text(before.replace('event_name = "Person"', 'event_name = "A person"'))
    page = open_page("/")
    expect(page.locator(".troubles .notice:has(li)")).to_have_count(1, timeout=LIMIT_MS)
    expect(page.locator(".troubles li")).to_have_text(
        "pipeline first, node alarm, Event name: Person in force, A person in the file", timeout=LIMIT_MS
    )


@pytest.mark.timeout(400)
def test_from_messages_of_another_system_to_events_on_its_cameras_without_a_terminal(
    site: Site, open_page: OpenPage
) -> None:
    port = reserved_port()
    with Simulator(("7", "8"), names=("Gate", "Yard")) as securos:
        page = open_page("/nodes.html")
        new_input(page, port, securos)
        names = [one["source"].get("name") for one in tomllib.loads(site.config.read_text())["pipelines"]]
        assert names == [None, NAME], "two sources of one kind are told apart"
        accept_certificate(open_page("/targets.html"), securos.settings()["iss_port"])
        send(port, "gate", PERSON)
        wait_until(lambda: len(securos.events()) == 1, LIMIT_S)
        page.locator(f'.tree section[data-name="{NAME}"]').get_by_role("link", name="Source ultralytics").click()
        page.get_by_role("button", name="Add a camera").click()
        assert violations(page) == []
        page.get_by_label("Name at the source").last.fill("yard")
        page.get_by_label("Cameras in SecurOS").last.fill("8")
        with page.expect_response(lambda answer: answer.request.method == "PUT", timeout=LIMIT_MS) as saved:
            page.get_by_role("button", name="Save", exact=True).click()
        assert saved.value.ok
        expect(page.get_by_text("Saved and in force").first).to_be_visible(timeout=LIMIT_MS)
        send(port, "yard", PERSON)
        wait_until(lambda: len(securos.events()) == 2, LIMIT_S)
        assert [one["id"] for one in securos.events()] == ["7", "8"]
        assert [len(one["boxes"]) for one in securos.events()] == [1, 1]


def fill(page: Page, fields: dict[str, str]) -> None:
    """Fill in the fields of the open dialog."""
    for label, text in fields.items():
        page.get_by_role("dialog").get_by_label(label, exact=True).fill(text)


def receiver_fields(securos: Simulator) -> dict[str, str]:
    settings = securos.settings()
    return {"SecurOS server": "127.0.0.1", "Port": settings["iss_port"], "Password": settings["iss_password"]}


@pytest.mark.timeout(400)
def test_recorded_messages_and_json_of_ones_own_are_sources_too(site: Site, open_page: OpenPage) -> None:
    port = reserved_port()
    shutil.copytree(Path(__file__).parents[2] / "payloads" / "ultralytics", site.recordings / "messages")
    with Simulator(("7",), names=("Gate",)) as securos:
        page = open_page("/nodes.html")
        page.get_by_role("button", name="New pipeline").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Source", exact=True).select_option("ultralytics")
        dialog.get_by_label("How they come").select_option("file")
        dialog.get_by_label("Receiver", exact=True).select_option("")
        fill(page, {"Name": "old", "File or folder": "/etc/messages", "Name at the source": "*"})
        fill(page, {"Cameras in SecurOS": "7", **receiver_fields(securos)})
        create_pipeline(dialog)
        expect(dialog.locator(".mistake")).to_contain_text("in the folders of the console only", timeout=LIMIT_MS)
        fill(page, {"File or folder": str(site.recordings / "messages")})
        dialog.get_by_role("button", name="Create pipeline").click()
        expect(page.get_by_role("heading", name="old", exact=True)).to_be_visible(timeout=LIMIT_MS)
        accept_certificate(open_page("/targets.html"), securos.settings()["iss_port"])
        wait_until(lambda: bool(securos.events()), LIMIT_S)
        page.get_by_role("button", name="New pipeline").first.click()
        dialog.get_by_label("Source", exact=True).select_option("generic")
        dialog.get_by_label("How they come").select_option("http")
        fill(page, {"Name": "own", "Listen at": f"127.0.0.1:{port}", "Token": TOKEN})
        dialog.get_by_label("Receiver", exact=True).select_option("old/alarm")
        fill(page, {"Camera": "cam", "List of objects": "items", "Label of an object": "cls", "Box of an object": "at"})
        dialog.get_by_label("Numbers of a box").select_option("corners")
        fill(page, {"Name at the source": "gate", "Cameras in SecurOS": "7"})
        assert violations(page) == []
        dialog.get_by_role("button", name="Create pipeline").click()
        expect(page.get_by_role("heading", name="own", exact=True)).to_be_visible(timeout=LIMIT_MS)
        number = len(securos.events())
        send(port, "gate", {"cam": "gate", "size": [100, 100], "items": [{"cls": "person", "at": [10, 20, 30, 60]}]})
        wait_until(lambda: len(securos.events()) > number, LIMIT_S)


def add_input(page: Page, site: Site, name: str, port: int, receiver: dict[str, str], **trigger: str) -> None:
    """Save a pipeline whose messages are posted to a port."""
    source = {"type": "ultralytics", "listen": f"127.0.0.1:{port}", "token": TOKEN}
    add_pipeline(page, site, name, source, {"event_name": "Person", **receiver, **trigger})


def add_pipeline(page: Page, site: Site, name: str, source: dict[str, Any], trigger: dict[str, str]) -> None:
    """Save a pipeline of messages with one trigger node, as its own page would; it is in force then."""
    node = {"type": "trigger_securos_event", "id": "alarm", "event_source": "custom", "trigger": "len(objects) > 0"}
    body = {"name": name, "source": source, "nodes": [node | trigger], "cameras": {"gate": "7", HOSTILE: "8"}}
    headers = {"Authorization": f"Bearer {site.token}"}
    digest = page.request.get(f"{site.url}/api/config", headers=headers).json()["digest"]
    headers |= {"If-Match": f'"{digest}"', "Origin": site.url}
    saved = page.request.post(f"{site.url}/api/pipelines", data=body, headers=headers)
    assert saved.ok, saved.text()
    assert saved.json()["reload"]["is_done"], saved.text()


@pytest.mark.timeout(400)
def test_a_changed_certificate_is_compared_and_accepted_and_what_waited_goes_out(
    site: Site, open_page: OpenPage
) -> None:
    port = reserved_port()
    page = open_page("/targets.html")
    with Simulator(("7",), receiver_port=reserved_port()) as first:
        settings = {key: value for key, value in first.settings().items() if key != "iss_certificate_sha256"}
        add_input(page, site, "side", port, settings)
        page.reload()
        accept_certificate(page, settings["iss_port"])
        send(port, "gate", PERSON)
        wait_until(lambda: len(first.events()) == 1, LIMIT_S)
    with Simulator(("7",), token=first.token, receiver_port=int(settings["iss_port"])) as second:
        send(port, "gate", PERSON)
        page.reload()
        article = page.locator(".receivers article", has_text=settings["iss_port"])
        expect(article.get_by_text("Another certificate than the accepted one")).to_be_visible(timeout=LIMIT_MS)
        article.get_by_role("button", name="Compare and accept").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".fingerprint")).to_have_count(2)
        known, shown = dialog.locator(".fingerprint").all_text_contents()
        assert known != shown
        assert "none" not in (known, shown)
        assert violations(page) == []
        dialog.get_by_role("button", name="Cancel").click()
        expect(article.get_by_text("Another certificate than the accepted one")).to_be_visible()
        assert second.events() == []
        article.get_by_role("button", name="Compare and accept").click()
        dialog.get_by_role("button", name="Accept this certificate").click()
        expect(article.get_by_text("The accepted certificate.")).to_be_visible(timeout=LIMIT_MS)
        wait_until(lambda: bool(second.events()), LIMIT_S)  # one that the first has not answered comes again


@pytest.mark.timeout(400)
def test_hostile_names_stay_text_on_every_page(site: Site, open_page: OpenPage) -> None:
    port = reserved_port()
    (site.recordings / f"{HOSTILE}.jsonl").write_text("{}")
    page = open_page("/")
    refused: tuple[int, dict[str, str], bytes] = (400, {}, json.dumps({"error": HOSTILE}).encode())
    with OldReceiver() as receiver:
        receiver.answers = [refused] * 20
        settings = {
            "iss_ip": "127.0.0.1",
            "iss_port": str(receiver.port),
            "iss_scheme": "http",
            "iss_password": VMS_TOKEN,
        }
        texts = {"event_name": "{{ objects[0].label }}", "event_description": HOSTILE}
        add_input(page, site, HOSTILE, port, settings, **texts)
        send(port, "gate", [{**PERSON[0], "name": HOSTILE}])
        headers = {"Authorization": f"Bearer {site.token}", "Origin": site.url}
        address = f"{HOSTILE}/alarm"
        muted = {"nodes": [address], "for": "1h", "reason": HOSTILE}
        answer = page.request.post(f"{site.url}/api/mute", data=muted, headers=headers)
        assert answer.ok, answer.text()
        page.request.post(f"{site.url}/api/unmute", data={"nodes": [HOSTILE]}, headers=headers)
        broker = {"type": "generic", "broker": "mqtt://127.0.0.1:1", "topics": [HOSTILE], "mapping": {"label": "label"}}
        add_pipeline(page, site, "broker", broker, {"event_name": HOSTILE, **settings})
        dead = f"{site.url}/api/dead"
        wait_until(lambda: HOSTILE in str(page.request.get(dead, headers=headers).json()["rows"]), LIMIT_S)
        name = urllib.parse.quote(HOSTILE)
        paths = ["/", "/events.html?state=dead", "/decisions.html", f"/nodes.html#{name}/", f"/nodes.html#{name}/alarm"]
        for path in [
            *paths,
            "/nodes.html#broker/",
            "/nodes.html#broker/alarm",
            "/targets.html",
            "/audit.html",
            f"/login.html?next={name}",
            f"/{name}",
        ]:
            page.goto(f"{site.url}{path}")
            if path != f"/{name}" and "login" not in path:
                expect(page.get_by_text(HOSTILE).or_(page.locator('input[value*="onerror"]')).first).to_be_attached(
                    timeout=LIMIT_MS
                )
            assert page.locator("img[src=x]").count() == 0, path
            assert page.evaluate("window.hacked") is None, path


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "/\\evil.example", "/\t/evil.example", "/.//evil.example", "javascript:hacked=1"]
)
def test_after_a_log_in_a_person_stays_on_this_console(wanted: str, site: Site, browser: Browser) -> None:
    with visit(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/login.html?next={urllib.parse.quote(wanted)}")
        page.get_by_label("Password or token").fill(site.token)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda address: "login.html" not in address)
        assert page.url.startswith(f"{site.url}/"), page.url
        assert page.evaluate("window.hacked") is None

"""An input with several cameras: a node of it is muted and unmuted in the browser for all of them; and an answer that never comes."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from tests import commands
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import GENEROUS_S, entered, visit
from tests.integration.console_site import running
from tests.ports import reserved_port

CONFIG = """
[outbox]
path = "outbox.sqlite"

[console]
port = 0

[[pipelines]]
name = "doors"
cameras = {{ front = "1", back = "2" }}
source = {{ type = "ultralytics", listen = "127.0.0.1:{port}", token = "the token of a sender" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "0123456789abcdef0123456789abcdef"
event_source = "custom"
trigger = "any(o.label == 'nobody' for o in objects)"
event_name = "Many"
"""
#: The limit of a change is two seconds, those of questions stay.
HASTY = """
const real = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => real(ms > 100000 ? 2000 : ms);
"""


@contextmanager
def overview(folder: Path, browser: Browser, port: int) -> Iterator[Page]:
    """The Overview of a site whose input has heard nothing yet."""
    config = folder / "site.toml"
    config.write_text(CONFIG.format(port=port), encoding="utf-8")
    config.chmod(0o600)
    with running(folder, "run", config.name, "--console", name="console"), visit(browser) as person:
        yield entered(folder, person)


def send(port: int, camera: str) -> bool:
    """Post a message of a camera; False: the input does not listen yet."""
    headers = {"Authorization": "Bearer the token of a sender", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metadata/{camera}", b"[]", headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["kept"] is True
    except ConnectionRefusedError:
        return False


def test_a_mute_of_an_input_holds_for_all_its_cameras_and_one_click_ends_it(tmp_path: Path, browser: Browser) -> None:
    port = reserved_port()
    with overview(tmp_path, browser, port) as page:
        expect(page.locator(".card .state")).to_contain_text("no message has come yet")
        assert page.locator(".card .state.good").count() == 0
        for camera in ("front", "back"):
            wait_until(partial(send, port, camera), GENEROUS_S)
        expect(page.locator(".card .state")).to_contain_text("running")
        expect(page.locator(".remarks")).to_have_text("1 remark at its pipeline below.")
        nodes = page.locator(".node-list li:has(button)")
        expect(nodes).to_have_count(2)
        nodes.nth(1).get_by_role("button", name="Mute doors/alarm").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("Works at the door")
        dialog.get_by_role("button", name="Mute").click()
        expect(page.locator(".node-list .tag.wait", has_text=re.compile("muted until .*: Works at the"))).to_have_count(
            2
        )
        listed = commands.run("mute", "--list", str(tmp_path / "site.toml"))
        assert "Works at the door" in listed.stdout, listed
        nodes.nth(0).get_by_role("button", name="Unmute doors/alarm").click()
        expect(page.locator(".node-list .tag.wait")).to_have_count(0)
        expect(page.get_by_text("doors/alarm sends events again.")).to_be_visible()
        page.goto(f"http://{page.url.split('/')[2]}/nodes.html#doors/alarm")
        expect(page.locator(".clauses .seen").first).to_have_text("objects was a list of 0")


def test_a_button_whose_answer_never_comes_is_free_again_and_says_what_may_have_happened(
    tmp_path: Path, browser: Browser
) -> None:
    port = reserved_port()
    with overview(tmp_path, browser, port) as page:
        wait_until(lambda: send(port, "front"), GENEROUS_S)
        page.add_init_script(HASTY)
        page.reload()

        def hang(_route: Route) -> None:
            """Leave the request without an answer."""

        page.route("**/api/mute", hang)
        page.get_by_role("button", name="Mute doors/alarm").first.click()
        dialog = page.get_by_role("dialog")
        send_it = dialog.get_by_role("button", name="Mute")
        send_it.click()
        expect(dialog.get_by_role("alert")).to_contain_text("It may still do what you asked")
        expect(send_it).to_be_enabled()
        page.context.clear_cookies()
        page.unroute("**/api/mute")
        send_it.click()
        expect(dialog.get_by_role("alert")).to_contain_text("You are logged out.")
        for place in (dialog, page.locator("#banner")):
            link = place.get_by_role("link", name="Log in on another page", include_hidden=True)
            expect(link).to_have_attribute("href", "/login.html")
            expect(link).to_be_visible()

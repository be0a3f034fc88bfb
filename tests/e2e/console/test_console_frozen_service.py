"""A service that stands still while the console goes on: nothing is said of it that nobody knows, then or later."""

from __future__ import annotations

import re
import signal
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import commands
from tests.browsers import violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import entered, visit
from tests.integration.console_site import running, write_site

#: For so long the service stands still, in seconds.
STILL_S = 20.0
LIMIT_MS = 60_000
#: One that is shown for a moment only is seen all the same.
NOTE_VERDICTS = """() => {
    window.verdicts = [];
    const verdict = document.querySelector('header .verdict');
    new MutationObserver(() => window.verdicts.push(verdict.textContent)).observe(verdict.parentNode, {
        childList: true, characterData: true, subtree: true,
    });
}"""


@pytest.mark.timeout(300)
def test_a_frozen_service_is_not_known_and_is_later_the_reason_of_no_frames(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    with (
        running(tmp_path, "run", config.name, name="service") as service,
        running(tmp_path, "console", config.name, name="console"),
        visit(browser) as person,
        ExitStack() as stack,
    ):
        page = entered(tmp_path, person)
        expect(page.locator(".live-image img")).to_be_visible(timeout=LIMIT_MS)
        page.evaluate(NOTE_VERDICTS)
        stack.callback(service.send_signal, signal.SIGCONT)
        began = time.monotonic()
        service.send_signal(signal.SIGSTOP)
        asked = datetime.now().astimezone() + timedelta(seconds=STILL_S / 2)
        page.wait_for_function(
            "() => window.verdicts.includes('Not known')"
        )  # before it is known that it does not answer
        expect(page.locator(".card-head .hint")).to_be_empty()
        expect(page.locator(".live-image.is-still")).to_be_visible()
        expect(page.get_by_text("The service does not answer: it hangs, or this machine").first).to_be_visible(
            timeout=LIMIT_MS
        )
        expect(page.locator(".troubles .notice", has_text="The service does not answer: it hangs")).to_have_count(1)
        expect(page.locator(".sentence")).to_contain_text("A person must act: the service does not answer")
        expect(page.get_by_text("not known: the service does not answer")).to_be_visible()
        expect(page.get_by_text("not known now").first).to_be_visible()
        expect(page.locator(".live-image .no-image")).to_have_text(
            re.compile(r"^(The service does not answer\.|No new frame since .*)$"), timeout=LIMIT_MS
        )
        expect(page.get_by_text("not running")).to_have_count(0)
        assert violations(page) == []
        events, of_one = person.new_page(), person.new_page()
        address = page.url.partition("/login")[0].rstrip("/")
        events.goto(f"{address}/events.html")
        of_one.goto(f"{address}/events.html#1")
        expect(events.get_by_text("The events cannot be read.")).to_be_visible(timeout=LIMIT_MS)
        expect(of_one.get_by_text("This event cannot be shown.")).to_be_visible(timeout=LIMIT_MS)
        time.sleep(max(0.0, STILL_S - (time.monotonic() - began)))
        service.send_signal(signal.SIGCONT)
        expect(events.locator(".rows button").first).to_be_visible(timeout=LIMIT_MS)  # by itself
        expect(of_one.locator("dl.facts")).to_be_visible(timeout=LIMIT_MS)
        page.bring_to_front()

        def answer() -> str:
            return " ".join(commands.run("explain", str(config), "--at", asked.isoformat()).stdout.split())

        wait_until(lambda: "The service stood still from" in answer(), 60)
        assert "alarm: no frame is recorded in that time. The service stood still from" in answer()
        page.goto(f"{page.url.partition('/login')[0].rstrip('/')}/decisions.html")
        page.get_by_label("Time, such as 14:03").fill(asked.isoformat())
        page.get_by_role("button", name="Explain").click()
        explained = page.locator(".explained").first
        expect(explained).to_contain_text("The service stood still from", timeout=LIMIT_MS)
        expect(explained).not_to_contain_text("Next:")
        assert violations(page) == []
        page.goto(f"{page.url.partition('/decisions')[0]}/decisions.html")
        page.get_by_role("button", name=re.compile(": nothing decided$")).last.click()
        expect(page.get_by_role("heading", name="Nothing decided")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Explain it").click()
        expect(page.locator(".explained").first).to_contain_text("The service stood still from", timeout=LIMIT_MS)

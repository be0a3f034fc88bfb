"""A dead letter whose row is damaged can only be dropped: no page offers to send it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import GENEROUS_S, entered, visit
from tests.integration.console_site import running_site

PUT_IN = "UPDATE delivery SET camera_ids = ? WHERE state = 'dead'"


def test_a_damaged_dead_letter_is_offered_to_be_dropped_only(tmp_path: Path, browser: Browser) -> None:
    with running_site(tmp_path) as site, visit(browser) as person:
        page = entered(tmp_path, person)
        program = site.program()
        wait_until(lambda: bool(program.get("/api/events?state=dead")["events"]), GENEROUS_S)
        [event] = program.get("/api/events?state=dead")["events"]
        page.goto(f"http://127.0.0.1:{site.port}/targets.html")
        page.get_by_role("button", name="Send 1 event again").click()
        with closing(sqlite3.connect(tmp_path / "outbox.sqlite", isolation_level=None)) as intruder:
            intruder.execute(PUT_IN, ("{[",))
        page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".toast")).to_contain_text(
            "0 events will be sent again. 1 damaged row stayed: nothing but drop ends it."
        )
        group = page.locator("article.group")
        expect(group.get_by_role("heading")).to_contain_text("the row cannot be read: camera_ids")
        expect(group.locator("li")).to_contain_text("damaged")
        expect(group.get_by_role("button")).to_have_text(["Drop …"])
        page.goto(f"http://127.0.0.1:{site.port}/events.html?state=dead#{event['number']}")
        detail = page.get_by_role("region", name="One event")
        expect(detail.locator("dl.facts")).to_contain_text("not known")
        expect(detail).to_contain_text("What was asked of each camera is not known: the row is damaged.")
        expect(detail).not_to_contain_text("no camera")
        expect(page.locator(".rows")).to_contain_text("cameras not known")
        expect(detail.get_by_role("button", name="Send again")).to_have_count(0)
        detail.get_by_role("button", name="Drop …").click()
        page.get_by_role("dialog").get_by_role("button", name="Drop for good").click()
        expect(page.locator(".toast")).to_contain_text("1 event dropped.")
        expect(detail).to_contain_text("Choose an event.")
        assert program.get("/api/dead")["rows"] == []

"""The line of time of the page Decisions on a phone: a person tells one decision from the next, and reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsers import NARROW, WIDE, overflow_px, violations
from tests.e2e.console.conftest import OpenPage

#: The events that a busy road gave in a quarter of an hour.
EVERY = timedelta(minutes=15) / 124
#: The pixels between each mark and the next one, as they are drawn: the shadow at the left of a mark counts.
GAPS = """() => {
    const marks = [...document.querySelectorAll('.track .fired')].map((one) => one.getBoundingClientRect());
    marks.sort((one, other) => one.left - other.left);
    return marks.slice(1).map((one, at) => one.left - marks[at].right);
}"""
LABELS = """() => {
    const shown = [...document.querySelectorAll('.axis span')].map((one) => one.getBoundingClientRect()).filter((box) => box.width);
    return shown.slice(1).map((one, at) => one.left - shown[at].right);
}"""


def busy(route: Route) -> None:
    """Answer with a node that fired every few seconds for the last quarter of an hour."""
    now = datetime.now(UTC)
    ats = [(now - EVERY * (n + 0.5)).isoformat() for n in range(124)]
    entry = {"reason": "fired", "frames": 1, "clauses": [], "flags": [], "event_name": "Car"}
    [since] = parse_qs(urlsplit(route.request.url).query)["from"]
    within = [at for at in reversed(ats) if datetime.fromisoformat(at) >= datetime.fromisoformat(since)]
    entries: list[dict[str, Any]] = [{**entry, "from": at, "until": at} for at in within]
    node = {"address": "square/line_alarm", "entries": entries, "frames_by_reason": {"fired": 124}}
    route.fulfill(json={"nodes": [{**node, "has_more": False, "nothing_decided": []}], "silences": []})


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_marks_of_a_busy_node_stay_apart_and_the_clock_can_be_read(width: str, open_page: OpenPage) -> None:
    page: Page = open_page("/audit.html")
    page.set_viewport_size(WIDE if width == "wide" else NARROW)
    page.route("**/api/decisions?*", busy)
    page.goto(f"{page.url.rpartition('/')[0]}/decisions.html")
    span = page.get_by_label("Last")
    expect(span).to_have_value("900" if width == "wide" else "300")
    expect(page.locator(".track .fired").first).to_be_attached()
    apart = page.evaluate(GAPS)
    assert len(apart) > 30
    assert min(apart) >= 2
    assert min(page.evaluate(LABELS)) > 4
    assert (overflow_px(page), violations(page)) == (0, [])

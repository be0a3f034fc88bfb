"""The lists of events and decisions say whose they are, and what was so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browsers import violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import OpenPage, Site


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
def test_an_event_names_its_pipeline_and_is_found_by_it(site: Site, open_page: OpenPage) -> None:
    page = open_page("/events.html")
    rows = page.locator("ol.rows button")
    expect(rows.first).to_contain_text(re.compile(r"· square/(line|zone)_alarm"))
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

"""Settings of the whole site: a remark leads to them, and they are saved and undone as any other."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browsers import NARROW, overflow_px, violations
from tests.integration.console_site import Site

HOURS = 'id = "alarm"                      # the one that people see\nactive_hours = ["22:00-06:00"]'


def test_a_remark_on_the_time_zone_leads_to_its_field_and_ends_with_the_save(
    small_page: Page, small_site: Site
) -> None:
    page, address = small_page, f"http://127.0.0.1:{small_site.port}"
    before = small_site.config.read_text()
    small_site.config.write_text(before.replace('id = "alarm"                      # the one that people see', HOURS))
    assert small_site.config.read_text() != before
    remark = page.locator(".card .notice li", has_text="in the time zone of this machine, which is UTC")
    expect(remark).to_be_visible()
    expect(remark).not_to_contain_text("Write time_zone")
    remark.get_by_role("link", name="Set the time zone").click()
    asked = page.get_by_role("dialog", name="Site settings")
    asked.get_by_label("Time zone").fill("Europe/Atlantis")
    asked.get_by_role("button", name="Save").click()
    expect(asked.locator(".mistake")).to_contain_text("Europe/Atlantis")
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert overflow_px(page) == 0
    asked.get_by_label("Time zone").fill("Europe/Berlin")
    asked.get_by_role("button", name="Save").click()
    expect(asked).to_have_count(0)
    assert 'time_zone = "Europe/Berlin"' in small_site.config.read_text()
    page.goto(f"{address}/")
    expect(page.locator(".card .state")).to_have_text(re.compile("running"))
    expect(remark).to_have_count(0)

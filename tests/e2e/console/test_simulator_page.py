"""The operator's page of the simulator in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from securos_trigger.vms.simulator import Simulator
from tests.browsers import NARROW, WIDE, overflow_px, violations
from tests.integration.test_simulator import deliver

LIMIT_MS = 60_000


def test_a_crash_shows_at_once_and_a_restart_makes_it_good(browser: Browser) -> None:
    with Simulator(("1", "2"), names=("Gate", "Yard"), scheme="http") as securos:
        page = browser.new_page(viewport=WIDE)
        page.goto(securos.page_url)
        receiver = page.locator("#receiver")
        expect(receiver).to_have_text(f"receiver on port {securos.receiver_port}", timeout=LIMIT_MS)
        page.get_by_role("button", name="Faults").click()
        page.get_by_role("button", name="Crash").click()
        expect(page.get_by_role("button", name="Faults: on")).to_be_visible(timeout=LIMIT_MS)
        with pytest.raises(OSError, match=r"closed|reset"):
            deliver(securos, camera_id=["1"], event_name="Line crossed")
        expect(receiver).to_have_text("receiver is down", timeout=LIMIT_MS)
        expect(page.get_by_role("button", name="Faults", exact=True)).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Restart").click()
        expect(receiver).to_have_text(f"receiver on port {securos.receiver_port}", timeout=LIMIT_MS)
        deliver(securos, camera_id=["2"], event_name="Zone entered")
        expect(page.locator("#entries")).to_contain_text("Zone entered", timeout=LIMIT_MS)
        page.set_viewport_size(NARROW)
        assert overflow_px(page) == 0
        page.close()

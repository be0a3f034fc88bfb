"""Who goes through a page with the keyboard sees the whole frame around where they are: nothing cuts it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browsers import NARROW, WIDE
from tests.integration.console_site import Site

MOST_STOPS = 70
PATHS = (
    "/",
    "/events.html",
    "/decisions.html",
    "/nodes.html#yard/alarm",
    "/nodes.html#yard/",
    "/draw.html#yard/zone1",
    "/targets.html",
    "/audit.html",
    "/login.html",
    "/404.html",
)
#: The element with the focus, and by how much which of its ancestors cuts its outline; null: the end of the page.
CUT = """() => {
    const node = document.activeElement;
    if (node === null || node === document.body) return null;
    if (node.matches('.handle')) return { name: '', found: [] }; // a point at the edge of the image has one half outside of it
    const own = getComputedStyle(node);
    const around = parseFloat(own.outlineWidth) + parseFloat(own.outlineOffset);
    const found = [];
    for (const box of node.getClientRects()) {
        const outer = { left: box.left - around, right: box.right + around, top: box.top - around, bottom: box.bottom + around };
        let isFixed = own.position === 'fixed';
        for (let one = node.parentElement; one !== null && !isFixed; one = one.parentElement) {
            const style = getComputedStyle(one);
            isFixed = style.position === 'fixed';
            const isPainted = style.contentVisibility === 'auto' || style.contain.includes('paint');
            if (one === document.body || one === document.documentElement || (style.overflowX === 'visible' && style.overflowY === 'visible' && !isPainted)) continue;
            const border = one.getBoundingClientRect();
            const [left, top] = [border.left + one.clientLeft, border.top + one.clientTop];
            const inner = { left, top, right: left + one.clientWidth, bottom: top + one.clientHeight };
            if (one.tagName === 'SPAN' && !one.clientWidth) Object.assign(inner, { right: border.right, bottom: border.bottom });
            const cut = Math.max(inner.left - outer.left, outer.right - inner.right, inner.top - outer.top, outer.bottom - inner.bottom);
            if (cut > 0.5) found.push(`${cut.toFixed(1)} px by ${one.tagName} ${one.className}`);
        }
        const cut = Math.max(-outer.left, outer.right - innerWidth);
        if (cut > 0.5) found.push(`${cut.toFixed(1)} px by the window`);
    }
    return { name: node.outerHTML.slice(0, 100), found };
}"""


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_cuts_the_frame_around_the_focus(small_page: Page, small_site: Site, size: ViewportSize) -> None:
    page = small_page
    page.set_viewport_size(size)
    faults: list[str] = []
    for path in PATHS:
        page.goto("about:blank")
        page.goto(f"http://127.0.0.1:{small_site.port}{path}")
        expect(page.locator("h1, h2").first).to_be_attached()
        page.wait_for_timeout(1500)
        for _ in range(MOST_STOPS):
            page.keyboard.press("Tab")
            now: dict[str, Any] | None = page.evaluate(CUT)
            if now is None:
                break
            faults += [f"{path}: {now['name']}: {cut}" for cut in now["found"]]
    assert "\n".join(dict.fromkeys(faults)) == ""

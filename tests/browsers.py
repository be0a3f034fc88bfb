"""A real browser for tests: Debian's Chromium, driven by Playwright; and axe-core, which knows what a screen reader needs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}


def require_chromium() -> str:
    """The program; installed with apt when that can be done, else the test is skipped."""
    found = shutil.which("chromium")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        for words in (["apt-get", "update"], command):
            subprocess.run(words, capture_output=True, timeout=300, check=False)
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed, and apt cannot install it here")
    return found


@contextmanager
def chromium(**options: Any) -> Iterator[Browser]:
    """A browser without a window. `options`: those of Playwright's `launch`."""
    program = require_chromium()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments, **options)
        try:
            yield browser
        finally:
            browser.close()


def create_pipeline(dialog: Locator) -> None:
    """Create a pipeline with a receiver that nobody has looked at: the dialog shows its certificate first, and asks."""
    create = dialog.get_by_role("button", name="Create pipeline")
    create.click()
    expect(dialog.get_by_text("Nothing was done: ")).to_be_visible(timeout=120_000)
    for choice in dialog.get_by_label("I cannot compare it now").all():
        choice.check()
    create.click()


# A colour that changes is between two, and the contrast of neither: for as long as axe looks, each has its last value.
_LOOKED_AT_STILL = """async () => {
    const still = new CSSStyleSheet();
    still.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important; }');
    document.adoptedStyleSheets.push(still);
    try {
        return await axe.run();
    } finally {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== still);
    }
}"""


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page: the rule and the element, each as one line."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    page.evaluate((Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(_LOOKED_AT_STILL)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def overflow_px(page: Page) -> int:
    """How much wider than the window the page is."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, wide)


def moving(page: Page) -> list[str]:
    """What would move on a page: each element, or what stands before or after it, with an animation or a transition."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('*')].flatMap((node) => [null, '::before', '::after'].filter((part) => {
            const style = getComputedStyle(node, part);
            const isLong = (lengths) => lengths.split(', ').some((one) => parseFloat(one) > 0);
            return style.animationName !== 'none' || isLong(style.transitionDuration);
        }).map((part) => `${node.tagName} ${node.className} ${part || ''}`))"""
    )
    return found


_FOCUSED = """() => {
    const node = document.activeElement;
    if (node === null || node === document.body) return null;
    const style = getComputedStyle(node);
    const [box] = node.getClientRects();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const isFixed = (one) => one !== null && (getComputedStyle(one).position === 'fixed' || isFixed(one.parentElement));
    return {
        name: node.outerHTML.slice(0, 120),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        isCovered: top === null || !(node.contains(top) || top.contains(node)),
        isFixed: isFixed(node),
        top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right,
    };
}"""


def faults_of_the_tab_order(page: Page, most: int = 60) -> list[str]:
    """What a person with a keyboard stumbles over, among the first stops: a focus that is not seen, or that goes back up."""
    faults: list[str] = []
    before: dict[str, Any] | None = None
    for _ in range(most):
        page.keyboard.press("Tab")
        now: dict[str, Any] | None = page.evaluate(_FOCUSED)
        if now is None:  # the end of the page
            return faults
        if not now["outline"]:
            faults.append(f"no outline: {now['name']}")
        if now["isCovered"] and _stays_covered(page):
            faults.append(f"covered: {now['name']}")
        if before is not None and not now["isFixed"] and not before["isFixed"] and _is_above(now, before):
            faults.append(f"goes up from {before['name']} to {now['name']}")
        before = now
    return faults


def _stays_covered(page: Page) -> bool:
    """Whether the focus is still covered when what the page draws late has come."""
    page.wait_for_timeout(1_000)
    now: dict[str, Any] | None = page.evaluate(_FOCUSED)
    return now is not None and bool(now["isCovered"])


def _is_above(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True when it stands above the other one in the same column."""
    is_same_column: bool = one["left"] < other["right"] and other["left"] < one["right"]
    return is_same_column and bool(one["bottom"] <= other["top"])

"""What a page does with its room: at first sight, on a narrow screen, and while what it says grows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browsers import NARROW, WIDE, overflow_px, violations
from tests.integration.console_site import Site


def open_page(page: Page, site: Site, path: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    page.goto("about:blank")
    page.goto(f"http://127.0.0.1:{site.port}{path}")


def test_the_newest_event_is_shown_until_one_is_chosen_where_there_is_room(small_page: Page, small_site: Site) -> None:
    open_page(small_page, small_site, "/events.html", WIDE)
    detail = small_page.get_by_role("region", name="One event")
    expect(detail.get_by_role("heading", name=re.compile("Person|Without"))).to_be_visible()
    expect(small_page.locator(".rows [aria-current=true]")).to_have_count(1)
    assert "#" not in small_page.url, "after a reload it is the newest one then"
    open_page(small_page, small_site, "/events.html", NARROW)
    expect(small_page.locator(".rows button").first).to_be_visible()
    expect(detail).to_be_hidden()


def test_a_list_without_an_event_has_all_of_the_room(small_page: Page, small_site: Site) -> None:
    open_page(small_page, small_site, "/events.html?text=nothing-like-this", WIDE)
    detail = small_page.get_by_role("region", name="One event")
    expect(small_page.get_by_text("No event fits.")).to_be_visible()
    expect(detail).to_be_hidden()
    assert small_page.locator(".list").evaluate("node => node.clientWidth") > 1000
    small_page.get_by_label("Name or description").fill("")
    expect(detail.get_by_role("heading", name=re.compile("Person|Without"))).to_be_visible()


def test_on_a_narrow_page_one_line_names_the_filters_that_are_set(small_page: Page, small_site: Site) -> None:
    open_page(small_page, small_site, "/events.html?state=dead", NARROW)
    line = small_page.locator(".filter-fold > summary")
    expect(line).to_have_text("Filterdead letter")
    camera = small_page.get_by_label("Camera")
    expect(camera).to_be_hidden()
    line.click()
    camera.fill("17")
    line.click()
    expect(line).to_have_text("Filter17 · dead letter")
    assert (overflow_px(small_page), violations(small_page)) == (0, [])
    open_page(small_page, small_site, "/decisions.html", NARROW)
    expect(line).to_have_text("Filterlast 5 minutes")
    small_page.set_viewport_size(WIDE)
    expect(line).to_be_hidden()
    expect(small_page.get_by_label("until")).to_be_visible()


def test_on_a_narrow_page_the_form_of_a_chosen_node_comes_first(small_page: Page, small_site: Site) -> None:
    open_page(small_page, small_site, "/nodes.html#yard/zone1", NARROW)
    expect(small_page.get_by_role("heading", name="zone1", exact=True)).to_be_in_viewport(ratio=1)
    parts = small_page.get_by_role("navigation", name="Parts of the pipelines")
    expect(parts).to_be_hidden()
    small_page.get_by_text("All parts").click()
    parts.get_by_role("link", name="alarm").click()
    expect(parts).to_be_hidden()
    expect(small_page.locator(".parts > summary")).to_have_text("All partsopen: yard / alarm")
    assert (overflow_px(small_page), violations(small_page)) == (0, [])


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_longer_headline_moves_nothing_and_the_user_is_named_in_the_header(
    small_page: Page, small_site: Site, size: ViewportSize
) -> None:
    open_page(small_page, small_site, "/", size)
    expect(small_page.locator("header .who")).to_be_in_viewport(ratio=1)
    expect(small_page.locator(".cards")).to_be_visible()
    top = """(text) => {
        document.querySelector('.sentence').replaceChildren(text);
        return document.querySelector('.cards').getBoundingClientRect().top + scrollY;
    }"""
    assert small_page.evaluate(top, "Works.") == small_page.evaluate(top, "A person must act: " + "a long reason " * 20)


def test_the_question_why_it_did_not_fire_is_in_sight_and_a_dialog_scrolls_within_its_corners(
    small_page: Page, small_site: Site
) -> None:
    open_page(small_page, small_site, "/", {"width": 1280, "height": 900})
    expect(small_page.get_by_role("heading", name="Why did it not fire?")).to_be_in_viewport(ratio=1)
    open_page(small_page, small_site, "/nodes.html", NARROW)
    small_page.get_by_role("button", name="New pipeline").click()
    dialog = small_page.get_by_role("dialog")
    source = dialog.locator("[placeholder^=rtsp]").first
    expect(source).to_be_visible()
    assert dialog.evaluate("node => getComputedStyle(node).overflow") == "hidden"
    cut = """(node) => {
        const context = document.createElement('canvas').getContext('2d');
        context.font = getComputedStyle(node).font;
        return context.measureText(node.placeholder).width - (node.clientWidth - 20);
    }"""
    assert source.evaluate(cut) <= 0


def test_the_fold_of_a_command_in_a_remark_has_its_triangle_and_no_colour_of_its_own(
    small_page: Page, small_site: Site
) -> None:
    program = small_site.program()
    program.post("/api/mute", {"nodes": ["alarm"], "for": "1h", "reason": "tests"})
    try:
        open_page(small_page, small_site, "/", WIDE)
        expect(small_page.locator(".machine").first).to_be_attached()
        small_page.locator(".remarks > details").evaluate(
            "node => { node.open = true; }"
        )  # it is already where it is red
        fold = small_page.locator(".machine > summary").first
        expect(fold).to_be_visible()
        style = "(node) => [getComputedStyle(node).display, getComputedStyle(node).backgroundColor]"
        assert fold.evaluate(style) == ["list-item", "rgba(0, 0, 0, 0)"]
        small_page.locator(".remarks > details").evaluate("node => { node.className = 'bad'; }")
        assert fold.evaluate(style) == ["list-item", "rgba(0, 0, 0, 0)"]
    finally:
        program.post("/api/unmute", {"nodes": ["alarm"]})


#: The answer to a question whose cause names another time, as a person sees it.
ANSWER = """async (next) => {
    const { explanations } = await import('/shared/explanation.js');
    const cause = { kind: 'no_event', text: 'it did not fire.', lines: ['it did not fire.'], next };
    const node = { pipeline: 'yard', node: 'alarm', cause, entries: [], periods: [], changes: [] };
    const asked = { from: new Date(2026, 10, 29, 16, 0).toISOString(), until: new Date(2026, 10, 29, 16, 1).toISOString() };
    const parts = explanations([{ asked, nodes: [node], silences: [], text: '' }], { can: () => true, isMuted: () => false });
    const link = parts.filter((one) => one.querySelector).map((one) => one.querySelector('a')).find(Boolean);
    return link ? [link.textContent, decodeURIComponent(link.getAttribute('href').replaceAll('+', ' '))] : null;
}"""


def test_another_time_to_ask_about_is_a_link(small_page: Page) -> None:
    said = small_page.evaluate(ANSWER, "ask about 15:57:45.14: it says what became of that event.")
    assert said == ["Ask about 15:57:45.14", "/decisions.html?node=yard/alarm&at=2026-11-29 15:57:45.14"]
    assert small_page.evaluate(ANSWER, "ask about an earlier time, when the condition became true.") is None


def test_a_long_name_ends_its_line_behind_a_dot_or_the_like(small_page: Page) -> None:
    lines = """async () => {
        const { h } = await import('/shared/dom.js');
        const code = h('code', {}, 'nodes.annotate_line_counter1.lines.road.total_objects_crossed_delta');
        const box = h('div', {}, code);
        box.style.width = '150px';
        document.body.append(box);
        const ends = [];
        for (const part of [...code.childNodes].filter((one) => one.nodeType === 3)) {
            const range = document.createRange();
            range.selectNode(part);
            ends.push(range.getClientRects().length); // more than one: it goes on in the next line
        }
        return [Math.max(...ends), box.getBoundingClientRect().height > 30, code.textContent];
    }"""
    name = "nodes.annotate_line_counter1.lines.road.total_objects_crossed_delta"
    assert small_page.evaluate(lines) == [1, True, name]

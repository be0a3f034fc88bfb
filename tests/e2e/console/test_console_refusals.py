"""What the API refuses, or fails with, is said to the person who has clicked."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import entered, visit
from tests.integration.console_site import Site, address_of, running, write_site


def test_a_click_whose_request_fails_ends_in_a_sentence(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"), visit(browser) as person:
        port, link = address_of(tmp_path)
        page = person.new_page()
        page.goto(f"http://127.0.0.1:{port}/login.html#{link}")
        expect(page.get_by_role("link", name="Nodes", exact=True)).to_be_visible()
        page.goto(f"http://127.0.0.1:{port}/nodes.html")
        said = "The console has had an unexpected error: its log has the traceback."
        _answer(page, "**/api/schema/inputs", 500, {"error": said})
        page.get_by_role("button", name="New pipeline").click()
        expect(page.locator("#toasts")).to_contain_text(said)
        page.evaluate("() => { Promise.reject(new Error('x is not defined')) }")
        expect(page.locator("#toasts")).to_contain_text("This page has a fault: x is not defined. Load it again.")
        missing = "This needs defusedxml, which the extra inputs brings.\n    pip install 'securos-trigger[inputs]'"
        _answer(page, "**/api/schema/inputs", 200, {"inputs": {}, "missing": {"dahua": missing}})
        page.get_by_role("button", name="New pipeline").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Not in this list, because packages are missing: dahua.")
        expect(dialog.locator("code", has_text="pip install 'securos-trigger[inputs]'")).to_be_hidden()
        dialog.get_by_text("On the machine").click()
        expect(dialog.locator("code")).to_have_text("pip install 'securos-trigger[inputs]'")
        page.get_by_role("dialog").get_by_label("Name", exact=True).press_sequentially("gate")
        asked: list[str] = []

        def stay(question: Dialog) -> None:
            asked.append(question.type)
            question.dismiss()

        page.on("dialog", stay)
        page.evaluate("() => { location.href = '/events.html' }")
        wait_until(lambda: page.evaluate("1") == 1 and asked == ["beforeunload"], 60)
        expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_have_value("gate")


def test_a_page_that_got_nothing_offers_to_try_again(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"), visit(browser) as person:
        page = entered(tmp_path, person)
        address = page.url.rpartition("/")[0]
        for asked, path, there in (
            ("**/api/schema/nodes", "/nodes.html#yard/alarm", page.get_by_role("heading", name="alarm", exact=True)),
            ("**/api/config", "/nodes.html#yard/refused", page.get_by_role("heading", name="refused", exact=True)),
            ("**/api/config", "/draw.html", page.get_by_label("Name of the zone")),
            ("**/api/audit*", "/audit.html", page.get_by_text("log in", exact=True)),
        ):
            _answer(page, asked, 503, {"error": "Too many requests wait for the service."})
            page.goto("about:blank")
            page.goto(f"{address}{path}")
            expect(page.locator("main")).to_contain_text("Too many requests wait for the service.")
            page.unroute(asked)
            page.get_by_role("button", name="Try again").click()
            expect(there).to_be_visible()


def _answer(page: Page, address: str, status: int, body: object) -> None:
    """Answer requests to an address in the stead of the console."""

    def fulfil(route: Route) -> None:
        route.fulfill(status=status, content_type="application/json", body=json.dumps(body))

    page.unroute(address)
    page.route(address, fulfil)


def test_each_page_says_that_the_audit_log_cannot_be_written(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"), visit(browser) as person:
        page = entered(tmp_path, person)
        said = page.get_by_role("alert").filter(has_text="cannot be written")
        expect(said).to_have_count(0)
        reserve = tmp_path / "outbox.console-audit.jsonl.reserve"
        reserve.unlink()
        reserve.mkdir()
        page.goto(f"{page.url.rpartition('/')[0]}/targets.html")
        expect(said).to_contain_text("outbox.console-audit.jsonl cannot be written")
        expect(said).to_contain_text("Nothing can be changed here until it can.")
        reserve.rmdir()
        page.reload()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        expect(said).to_have_count(0)


#: The buttons of a page that a toast lies over.
COVERED = """() => {
    const toasts = document.getElementById('toasts').getBoundingClientRect();
    const boxes = [...document.querySelectorAll('button, .button')].map((one) => [one.textContent, one.getBoundingClientRect()]);
    const isBelow = ({ left, right, top, bottom, width }) => width && left < toasts.right && right > toasts.left && top < toasts.bottom && bottom > toasts.top;
    return toasts.height > 40 ? boxes.filter(([, box]) => isBelow(box)).map(([text]) => text) : ['no toast'];
}"""


def test_a_toast_covers_no_button(small_page: Page, small_site: Site) -> None:
    page = small_page
    address = f"http://127.0.0.1:{small_site.port}"
    say = "async () => (await import('/shared/dom.js')).toast('Saved, and in force. '.repeat(8))"
    page.set_viewport_size({"width": 1280, "height": 800})
    for path, button in (("/nodes.html#yard/alarm", "Save"), ("/nodes.html#yard/", "Save"), ("/draw.html", "New zone")):
        page.goto(f"{address}{path}")
        page.reload()
        expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
        page.evaluate(say)
        assert page.evaluate(COVERED) == [], path
    page.goto(f"{address}/audit.html")
    expect(page.locator(".audit-list > li").first).to_be_visible()
    page.evaluate(say)
    page.evaluate("""() => {
        const style = 'position: fixed; bottom: 30px; right: 30px; z-index: 3';
        document.body.append(Object.assign(document.createElement('button'), { style, textContent: 'In the corner' }));
    }""")
    page.wait_for_function(f"() => !({COVERED})().length", timeout=4000)


def test_signs_that_turn_the_direction_of_writing_are_shown_as_numbers(small_page: Page, small_site: Site) -> None:
    page, address = small_page, f"http://127.0.0.1:{small_site.port}"
    answer = page.request.post(
        f"{address}/api/login", data={"user": "\u202egnp\u2066", "password": "x"}, headers={"Origin": address}
    )
    assert answer.status == 401
    page.goto(f"{address}/audit.html")
    expect(page.get_by_text("[U+202E]gnp[U+2066]")).to_be_visible()
    made = page.evaluate("""async () => {
        const { h } = await import('/shared/dom.js');
        const node = h('p', { title: '\\u202ea' }, 'b\\u2069', h('input', { value: '\\u202ec' }));
        return [node.title, node.textContent, node.lastChild.value];
    }""")
    assert made == ["[U+202E]a", "b[U+2069]", "\u202ec"], "a field has its value as it is"
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.content())

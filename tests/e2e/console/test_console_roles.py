"""A page builds nothing that its person may not do: also where somebody switches on by hand what is off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from tests.e2e.console.conftest import visit
from tests.integration.console_site import Site

PRESS_ALL = """async () => {
    for (const one of document.querySelectorAll('main :disabled')) one.disabled = false;
    const pressed = [];
    for (const button of document.querySelectorAll('main button')) {
        if (!button.checkVisibility() || button.closest('.rows, .lanes')) continue;
        pressed.push(button.textContent);
        button.click();
        await new Promise((resolve) => setTimeout(resolve, 200));
        const asked = document.querySelector('dialog[open]');
        if (asked && button.textContent !== 'Copy as curl') throw new Error(`${button.textContent} asks: ${asked.textContent}`);
        if (asked) asked.close(); // a text to copy, without the password
    }
    return pressed;
}"""


@pytest.fixture
def watcher(small_site: Site, browser: Browser) -> Iterator[Page]:
    """A page of a person who may only look."""
    Users(small_site.config.with_name("outbox.console-users.json")).add("walter", Role.LOOK, "password of walter")
    address = f"http://127.0.0.1:{small_site.port}"
    with visit(browser) as person:
        body = {"user": "walter", "password": "password of walter"}
        assert person.request.post(f"{address}/api/login", data=body, headers={"Origin": address}).ok
        yield person.new_page()


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/", "Receivers"),
        ("/events.html", "Events"),
        ("/nodes.html#yard/alarm", "alarm"),
        ("/nodes.html#yard/", "Source"),
        ("/nodes.html#yard//", "Sink"),
        ("/draw.html#yard/zone1", "Zones"),
        ("/targets.html", "Receivers"),
    ],
)
def test_who_may_only_look_finds_nothing_to_press_that_changes_something(
    watcher: Page, small_site: Site, path: str, there: str
) -> None:
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    watcher.on("request", note)
    watcher.goto(f"http://127.0.0.1:{small_site.port}{path}")
    expect(watcher.get_by_role("heading", name=there, exact=True).first).to_be_attached()
    watcher.wait_for_timeout(1000)
    pressed = watcher.evaluate(PRESS_ALL)
    changing = ("Undo last save", "New pipeline", "New zone", "Save", "Remove", "Mute", "Throw away", "Drop …")
    assert not set(pressed) & set(changing)
    assert [one.url for one in sent if one.method != "GET"] == []

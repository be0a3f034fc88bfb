"""From an empty file to a pipeline and back in the browser: what a click leads to is said before and after it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browsers import NARROW, WIDE, create_pipeline, violations
from tests.e2e.console.conftest import entered, visit
from tests.integration.console_site import running, write_site
from tests.ports import reserved_port


def test_a_site_begins_in_the_browser_and_its_last_pipeline_is_removed(tmp_path: Path, browser: Browser) -> None:
    config = tmp_path / "site.toml"
    (tmp_path / "videos").mkdir()
    config.write_text('[console]\nport = 0\nfolders = ["videos"]\n[outbox]\npath = "outbox.sqlite"\n')
    config.chmod(0o600)
    with running(tmp_path, "run", config.name, "--console", name="console"), visit(browser) as person:
        page = entered(tmp_path, person)
        expect(page.locator(".lead")).to_contain_text("No pipeline yet.")
        expect(page.locator(".cards")).to_contain_text("The service starts it at once.")
        page.screenshot(path=tmp_path / "empty.png")
        page.locator(".cards").get_by_role("link", name="New pipeline").click()
        dialog = page.get_by_role("dialog")
        name = dialog.get_by_label("Name", exact=True)
        name.fill("a/b")
        assert name.evaluate("box => box.validity.patternMismatch") is True
        name.fill("ö" * 200)
        assert name.input_value() == "ö" * 60
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            page.screenshot(path=tmp_path / f"dialog-{size['width']}.png")
            assert dialog.locator("form").evaluate("box => box.scrollWidth <= box.clientWidth")
        page.set_viewport_size(WIDE)
        filled = {
            "Name": "Tor Süd",
            "Video": "videos/gate.mp4",
            "SecurOS server": "127.0.0.1",
            "Port": str(reserved_port()),
            "Cameras": "7",
            "Password": "0123456789abcdef0123456789abcdef",
        }
        for label, text in filled.items():
            dialog.get_by_label(label, exact=True).fill(text)
        create_pipeline(dialog)
        expect(page.get_by_role("heading", name="Tor Süd", exact=True)).to_be_visible()
        made = page.locator(".notice", has_text="The pipeline Tor Süd is made.")
        expect(made).to_contain_text(re.compile("It does not see anything yet: .*cannot be read: No such file"))
        expect(made.get_by_role("link", name="Draw the line")).to_have_attribute(
            "href", "/draw.html#Tor%20S%C3%BCd/line"
        )
        assert violations(page) == []
        made.get_by_role("link", name="Look at its source").click()
        page.get_by_role("button", name="Remove pipeline").click()
        expect(dialog).to_contain_text("line_alarm: Line crossed, on camera 7")
        expect(dialog).to_contain_text("It is the last one: the service then waits for a new one.")
        page.screenshot(path=tmp_path / "remove.png")
        dialog.get_by_role("button", name="Remove pipeline").click()
        expect(page.get_by_text("Nothing to edit yet.")).to_be_visible()
        assert "Tor Süd" not in config.read_text(encoding="utf-8")


def test_the_command_that_starts_the_service_can_be_typed_as_it_stands(tmp_path: Path, browser: Browser) -> None:
    folder = tmp_path / "site 3"
    folder.mkdir()
    config = write_site(folder, 9)
    written = config.read_text()
    command = f"securos-trigger run '{config}'"
    with running(folder, "console", str(config), name="console"), visit(browser) as person:
        page = entered(folder, person)
        expect(page.locator("#banner")).to_contain_text(command)
        config.write_text(f"{written}\n[cluster_of]\n")
        expect(page.locator(".troubles").first).to_contain_text("Correct them in the file.")
        expect(page.get_by_role("button", name="Put the last save back")).to_have_count(0)
        config.write_text(written.partition("[[pipelines]]")[0])
        expect(page.locator(".cards")).to_contain_text(f"Then start the service: {command}")
        config.write_text(written)
        page.goto(f"{page.url.rpartition('/')[0]}/nodes.html#yard/refused")
        expect(page.locator(".live-image .no-image")).to_have_text("The service does not run.")
        page.get_by_role("button", name="Remove node").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text(f"the service does not run. Start it with: {command}")


def test_pages_that_a_broken_file_has_emptied_fill_again_when_it_is_right(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    written = config.read_text()
    with running(tmp_path, "console", config.name, name="console"), visit(browser) as person:
        overview = entered(tmp_path, person)
        events = person.new_page()
        events.goto(f"{overview.url.rpartition('/')[0]}/events.html")
        expect(events.get_by_text("No event yet.")).to_be_visible()
        config.write_text(f"a slip = = by hand\n{written}")
        for page in (overview, events):
            page.bring_to_front()
            expect(page.locator("#banner")).to_contain_text("there is no = between name and value")
            expect(page.locator("main.is-old")).to_be_visible()
            page.reload()
            expect(page.get_by_text("The events cannot be read.")).to_be_visible()
        config.write_text(written)
        for page in (overview, events):
            page.bring_to_front()
            expect(page.locator("#banner")).to_contain_text("The service does not run.")
            expect(page.locator("main.is-old")).to_have_count(0)
            expect(page.get_by_text("No event yet.")).to_be_visible()


def test_what_a_removal_causes_is_said_before_it_and_while_it_lasts_and_an_undo_says_what_it_does(
    tmp_path: Path, browser: Browser
) -> None:
    config = write_site(tmp_path, 9)
    node = '[[pipelines.nodes]]\ntype = "detector"\n\n[[pipelines.nodes]]\ntype = "tracker"\n\n'
    text = config.read_text().replace('[[pipelines.nodes]]\ntype = "function"\nid = "mine"\nfile = "mine.py"\n\n', node)
    config.write_text(text)
    with running(tmp_path, "console", config.name, name="console"), visit(browser) as person:
        page = entered(tmp_path, person)
        page.goto(f"{page.url.partition('/index')[0].partition('/#')[0].rstrip('/')}/nodes.html#yard/detector1")
        expect(page.get_by_role("heading", name="detector1", exact=True)).to_be_visible()
        page.get_by_role("button", name="Remove node").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Others need it:")
        expect(dialog).to_contain_text("node tracker1")
        page.screenshot(path=tmp_path / "removal.png")
        dialog.get_by_role("button", name="Remove", exact=True).click()
        expect(page.get_by_role("link", name="detector1")).to_have_count(0)
        overview = person.new_page()
        overview.goto(page.url.partition("/nodes")[0])
        warnings = overview.get_by_label("Warnings about yard")
        expect(warnings).to_contain_text("node tracker1")
        overview.screenshot(path=tmp_path / "warnings.png")
        page.get_by_role("button", name="Undo last save").click()
        expect(dialog).to_contain_text("Takes back: remove node yard/detector1, by")
        expect(dialog).to_contain_text("node detector1 is added")
        page.screenshot(path=tmp_path / "undo.png")
        dialog.get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text("Undone: pipeline yard, Nodes: tracker1, zone1")
        expect(page.get_by_role("link", name="detector1")).to_have_count(1)
        page.get_by_role("button", name="Redo last save").click()
        expect(dialog).to_contain_text("Puts back what was undone: remove node yard/detector1")
        dialog.get_by_role("button", name="Redo", exact=True).click()
        expect(page.get_by_role("link", name="detector1")).to_have_count(0)
        expect(page.get_by_role("button", name="Undo last save")).to_be_visible()

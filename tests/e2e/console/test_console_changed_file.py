"""The configuration file changes while a page or a dialog is open: it is read again, or one button does that."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import NARROW, overflow_px, violations
from tests.integration.console_site import Site

SAID = "The file has changed since it was read."
NOTICE = "The file has changed since this page has read it."


@pytest.fixture
def page(small_site: Site, small_page: Page) -> Page:
    """The page Nodes of a person who may configure, on the file as it was at the beginning."""
    small_page.goto(f"http://127.0.0.1:{small_site.port}/nodes.html#yard/alarm")
    expect(small_page.get_by_role("heading", name="alarm", exact=True)).to_be_visible()
    return small_page


def change(site: Site, old: str, new: str) -> None:
    """Change the file as another person does."""
    text = site.config.read_text()
    assert text.count(old) == 1
    site.config.write_text(text.replace(old, new))


def test_a_pipeline_is_made_though_the_file_has_changed_under_its_dialog(page: Page, small_site: Site) -> None:
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("gate")
    dialog.get_by_label("Video", exact=True).fill("yard.mp4")
    dialog.get_by_label("Cameras").fill("1")
    change(small_site, '"In the yard"', '"By another person"')
    dialog.get_by_label("Video", exact=True).fill("recordings/gate.mp4")
    dialog.get_by_role("button", name="Create pipeline").click()
    expect(page.get_by_text("The pipeline gate is made.")).to_be_visible()
    text = small_site.config.read_text()
    assert ('name = "gate"' in text, '"By another person"' in text) == (True, True)


def test_a_page_says_that_the_file_is_another_one_and_reads_it_again(page: Page, small_site: Site) -> None:
    notice = page.locator(".notice", has_text=NOTICE)
    name, description = (page.get_by_label(one, exact=True) for one in ("Event name", "Event description"))
    name.fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    page.reload()
    name.fill("Mine again")
    change(small_site, '"In the yard"', '"By another person"')
    expect(notice).to_contain_text("It was changed outside of this console, by hand or by another program, at ")
    expect(notice).to_contain_text("What differs: yard: node alarm is changed (Event description).")
    assert violations(page) == []
    expect(description).to_have_value("In the yard")
    notice.get_by_role("button", name="Read again").click()
    expect(description).to_have_value("By another person")
    expect(name).to_have_value("Mine again")
    expect(notice).to_have_count(0)
    address = page.url.partition("/nodes")[0]
    page.get_by_role("button", name="Throw away").click()
    page.goto(f"{address}/draw.html#yard/zone1")
    expect(page.get_by_role("button", name="New zone")).to_be_visible()
    change(small_site, '"By another person"', '"In the yard"')
    expect(notice).to_be_visible()


def test_a_page_names_the_person_who_has_saved_also_while_the_service_takes_the_save(
    page: Page, small_site: Site
) -> None:
    program = small_site.program()
    digest = program.get("/api/config")["digest"]
    body = {"values": {"event_description": "By a program"}}
    answer = program.ask("PUT", "/api/config/nodes/yard/alarm", body, If_Match=f'"{digest}"')
    assert answer.status == 200
    notice = page.locator(".notice", has_text=NOTICE)
    expect(notice).to_contain_text("The last change is by (token) at ")
    expect(notice).to_contain_text(
        ": save node yard/alarm. What differs: yard: node alarm is changed (Event description)."
    )
    assert program.get("/api/config/last-change")["user"] == "(token)"
    change(small_site, '"number == 3"', '"number == 4"')
    assert program.get("/api/config/last-change")["user"] is None
    expect(notice).to_contain_text("It was changed outside of this console")


def test_the_audit_log_says_from_what_to_what_a_save_changed_and_a_time_is_one_line(
    page: Page, small_site: Site
) -> None:
    program = small_site.program()
    digest = program.get("/api/config")["digest"]
    body = {"values": {"interval": 4, "iss_password": "another token of it"}}
    assert program.ask("PUT", "/api/config/nodes/yard/alarm", body, If_Match=f'"{digest}"').status == 200
    page.goto(f"http://127.0.0.1:{small_site.port}/audit.html")
    entry = page.locator(".audit-list > li", has_text="save node yard/alarm").first
    expect(entry.locator("li", has_text="interval")).to_have_text("pipeline yard, node alarm, Interval: 0 becomes 4")
    expect(entry.locator("li", has_text="password").first).to_have_text(
        "pipeline yard, node alarm, Password is changed"
    )
    expect(entry).not_to_contain_text("sets:")
    time = entry.locator("time")
    time.evaluate("time => { time.textContent = 'Wed, 30 Sept, 20:08:58'; }")  # the widest
    is_one_line = "time => time.offsetHeight < 1.5 * parseFloat(getComputedStyle(time).lineHeight)"
    has_room = "time => time.scrollWidth <= time.clientWidth"
    assert (time.evaluate(is_one_line), time.evaluate(has_room)) == (True, True)
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert (violations(page), overflow_px(page)) == ([], 0)


def test_a_form_is_saved_though_another_part_of_the_file_has_changed(page: Page, small_site: Site) -> None:
    page.get_by_label("Event name", exact=True).fill("Mine")
    change(small_site, '"number == 3"', '"number == 4"')
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    text = small_site.config.read_text()
    assert ('event_name = "Mine"' in text, '"number == 4"' in text) == (True, True)


def test_what_another_person_did_is_not_undone_unseen_and_one_button_reads_the_file_again(
    page: Page, small_site: Site
) -> None:
    page.get_by_label("Event name", exact=True).fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    page.get_by_role("button", name="Undo last save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Takes back")
    change(small_site, '"number == 3"', '"number == 4"')
    dialog.get_by_role("button", name="Undo", exact=True).click()
    error = dialog.get_by_role("alert")
    expect(error).to_contain_text(SAID)
    assert [one in error.inner_text() for one in ("site.toml", "mistake", "read Read")] == [False, False, False]
    assert '"number == 4"' in small_site.config.read_text()
    error.get_by_role("button", name="Read again").click()
    expect(dialog).to_contain_text("number == 4")
    dialog.get_by_role("button", name="Cancel").click()


def test_a_node_is_removed_only_as_it_was_seen(page: Page, small_site: Site) -> None:
    page.get_by_role("button", name="Remove node").click()
    dialog = page.get_by_role("dialog")
    change(small_site, '"In the yard"', '"By another person"')
    dialog.get_by_role("button", name="Remove", exact=True).click()
    dialog.get_by_role("button", name="Read again").click()
    expect(dialog.get_by_role("button", name="Read again")).to_have_count(0)
    expect(dialog).to_be_visible()
    assert '"By another person"' in small_site.config.read_text()
    change(small_site, "# The yard.", "# The yard, with a note.")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(dialog).to_have_count(0)
    text = small_site.config.read_text()
    assert ('id = "alarm"' in text, "with a note" in text) == (False, True)


@pytest.mark.parametrize("height", [900, 800])
def test_the_button_of_a_long_dialog_stays_in_sight_and_the_trial_is_below_its_address(page: Page, height: int) -> None:
    page.set_viewport_size({"width": 1280, "height": height})
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Receiver", exact=True).select_option("")
    create = dialog.get_by_role("button", name="Create pipeline")
    dialog.locator("form").evaluate("node => node.scrollTo(0, 0)")
    expect(create).to_be_in_viewport(ratio=1)
    edges = "node => node.getBoundingClientRect()"
    video, trial, event = (
        one.evaluate(edges)["top"]
        for one in (
            dialog.get_by_label("Video", exact=True),
            dialog.get_by_role("button", name="Try the address"),
            dialog.get_by_label("Event for"),
        )
    )
    assert video < trial < event
    dialog.get_by_label("Source", exact=True).select_option(index=1)
    expect(dialog.get_by_label("Video", exact=True)).to_have_count(0)
    assert violations(page) == []


def test_a_form_shows_a_file_that_cannot_be_read_with_its_name_and_its_lines(page: Page, small_site: Site) -> None:
    small_site.config.write_text("this is [broken\n" + small_site.config.read_text())
    page.get_by_label("Event name", exact=True).fill("Mine")
    said = page.locator(".node-form .notice.bad", has_text="The configuration file has mistakes")
    expect(said.locator("pre")).to_contain_text("site.toml")
    lines = said.locator("pre").inner_text().splitlines()
    [above] = [number for number, line in enumerate(lines) if line.strip() == "this is [broken"]
    assert lines[above + 1].strip() == "^"
    assert violations(page) == []


def test_a_link_to_the_detector_of_a_pipeline_leads_to_how_often_it_looks(page: Page, small_site: Site) -> None:
    change(small_site, 'type = "function"\nid = "mine"\nfile = "mine.py"', 'type = "detector"')
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#yard/detector/every")
    expect(page.get_by_label("Every", exact=True)).to_be_focused()


def test_a_node_is_added_though_another_part_of_the_file_has_changed(page: Page, small_site: Site) -> None:
    page.get_by_role("button", name="Add a node to yard").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type").select_option("tracker")
    expect(dialog.get_by_text("Follows what a detector has found")).to_be_visible()
    box = dialog.get_by_label("Id", exact=True)
    box.fill("my line")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(box).to_be_focused()
    expect(dialog.locator(".mistake")).to_have_text("Letters, digits and _, and no digit first.")
    expect(dialog.get_by_role("alert")).to_have_text("Nothing was done: 1 mistake above.")
    assert "my line" not in small_site.config.read_text()
    box.fill("tracker7")
    change(small_site, '"In the yard"', '"By another person"')
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="tracker7", exact=True)).to_be_visible()
    assert '"By another person"' in small_site.config.read_text()


def send_elsewhere(site: Site) -> None:
    """Give the first trigger node another receiver, as another person does."""
    text = site.config.read_text()
    assert f'"{site.receiver.port}"' in text
    site.config.write_text(text.replace(f'"{site.receiver.port}"', '"9"', 1))


def expect_another_choice(page: Page, site: Site, button: str) -> None:
    """The receiver that was chosen is another one now: nothing is made before a person has chosen again."""
    dialog = page.get_by_role("dialog")
    before = site.config.read_text()
    error = dialog.get_by_role("alert")
    expect(error).to_contain_text(SAID)
    assert site.config.read_text() == before
    error.get_by_role("button", name="Read again").click()
    note = dialog.locator(".notice", has_text="This is what you typed before.")
    gone = f'What you chose as "Receiver" is not there any more: 127.0.0.1:{site.receiver.port}, as yard/alarm.'
    expect(note).to_contain_text(gone)
    receiver = dialog.get_by_label("Receiver", exact=True)
    assert receiver.evaluate("node => node.selectedIndex") == -1
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(receiver).to_be_focused()  # it has to be chosen
    dialog.get_by_label("Cameras").fill("2")
    assert site.config.read_text() == before
    page.reload()
    if button == "Add":  # the other dialog opens by itself
        page.get_by_role("button", name="Add a node to yard").click()
    expect(note).to_contain_text(gone)
    assert violations(page) == []
    receiver.select_option("yard/refused")
    dialog.get_by_role("button", name=button, exact=True).click()


def test_a_pipeline_is_not_sent_to_another_receiver_than_the_one_that_was_chosen(page: Page, small_site: Site) -> None:
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("gate")
    dialog.get_by_label("Video", exact=True).fill("recordings/gate.mp4")
    dialog.get_by_label("Cameras").fill("1")
    send_elsewhere(small_site)
    dialog.get_by_role("button", name="Create pipeline").click()
    expect_another_choice(page, small_site, "Create pipeline")
    expect(page.get_by_text("The pipeline gate is made.")).to_be_visible()
    text = small_site.config.read_text()
    assert (text.count('"9"'), text.count(f'"{small_site.receiver.port}"')) == (1, 2)


def test_a_node_is_not_added_with_another_receiver_than_the_one_that_was_chosen(page: Page, small_site: Site) -> None:
    page.get_by_role("button", name="Add a node to yard").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Id").fill("second")
    dialog.get_by_label("Cameras").fill("1")
    send_elsewhere(small_site)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect_another_choice(page, small_site, "Add")
    expect(page.get_by_role("heading", name="second", exact=True)).to_be_visible()
    text = small_site.config.read_text()
    assert (text.count('"9"'), text.count(f'"{small_site.receiver.port}"')) == (1, 2)


def test_a_page_still_says_that_it_shows_an_older_file_after_a_save_that_was_refused(
    page: Page, small_site: Site
) -> None:
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("yard")
    dialog.get_by_label("Video", exact=True).fill("recordings/gate.mp4")
    dialog.get_by_label("Cameras").fill("1")
    change(small_site, '"In the yard"', '"By another person"')
    with page.expect_response(lambda one: one.request.method == "POST" and one.status == 412):
        dialog.get_by_role("button", name="Create pipeline").click()
    expect(dialog).to_contain_text("Nothing was done")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator(".notice", has_text=NOTICE)).to_be_visible()
    expect(page.get_by_label("Event description", exact=True)).to_have_value("In the yard")


def test_a_pipeline_is_removed_only_as_it_was_seen_with_its_sink(page: Page, small_site: Site) -> None:
    page.goto(page.url.partition("#")[0] + "#yard/")
    page.get_by_role("button", name="Remove pipeline").click()
    dialog = page.get_by_role("dialog")
    change(small_site, "loop = true }", 'loop = true }\nsink = { type = "annotated", path = "recordings/yard.mp4" }')
    dialog.get_by_role("button", name="Remove pipeline").click()
    expect(dialog.get_by_role("alert")).to_contain_text(SAID)
    assert 'name = "yard"' in small_site.config.read_text()

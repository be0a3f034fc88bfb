"""What is allowed and probably not meant: it is said at its field, and beside the button that has saved it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers import NARROW, overflow_px, violations
from tests.e2e.console.conftest import PATIENT
from tests.integration.console_site import Site

MISSPELT = "nodes.zone1.rois.left.curent_objects_count > 0"
GUESS = 'did you mean "current_objects_count"?'


@pytest.fixture
def form(small_page: Page, small_site: Site) -> Locator:
    """The form of the node `alarm`."""
    small_page.goto(f"http://127.0.0.1:{small_site.port}/nodes.html#yard/alarm")
    expect(small_page.get_by_role("heading", name="alarm", exact=True)).to_be_visible()
    return small_page.locator(".node-form")


def outcome(form: Locator) -> Locator:
    """The line beside the button "Save"."""
    return form.locator(".outcome")


def save(form: Locator) -> None:
    form.get_by_role("button", name="Save", exact=True).click()
    expect(outcome(form)).to_contain_text("Saved and in force")


def test_a_condition_that_can_never_fire_is_warned_of_at_its_field(form: Locator) -> None:
    trigger = form.get_by_label("Trigger", exact=True)
    at_field = form.locator("#key-trigger-warning")
    expect(at_field).to_be_hidden()
    trigger.fill(MISSPELT)
    expect(at_field).to_contain_text(GUESS)
    expect(trigger).to_have_accessible_description(re.compile(re.escape(GUESS)))
    save(form)
    expect(at_field).to_contain_text(GUESS)
    form.page.reload()
    expect(at_field).to_contain_text(GUESS)


def test_the_line_beside_save_names_the_warning_and_leads_to_it(form: Locator) -> None:
    trigger = form.get_by_label("Trigger", exact=True)
    trigger.fill(MISSPELT)
    save(form)
    expect(outcome(form)).to_contain_text("Saved and in force, with 2 warnings.")  # the password is sent by HTTP, too
    expect(outcome(form).locator("p")).to_have_class("wait")
    assert violations(form.page) == []
    outcome(form).get_by_role("button", name="See Trigger").click()
    expect(trigger).to_be_focused()
    expect(trigger).to_be_in_viewport()
    form.page.set_viewport_size(NARROW)
    assert overflow_px(form.page) == 0
    trigger.fill("number == 3")
    expect(outcome(form)).to_be_empty()
    save(form)
    expect(outcome(form)).to_contain_text("with 1 warning.")
    expect(outcome(form).get_by_role("button")).to_have_text("See Scheme")


def test_a_condition_that_can_never_fire_is_asked_about_before_it_is_saved(small_page: Page, small_site: Site) -> None:
    text = small_site.config.read_text()
    function = '[[pipelines.nodes]]\ntype = "function"\nid = "mine"\nfile = "mine.py"\n'
    assert function in text
    before = text.replace(function, "")  # its code could write anything
    small_site.config.write_text(before)
    small_page.add_init_script(PATIENT)
    small_page.goto(f"http://127.0.0.1:{small_site.port}/nodes.html#yard/alarm")
    form = small_page.locator(".node-form")
    form.get_by_label("Trigger", exact=True).fill(MISSPELT)
    form.get_by_role("button", name="Save", exact=True).click()
    dialog = small_page.get_by_role("dialog")
    expect(dialog).to_contain_text("With this change these nodes can never raise an event, whatever the video shows:")
    expect(dialog.get_by_role("listitem")).to_have_text(
        re.compile("pipeline yard, node alarm, Trigger: no node before this one writes nodes")
    )
    assert violations(small_page) == []
    dialog.get_by_role("button", name="Cancel").click()
    assert small_site.config.read_text() == before
    form.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Save it all the same").click()
    expect(outcome(form)).to_contain_text("Saved and in force")
    assert MISSPELT in small_site.config.read_text()
    form.get_by_label("Event name", exact=True).fill("Known")
    save(form)  # the condition is not changed: nobody is asked again


@pytest.mark.parametrize("button", ["Save", "Throw away"])
def test_the_focus_stays_in_the_form_after_its_button(form: Locator, button: str) -> None:
    form.get_by_label("Event name", exact=True).fill("Another name")
    form.get_by_role("button", name=button, exact=True).click()
    expect(form.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    if button == "Save":
        expect(outcome(form)).to_be_focused()
    else:
        expect(form.page.locator(".panel.detail")).to_be_focused()

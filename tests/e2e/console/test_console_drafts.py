"""What was typed or drawn and not saved: after a refusal, a reload of the page, and while a save is under way."""

from __future__ import annotations

import json
import os
import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from securos_trigger.vms.simulator import Simulator
from tests.browsers import NARROW, overflow_px, violations
from tests.e2e.conftest import wait_until
from tests.integration.console_site import Site
from tests.integration.fake_receivers import TOKEN

LIMIT_S = 120.0
SECOND_ZONE = '[[pipelines.nodes]]\ntype = "zone_presence"\nid = "zone2"\nunits = "fractions"\nrois = { right = [[0.5, 0.0], [1.0, 0.0], [1.0, 1.0]] }\n'


@pytest.fixture
def page(small_page: Page) -> Page:
    """A page of a person who may configure, on the file as it was at the beginning."""
    return small_page


def open_part(page: Page, site: Site, part: str) -> None:
    page.goto(f"http://127.0.0.1:{site.port}/nodes.html#yard/{part}")
    expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()


def hold_saves(page: Page) -> list[Route]:
    """Saves that were sent; each one goes on when the test lets it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "PUT":
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/config/nodes/**", hold)
    return held


def come_back_as(page: Page, **other: str) -> None:
    """Another person has logged in on another page of the browser, while this one was hidden."""
    mine = page.request.get(page.url.split("/nodes.html")[0] + "/api/session").json()
    page.route("**/api/session", lambda route: route.fulfill(json={**mine, **other}))
    page.evaluate(
        "for (const name of ['pagehide', 'pageshow']) dispatchEvent(new Event(name));"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )


def test_what_one_person_typed_is_not_saved_as_another_who_logged_in_meanwhile(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    name = page.get_by_label("Event name", exact=True)
    name.fill("Typed by the first")
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    come_back_as(page, user="kurt", csrf="another")
    banner, asked, who = page.locator("#banner"), page.get_by_role("dialog"), page.locator("header .who")
    expect(who).to_have_text("kurt · configure")
    page.on("request", note)
    expect(asked).to_contain_text("You are kurt (configure). What stands here and is not saved was typed by (token).")
    assert violations(page) == []
    asked.get_by_role("button", name="Cancel").click()
    expect(banner).to_contain_text("The user kurt (configure) is logged in now, on another page of this browser.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is logged in now, on another page").nth(1)).to_be_visible()
    assert [one.url for one in sent if one.method != "GET"] == []
    banner.get_by_role("button", name="Keep it or throw it away").click()
    expect(asked).to_be_visible()
    page.unroute("**/api/session")  # the first person is back
    expect(asked).to_have_count(0)
    expect(who).to_have_text("(token) · configure")
    expect(banner).to_be_hidden()
    expect(name).to_have_value("Typed by the first")
    name.fill("Typed by the first, again")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()


def test_who_logs_in_meanwhile_keeps_what_another_typed_or_throws_it_away(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    name = page.get_by_label("Event name", exact=True)
    before = name.input_value()
    name.fill("Typed by the first")
    come_back_as(page, user="kurt")
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.locator(".restored")).to_contain_text("Not saved yet: (token) typed this, and you kept it.")
    expect(name).to_have_value("Typed by the first")
    expect(page.locator("header .who")).to_have_text("kurt · configure")
    page.reload()
    expect(page.locator(".restored")).to_contain_text("(token) typed this, and you kept it.")
    page.unroute("**/api/session")
    come_back_as(page, user="lena")
    page.get_by_role("dialog").get_by_role("button", name="Throw it away").click()
    expect(page.locator("header .who")).to_have_text("lena · configure")
    expect(name).to_have_value(before)
    assert "Typed by the first" not in page.evaluate(STORE)


def test_the_page_of_another_person_makes_the_audit_log_say_nothing_of_who_may_only_look(
    page: Page, small_site: Site
) -> None:
    address = f"http://127.0.0.1:{small_site.port}"
    Users(small_site.config.with_name("outbox.console-users.json")).add("olga", Role.LOOK, "password of olga")
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Typed by the first")
    body = {"user": "olga", "password": "password of olga"}
    assert page.request.post(f"{address}/api/login", data=body, headers={"Origin": address}).ok  # on another page
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("To save it needs the role configure: (token) can go on here after logging in again.")
    expect(page.locator("header .who")).to_have_text("olga · look")
    expect(asked.get_by_role("button", name="Keep it")).to_have_count(0)
    page.wait_for_timeout(4000)  # the form asks for its verdict every 1.5 s
    entries = small_site.program().get("/api/audit")["entries"]
    assert [(one["action"], one["subject"]) for one in entries if one["user"] == "olga"] == [("log in", "")]
    asked.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("You can look at these settings.")).to_be_visible()


def test_what_was_typed_outlives_a_refused_save_and_a_reload(page: Page, small_site: Site) -> None:
    before = small_site.config.read_text()
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Typed, not saved")
    page.get_by_label("Cameras", exact=True).fill("one;two")
    page.get_by_label("Password", exact=True).fill("a password of 32 characters 0123")
    page.get_by_role("button", name="Save", exact=True).click()
    cameras = page.get_by_label("Cameras", exact=True)
    expect(cameras).to_have_attribute("aria-invalid", "true")
    expect(cameras).to_be_focused()
    page.reload()
    expect(page.locator(".restored")).to_contain_text("A password or an address with a password has to be typed again.")
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Typed, not saved")
    expect(cameras).to_have_value("one;two")
    expect(cameras).to_have_attribute("aria-invalid", "true")
    assert "0123" not in page.evaluate("JSON.stringify(sessionStorage)")
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert overflow_px(page) == 0
    assert small_site.config.read_text() == before
    page.get_by_role("button", name="Throw away").click()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Person {{ number }}")
    page.reload()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Person {{ number }}")
    expect(page.locator(".restored")).to_have_count(0)


def test_no_draft_holds_a_login_in_whatever_way_it_is_written(page: Page, small_site: Site) -> None:
    def drafts_after(label: str, text: str) -> str:
        page.get_by_label(label, exact=True).fill(text)
        expect(page.get_by_role("button", name="Throw away")).to_be_visible()
        return str(page.evaluate("JSON.stringify(sessionStorage)"))

    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Typed beside it")
    for text in (
        "rtsp://admin:S3CRET@10.0.0.7/s",
        "rtsp://admin:pa/S3CRET@10.0.0.7",
        "mqtt://u:a/S3CRET@broker:1883",
        "admin:S3CRET@10.0.0.7",
        "http://10.0.0.7/snap.jpg?user=a&password=S3CRET",
        "http://10.0.0.7/snap.jpg?access_token=S3CRET",
        "rtsp://10.0.0.7/user=a_password=S3CRET_channel=1",
    ):
        kept = drafts_after("Event description", text)
        assert (text, "S3CRET" in kept) == (text, False)
        assert "Typed beside it" in kept
    for text in ("Meet at gate 7 / yard", "{{ a_key == 1 }} at 10.0.0.7:80"):
        assert text in drafts_after("Event description", text)
    page.get_by_role("button", name="Throw away").click()
    open_part(page, small_site, "zone1")
    for value in (["a", "admin:S3CRET@h"], {"left": {"to": "mqtt://u:a/S3CRET@b"}}, {"left": {"password": "S3CRET"}}):
        kept = drafts_after("Zones", json.dumps(value))
        assert (value, "S3CRET" in kept) == (value, False)
    assert "K3PT" in drafts_after("Zones", '{"K3PT": []}')


def test_a_draft_says_that_another_person_has_saved_and_is_gone_after_its_save(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Typed before")
    small_site.config.write_text(small_site.config.read_text().replace('"In the yard"', '"By another person"'))
    page.reload()
    expect(page.locator(".restored")).to_contain_text("but not in what you changed")
    expect(page.get_by_label("Event description", exact=True)).to_have_value("By another person")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".restored")).to_have_count(0)
    assert 'event_name = "Typed before"' in small_site.config.read_text()
    page.reload()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Typed before")
    expect(page.locator(".restored")).to_have_count(0)


def test_a_draft_replaces_what_another_person_saved_only_after_a_question(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    name = page.get_by_label("Event name", exact=True)
    name.fill("Mine")
    other = page.context.new_page()
    open_part(other, small_site, "alarm")
    expect(other.locator(".restored")).to_have_count(0)
    other.get_by_label("Event name", exact=True).fill("Theirs")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved and in force").first).to_be_visible()
    page.get_by_label("Event description", exact=True).fill("Mine, too")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing was overwritten")
    dialog.get_by_role("button", name="Cancel").click()
    for _ in range(2):  # the second time the draft was kept with the newer file open
        page.reload()
        expect(name).to_have_value("Mine")
        expect(page.locator(".restored li")).to_have_text(["Event name: in the file now: Theirs"])
        expect(page.locator(".in-file")).to_have_text(["In the file now: Theirs"])
        assert violations(page) == []
        page.get_by_role("button", name="Save", exact=True).click()
        expect(dialog.get_by_role("listitem")).to_have_text(["Event name: in the file now: Theirs"])
        assert violations(page) == []
        dialog.get_by_role("button", name="Cancel").click()
        assert 'event_name = "Theirs"' in small_site.config.read_text()
        page.get_by_label("Event description", exact=True).fill("Mine, again")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Save mine all the same").click()
    expect(page.locator(".restored, .in-file")).to_have_count(0)
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    assert 'event_name = "Mine"' in small_site.config.read_text()
    page.get_by_label("Event name", exact=True).fill("Mine, later")
    page.get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: page.evaluate("1") == 1 and "Mine, later" in small_site.config.read_text(), LIMIT_S)


def test_a_draft_of_what_is_in_the_file_by_now_is_gone(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("The same")
    small_site.config.write_text(small_site.config.read_text().replace("Person {{ number }}", "The same"))
    page.reload()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("The same")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    expect(page.locator(".restored")).to_have_count(0)
    assert "draft" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_draft_of_a_password_alone_says_so_until_it_is_thrown_away(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_label("Password", exact=True).fill("a password of 32 characters 0123")
    page.reload()
    expect(page.locator(".restored")).to_have_text("A password or an address with a password has to be typed again.")
    page.get_by_role("button", name="Throw away").click()
    expect(page.locator(".restored")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    expect(page.locator(".restored")).to_have_count(0)


def test_what_is_typed_outlives_a_conflict_whose_newer_file_cannot_be_read(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Mine")
    small_site.config.write_text(small_site.config.read_text().replace('"In the yard"', '"By another person"'))
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Enter")  # it takes the way that loses nothing
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    page.route("**/api/config", lambda route: route.abort())
    dialog.get_by_role("button", name="Throw away what I typed").click()
    expect(dialog).to_contain_text("The console does not answer.")
    page.unroute("**/api/config")
    page.reload()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Throw away").click()


def test_a_second_trigger_node_is_added_with_the_receiver_of_the_first_and_is_off(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_role("button", name="Add a node to yard").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Id").fill("second")
    expect(dialog.get_by_label("Receiver")).to_contain_text("as yard/alarm")
    dialog.get_by_label("Cameras").fill("1")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="second", exact=True)).to_be_visible()
    expect(page.get_by_label("Enabled", exact=True)).not_to_be_checked()
    assert small_site.config.read_text().count(f'iss_password = "{TOKEN}"') == 3
    page.get_by_role("button", name="Add a node to yard").click()
    dialog.get_by_label("Id").fill("second")
    dialog.get_by_label("Cameras").fill("1")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.locator(".mistake")).to_contain_text("second")
    dialog.get_by_label("Type").select_option("tracker")
    expect(dialog.locator("[role=alert]")).to_be_empty()
    expect(dialog.get_by_label("Receiver")).to_have_count(0)
    assert violations(page) == []


def test_what_a_drawing_would_make_wrong_is_said_before_it_is_saved(page: Page, small_site: Site) -> None:
    text = small_site.config.read_text()
    small_site.config.write_text(text.replace('"number == 3"', '"nodes.zone1.rois.left.current_objects_count > 99"'))
    rename_zone(page, small_site, "renamed")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("nodes.zone1.rois.left")
    dialog.get_by_role("button", name="Cancel").click()
    assert "renamed" not in small_site.config.read_text()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Save all the same").click()
    expect(page.get_by_text(re.compile("^Saved and in force"))).to_have_count(1)  # once, beside the button
    expect(page.locator(".shapes").get_by_text("Saved and in force")).to_be_visible()
    assert "renamed" in small_site.config.read_text()


def test_a_file_broken_by_hand_goes_back_to_the_last_save(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("A good save")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    saved = small_site.config.read_text()
    small_site.config.write_text("a slip = = by hand\n" + saved)
    page.reload()
    expect(page.get_by_text("Correct them in the file, or put the last save back.")).to_be_visible()
    page.get_by_role("button", name="Put the last save back").click()
    page.get_by_role("dialog").get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("A good save")
    assert small_site.config.read_text() == saved
    expect(page.get_by_role("button", name="Undo last save")).to_be_enabled()


#: The verdict on a site of which only the file is wrong.
VERDICT_ON_FILE = """async () => {
    const { verdictOf } = await import('/shared/verdict.js');
    const overview = await (await fetch('/api/overview')).json();
    const troubles = overview.troubles.filter(({ about }) => about.file === 'mistakes');
    return verdictOf({ ...overview, headline: null, verdict: 'healthy', troubles });
}"""


CORRECT_IT = "The service works, but a person must correct the configuration file."


def test_the_overview_says_what_a_broken_file_risks_and_puts_the_last_save_back(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Another good save")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    saved = small_site.config.read_text()
    small_site.config.write_text("a slip = = by hand\n" + saved)
    page.get_by_role("link", name="Overview", exact=True).click()
    box = page.locator(".troubles .notice.bad", has_text="The configuration file has a mistake")
    expect(box).to_be_visible()
    verdict = page.evaluate(VERDICT_ON_FILE)
    assert (verdict["kind"], verdict["sentence"]) == ("bad", CORRECT_IT)
    expect(box).to_contain_text(
        "Events are sent as before; after a restart of the service or of this machine it would not start, and no event "
        "would be sent."
    )
    expect(box.get_by_role("link", name="Nodes")).to_be_visible()
    assert violations(page) == []
    box.get_by_role("button", name="Put the last save back").click()
    page.get_by_role("dialog").get_by_role("button", name="Put it back").click()
    expect(box).to_have_count(0)
    assert small_site.config.read_text() == saved


def test_a_file_that_is_not_in_force_goes_back_to_what_the_service_runs_with(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    name = page.get_by_label("Event name", exact=True)
    name.fill("A save before the change by hand")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    saved = small_site.config.read_text()
    by_hand = saved.replace("A save before the change by hand", "Changed by hand")
    small_site.config.write_text(by_hand)
    page.reload()
    notice = page.locator(".notice").filter(has_text="The file is not what the service runs with.")
    notice.get_by_role("button", name="Put the file in force").click()
    expect(notice).to_have_count(0)
    expect(name).to_have_value("Changed by hand")
    expect(page.locator(".toast")).to_contain_text("The file is in force.")
    small_site.config.write_text(f"{by_hand}\n[ledger]\nfiles = 3\n")
    page.reload()
    expect(notice).to_contain_text("The service reads ledger.files at its start only: restart it")
    expect(notice.get_by_role("button")).to_have_text(["Put back what is in force"])
    small_site.config.write_text(by_hand)
    put_back = page.get_by_role("button", name="Put back what is in force")
    it = page.get_by_role("dialog").get_by_role("button", name="Put it back")
    wrong = "a slip = = by hand\n" + by_hand
    small_site.config.write_text(wrong)
    page.reload()
    expect(page.get_by_text(", or put back what is in force, or put the last save back.")).to_be_visible()
    put_back.click()
    it.click()
    expect(name).to_have_value("Changed by hand")
    assert small_site.config.read_text() == by_hand
    assert small_site.config.with_name(small_site.config.name + ".broken").read_text() == wrong
    small_site.config.write_text(saved)
    page.reload()
    put_back.click()
    change = "pipeline yard, node alarm, Event name: A save before the change by hand becomes Changed by hand"
    expect(page.get_by_role("dialog")).to_contain_text(change)
    assert violations(page) == []
    it.click()
    expect(name).to_have_value("Changed by hand")
    assert small_site.config.read_text() == by_hand
    page.get_by_role("button", name="Undo last save").click()
    expect(page.get_by_role("dialog")).to_contain_text("Takes back: put back what is in force")
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(name).to_have_value("A save before the change by hand")


def rename_zone(page: Page, small_site: Site, name: str) -> None:
    page.goto(f"http://127.0.0.1:{small_site.port}/draw.html#yard/zone1")
    rename(page, name)


def rename(page: Page, name: str) -> None:
    field = page.get_by_label("Name of the zone")
    field.fill(name)
    field.press("Tab")


def test_what_is_counted_beside_a_drawing_that_is_not_saved_is_said_to_be_as_saved(
    page: Page, small_site: Site
) -> None:
    rename_zone(page, small_site, "drawn")
    title = page.get_by_role("heading", name="Counting now")
    expect(title).to_have_text("Counting now, as saved")
    expect(page.locator(".counts dt")).to_have_text("left")
    page.get_by_role("button", name="Throw away").click()
    expect(title).to_have_text("Counting now")


def test_a_zone_node_without_zones_is_not_said_to_count_nothing(page: Page, small_site: Site) -> None:
    def without_zones(route: Route) -> None:
        config = route.fetch().json()
        [node] = [one for one in config["pipelines"][0]["nodes"] if one["id"] == "zone1"]
        del node["values"]["rois"]
        route.fulfill(json=config)

    page.route("**/api/config", without_zones)
    page.route("**/frame?*", lambda route: route.fulfill(json={**route.fetch().json(), "zones": []}))
    page.goto(f"http://127.0.0.1:{small_site.port}/draw.html#yard/zone1")
    expect(page.locator(".counts")).to_have_text(
        "No zone is saved: the whole frame is the zone (fullframe), and is counted. With the first saved zone only the "
        "zones count."
    )
    page.unroute_all(behavior="wait")


def test_a_drawing_replaces_what_another_person_drew_only_after_a_question(page: Page, small_site: Site) -> None:
    rename_zone(page, small_site, "mine")
    other = page.context.new_page()
    rename_zone(other, small_site, "theirs")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved and in force").first).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing was overwritten")
    page.route("**/api/config", lambda route: route.abort())
    dialog.get_by_role("button", name="Throw away my drawing").click()
    expect(dialog).to_contain_text("The console does not answer.")
    page.unroute("**/api/config")
    text = small_site.config.read_text()
    small_site.config.write_text(text.replace('"number == 3"', '"nodes.zone1.rois.theirs.current_objects_count > 99"'))
    page.reload()
    expect(page.get_by_label("Name of the zone")).to_have_value("mine")
    expect(page.locator(".restored")).to_contain_text("In the file now: theirs.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_contain_text("In the file now: theirs.")
    expect(dialog).to_contain_text("nodes.zone1.rois.theirs")  # what uses it
    assert violations(page) == []
    assert "theirs" in small_site.config.read_text()
    dialog.get_by_role("button", name="Save mine all the same").click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    text = small_site.config.read_text()
    assert ("mine = " in text, "theirs = " in text) == (True, False)


def test_a_person_who_may_only_look_has_no_points_to_drag(page: Page, small_site: Site) -> None:
    session = page.request.get(f"http://127.0.0.1:{small_site.port}/api/session").json()
    page.route("**/api/session", lambda route: route.fulfill(json={**session, "role": "look"}))
    page.goto(f"http://127.0.0.1:{small_site.port}/draw.html#yard/zone1")
    expect(page.get_by_text("To change the drawing needs the role configure.")).to_be_visible()
    expect(page.locator(".canvas .shape-name")).to_have_text("left")
    expect(page.locator(".canvas .handle")).to_have_count(0)
    assert violations(page) == []


def test_the_own_save_of_a_drawing_is_not_taken_for_that_of_another_person(page: Page, small_site: Site) -> None:
    rename_zone(page, small_site, "first")
    held = hold_saves(page)
    page.get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    rename(page, "second")
    held.pop().continue_()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name of the zone")).to_have_value("second")
    expect(page.locator(".restored")).to_have_text(
        "Not saved yet: this is what you drew before the page was loaded again."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    held.pop().continue_()
    expect(page.locator(".restored")).to_have_count(0)
    assert "second = " in small_site.config.read_text()


STORE = "JSON.stringify(sessionStorage)"
NAMES = "names of cameras"


def test_a_tab_keeps_nothing_for_another_site_at_the_same_address(page: Page, small_site: Site) -> None:
    wait_until(lambda: NAMES in page.evaluate(STORE), LIMIT_S)
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Of the first site")
    page.evaluate("""() => {
        const key = Object.keys(sessionStorage).find((name) => name.endsWith('names of cameras'));
        sessionStorage.setItem(key, JSON.stringify({ 'https://first.example:3443': { at: Date.now(), cameras: [] } }));
    }""")  # the page learns the names of this site again at once
    mine = ("first.example", "Of the first site")
    assert all(text in page.evaluate(STORE) for text in mine)
    token = small_site.config.with_name("outbox.console-token")
    os.utime(token, (1, 1))  # as that of another site
    page.reload()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Person {{ number }}")
    assert not any(text in page.evaluate(STORE) for text in mine)


def test_a_tab_keeps_nothing_after_the_log_out(page: Page, small_site: Site) -> None:
    wait_until(lambda: NAMES in page.evaluate(STORE), LIMIT_S)
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Not for the next one")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert page.evaluate(STORE) == "{}"


def test_a_tab_without_room_shows_its_pages_and_keeps_nothing(page: Page, small_site: Site) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "QuotaExceeded" in line.text else None)
    wait_until(lambda: NAMES in page.evaluate(STORE), LIMIT_S)
    page.evaluate("""() => {
        sessionStorage.clear();
        for (let size = 1 << 22; size; size >>= 1) for (let count = 0; count < 4; count += 1) {
            try { sessionStorage.setItem(`${size} ${count}`, 'x'.repeat(size)); } catch (error) { break; }
        }
    }""")
    names_asked = []
    page.on("requestfinished", lambda one: names_asked.append(one.url) if "/api/cameras?" in one.url else None)
    page.reload()
    wait_until(lambda: page.evaluate("1") == 1 and bool(names_asked), LIMIT_S)
    open_part(page, small_site, "alarm")
    page.get_by_label("Event name", exact=True).fill("Typed without room")
    expect(page.get_by_role("button", name="Throw away")).to_be_visible()
    assert "Typed without room" not in page.evaluate(STORE)
    expect(page.locator(".toast.bad")).to_have_count(0)
    assert faults == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    assert "Typed without room" in small_site.config.read_text()


def test_who_goes_away_during_a_save_gets_there_when_it_is_done(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    held = hold_saves(page)
    page.get_by_label("Event name", exact=True).fill("Saved on the way")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="zone1").click()
    expect(page.get_by_role("dialog")).to_contain_text("yard/alarm is being saved.")
    assert violations(page) == []
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    held.pop().continue_()
    expect(page.get_by_role("heading", name="zone1", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "Saved on the way" in small_site.config.read_text()


def test_who_goes_away_during_a_save_that_is_refused_stays_and_sees_why(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    held = hold_saves(page)
    page.get_by_label("Cameras", exact=True).fill("one;two")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="zone1").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    held.pop().continue_()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="alarm", exact=True)).to_be_visible()
    expect(page.get_by_label("Cameras", exact=True)).to_be_focused()


def test_who_goes_at_once_is_told_how_the_save_has_ended(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    held = hold_saves(page)
    page.get_by_label("Cameras", exact=True).fill("one;two")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="zone1").click()
    page.get_by_role("dialog").get_by_role("button", name="Go there at once").click()
    expect(page.get_by_role("heading", name="zone1", exact=True)).to_be_visible()
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    held.pop().continue_()
    expect(page.locator(".toast.bad")).to_contain_text("yard/alarm was not saved:")
    page.get_by_role("link", name="alarm").click()
    page.get_by_label("Event name", exact=True).fill("Saved behind the back")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="zone1").click()
    page.get_by_role("dialog").get_by_role("button", name="Go there at once").click()
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    held.pop().continue_()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    page.get_by_role("link", name="alarm").click()
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Saved behind the back")
    expect(page.get_by_role("button", name="Undo last save")).to_be_enabled()


def test_a_drawing_outlives_a_reload_and_another_node(page: Page, small_site: Site) -> None:
    text = small_site.config.read_text()
    small_site.config.write_text(
        text.replace('[[pipelines.nodes]]\ntype = "trigger', f'{SECOND_ZONE}\n[[pipelines.nodes]]\ntype = "trigger', 1)
    )
    page.goto(f"http://127.0.0.1:{small_site.port}/draw.html#yard/zone1")
    name = page.get_by_label("Name of the zone")
    name.fill("drawn")
    name.press("Tab")
    page.get_by_label("Point 1 of drawn").press("ArrowRight")
    page.reload()
    expect(page.locator(".restored")).to_be_visible()
    expect(name).to_have_value("drawn")
    assert violations(page) == []
    page.get_by_role("button", name="Throw away").click()
    expect(name).to_have_value("left")
    name.fill("drawn")
    name.press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved and in force").first).to_be_visible()
    page.get_by_label("Node", exact=True).select_option("yard/zone2")
    expect(name).to_have_value("right")
    page.get_by_label("Node", exact=True).select_option("yard/zone1")
    expect(name).to_have_value("drawn")


def test_mistakes_in_a_new_pipeline_stand_at_their_fields(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Receiver", exact=True).select_option("")
    filled = {
        "Name": "gate",
        "Video": "rtsp://",
        "Cameras": "one;two",
        "SecurOS server": "bad host",
        "Port": "99999",
        "Password": "x",
    }
    for label, text in filled.items():
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_role("button", name="Create pipeline").click()
    expect(dialog.get_by_label("Video", exact=True)).to_be_focused()
    for label in ("Video", "Cameras", "SecurOS server", "Port"):
        expect(dialog.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator(".field", has_text="SecurOS server").locator(".mistake")).to_contain_text(
        "is neither a host name nor an IP address"
    )
    assert violations(page) == []
    dialog.get_by_label("Video", exact=True).fill("/etc/video.mp4")
    for label, count in {"Video": 0, "Port": 1}.items():  # what is typed in again is no mistake any more
        expect(dialog.locator(".field", has=page.get_by_label(label, exact=True)).locator(".mistake")).to_have_count(
            count
        )
    expect(dialog.get_by_label("Video", exact=True)).not_to_have_attribute("aria-invalid", "true")
    dialog.get_by_role("button", name="Create pipeline").click()
    expect(dialog.locator(".field", has_text="Video").locator(".mistake")).to_contain_text(
        "in the folders of the console only"
    )
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Add a node to yard").click()
    dialog.get_by_label("Type").select_option("metadata_recorder")
    dialog.get_by_label("Id").fill("zone1")
    dialog.get_by_label("File").fill("recordings/yard.jsonl")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_label("Id")).to_be_focused()
    expect(dialog.locator(".mistake")).to_contain_text('2 nodes have the id "zone1"')
    dialog.get_by_label("Id").fill("recorder1")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="recorder1", exact=True)).to_be_visible()


def test_a_function_node_is_removed_but_not_edited_in_the_browser(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "mine")
    expect(page.get_by_label("File", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Remove node").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Python code")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("link", name="mine")).to_have_count(0)
    assert "mine.py" not in small_site.config.read_text()
    page.get_by_role("button", name="Undo last save").click()
    dialog.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("link", name="mine")).to_have_count(1)
    assert 'file = "mine.py"' in small_site.config.read_text()


def test_no_page_is_wider_than_a_small_phone(page: Page, small_site: Site) -> None:
    page.set_viewport_size({"width": 375, "height": 812})
    for path in (
        "",
        "events.html",
        "decisions.html",
        "nodes.html#yard/alarm",
        "draw.html",
        "targets.html",
        "audit.html",
    ):
        page.goto(f"http://127.0.0.1:{small_site.port}/{path}")
        expect(page.locator("header .verdict")).to_have_text("A person must act")  # its longest text
        expect(page.locator(".loading")).to_have_count(0)
        assert (path, overflow_px(page)) == (path, 0)


def test_the_certificate_of_a_new_receiver_is_seen_and_pinned_before_its_password(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Receiver", exact=True).select_option("")
    dialog.get_by_label("SecurOS server", exact=True).fill("127.0.0.1")
    dialog.get_by_label("Port", exact=True).fill("1")
    look = dialog.get_by_role("button", name="Show its certificate")
    look.click()
    expect(dialog.locator(".certificate .error")).to_contain_text("https://127.0.0.1:1 cannot be reached")
    with Simulator(("7",), names=("Gate",)) as securos:
        settings = securos.settings()
        dialog.get_by_label("Port", exact=True).fill(settings["iss_port"])
        expect(dialog.locator(".certificate .error")).to_have_count(0)
        look.click()
        shown = dialog.locator(".fingerprint")
        expect(shown).to_have_count(1)
        sha256 = (shown.text_content() or "").replace(" ", "")
        assert sha256 == settings["iss_certificate_sha256"].replace(":", "").lower()
        assert violations(page) == []
        dialog.get_by_label("SecurOS server", exact=True).fill("localhost")
        expect(shown).to_have_count(0)
        dialog.get_by_label("SecurOS server", exact=True).fill("127.0.0.1")
        filled = {"Name": "gate", "Video": "recordings/gate.mp4", "Cameras": "7", "Password": settings["iss_password"]}
        for label, text in filled.items():
            dialog.get_by_label(label, exact=True).fill(text)
        page.set_viewport_size({"width": 375, "height": 812})
        assert dialog.locator("form").evaluate("box => box.scrollWidth <= box.clientWidth")
        create = dialog.get_by_role("button", name="Create pipeline")
        create.click()
        expect(dialog.get_by_text("compare the certificate of the receiver above, and choose one")).to_be_visible()
        create.click()
        assert page.evaluate("document.activeElement.name") == "certificate", "the browser asks for the choice"
        assert settings["iss_password"] not in small_site.config.read_text()
        dialog.get_by_label("It is the same: pin it").check()
        create.click()
        expect(page.get_by_text("The pipeline gate is made.")).to_be_visible()
        assert f'iss_certificate_sha256 = "{sha256}"' in small_site.config.read_text()


def test_a_dialog_that_is_half_filled_is_there_again_after_a_reload(page: Page, small_site: Site) -> None:
    open_part(page, small_site, "alarm")
    page.get_by_role("button", name="New pipeline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Receiver", exact=True).select_option("")
    filled = {"Name": "gate", "Video": "rtsp://a:s3cret@10.0.0.1/1", "SecurOS server": "10.0.0.2", "Password": "s3cret"}
    for label, text in filled.items():
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_label("Event for").select_option("zone")
    assert "s3cret" not in page.evaluate("JSON.stringify({...sessionStorage})")
    page.reload()
    kept = {**filled, "Video": "", "Password": ""}
    for label, text in kept.items():
        expect(dialog.get_by_label(label, exact=True)).to_have_value(text)
    expect(dialog.get_by_label("Event for")).to_have_value("zone")
    expect(dialog).to_contain_text("Passwords, and addresses with a password, have to be typed again.")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    assert violations(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    page.reload()
    expect(page.get_by_role("button", name="New pipeline")).to_be_visible()
    expect(dialog).to_have_count(0)  # it was closed
    page.get_by_role("button", name="New pipeline").click()
    expect(dialog.get_by_label("SecurOS server", exact=True)).to_have_value("10.0.0.2")
    dialog.get_by_role("button", name="Throw away").click()
    page.get_by_role("button", name="New pipeline").click()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("")

"""The page Targets: what a person can do about a receiver."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.browsers import violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import HOSTILE, OpenPage, Site, show_remarks
from tests.ports import reserved_port

pytestmark = pytest.mark.usefixtures("as_it_was")
LIMIT_MS = 120_000
IN_FORCE_AND_REFUSED = 5  # the code of a reload after which a receiver takes no events


@pytest.mark.timeout(400)
def test_events_for_a_camera_that_is_not_there_lead_to_its_field_and_are_sent_again_to_the_right_one(
    site: Site, open_page: OpenPage
) -> None:
    before = site.config.read_text(encoding="utf-8")
    wrong = before.replace('iss_camera_ids = "2"', 'iss_camera_ids = "7"', 1)
    wrong = re.sub(r"\ncondition = .*", '\ncondition = "true"', wrong, count=1)
    assert wrong.count('"7"') == 1
    site.config.write_text(wrong, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == IN_FORCE_AND_REFUSED
    page = open_page("/")
    notice = page.locator(".notice.bad", has_text="Camera 7 of ")
    expect(notice).to_have_count(1, timeout=LIMIT_MS)
    show_remarks(page)
    expect(page.locator(".receiver-list li")).to_contain_text(
        re.compile(r"answers, but a person must act · \d+ dead letters?")
    )
    expect(page.locator(".receiver-list .dot.bad")).to_have_count(1)
    expect(notice.locator("> .machine > summary")).to_have_text("On the machine")
    expect(notice.locator("> .machine > p")).to_be_hidden()
    notice.get_by_role("link", name="Correct the cameras in the form of square/zone_alarm").click()
    expect(page.get_by_label("Cameras", exact=True)).to_be_focused()
    expect(page.get_by_label("Cameras", exact=True)).to_have_value("7")
    site.config.write_text(before, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == 0
    page.get_by_role("link", name="Overview", exact=True).click()
    left = page.locator(".notice.bad", has_text="for a camera number, as no node sends to camera 7 any more")
    expect(left).to_have_count(1, timeout=LIMIT_MS)
    show_remarks(page)
    expect(left).not_to_contain_text("Correct")
    left.get_by_text("On the machine").click()
    page.wait_for_timeout(3_000)  # the notice is written anew meanwhile
    expect(left.locator(".machine > p")).to_contain_text("--camera 7=RIGHT")
    expect(left.locator(".machine > p")).to_be_visible()
    page.get_by_role("link", name="Targets", exact=True).click()
    page.get_by_role("button", name=re.compile("^Send .* again$")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Camera 7").fill("1")
    assert violations(page) == []
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("sent again", timeout=LIMIT_MS)
    wait_until(lambda: any(one["id"] == "1" and one["name"] == HOSTILE for one in site.simulator.events()), 120)


def waits_behind(page: Page, site: Site) -> int | None:
    """The newest event that stands behind another one of its camera."""
    [newest] = page.request.get(f"{site.url}/api/events?state=waiting&limit=1").json()["events"] or [None]
    if newest is None:
        return None
    found = page.request.get(f"{site.url}/api/events/{newest['number']}").json()
    return newest["number"] if found["waits_behind"] else None


@pytest.mark.timeout(400)
def test_a_receiver_that_refuses_every_event_is_not_green_from_the_first_refusal(
    site: Site, open_page: OpenPage
) -> None:
    page, targets = open_page("/"), open_page("/targets.html")
    state = page.locator(".receiver-list li")
    expect(state.locator(".dot.good")).to_have_count(1, timeout=LIMIT_MS)
    try:
        site.simulator.fault({"mode": "reject"})
        refused = re.compile("answers, and has accepted no event since .*: .*the call was rejected")
        expect(state).to_contain_text(refused, timeout=LIMIT_MS)
        expect(state.locator(".dot.good")).to_have_count(0)
        shown = targets.locator("article", has_text=refused)
        expect(shown).to_be_visible(timeout=LIMIT_MS)
        expect(shown.locator(".dot.good")).to_have_count(0)
        expect(page.locator("header .verdict.good")).to_have_count(0)
        expect(page.locator(".remarks summary .grow")).to_contain_text("has accepted no event since")
        said = commands.run("status", str(site.config)).stdout
        assert "accepts no event" in said and "the call was rejected" in said
        seen: list[int] = []

        def stands_behind() -> bool:
            seen.extend(filter(None, [waits_behind(targets, site)]))
            return bool(seen)

        wait_until(stands_behind, 120)
        targets.goto(f"{site.url}/events.html#{seen[0]}")
        behind = targets.locator(".notice", has_text="It waits behind ")
        expect(behind).to_contain_text(re.compile("failed.*: .*the call was rejected"), timeout=LIMIT_MS)
        behind.get_by_role("button").click()
        expect(targets.locator(".attempts")).to_contain_text("the call was rejected", timeout=LIMIT_MS)
    finally:
        site.simulator.fault()
    expect(state.locator(".dot.good")).to_have_count(1, timeout=LIMIT_MS)


@pytest.mark.timeout(400)
def test_events_that_wait_for_a_mistyped_receiver_are_found_and_dropped(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text(encoding="utf-8")
    receiver = str(site.simulator.settings()["iss_port"])
    mistyped = str(reserved_port())
    head, node, tail = before.partition('id = "zone_alarm"')
    wrong = tail.replace(f'iss_port = "{receiver}"', f'iss_port = "{mistyped}"', 1)
    wrong = re.sub(r"\ntrigger = .*", '\ntrigger = "len(objects) >= 0"', wrong, count=1)
    assert wrong != tail
    site.config.write_text(head + node + wrong, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == IN_FORCE_AND_REFUSED
    page = open_page("/targets.html")
    card = page.locator(".receivers article", has_text=mistyped)
    expect(card).to_contain_text("waiting", timeout=LIMIT_MS)
    site.config.write_text(before, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == 0
    expect(card).to_contain_text(
        re.compile(r"No node sends to it any more: \d+ events? waits?, the oldest"), timeout=LIMIT_MS
    )
    assert violations(page) == []
    page.get_by_role("link", name="Events", exact=True).click()
    oldest = page.locator("li button", has_text="waiting").last  # a newer one may be on its way to the true receiver
    number = oldest.get_attribute("data-number")
    direct = open_page(f"/events.html#{number}")  # it is read before anything is known of the receivers
    notice = direct.locator(".detail .notice:visible")
    expect(notice).to_have_text(re.compile("^No node sends to this receiver any more, so the event waits"))
    oldest.click()
    page.locator(".detail .unserved").get_by_role("link", name="Targets").click()
    card.get_by_role("button", name=re.compile(r"Drop \d+ events? …")).click()
    page.get_by_role("dialog").get_by_role("button", name="Drop for good").click()
    expect(page.locator(".toast")).to_contain_text("dropped", timeout=LIMIT_MS)
    expect(card).to_have_count(0, timeout=LIMIT_MS)
    expect(direct.locator(".detail")).to_contain_text("it was removed")  # what is shown is as it is now
    expect(direct.locator(f"button[data-number='{number}']")).to_have_count(0)
    direct.close()
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_text("no node sends to this receiver any more")).to_have_count(0, timeout=LIMIT_MS)


@pytest.mark.timeout(400)
def test_events_that_wait_for_an_old_address_are_moved_to_the_new_one(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text(encoding="utf-8")
    old = str(reserved_port())
    head, node, tail = before.partition('id = "zone_alarm"')
    tail = tail.replace(f'iss_port = "{site.simulator.settings()["iss_port"]}"', f'iss_port = "{old}"', 1)
    tail = re.sub(r"\ntrigger = .*", '\ntrigger = "len(objects) >= 0"', tail, count=1)
    site.config.write_text(head + node + tail, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == IN_FORCE_AND_REFUSED
    page = open_page("/targets.html")
    card = page.locator(".receivers article", has_text=old)
    expect(card).to_contain_text("waiting", timeout=LIMIT_MS)
    another = re.sub(r"\ntrigger = .*", '\ntrigger = "len(objects) > 999"', tail, count=1)
    another = another.replace(f'iss_port = "{old}"', f'iss_port = "{reserved_port()}"', 1)
    site.config.write_text(head + node + another, encoding="utf-8")  # two receivers, and one of them is right
    assert commands.run("reload", str(site.config)).returncode == IN_FORCE_AND_REFUSED
    expect(card).to_contain_text("let a node send there, then move them.", timeout=LIMIT_MS)
    assert violations(page) == []
    card.get_by_role("button", name=re.compile(r"Move \d+ events? …")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"\d+ waiting events? of https://127.0.0.1:\d+ get another receiver"))
    address = dialog.get_by_label("New address")
    expect(address).to_have_value("")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(address).to_be_focused()  # a person chooses: a move cannot be taken back
    assert violations(page) == []
    address.select_option(f"https://127.0.0.1:{site.simulator.settings()['iss_port']}")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".toast")).to_contain_text(re.compile(r"\d+ events? moved to"), timeout=LIMIT_MS)
    expect(card).to_have_count(0, timeout=LIMIT_MS)


@pytest.mark.timeout(400)
def test_one_dead_letter_is_sent_to_another_camera_from_its_own_page(site: Site, open_page: OpenPage) -> None:
    right = 'iss_camera_ids = "2"'
    before = site.config.read_text(encoding="utf-8")
    head, node, tail = before.partition('id = "zone_alarm"')
    tail = re.sub(r"\ntrigger = .*", '\ntrigger = "len(objects) >= 0"', tail.replace(right, 'iss_camera_ids = "78"', 1))
    site.config.write_text(head + node + tail, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == IN_FORCE_AND_REFUSED
    page = open_page("/events.html")
    one = page.locator("li button", has_text="camera 78").filter(has_text="dead letter").first
    expect(one).to_be_visible(timeout=LIMIT_MS)
    site.config.write_text(before, encoding="utf-8")
    assert commands.run("reload", str(site.config)).returncode == 0
    one.click()
    page.locator(".detail").get_by_role("button", name="Send again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The receiver has no camera 78.", timeout=LIMIT_MS)
    dialog.get_by_label("Camera 78", exact=True).fill("2")
    dialog.get_by_role("button", name="Send").click()
    expect(page.locator(".toast")).to_contain_text("1 event will be sent again", timeout=LIMIT_MS)
    expect(page.locator(".detail .tag").first).to_have_text("delivered", timeout=LIMIT_MS)
    expect(page.locator(".detail .facts")).to_contain_text("2 (Junction)")


@pytest.mark.timeout(400)
def test_a_camera_that_the_receiver_does_not_have_is_questioned_before_it_is_saved(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page("/nodes.html")
    page.get_by_role("button", name="New pipeline").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("gate")
    dialog.get_by_label("Video", exact=True).fill(str(site.video))
    cameras = dialog.get_by_label("Cameras", exact=True)
    cameras.fill("7")
    said = "The receiver has no camera 7. It has 1 (Road), 2 (Junction)."
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Create pipeline").click()
    expect(dialog.get_by_role("alert")).to_contain_text("To do it all the same, press the button again.")
    expect(dialog.get_by_role("alert").get_by_role("listitem")).to_have_text(f"Cameras: {said}")
    expect(cameras).to_be_focused()
    assert violations(page) == []
    assert '"gate"' not in site.config.read_text(encoding="utf-8")
    cameras.fill("1, ")
    expect(dialog.get_by_text(said, exact=True)).to_be_hidden()
    offered = "box => [...box.list.options].map(({ value, label }) => [value, label])"
    assert cameras.evaluate(offered) == [["1, 2", "Junction"]]
    dialog.get_by_role("button", name="Cancel").click()
    assert dialog.count() == 0, "it is gone at once, and its fields are not found any more"
    page.goto(f"{site.url}/nodes.html#square/line_alarm")
    page.get_by_label("Cameras", exact=True).fill("2, 7")
    expect(page.locator("form.node-form").get_by_text(said, exact=True)).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_contain_text(said)
    dialog.get_by_role("button", name="Cancel").click()
    assert '"2, 7"' not in site.config.read_text(encoding="utf-8")


#: Whether the end of a text is in sight, and nothing stands over it.
_IS_SEEN = """(node) => {
    const box = node.getBoundingClientRect();
    return node.contains(document.elementFromPoint(box.left + 4, box.bottom - 4));
}"""


@pytest.mark.timeout(400)
def test_a_new_receiver_is_asked_for_its_cameras_and_its_password_is_tried_before_anything_is_made(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page("/nodes.html#square/line_alarm")
    page.set_viewport_size({"width": 1280, "height": 560})
    page.get_by_role("button", name="Add a node to square").click()
    dialog = page.get_by_role("dialog")
    place = dialog.get_by_label("Place", exact=True)
    expect(place).to_have_value("")
    dialog.get_by_label("Type", exact=True).select_option("event")
    expect(place).to_have_value("line_alarm")  # what it raises is seen by the triggers behind it
    dialog.get_by_label("Type", exact=True).select_option("trigger_securos_event")
    place.select_option("zone_alarm")
    dialog.get_by_label("Id", exact=True).fill("gate_alarm")
    dialog.get_by_label("Receiver", exact=True).select_option("")
    with Simulator(("5",), names=("Gate",)) as securos:
        settings = securos.settings()
        filled = {"SecurOS server": "127.0.0.1", "Port": settings["iss_port"], "Cameras": "4", "Password": "x" * 40}
        for label, text in filled.items():
            dialog.get_by_label(label, exact=True).fill(text)
        add = dialog.get_by_role("button", name="Add", exact=True)
        add.click()
        dialog.get_by_label("It is the same: pin it").check()
        pin = dialog.locator("#pin-certificate")
        pin.evaluate("one => { one.value = 'ab'.repeat(32); }")  # as if the server had shown another one
        add.click()
        alert = dialog.get_by_role("alert")
        expect(alert).to_have_text(
            "Nothing was done: The receiver shows another certificate than the one that was compared. Nothing was sent "
            'to it. Press "Show its certificate", compare the fingerprint, and choose one of the two.'
        )
        expect(pin).to_have_count(0)
        dialog.get_by_role("button", name="Show its certificate").click()
        dialog.get_by_label("I cannot compare it now").check()
        add.click()
        doubt = alert.get_by_role("listitem")
        expect(doubt).to_have_text(
            "Password: The receiver refuses this password. It is the token of its script (TOKEN there)."
        )
        expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
        assert doubt.evaluate(_IS_SEEN), "it is not behind the buttons"
        expect(alert).to_contain_text("To do it all the same, press the button again.")
        dialog.get_by_label("Password", exact=True).fill(settings["iss_password"])
        add.click()
        cameras = dialog.locator(".field", has=page.locator("input[name=cameras]"))
        expect(cameras).to_contain_text("The receiver has no camera 4. It has 5 (Gate).")
        expect(doubt).to_have_text("Cameras: The receiver has no camera 4. It has 5 (Gate).")
        expect(dialog.get_by_label("Cameras", exact=True)).to_be_focused()
        assert "gate_alarm" not in site.config.read_text(encoding="utf-8")
        dialog.get_by_label("Cameras", exact=True).fill("5")
        add.click()
        expect(page.get_by_role("heading", name="gate_alarm", exact=True)).to_be_visible()
    text = site.config.read_text(encoding="utf-8")
    assert text.index('"line_alarm"') < text.index('"gate_alarm"') < text.index('"zone_alarm"')
    assert 'iss_camera_ids = "5"' in text


def test_events_without_a_camera_are_sent_again_to_one_that_is_offered(site: Site, open_page: OpenPage) -> None:
    page = open_page("/audit.html")
    target = (
        f"https://127.0.0.1:{site.simulator.receiver_port}"  # the service may have others, of tests before this one
    )
    row = {"number": 5, "id": "e5", "name": "Crossing", "captured_at": "2026-01-01T12:00:00Z", "camera_ids": []}
    dead: dict[str, object] = {"rows": [{**row, "target": target, "reason": "refused"}], "cursor": None, "counts": {}}
    sent: list[object] = []

    def take(route: Route) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(json={"changed": 1})

    page.route("**/api/dead", lambda route: route.fulfill(json=dead))
    page.route("**/api/dead/retry", take)
    page.goto(f"{site.url}/targets.html")
    page.get_by_role("button", name="Send 1 event again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("p").first).to_have_text(
        "These events name no camera. Type the one to send them to: without a camera they go again as they are."
    )
    camera = dialog.get_by_label("Camera", exact=True)
    camera.fill("7")
    expect(dialog).to_contain_text("The receiver has no camera 7. It has 1 (Road), 2 (Junction).")
    camera.fill("2")
    assert violations(page) == []
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("1 event will be sent again")
    assert sent == [{"target": target, "ids": ["5"], "cameras": {"": "2"}}]

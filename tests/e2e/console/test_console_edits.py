"""Changing a site in the browser: a trigger, a line, a test event; and what keeps people from harm."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from securos_trigger.vms.simulator import Simulator
from tests.browsers import create_pipeline, violations
from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import PATIENT, OpenPage, Site
from tests.gstreamer import ROOT, environment, require_gstreamer
from tests.ports import reserved_port

pytestmark = pytest.mark.usefixtures("as_it_was")
LIMIT_MS = 120_000
LIMIT_S = 60.0


def node_page(open_page: OpenPage, node: str = "line_alarm") -> Page:
    page = open_page(f"/nodes.html#square/{node}")
    expect(page.get_by_role("heading", name=node.partition("/")[0], exact=True)).to_be_visible(timeout=LIMIT_MS)
    return page


def save(page: Page) -> None:
    with page.expect_response(lambda answer: answer.request.method == "PUT", timeout=LIMIT_MS) as saved:
        page.get_by_role("button", name="Save", exact=True).click()
    assert saved.value.ok, saved.value.text()
    expect(page.get_by_text("Saved and in force").first).to_be_visible(timeout=LIMIT_MS)


def test_an_edited_trigger_fires_and_undo_brings_the_file_back(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text()
    page = node_page(open_page)
    page.get_by_label("Trigger", exact=True).fill("len(objects) >= 0")
    page.get_by_label("Event name", exact=True).fill("Edited in the browser")
    expect(page.get_by_text("Now: true")).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".preview").get_by_text("Edited in the browser", exact=True)).to_be_visible(timeout=LIMIT_MS)
    save(page)
    text = site.config.read_text()
    assert 'trigger = "len(objects) >= 0"' in text
    assert "# camera 1: one event when a person crosses the line" in text, "the comments stay"
    wait_until(lambda: any(one["name"] == "Edited in the browser" for one in site.simulator.events()), LIMIT_S)
    page.get_by_role("button", name="Undo last save").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    wait_until(lambda: site.config.read_text() == before, LIMIT_S)


def test_an_address_that_names_a_field_goes_there_once_and_not_after_a_save(open_page: OpenPage) -> None:
    page = node_page(open_page, "line_alarm/iss_camera_ids")
    cameras = page.get_by_label("Cameras", exact=True)
    expect(cameras).to_be_focused()
    page.get_by_label("Event name", exact=True).fill("Edited further up")
    save(page)
    expect(page.get_by_label("Event name", exact=True)).to_have_value("Edited further up")
    expect(cameras).not_to_be_focused()
    assert page.evaluate("location.hash") == "#square/line_alarm"


def test_a_wrong_trigger_shows_the_caret_and_cannot_be_saved(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text()
    page = node_page(open_page)
    page.get_by_label("Trigger", exact=True).fill("len(objects) > > 1")
    caret = page.locator("pre.caret")
    expect(caret).to_be_visible(timeout=LIMIT_MS)
    line, mark = (caret.text_content() or "").split("\n")
    assert line == "len(objects) > > 1"
    assert line[mark.index("^")] == ">"
    expect(page.get_by_text("expected a value")).to_have_count(1)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert site.config.read_text() == before
    assert violations(page) == []


def test_a_trigger_is_completed_from_metadata_that_was_seen(open_page: OpenPage) -> None:
    page = node_page(open_page)
    box = page.get_by_label("Trigger", exact=True)
    box.fill("")
    box.press_sequentially("junct")
    expect(page.locator(".options [role=option]").first).to_be_visible(timeout=LIMIT_MS)
    assert violations(page) == []
    box.press("ArrowDown")
    box.press("Enter")
    assert "nodes.annotate_presence1.rois.junction" in box.input_value()


def test_the_texts_of_an_event_that_a_node_before_raises_are_not_called_empty(open_page: OpenPage) -> None:
    page = node_page(open_page, "zone_alarm")
    preview = page.locator(".preview")
    expect(preview.get_by_text("As the event says that a node before this one has raised.").first).to_be_visible()
    expect(preview.get_by_text("(empty)")).to_have_count(0)


def test_a_test_event_arrives_in_the_simulator(site: Site, open_page: OpenPage) -> None:
    number = site.simulator.state()["sequence"]
    page = node_page(open_page)
    page.get_by_role("button", name="Send test event").click()
    expect(page.get_by_text("The receiver has the test event.")).to_be_visible(timeout=LIMIT_MS)
    assert any("test" in one["name"].lower() for one in site.simulator.events(since=number))


def test_a_test_event_waits_for_a_save_and_its_answer_is_in_sight(site: Site, open_page: OpenPage) -> None:
    """The form is made again after a save: what the one before it would answer is not seen."""
    held: list[Route] = []
    page = node_page(open_page)
    page.route("**/api/config", lambda route: held.append(route))  # noqa: PLW0108  a method of C has no attributes
    page.get_by_label("Event name", exact=True).fill("Saved before the test")
    with page.expect_request("**/api/config", timeout=LIMIT_MS):  # after the save the page reads the file again
        page.get_by_role("button", name="Save", exact=True).click()
    test = page.get_by_role("button", name="Send test event")
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), LIMIT_S)
    assert "Saved before the test" in site.config.read_text()
    expect(test).to_be_disabled()
    for route in held:
        route.continue_()
    page.unroute("**/api/config")
    expect(page.locator(".outcome")).to_contain_text("Saved and in force", timeout=LIMIT_MS)
    test.click(timeout=LIMIT_MS)
    expect(page.get_by_text("The receiver has the test event.")).to_be_in_viewport(timeout=LIMIT_MS)
    assert any(one["name"].endswith("Saved before the test") for one in site.simulator.events())


def test_the_second_of_two_editors_is_warned_and_nothing_is_overwritten(site: Site, open_page: OpenPage) -> None:
    first, second = node_page(open_page), node_page(open_page)
    first.get_by_label("Event name", exact=True).fill("By the first")
    save(first)
    second.get_by_label("Event name", exact=True).fill("By the second")
    second.get_by_role("button", name="Save", exact=True).click()
    dialog = second.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing was overwritten.", timeout=LIMIT_MS)
    expect(dialog).to_contain_text(
        re.compile(r"The last change is by .+ at \S+: save node square/\S+\. What differs: ")
    )
    assert "By the first" in site.config.read_text()
    assert "By the second" not in site.config.read_text()
    dialog.get_by_role("button", name="Keep what I typed").click()
    expect(dialog).to_have_count(0)
    expect(second.get_by_label("Event name", exact=True)).to_have_value("By the second")
    expect(second.locator(".restored")).to_contain_text("By the first")
    second.get_by_role("button", name="Throw away").click()
    expect(second.get_by_label("Event name", exact=True)).to_have_value("By the first")


@pytest.mark.timeout(300)
def test_a_line_is_drawn_named_saved_and_counts(site: Site, open_page: OpenPage) -> None:
    page = open_page("/draw.html#square/annotate_line_counter1")
    canvas = page.locator(".canvas")
    expect(canvas).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_alt_text("Live image of square")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("button", name="New line").click()
    box = canvas.bounding_box()
    assert box is not None
    for x, y in ((0.6, 0.3), (0.54, 0.72)):  # where people walk
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    names = page.get_by_label("Name of the line")
    names.last.fill("kerb")
    names.last.press("Tab")
    point = page.get_by_label("Point 1 of kerb")
    for step in (0, 12):  # clicked, and dragged: the arrow keys move it in both cases
        spot = point.bounding_box()
        assert spot is not None
        x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + step, y)
        page.mouse.up()
        expect(point).to_be_focused()
        left = point.evaluate("node => node.style.left")
        page.keyboard.press("ArrowRight")
        assert point.evaluate("node => node.style.left") != left
    save(page)
    assert "kerb" in site.config.read_text()
    counts = page.locator(".counts div", has_text="kerb")
    expect(counts.locator("b").first).to_be_visible(timeout=LIMIT_MS)
    wait_until(lambda: any(text not in ("", "0") for text in counts.locator("b").all_text_contents()), 3 * LIMIT_S)
    assert violations(page) == []


def begin_to_save(page: Page) -> Route:
    """Click Save, and hold the request up until `continue_` of what is given."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/config/nodes/**", hold, times=1)
    with page.expect_request("**/api/config/nodes/**"):
        page.get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: page.evaluate("1") == 1 and len(held) == 1, LIMIT_S)
    return held[0]


def test_what_is_typed_while_a_save_is_under_way_is_kept_and_saved_by_the_next(site: Site, open_page: OpenPage) -> None:
    page = node_page(open_page)
    name = page.get_by_label("Event name", exact=True)
    name.fill("Saved first")
    held = begin_to_save(page)
    name.fill("Typed meanwhile")
    held.continue_()
    wait_until(lambda: "Saved first" in site.config.read_text(), LIMIT_S)
    expect(page.locator(".toast")).to_contain_text("Saved", timeout=LIMIT_MS)
    expect(name).to_have_value("Typed meanwhile")
    page.get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: "Typed meanwhile" in site.config.read_text(), LIMIT_S)


def test_what_is_drawn_while_a_save_is_under_way_is_not_taken_for_saved(open_page: OpenPage) -> None:
    page = open_page("/draw.html#square/annotate_presence1")
    point = page.get_by_label("Point 1 of junction")
    expect(point).to_be_visible(timeout=LIMIT_MS)
    point.press("ArrowLeft")
    held = begin_to_save(page)
    point.press("ArrowLeft")
    held.continue_()
    expect(page.locator(".toast")).to_contain_text("Saved", timeout=LIMIT_MS)
    page.get_by_label("Node", exact=True).select_option("square/annotate_line_counter1")
    expect(page.get_by_role("dialog")).to_contain_text("What you drew is not saved", timeout=LIMIT_MS)


def test_the_password_of_a_receiver_never_reaches_the_page(site: Site, open_page: OpenPage) -> None:
    page = node_page(open_page)
    page.get_by_text("Receiver", exact=True).click()
    expect(page.get_by_label("Password")).to_have_value("")
    assert site.simulator.token not in page.content()


@pytest.mark.timeout(400)
def test_from_a_video_to_an_event_on_a_new_receiver_without_a_terminal(site: Site, open_page: OpenPage) -> None:
    with Simulator(("7",), names=("Gate",)) as securos:
        page = open_page("/nodes.html")
        page.get_by_role("button", name="New pipeline").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Receiver", exact=True).select_option("")
        settings = securos.settings()
        filled = {
            "Name": "gate",
            "Video": str(site.video),
            "SecurOS server": "127.0.0.1",
            "Port": settings["iss_port"],
            "Cameras": "7",
            "Password": settings["iss_password"],
        }
        for label, text in filled.items():
            dialog.get_by_label(label, exact=True).fill(text)
        assert violations(page) == []
        create_pipeline(dialog)
        expect(page.get_by_role("heading", name="gate", exact=True)).to_be_visible(timeout=LIMIT_MS)
        targets = open_page("/targets.html")
        receiver = targets.locator(".receivers article", has_text=settings["iss_port"])
        expect(receiver).to_be_visible(timeout=LIMIT_MS)
        accept = receiver.get_by_role("button", name="Compare and accept")
        expect(accept.or_(receiver.get_by_text("The accepted certificate."))).to_be_visible(timeout=LIMIT_MS)
        wait_until(lambda: bool(securos.events()), 3 * LIMIT_S)
        assert securos.events()[0]["name"] == "Line crossed"
        targets.get_by_role("button", name="Look again").click()
        expect(receiver.locator(".fingerprint")).to_have_text(re.compile(r"([0-9a-f]{4} ){15}[0-9a-f]{4}"))
        expect(receiver.locator(".seen")).to_contain_text(re.compile(r"Accepted at .*\d\d:\d\d:\d\d"))
        assert violations(targets) == []
        text = site.config.read_text(encoding="utf-8")
        assert "nodes.line.lines.line1.cur_dir1_objects, nodes.line.lines.line1.cur_dir2_objects" in text
        page.get_by_role("button", name="Undo last save").click()
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.get_by_role("heading", name="gate", exact=True)).to_be_hidden(timeout=LIMIT_MS)


@pytest.fixture
def camera(site: Site) -> Iterator[str]:
    """A camera that sees what the sample video shows, with a login: the address of its stream."""
    require_gstreamer()
    port = reserved_port()
    arguments = json.dumps({"port": port, "user": "viewer", "password": "s3cret", "video": str(site.video)})
    command = [sys.executable, "-m", "tests.integration.rtsp_camera", arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"rtsp://viewer:s3cret@127.0.0.1:{port}/live"
        process.kill()


def new_pipeline(page: Page, fields: dict[str, str], securos: Simulator) -> None:
    """Fill in the dialog for a pipeline of video that sends to a receiver which is new too."""
    page.get_by_role("button", name="New pipeline").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Receiver", exact=True).select_option("")
    settings = securos.settings()
    receiver = {"SecurOS server": "127.0.0.1", "Port": settings["iss_port"], "Password": settings["iss_password"]}
    for label, text in {**fields, **receiver}.items():
        dialog.get_by_label(label, exact=True).fill(text)
    create_pipeline(dialog)


def test_the_address_of_a_source_is_tried_before_anything_is_saved(
    site: Site, camera: str, open_page: OpenPage
) -> None:
    before = site.config.read_text()
    page = open_page("/nodes.html")
    page.get_by_role("button", name="New pipeline").first.click()
    dialog = page.get_by_role("dialog")
    tried = dialog.get_by_role("button", name="Try the address")
    video = dialog.get_by_label("Video", exact=True)
    tried.click()
    expect(video).to_be_focused()
    for address, answer in (
        (camera.replace("/live", "/life"), re.compile(r"^It does not work: .*404 Not Found")),
        (camera, re.compile(r"^It works: an image of \d+ x \d+ pixels has come\.$")),
    ):
        video.fill(address)
        expect(dialog.get_by_text(re.compile("^It .*work"))).to_have_count(0)
        tried.click()
        expect(dialog.get_by_text(answer)).to_be_visible(timeout=LIMIT_MS)
    image = dialog.get_by_role("img", name="The image that has come")
    expect(image).to_be_visible()
    assert image.evaluate("node => node.decode().then(() => node.naturalWidth)") == 320
    assert violations(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    page.goto(f"{site.url}/nodes.html#square/")
    page.get_by_role("button", name="Try the address").click()
    expect(page.get_by_text(re.compile(r"^It works: an image of"))).to_be_visible(timeout=LIMIT_MS)
    page.get_by_label("Path", exact=True).fill(str(site.video.with_name("nothing.mp4")))
    expect(page.get_by_text(re.compile(r"^It works"))).to_have_count(0)
    page.get_by_role("button", name="Try the address").click()
    expect(page.get_by_text(re.compile(r"^It does not work: .*No such file"))).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("button", name="Throw away").click()
    assert site.config.read_text() == before, "nothing is saved"


@pytest.mark.timeout(600)
def test_from_a_camera_to_an_event_with_a_box_on_the_right_camera_with_two_wrong_turns(
    site: Site, camera: str, open_page: OpenPage
) -> None:
    with Simulator(("7", "8"), names=("Gate", "Yard")) as securos:
        page = open_page("/")
        page.get_by_role("link", name="Nodes").click()
        wrong = camera.replace("/live", "/life")
        new_pipeline(page, {"Name": "entry", "Video": wrong, "Cameras": "8"}, securos)
        expect(page.get_by_role("heading", name="entry", exact=True)).to_be_visible()

        page.get_by_role("link", name="Overview", exact=True).click()
        card = page.locator(".card", has=page.get_by_role("heading", name="entry", exact=True))
        expect(card.locator(".state")).to_contain_text("no frames since")
        assert violations(page) == []
        card.get_by_role("link", name="Change its source").click()
        masked = re.sub("://.*@", "://***@", wrong)
        address = page.get_by_label("Url", exact=True)
        expect(address).to_have_value(masked)
        address.fill(masked.replace("/life", "/live"))
        save(page)
        assert camera in site.config.read_text(), "with its login"
        expect(page.get_by_alt_text("Live image of entry")).to_be_visible()

        page.locator('.tree section[data-name="entry"]').get_by_role("link", name="line_alarm").click()
        trigger = page.get_by_label("Trigger", exact=True)
        expect(trigger).to_have_value(re.compile("total_objects_crossed_delta"))
        trigger.fill("len(objects) > > 0")
        expect(page.locator("pre.caret")).to_be_visible(timeout=3 * LIMIT_MS)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible(timeout=3 * LIMIT_MS)
        trigger.fill("len(objects) > 0")
        expect(page.locator("pre.caret")).to_be_hidden(timeout=3 * LIMIT_MS)
        page.get_by_label("Bounding box object filter", exact=True).fill("")  # or only who crosses on that frame
        page.get_by_role("button", name="Save", exact=True).click()
        wait_until(lambda: 'trigger = "len(objects) > 0"' in site.config.read_text(), 3 * LIMIT_S)

        page.get_by_role("link", name="Targets").click()
        receiver = page.locator(".receivers article", has_text=securos.settings()["iss_port"])
        accept = receiver.get_by_role("button", name="Compare and accept")
        expect(accept.or_(receiver.get_by_text("The accepted certificate."))).to_be_visible()
        if accept.is_visible():
            accept.click()
            page.get_by_role("button", name="Accept this certificate").click()
        wait_until(lambda: any(one["boxes"] for one in securos.events()), 3 * LIMIT_S)
        assert {one["id"] for one in securos.events()} == {"8"}
        page.get_by_role("button", name="Look again").click()
        receiver.get_by_role("button", name="Pin it").click()
        page.get_by_role("dialog").get_by_role("button", name="It is the same: pin it").click()
        expect(receiver.get_by_text("The pinned certificate.")).to_be_visible(timeout=LIMIT_MS)
        pinned = securos.settings()["iss_certificate_sha256"].replace(":", "").lower()
        assert f'iss_certificate_sha256 = "{pinned}"' in site.config.read_text(encoding="utf-8")
        expect(receiver.get_by_role("button", name="Pin it")).to_be_hidden()


#: Operators get events, however close together they are.
MANY_EVENTS_ON_ONE_OCCASION = (
    "20 events with the change, 3 without it. Events no more than 2 s apart are one occasion: "
    "1 occasion with the change, 3 without it. Occasions are counted below."
)


def write_recording(site: Site) -> None:
    """A minute of metadata: a person crosses the line every 20 seconds, and two at once at the end."""
    crossed = {5: 1, 25: 1, 45: 2}
    lines = [
        {
            "at": float(at),
            "source_name": site.video.stem,
            "metadata": {
                "objects": [],
                "nodes": {
                    "annotate_line_counter1": {
                        "lines": {
                            "road": {
                                "total_objects_crossed_delta": crossed.get(at, 0),
                                "total_objects_crossed": at,
                                "cur_dir1_objects": [],
                                "cur_dir2_objects": [],
                            }
                        }
                    }
                },
            },
        }
        for at in range(60)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (site.recordings / "minute.jsonl").write_text(text, encoding="utf-8")


def test_a_change_is_replayed_before_it_is_saved_and_shows_what_it_would_lose(site: Site, open_page: OpenPage) -> None:
    before = site.config.read_text()
    page = node_page(open_page)
    page.get_by_role("button", name="Replay before save").click()
    expect(page.get_by_text("There is no recording in the folders of [console].")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("button", name="Add a metadata recorder").click()
    added = page.get_by_role("dialog", name="Add a node to square")
    expect(added.get_by_label("Type")).to_have_value("metadata_recorder")
    expect(added.get_by_label("File")).to_be_visible()
    added.get_by_role("button", name="Cancel").click()
    write_recording(site)
    replayed = page.locator(".replayed")
    road = "nodes.annotate_line_counter1.lines.road."
    changes = (
        ("", ("0", "0", "3"), "Nothing changes: 3 events, with and without the change."),
        (road + "total_objects_crossed >= 20", ("0", "1", "1"), MANY_EVENTS_ON_ONE_OCCASION),
        (road + "total_objects_crossed_delta > 1", ("0", "2", "1"), "1 event with the change, 3 without it."),
    )
    for trigger, figures, sentence in changes:
        if trigger:
            page.get_by_label("Trigger", exact=True).fill(trigger)
        if figures == ("0", "2", "1"):
            whole = site.recordings / "minute.jsonl"
            whole.rename(whole.with_name("minute.jsonl.partial"))
        page.get_by_role("button", name="Replay before save").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Recording")).to_contain_text(
            re.compile(r"minute\.jsonl(\.partial \(.*, not finished\)| \([^,]*\))"),
            timeout=LIMIT_MS,
        )
        dialog.get_by_role("button", name="Replay", exact=True).click()
        titles = [f"{name}: {count}" for name, count in zip(("Added", "Lost", "The same"), figures, strict=True)]
        expect(replayed.locator("h3")).to_have_text(titles, timeout=LIMIT_MS)
        expect(page.locator(".preview .text", has_text="with")).to_have_text(sentence)
    expect(replayed.locator(".wait li")).to_have_text([re.compile(r"^5\.0 s: "), re.compile(r"^25\.0 s: ")])
    assert violations(page) == []
    foreign = '{"at": 1.0, "source_name": "gate", "metadata": {}}\n'
    (site.recordings / "gate.jsonl").write_text(foreign, encoding="utf-8")
    page.get_by_role("button", name="Replay before save").click()
    offered = page.get_by_role("dialog").get_by_label("Recording").locator("option")
    expect(offered).to_have_text(
        [re.compile(r"^minute\.jsonl\.partial \(.*\)$"), "gate.jsonl (1 KiB), of gate: not what square reads"]
    )
    (site.recordings / "gate.jsonl").unlink()
    assert site.config.read_text() == before, "nothing is saved"


def test_the_form_shows_the_last_hour_of_its_node_and_how_often_a_typed_trigger_was_true(open_page: OpenPage) -> None:
    page = node_page(open_page)
    hour = page.get_by_role("region", name="The last hour")
    expect(hour.locator(".track .fired").last).to_be_attached(timeout=LIMIT_MS)
    hour.locator(".track .fired").last.click(force=True)
    expect(hour.locator(".hour-detail .clauses")).to_contain_text("total_objects_crossed_delta", timeout=LIMIT_MS)
    page.get_by_label("Trigger", exact=True).fill("len(objects) >= 0")
    expect(page.locator(".truth-line")).to_contain_text(
        re.compile(r"true on (\d+) of \1 frames tried"), timeout=LIMIT_MS
    )
    assert violations(page) == []
    hour.get_by_role("link", name="All decisions").click()
    expect(page.locator(".lane h2")).to_have_text(["square/line_alarm"], timeout=LIMIT_MS)


def test_a_zone_outside_of_the_image_is_said_and_moved_in_from_the_edge(site: Site, open_page: OpenPage) -> None:
    text = site.config.read_text()
    zone = text[text.index('id = "annotate_presence1"') :].partition("[[pipelines.nodes]]")[0]
    inside = "rois.junction = [[0.62, 0.36], [0.80, 0.20], [0.95, 0.45], [0.97, 0.80], [0.64, 0.68]]"
    assert zone.count(inside) == 1
    outside = zone.replace(inside, "rois.junction = [[4000, 100], [4800, 200], [4000, 300]]")
    site.config.write_text(text.replace(zone, outside.replace('units = "fractions"', 'units = "pixels"')))
    page = open_page("/draw.html#square/annotate_presence1")
    said = page.get_by_text("Outside of the image: nothing is ever there.")
    expect(said).to_be_visible(timeout=LIMIT_MS)
    page.get_by_label("Point 1 of junction").press("ArrowLeft")
    expect(page.get_by_label("Point 1 of junction")).to_have_attribute("style", re.compile("left: 100%"))
    page.get_by_label("Point 1 of junction").press("ArrowLeft")
    expect(said).to_be_hidden()
    assert violations(page) == []


def test_a_warning_of_the_checker_stands_in_the_form_of_its_own_node(site: Site, open_page: OpenPage) -> None:
    page = open_page("/nodes.html#square/annotate_presence1")
    own = page.locator(".node-form .warning:not(:empty)")
    zones = page.get_by_label("Zones")
    expect(zones).to_have_value(re.compile("junction"), timeout=LIMIT_MS)
    expect(own).to_have_count(0)
    zones.fill('{"junction": [[0.1, 0.1], [0.4, 0.4], [0.4, 0.1], [0.1, 0.4]]}')
    expect(own).to_contain_text('Warning: the outline of zone "junction" crosses itself', timeout=LIMIT_MS)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text("Saved and in force", timeout=LIMIT_MS)
    page.reload()
    expect(own).to_contain_text("crosses itself", timeout=LIMIT_MS)
    page.get_by_role("link", name="Draw").last.click()
    drawn = page.locator(".shapes .warning")
    expect(drawn).to_contain_text("crosses itself", timeout=LIMIT_MS)
    assert violations(page) == []
    drawn.get_by_role("link").click()
    expect(zones).to_be_focused(timeout=LIMIT_MS)
    page.get_by_role("link", name="Overview", exact=True).click()
    card = page.get_by_label("Warnings about square").locator("li", has_text="crosses itself")
    expect(card).not_to_contain_text(re.compile(r"^line \d"), timeout=LIMIT_MS)
    card.get_by_role("link").click()
    expect(zones).to_be_focused(timeout=LIMIT_MS)
    page = open_page("/nodes.html#square/line_alarm")
    page.get_by_text("about other parts of the file").click(timeout=LIMIT_MS)
    expect(page.get_by_text('the outline of zone "junction" crosses itself')).to_be_visible()
    own = page.locator(".node-form .warning:not(:empty)")
    expect(own.filter(has_text="crosses itself")).to_have_count(0)


@pytest.mark.timeout(400)
def test_a_path_that_nothing_writes_is_named_before_the_save_and_soon_after_it(
    context: BrowserContext, open_page: OpenPage
) -> None:
    context.add_init_script(PATIENT)
    page = open_page("/nodes.html#square/line_alarm")
    page.get_by_label("Trigger", exact=True).fill("nodes.annotate_presence1.rois.junction.curent_objects_count > 0")
    warning = page.locator(".node-form .warning", has_text="no node before this one writes")
    expect(warning).to_contain_text('did you mean "current_objects_count"?', timeout=LIMIT_MS)

    assert violations(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save it all the same").click()  # it can never fire
    expect(page.locator(".outcome")).to_contain_text("Saved and in force", timeout=LIMIT_MS)
    page.get_by_role("link", name="Overview", exact=True).click()
    said = page.locator(".notice.wait", has_text="square/line_alarm cannot fire since")
    expect(said).to_contain_text("curent_objects_count in the metadata", timeout=LIMIT_MS)

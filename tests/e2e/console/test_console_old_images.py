"""A camera that keeps its connection and sends nothing: no image, figure or truth of before is shown as if it were now."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsers import violations
from tests.e2e.console.conftest import entered, visit
from tests.gstreamer import ROOT, environment, require_gstreamer
from tests.integration.console_site import running, write_site
from tests.ports import reserved_port

pytestmark = pytest.mark.timeout(600)
FILE = 'source = { type = "file", path = "yard.mp4", realtime = true, loop = true }'


@dataclass
class Camera:
    """The process of a camera."""

    process: subprocess.Popen[str]

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It keeps its connection, and sends nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Camera]]:
    """A site that reads a camera: its folder, and the camera. A silent one is reconnected after ten minutes only."""
    require_gstreamer()
    folder, port = tmp_path_factory.mktemp("site"), reserved_port()
    config = write_site(folder, 9)
    url = f"rtsp://viewer:s3cret@127.0.0.1:{port}/live"
    text = config.read_text()
    assert text.count(FILE) == 1
    config.write_text(text.replace(FILE, f'source = {{ type = "rtsp", url = "{url}", timeout_s = 600 }}'))
    arguments = json.dumps({"port": port, "user": "viewer", "password": "s3cret"})
    command = [sys.executable, "-m", "tests.integration.rtsp_camera", arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            with (
                running(folder, "run", config.name, name="service"),
                running(folder, "console", config.name, name="console"),
            ):
                yield folder, Camera(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def page(camera: tuple[Path, Camera], browser: Browser) -> Iterator[Page]:
    with visit(browser) as person:
        yield entered(camera[0], person)


def test_a_silent_camera_is_said_and_its_image_and_its_rate_are_not_shown_as_of_now(
    camera: tuple[Path, Camera], page: Page
) -> None:
    rate, image = page.locator(".card-head .hint"), page.locator(".live-image img")
    expect(image).to_be_visible()
    expect(page.locator(".live-image.is-still")).to_have_count(0)
    expect(rate).to_have_text(re.compile(r"^[1-9]\d*\.\d frames/s$"))
    with camera[1].silent():
        expect(page.locator(".live-image.is-still img")).to_be_visible()
        expect(page.locator(".live-image .no-image")).to_have_text(re.compile(r"^No new frame since \d\d:\d\d:\d\d\.$"))
        expect(rate).to_have_text("0.0 frames/s")
        expect(page.locator(".card .state")).to_have_text(
            re.compile(r"^running, but no frame since \d\d:\d\d:\d\d (Change its source)?")
        )
        expect(page.get_by_text("Pipeline yard has read no frame of")).to_be_attached()  # below what is worse
        assert violations(page) == []
    expect(page.locator(".live-image.is-still")).to_have_count(0)
    expect(page.get_by_text("has read no frame of")).to_have_count(0)


def test_the_truth_on_a_frame_of_before_is_not_said_of_now(camera: tuple[Path, Camera], page: Page) -> None:
    page.get_by_role("link", name="Nodes", exact=True).click()
    page.get_by_role("link", name="alarm").or_(page.get_by_role("button", name="alarm")).first.click()
    truth, made_from = page.locator(".truth-line"), page.locator(".made-from")
    now = re.compile("^Now: (true|false)")
    then = re.compile(r"^At \d\d:\d\d:\d\d, the last frame: (true|false)")
    expect(truth).to_have_text(now)
    expect(made_from).to_have_text("Made from the newest frame.")
    with camera[1].silent():
        expect(truth).to_have_text(then)
        expect(truth).to_have_class(re.compile("^truth-line *$"))
        expect(made_from).to_have_text(re.compile(r"^Made from the last frame, of \d\d:\d\d:\d\d\.$"))
        assert violations(page) == []
    expect(truth).to_have_text(now)
    page.route("**/api/config/check", lambda route: route.abort())
    expect(truth).to_have_text(then)
    page.unroute("**/api/config/check")
    expect(truth).to_have_text(now)
    page.route("**/api/config/check", lambda _route: None)  # no answer ever
    expect(truth).to_have_text(then)


#: How an image that came so many seconds ago is shown, by what the service says of the pace of its source.
AGED = """async () => {
    const { LiveImage } = await import('/shared/live_image.js');
    const one = new LiveImage('yard');
    const found = [[4, 3], [2, 3], [20, 30], [40, 30], [11, null], [4, undefined]].map(([ago, after]) => {
        one.age(Date.now() - ago * 1000, { silent_after_s: after });
        return one.isOld;
    });
    one.end();
    return found;
}"""


def test_an_image_gets_old_after_three_frames_of_its_source(page: Page) -> None:
    assert page.evaluate(AGED) == [True, False, False, True, True, False]

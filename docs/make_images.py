"""Makes every image of docs/images again: `make images`. From a real demo, its console, and a real replay.

It needs Chromium (Debian's package `chromium`), and takes some minutes. Nothing leaves this machine.
Look at each image before you commit it.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import av
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

DOCS: Final = Path(__file__).parent
IMAGES: Final = DOCS / "images"
#: What is made; a test compares it with what the pages show.
NAMES: Final = (
    "annotated.jpg",
    "console-nodes.jpg",
    "console-overview.jpg",
    "console-phone.jpg",
    "replay-timeline.png",
    "simulator.jpg",
)

_PROGRAM: Final = (sys.executable, "-m", "securos_trigger")
#: The frame of the annotated video that is shown: the three people of an event, with thick boxes, stand in the zone.
_ANNOTATED_AT_S: Final = 5.1
_WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
_PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
_JPEG_QUALITY: Final = 85
_LEAST_EVENTS: Final = 8
_WITHIN_S: Final = 600.0


def main() -> None:
    """Make every image, and print its size."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="securos-trigger-images-") as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        make_timeline(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with demo(folder / "demo") as (operator_url, login_url):
            photograph_simulator(browser, operator_url)
            photograph_console(browser, login_url)
        browser.close()
        make_annotated(folder / "demo" / "annotated.mp4")
    for name in NAMES:
        print(f"docs/images/{name}: {(IMAGES / name).stat().st_size:,} bytes")  # noqa: T201


def make_timeline(folder: Path) -> None:
    """Draw the timelines of docs/replay.md, with the recording, the configurations and the command of that page."""
    page = (DOCS / "replay.md").read_text(encoding="utf-8")
    script, gate = (_found(rf"^```{language}\n(.*?)^```$", page) for language in ("python", "toml"))
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    (folder / "gate.toml").write_text(gate, encoding="utf-8")
    patient = gate.replace("event_name", "hold = 1\ninterval = 30\nevent_name")
    (folder / "patient.toml").write_text(patient, encoding="utf-8")
    command = _found(r"^\$ securos-trigger (replay [^\n]* --png \S+)$", page)
    subprocess.run([*_PROGRAM, *command.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(folder / "timeline.png", IMAGES / "replay-timeline.png")


@contextmanager
def demo(out: Path) -> Iterator[tuple[str, str]]:
    """A running demo whose results go to `out`: the addresses of its operator's page and of the log-in of its console.

    At the end the demo is ended, and waited for, so that its annotated video is whole.
    """
    process = subprocess.Popen([*_PROGRAM, "demo", "--out", str(out)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        urls = (found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        operator_url, login_url = next(urls, None), next(urls, None)
        if operator_url is None or login_url is None:
            sys.exit("the demo has no console: pip install '.[console]'")
        yield operator_url, login_url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_WITHIN_S)


def photograph_simulator(browser: Browser, url: str) -> None:
    """Photograph the operator's page while a camera records and has a subtitle."""
    page = browser.new_page(viewport={"width": _WIDE["width"], "height": 740})
    page.goto(url)
    _wait_for_alarm(url)
    page.wait_for_timeout(100)  # the page shows it too
    _photograph(page, "simulator.jpg")
    page.close()


def photograph_console(browser: Browser, login_url: str) -> None:
    """Photograph the pages of the console that docs/console.md shows, over the running demo."""
    context = browser.new_context(viewport=_WIDE)
    page = context.new_page()
    page.goto(login_url)
    _photograph_when_live(page, "console-overview.jpg")
    page.goto(_beside(page, "nodes.html#square/line_alarm"))
    _photograph_when_live(page, "console-nodes.jpg")
    phone = browser.new_context(viewport=_PHONE, color_scheme="dark", storage_state=context.storage_state()).new_page()
    phone.goto(_beside(page, "index.html"))
    _photograph_when_live(phone, "console-phone.jpg")


def _photograph_when_live(page: Page, name: str) -> None:
    """Photograph a page of the console when its live image has come."""
    page.get_by_role("img", name="Live image of square").wait_for()
    page.wait_for_timeout(3_000)  # some live images, and what is beside them
    _photograph(page, name)


def _photograph(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / name, type="jpeg", quality=_JPEG_QUALITY)


def _beside(page: Page, path: str) -> str:
    """The address of another page of the same console."""
    return re.sub(r"(?<=\d/).*", path, page.url)


def _wait_for_alarm(url: str) -> None:
    """Wait until enough events are there, one has just come, and a camera records and shows a subtitle.

    The people in its boxes walk on. SystemExit: that never is.
    """
    ends_at_ticks, before = time.monotonic() + _WITHIN_S, 0
    while time.monotonic() < ends_at_ticks:
        with urllib.request.urlopen(f"{url}api/state", timeout=10) as answer:
            cameras: list[dict[str, Any]] = json.load(answer)["cameras"]
        has_alarm = any(camera["recording"] and camera["subtitle"] for camera in cameras)
        events = sum(camera["events"] for camera in cameras)
        if has_alarm and events > max(before, _LEAST_EVENTS):
            return
        before = events
        time.sleep(0.1)
    sys.exit(f"no camera of the demo recorded with a subtitle within {_WITHIN_S:g} s")


def make_annotated(video: Path) -> None:
    """Take the frame at `_ANNOTATED_AT_S` out of the annotated video."""
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= _ANNOTATED_AT_S:
                image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
                image.save(IMAGES / "annotated.jpg", quality=88)
                return
    sys.exit(f"the annotated video ends before {_ANNOTATED_AT_S} s")


def _found(pattern: str, text: str) -> str:
    """The first group of the first match. SystemExit: there is none."""
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if found is None:
        sys.exit(f"docs/replay.md has nothing that fits {pattern}")
    return found[1]


if __name__ == "__main__":
    main()

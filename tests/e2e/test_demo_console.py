"""The demo that stays: its console saves, its video plays on, and its page shows what the receiver does."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.conftest import wait_until
from tests.integration.console_site import Browser
from tests.made_videos import write_video

LIMIT_S = 240.0
# A camera that is not there. Its source never ends by itself.
CAMERA = """
[[pipelines]]
name = "loop_dock"
source = { type = "rtsp", url = "rtsp://127.0.0.1:9/dock" }
"""


@pytest.mark.timeout(900)
def test_the_demo_plays_on_and_what_its_console_saves_is_in_force(tmp_path: Path) -> None:
    """Also when a person adds a camera during the first pass, which ends only with the demo's own video."""
    clip = tmp_path / "clip.mp4"
    write_video(clip, [np.full((120, 160, 3), 10 + number % 200, dtype=np.uint8) for number in range(600)])
    command = [sys.executable, "-m", "securos_trigger", "demo", "--keep", "--video", str(clip), "--out", "out"]
    said, config = tmp_path / "said.txt", tmp_path / "out" / "demo.toml"
    with said.open("w") as output, subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output) as demo:
        try:
            wait_until(lambda: "frames read" in said.read_text(), LIMIT_S)
            config.write_text(config.read_text() + CAMERA)
            reload = [sys.executable, "-m", "securos_trigger", "reload", str(config)]
            assert "loop_dock" in subprocess.run(reload, capture_output=True, text=True, check=True).stdout
            assert "The video plays on." not in said.read_text(), "the camera was to be added during the first pass"
            wait_until(lambda: "The video plays on." in said.read_text(), LIMIT_S)
            [(port, secret)] = set(re.findall(r"127\.0\.0\.1:(\d+)/login\.html#(\S+)", said.read_text()))
            browser = Browser(int(port))
            assert browser.log_in(one_time=secret).status == 200
            wait_until(lambda: frame_number(browser) > 0, LIMIT_S)
            number = frame_number(browser)
            saved = change(browser, {"interval": 7.0, "event_name": "Saved in the console"})
            assert saved["reload"]["is_done"] is True, saved
            wait_until(lambda: frame_number(browser) > number, LIMIT_S)
            text = config.read_text()
            assert "metadata_recorder" not in text, "what plays for ever is not recorded"
            [recording] = browser.get("/api/recordings")["recordings"]
            assert (Path(recording["path"]).name, recording["is_finished"]) == ("square.jsonl", True)
            unsaved = {"pipeline": "square", "node": "line_alarm", "values": {"interval": 9.0}}
            replayed = browser.post("/api/replay", {**unsaved, "recording": recording["path"]})
            assert replayed["frames"] == 600
            assert ("loop = true" in text, "Saved in the console" in text, "annotated.mp4" in text) == (
                True,
                True,
                False,
            )
        finally:
            demo.send_signal(signal.SIGINT)
            try:
                demo.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                demo.kill()  # its exit code says so
        assert demo.wait() == 0, said.read_text()
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["frames"] > 0


def frame_number(browser: Browser) -> int:
    """The number of the newest frame; 0: there is none, or the service is starting."""
    answer = browser.ask("GET", "/api/pipelines/square/frame")
    return int(answer.json["number"] or 0) if answer.status == 200 else 0


def change(browser: Browser, values: dict[str, Any]) -> Any:
    """Save other values for a node of the demo."""
    digest = browser.get("/api/config")["digest"]
    path = "/api/config/nodes/square/line_alarm"
    return browser.ask("PUT", path, {"values": values}, If_Match=f'"{digest}"').json

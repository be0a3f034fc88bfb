"""The server of docs/test_camera.md, run as the page says, and read as a camera."""

from __future__ import annotations

import re
import subprocess
import threading
from itertools import islice
from pathlib import Path

import pytest

from securos_trigger.video import open_source
from securos_trigger.video.settings import RtspSourceSettings
from tests.gstreamer import PACKAGES
from tests.ports import reserved_port

PAGE = (Path(__file__).parents[2] / "docs" / "test_camera.md").read_text(encoding="utf-8")
SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


def write_video(path: Path) -> None:
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(50):
            pixels = np.full((64, 96, 3), number % 250, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


@pytest.mark.timeout(180)
def test_the_page_gives_a_camera_that_a_pipeline_reads_again_and_again(tmp_path: Path) -> None:
    if subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], check=False, capture_output=True).returncode:
        pytest.skip("the packages of the page are not installed")
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    [command] = re.findall(r"^/usr/bin/python3 (\S+) \S+ 8554$", PAGE, re.MULTILINE)
    [address] = re.findall(r'type = "rtsp", url = "(.*?)"', PAGE)
    (tmp_path / command).write_text(program)
    write_video(tmp_path / "my.mp4")
    port, stop = str(reserved_port()), threading.Event()
    words = [SYSTEM_PYTHON, command, "my.mp4", port]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as camera:
        alarm = threading.Timer(120, stop.set)
        try:
            assert camera.stdout is not None
            url = camera.stdout.readline().strip()
            assert url == address.replace("8554", port)
            alarm.start()
            source = open_source(RtspSourceSettings.model_validate({"url": url}))
            frames = list(islice(source.frames(stop), 70))  # the video has 50
        finally:
            alarm.cancel()
            stop.set()
            camera.kill()
    assert len(frames) == 70


def test_its_packages_are_those_that_the_tests_install() -> None:
    [told] = re.findall(r"apt-get install (.*?)```", PAGE, re.DOTALL)
    assert set(told.replace("\\\n", " ").split()) <= set(PACKAGES)

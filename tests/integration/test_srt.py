"""SRT, which the FFmpeg of PyAV cannot read: a relay of GStreamer gives it on as MPEG-TS over UDP, as docs/nodes.md says."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from tests import gstreamer
from tests.integration.test_stream import frames_of

PAGE = (gstreamer.ROOT / "docs/nodes.md").read_text(encoding="utf-8")
SENDER = (
    "gst-launch-1.0 -q videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=10/1 "
    "! x264enc tune=zerolatency key-int-max=10 ! mpegtsmux alignment=7 ! srtsink uri=srt://127.0.0.1:{srt}?mode=listener"
)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def launched(command: str) -> Iterator[None]:
    process = subprocess.Popen(shlex.split(command), env=gstreamer.environment())
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_an_srt_stream_is_read_through_the_relay_of_the_page() -> None:
    if why := gstreamer.why_missing():
        pytest.skip(why)
    [relay] = re.findall(r"(?m)^gst-launch-1\.0 .*srtsrc.*$", PAGE)
    srt, udp = free_port(), free_port()
    relay = relay.replace("srt://192.0.2.31:9000", f"srt://127.0.0.1:{srt}").replace("port=5000", f"port={udp}")
    with launched(SENDER.format(srt=srt)), launched(relay):
        frames = frames_of(f"udp://127.0.0.1:{udp}", 20)
    assert frames[0].require_image().height == 120
    assert all(after.at > before.at for before, after in pairwise(frames))

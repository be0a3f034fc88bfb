"""The metadata track of a foreign RTSP server, read by PyAV: documents whole, an outage, a way back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from securos_trigger.inputs.happening import Happening, Verdict
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.stream_connection import StreamConnection
from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.metadata_feed import MetadataFeed
from tests.gstreamer import environment, require_gstreamer
from tests.ports import reserved_port

SERVER = Path(__file__).with_name("rtsp_metadata_server.py")


@contextmanager
def server(port: int) -> Iterator[None]:
    command = [sys.executable, str(SERVER), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.kill()


def read_until(feed: MetadataFeed, reader: InputReader, count: int) -> list[Happening]:
    """Read what comes until there are so many frames of objects."""
    found: list[Happening] = []
    until = time.monotonic() + 60
    while sum(one.verdict is Verdict.FRAME for one in found) < count:
        assert time.monotonic() < until, (found, feed.state.reason)
        for arrival in feed.queue.take(64, 0.5):
            found += reader.take(arrival.message)
    return found


@pytest.mark.timeout(180)
def test_documents_of_several_packets_are_frames_also_after_an_outage() -> None:
    require_gstreamer()
    port = reserved_port()
    notices: list[Notice] = []
    kind = load_kind("onvif-metadata")
    reader = InputReader(kind, kind.settings.model_validate({"cameras": {"onvif-metadata": "1"}}))
    connection = StreamConnection.model_validate({"url": f"rtsp://127.0.0.1:{port}/live", "silent_after_s": 5})
    feed = MetadataFeed("gate", connection, Announcer([notices.append]))
    feed.start()
    try:
        with server(port):
            first = read_until(feed, reader, 3)
        with server(port):
            more = read_until(feed, reader, 3)
            names = [notice.name for notice in notices]
            assert feed.state.is_connected
    finally:
        feed.close()
    frames = [one for one in (*first, *more) if one.verdict is Verdict.FRAME]
    assert {one.cameras for one in frames} == {("1",)}
    assert {thing.label for one in frames for thing in one.reading.objects or ()} == {"Human"}
    assert "source_lost" in names
    assert names[-1] == "source_recovered"


def test_an_address_without_a_server_is_lost_with_its_reason() -> None:
    notices: list[Notice] = []
    connection = StreamConnection.model_validate({"url": "rtsp://user:secret@127.0.0.1:9/live"})
    feed = MetadataFeed("gate", connection, Announcer([notices.append]))
    feed.start()
    until = time.monotonic() + 60
    while not notices and time.monotonic() < until:
        time.sleep(0.05)
    feed.close()
    assert [(one.name, one.fields["reason"]) for one in notices] == [("source_lost", "Connection refused")]

"""A camera's RTSP stream, from a real server in a process of its own, which is killed and started again."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import pytest

from securos_trigger import TriggerSecurOSEvent
from securos_trigger.model import Frame
from securos_trigger.notices import Announcer, Notice
from securos_trigger.pipeline.loop import Pipeline, PipelineResult
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.video import open_source
from securos_trigger.video.settings import RtspSourceSettings
from tests.ports import reserved_port

PATIENCE_S = 60.0


@dataclass
class Server:
    """An RTSP server on loopback that plays the files of a folder."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = Path(sys.executable).parent / "rtsp-server"
        ports = ["-p", str(self.port), "-cp", str(reserved_port())]
        self.process = subprocess.Popen(
            [str(program), "-d", str(self.folder), "-H", "127.0.0.1", *ports],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.is_listening)

    def is_listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Counting:
    """A node that counts frames."""

    node_id = "counting1"

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def process(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self) -> None: ...


def wait_until(is_so: object) -> None:
    assert callable(is_so)
    until_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until_s, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("rtsp-server", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("the RTSP server of aio-rtsp-toolkit[server] is not installed")
    with av.open(str(tmp_path / "yard.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.options = {"bf": "0", "g": "10"}
        for number in range(600):
            pixels = np.full((64, 96, 3), number % 250, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    server = Server(tmp_path, reserved_port())
    yield server
    server.kill()


class Restamper(threading.Thread):
    """Stands between client and server (TCP), and stamps one access unit in twenty an hour away, as some recorders do.

    RTP travels interleaved: `$`, channel, length, packet. The packets of one access unit have one time stamp.
    `stamp_of` gives all access units other stamps instead (ticks of 90 kHz), from their number and their own.
    """

    def __init__(self, server_port: int, stamp_of: Callable[[int, int], int] | None = None) -> None:
        super().__init__(daemon=True)
        self._stamp_of = stamp_of
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.restamped = self._units = 0
        self._last_stamp: bytes | None = None
        self._is_odd = False
        self._sockets = [self._listener]
        self._workers: list[threading.Thread] = []

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._sockets.append(server)
                for work, ends in ((self._requests, (client, server)), (self._answers, (server, client))):
                    self._workers.append(threading.Thread(target=work, args=ends, daemon=True))
                    self._workers[-1].start()

    def close(self) -> None:
        """End all threads, and close all sockets after them."""
        self._wake(self._listener)
        self.join(PATIENCE_S)
        for one in self._sockets:
            self._wake(one)
        for worker in self._workers:
            worker.join(PATIENCE_S)
        for one in self._sockets:
            one.close()

    @staticmethod
    def _wake(one: socket.socket) -> None:
        """End the wait of a thread at a socket; closing it does not."""
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _requests(client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError), server.makefile("rb") as answers:
            while first := answers.read(1):
                if first != b"$":
                    client.sendall(first)
                    continue
                channel, high, low = answers.read(3)
                packet = answers.read(high << 8 | low)
                client.sendall(bytes([0x24, channel, high, low]) + (packet if channel % 2 else self._restamped(packet)))

    def _restamped(self, packet: bytes) -> bytes:
        stamp = packet[4:8]
        if stamp != self._last_stamp:
            self._last_stamp = stamp
            self._units += 1
            self._is_odd = self._units % 20 == 0
            self.restamped += self._is_odd
        if self._stamp_of is not None:
            return packet[:4] + (self._stamp_of(self._units, int.from_bytes(stamp)) % 2**32).to_bytes(4) + packet[8:]
        if not self._is_odd:
            return packet
        away = (int.from_bytes(stamp) + 3600 * 90_000) % 2**32
        return packet[:4] + away.to_bytes(4) + packet[8:]


@dataclass
class Running:
    """A pipeline on a thread of its own."""

    node: Counting
    notices: list[Notice]
    stop: threading.Event
    thread: threading.Thread
    results: list[PipelineResult]

    def names(self) -> list[str]:
        """The notices but for further reasons of an outage: which ones there are depends on the moment."""
        return [notice.name for notice in self.notices if notice.name != "source_still_lost"]


@pytest.fixture
def running(server: Server) -> Iterator[Running]:
    notices: list[Notice] = []
    address = f"rtsp://viewer:s3cret@127.0.0.1:{server.port}/yard.mp4"
    settings = RtspSourceSettings.model_validate({"url": address, "name": "yard", "timeout_s": 60})
    node, stop, results = Counting(), threading.Event(), list[PipelineResult]()
    pipeline = Pipeline(open_source(settings, Announcer([notices.append])), [node], NullSink())
    thread = threading.Thread(target=lambda: results.append(pipeline.run(stop)))
    thread.start()
    yield Running(node, notices, stop, thread, results)
    stop.set()
    thread.join(PATIENCE_S)


@pytest.mark.timeout(150)
def test_a_stream_is_read_again_after_its_server_was_killed(server: Server, running: Running) -> None:
    wait_until(lambda: running.names() == ["source_lost"])
    server.start()
    wait_until(lambda: len(running.node.frames) >= 10)
    assert running.names() == ["source_lost", "source_recovered"]

    server.kill()
    wait_until(lambda: running.names()[2:] == ["source_lost"])
    server.start()
    seen = len(running.node.frames)
    wait_until(lambda: len(running.node.frames) >= seen + 10)
    assert running.names()[2:] == ["source_lost", "source_recovered"]
    assert all("s3cret" not in str(notice) for notice in running.notices)

    asked_at_s = time.monotonic()
    running.stop.set()
    running.thread.join(PATIENCE_S)
    assert time.monotonic() - asked_at_s < 50.0, "less than the time-out of a read"
    (result,) = running.results
    assert (result.times_lost, dict(result.faults)) == (2, {})
    assert result.frames_read == len(running.node.frames)
    assert {frame.source_name for frame in running.node.frames} == {"yard"}
    times = [frame.at for frame in running.node.frames]
    jumps_back = sum(later < earlier - 1 for earlier, later in itertools.pairwise(times))
    assert jumps_back <= 1


def test_a_camera_that_accepts_and_says_nothing_does_not_hold_up_the_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/yard"
        source = open_source(RtspSourceSettings.model_validate({"url": address, "timeout_s": 60}))
        stop = threading.Event()
        asked_at_s = list[float]()

        def ask() -> None:
            asked_at_s.append(time.monotonic())
            stop.set()

        threading.Timer(0.5, ask).start()
        assert list(source.frames(stop)) == []
        assert time.monotonic() - asked_at_s[0] < 50.0, "less than the time-out of a read"


def decided(proxy: Restamper) -> tuple[list[Frame], int]:
    """110 frames through the proxy, and how many events a node with `interval = 60` raises that is always true."""
    proxy.start()
    settings = RtspSourceSettings.model_validate({"url": f"rtsp://127.0.0.1:{proxy.port}/yard.mp4", "name": "yard"})
    node = TriggerSecurOSEvent(
        iss_ip="vms.example", iss_password="token", event_source="custom", trigger="go", event_name="Go", interval=60
    )
    source, stop = open_source(settings), threading.Event()
    threading.Timer(PATIENCE_S, stop.set).start()
    frames: list[Frame] = []
    fired = 0
    for frame in source.frames(stop):
        frames.append(frame)
        fired += len(node.decide({"go": True}, frame.moment).events)
        if len(frames) == 110:
            stop.set()
    proxy.close()
    return frames, fired


@pytest.mark.timeout(150)
def test_a_recorder_that_stamps_one_frame_in_twenty_an_hour_away_fires_once_a_minute(server: Server) -> None:
    """Real RTSP: the stray stamps reach no node, and `interval = 60` holds."""
    server.start()
    proxy = Restamper(server.port)
    frames, fired = decided(proxy)
    assert len(frames) == 110 and proxy.restamped >= 5
    assert fired == 1
    steps = [later.at - earlier.at for earlier, later in itertools.pairwise(frames)]
    assert all(0 <= step_s < 5 for step_s in steps), steps  # a stream may begin with a gap of some frames
    assert frames[-1].at - frames[0].at < 20
    assert len({frame.moment.start for frame in frames}) == 1


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    ("stamp_of", "reason"),
    [
        pytest.param(lambda unit, stamp: 90_000, "they stand still", id="constant"),
        pytest.param(lambda unit, stamp: unit % 3 * 9_000, "they stand still", id="three values"),
        pytest.param(lambda unit, stamp: -unit * 9_000, "they jump again and again", id="backwards"),
    ],
)
def test_by_stamps_that_are_no_clock_the_time_at_which_frames_come_counts(
    server: Server, stamp_of: Callable[[int, int], int], reason: str
) -> None:
    """Real RTSP. Without it, `interval = 2` lets one event pass, or one for each jump."""
    server.start()
    proxy = Restamper(server.port, stamp_of)
    proxy.start()
    settings = RtspSourceSettings.model_validate({"url": f"rtsp://127.0.0.1:{proxy.port}/yard.mp4", "name": "yard"})
    node = TriggerSecurOSEvent(
        iss_ip="vms.example", iss_password="token", event_source="custom", trigger="go", event_name="Go", interval=2
    )
    notices: list[Notice] = []
    source, stop = open_source(settings, Announcer([notices.append])), threading.Event()
    threading.Timer(2 * PATIENCE_S, stop.set).start()
    since: list[tuple[float, datetime]] = []  # it is known a few frames before they are read here
    fired: list[datetime] = []
    for frame in source.frames(stop):
        moment = frame.moment
        assert moment.captured_at is not None
        events = node.decide({"go": True}, moment).events
        if source.figures.times_unusable_since_at_ticks is not None:
            since.append((moment.at, moment.captured_at))
            fired += [moment.captured_at] if events and len(since) > 10 else []
        if len(fired) == 4:
            stop.set()
    proxy.close()
    assert [notice.name for notice in notices] == ["source_times_unusable"]
    assert reason in str(notices[0])
    wall_s = (since[-1][1] - since[10][1]).total_seconds()
    assert abs((since[-1][0] - since[10][0]) - wall_s) < 0.5, "media time goes on as the clock does"
    assert all((later - earlier).total_seconds() > 1.5 for earlier, later in itertools.pairwise(fired))


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    "stamp_of",
    [
        pytest.param(lambda unit, stamp: stamp + (3600 * 90_000 if unit > 40 else 0), id="an hour ahead"),
        pytest.param(lambda unit, stamp: stamp - (3600 * 90_000 if unit > 40 else 0), id="an hour back"),
        pytest.param(lambda unit, stamp: (unit - 41 if unit > 40 else unit + 5_000) * 9_000, id="from 0 again"),
    ],
)
def test_a_camera_that_sets_its_clock_or_begins_again_changes_no_interval(
    server: Server, stamp_of: Callable[[int, int], int]
) -> None:
    server.start()
    frames, fired = decided(Restamper(server.port, stamp_of))
    assert len(frames) == 110
    assert fired == 1
    assert len({frame.moment.start for frame in frames}) == 1
    assert all(0 <= later.at - earlier.at < 5 for earlier, later in itertools.pairwise(frames))

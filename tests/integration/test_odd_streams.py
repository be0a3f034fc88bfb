"""Live streams that change or break in their middle, from real servers on loopback."""

from __future__ import annotations

import http.server
import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.model import Frame
from securos_trigger.notices import Announcer, Notice
from securos_trigger.video import open_source
from securos_trigger.video.settings import RtspSourceSettings, SourceSettings, StreamSourceSettings
from tests.brokers import require_program
from tests.gstreamer import ROOT, environment, require_gstreamer
from tests.integration.test_stream import served
from tests.ports import reserved_port

PATIENCE_S = 60.0


class Reader:
    """Reads a source in a thread of its own, and keeps what it gives and announces."""

    def __init__(self, settings: SourceSettings) -> None:
        self.frames: list[Frame] = []
        self.notices: list[Notice] = []
        self.stop = threading.Event()
        source = open_source(settings, Announcer([self.notices.append]))
        self._figures = source.figures
        self._thread = threading.Thread(target=lambda: self.frames.extend(source.frames(self.stop)))
        self._thread.start()

    def names(self) -> list[str]:
        """The notices, without the further reasons of an outage, which depend on when it is tried again."""
        return [notice.name for notice in self.notices if notice.name != "source_still_lost"]

    def count(self) -> int:
        """The frames that came; a busy machine leaves some out."""
        return len(self.frames) + self._figures.frames_left_out

    def reasons(self) -> list[object]:
        return [notice.fields["reason"] for notice in self.notices if notice.name == "source_lost"]

    def sizes(self) -> list[tuple[int, int]]:
        """The sizes of the images, each as often as it began."""
        sizes = [(frame.require_image().width, frame.require_image().height) for frame in tuple(self.frames)]
        return [size for size, _ in itertools.groupby(sizes)]

    def wait_for(self, is_so: Callable[[], object]) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < until_s, (self.notices, len(self.frames), self.sizes())
            time.sleep(0.05)

    def close(self) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_S)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_so: Callable[[], object]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until_s
        time.sleep(0.05)


@contextmanager
def reading(settings: SourceSettings) -> Iterator[Reader]:
    reader = Reader(settings)
    try:
        yield reader
    finally:
        reader.close()


def stream(url: str) -> StreamSourceSettings:
    return StreamSourceSettings.model_validate({"url": url, "name": "yard", "timeout_s": 4})


def write_video(path: Path, frames: int, codec: str = "libx264", **options: str) -> bytes:
    """Frames of 64 x 48 pixels, ten a second."""
    with av.open(str(path), "w", options=options) as container:
        video: Any = container.add_stream(codec, rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.options = {"bf": "0", "g": "10"} if codec == "libx264" else {"x265-params": "log-level=none:bframes=0"}
        for number in range(frames):
            pixels = np.full((48, 64, 3), number % 60 * 4, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode(None))
    return path.read_bytes()


@pytest.fixture
def camera() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A camera with the login viewer, s3cret: its port and its process."""
    require_gstreamer()
    port = reserved_port()
    arguments = json.dumps({"port": port, "user": "viewer", "password": "s3cret"})
    command = [sys.executable, "-m", "tests.integration.rtsp_camera", arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield port, process
        process.kill()


def rtsp(port: int, password: str) -> RtspSourceSettings:
    url = f"rtsp://viewer:{password}@127.0.0.1:{port}/live"
    return RtspSourceSettings.model_validate({"url": url, "name": "yard", "timeout_s": 5})


@pytest.mark.timeout(180)
def test_a_camera_with_a_login_that_changes_its_size_and_then_its_codec(
    camera: tuple[int, subprocess.Popen[str]],
) -> None:
    port, process = camera
    with reading(rtsp(port, "wr0ng")) as refused:
        refused.wait_for(refused.reasons)
    assert refused.reasons() == ["it refuses the login (401 Unauthorized)"]
    assert refused.frames == []

    assert process.stdin is not None
    with reading(rtsp(port, "s3cret")) as reader:
        reader.wait_for(lambda: reader.sizes() == [(128, 96)])
        process.stdin.write("size 192x144\n")
        process.stdin.flush()
        reader.wait_for(lambda: reader.sizes() == [(128, 96), (192, 144)])
        assert reader.names() == ["source_size_changed"]
        assert str(reader.notices[0].fields["reason"]).startswith("128x96 to 192x144: ")
        process.stdin.write("codec jpeg\n")
        process.stdin.flush()
        reader.wait_for(lambda: reader.sizes() == [(128, 96), (192, 144), (128, 96)])
        assert reader.names() == ["source_size_changed", "source_lost", "source_recovered", "source_size_changed"]
        assert reader.frames[-1].require_image().format.name == "yuvj420p"
    assert "s3cret" not in str(reader.notices)


@pytest.mark.timeout(180)
def test_a_camera_that_stays_connected_and_sends_nothing_is_lost_since_its_last_image(
    camera: tuple[int, subprocess.Popen[str]],
) -> None:
    """FFmpeg's parser holds the last image back, and gives it when a read times out: it is none of now."""
    port, process = camera
    with reading(rtsp(port, "s3cret")) as reader:
        reader.wait_for(lambda: reader.count() >= 10)
        process.send_signal(signal.SIGSTOP)
        reader.wait_for(reader.reasons)
        times = [frame.moment.captured_at or datetime.max for frame in tuple(reader.frames)]
        process.send_signal(signal.SIGCONT)
        reader.wait_for(lambda: reader.names() == ["source_lost", "source_recovered"])
    assert reader.reasons() == ["nothing came before the time-out"]
    lost, *_, recovered = [float(str(one.fields.get("outage_s", 0.0))) for one in reader.notices]
    assert 5.0 <= lost <= recovered, "none has come since"
    assert all((later - earlier).total_seconds() < 5 for earlier, later in itertools.pairwise(times))


@pytest.mark.timeout(180)
def test_a_live_playlist_without_one_of_its_parts_that_stops_growing(tmp_path: Path) -> None:
    write_video(tmp_path / "index.m3u8", 60, hls_time="1", hls_list_size="0")
    began_at_s = time.monotonic()

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        name = request.path.strip("/")
        if name == "index3.ts":
            request.send_error(404)
            return
        content = (tmp_path / name).read_bytes()
        if name.endswith(".m3u8"):
            parts = [f"index{number}.ts" for number in range(min(5, 3 + int(time.monotonic() - began_at_s)))]
            lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1"]
            content = "\n".join([*lines, *(f"#EXTINF:1.0,\n{part}" for part in parts), ""]).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    with served(answer) as address, reading(stream(f"{address}/index.m3u8")) as reader:
        reader.wait_for(reader.reasons)
        assert reader.count() == 40
        assert reader.names() == ["source_lost"]
        reader.wait_for(lambda: reader.names() == ["source_lost", "source_recovered"])


@pytest.mark.timeout(180)
def test_a_stream_whose_codec_changes_is_opened_again(tmp_path: Path) -> None:
    """Its connection stays: data come, and nothing of them can be decoded."""
    first, second = write_video(tmp_path / "one.ts", 100), write_video(tmp_path / "two.ts", 10, "libx265")
    requests, has_opened = itertools.count(), threading.Event()

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        if next(requests) == 0:
            request.wfile.write(first)
            while not has_opened.wait(0.1):  # it is never silent: a silence of `timeout_s` is another trouble
                request.wfile.write(first)
        while True:
            request.wfile.write(second)
            time.sleep(0.2)

    with served(answer) as address, reading(stream(f"{address}/live.ts")) as reader:
        reader.wait_for(lambda: len(reader.frames) >= 20)
        has_opened.set()
        reader.wait_for(lambda: reader.names() == ["source_lost", "source_recovered"])
    assert str(reader.reasons()[0]).endswith(" s could be decoded as video")


@pytest.mark.timeout(180)
def test_rtmp_from_a_real_server_that_is_killed(tmp_path: Path) -> None:
    program = require_program("nginx", "libnginx-mod-rtmp")
    module = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
    if not module.exists():
        require_program("no-such-program", "libnginx-mod-rtmp")
    port, url = reserved_port(), ""
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"load_module {module}; daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/errors;\n"
        f"events {{ }} rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{ live on; }} }} }}\n"
    )
    url, done = f"rtmp://127.0.0.1:{port}/live/yard", threading.Event()
    write_video(tmp_path / "yard.ts", 400)

    def publish() -> None:
        with av.open(str(tmp_path / "yard.ts")) as source, av.open(url, "w", format="flv") as to:
            out = to.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(source.streams.video[0]):
                if packet.dts is None or done.wait(0.05):
                    return
                packet.stream = out
                to.mux(packet)

    with subprocess.Popen([program, "-c", str(config), "-e", str(tmp_path / "errors")]) as server:
        try:
            wait_until(partial(listens, port))
            with reading(stream(url)) as reader:
                reader.wait_for(reader.names)  # nothing is published yet
                publishing = threading.Thread(target=publish)
                publishing.start()
                reader.wait_for(lambda: len(reader.frames) >= 10)
                assert reader.names() == ["source_lost", "source_recovered"]
                done.set()
                publishing.join(PATIENCE_S)
                server.kill()
                reader.wait_for(lambda: reader.names()[2:] == ["source_lost"])
        finally:
            done.set()
            server.kill()

"""Streams over HTTP and UDP, from real servers on loopback."""

from __future__ import annotations

import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
from PIL import Image

from securos_trigger.model import Frame
from securos_trigger.notices import Announcer, Notice
from securos_trigger.video import open_source
from securos_trigger.video.settings import StreamSourceSettings


def frames_of(url: str, count: int, announcer: Announcer | None = None) -> list[Frame]:
    """The first frames of a stream. Fails when they have not come after half a minute."""
    stop = threading.Event()
    alarm = threading.Timer(30, stop.set)
    alarm.start()
    source = open_source(StreamSourceSettings.model_validate({"url": url, "timeout_s": 5}), announcer)
    try:
        frames = list(islice(source.frames(stop), count))
    finally:
        alarm.cancel()
        stop.set()
    assert len(frames) == count
    return frames


@contextmanager
def served(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """An HTTP server on loopback that answers every request so; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:
                self.close_connection = True  # the reader has gone

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the name in the base class
            """Print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def motion_jpeg(images: int, every_s: float) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """A camera that sends as many images and then ends the stream."""
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(jpeg, "JPEG")
    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg.getvalue())}\r\n\r\n"

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        for _ in range(images):
            request.wfile.write(head.encode() + jpeg.getvalue() + b"\r\n")
            time.sleep(every_s)

    return answer


def write_video(path: Path, **options: str) -> None:
    """Three seconds of H.264, ten images a second."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"bf": "0", "g": "10"}
        for number in range(30):
            image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 8, np.uint8), format="rgb24")
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))


def test_motion_jpeg_has_the_times_at_which_its_images_came() -> None:
    with served(motion_jpeg(images=600, every_s=0.1)) as address:
        frames = frames_of(f"{address}/video.mjpg", 20)
    assert frames[0].require_image().width == 64
    length_s = (frames[-1].at or 0.0) - (frames[5].at or 0.0)
    assert 1.0 < length_s < 30.0  # 14 images, a tenth of a second apart; counted as 25 a second they would be 0.56 s


def test_a_stream_that_ends_is_lost_and_comes_again() -> None:
    notices: list[Notice] = []
    with served(motion_jpeg(images=12, every_s=0.02)) as address:
        frames_of(f"{address}/video.mjpg", 20, Announcer([notices.append]))
    assert [notice.name for notice in notices][:2] == ["source_lost", "source_recovered"]


def test_a_playlist_is_played_and_leads_to_no_file(tmp_path: Path) -> None:
    write_video(tmp_path / "index.m3u8", hls_time="1", hls_list_size="0")
    secret = tmp_path / "private.ts"
    write_video(secret)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    (tmp_path / "files.m3u8").write_text(playlist)

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        content = (tmp_path / request.path.strip("/")).read_bytes()
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    lost = threading.Event()
    with served(answer) as address:
        frames = frames_of(f"{address}/index.m3u8", 15)
        settings = StreamSourceSettings.model_validate({"url": f"{address}/files.m3u8", "timeout_s": 5})
        source = open_source(settings, Announcer([lambda _: lost.set()]))
        assert list(source.frames(lost)) == []
    steps_s = [round((after.at or 0) - (before.at or 0), 2) for before, after in pairwise(frames)]
    assert steps_s == [0.1] * 14
    assert lost.is_set()


def test_mpeg_ts_over_udp(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write_video(tmp_path / "yard.ts")
    content, done = (tmp_path / "yard.ts").read_bytes(), threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not done.is_set():
                for place in range(0, len(content), 1316):
                    sender.sendto(content[place : place + 1316], ("127.0.0.1", port))
                    time.sleep(0.02)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    try:
        frames = frames_of(f"udp://127.0.0.1:{port}", 10)
    finally:
        done.set()
        sending.join()
    assert frames[0].require_image().height == 48

"""A named pipe as the video of a source: what a writer puts in is read, and a stop waits for no writer."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest

from securos_trigger.system.platform import open_without_waiting
from securos_trigger.video.settings import FileSourceSettings
from securos_trigger.video.sources import FileSource

WITHIN_S = 60.0
FRAMES = 20

if not hasattr(os, "mkfifo"):
    pytest.skip("this system has no named pipes", allow_module_level=True)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "live.ts"
    os.mkfifo(path)
    return path


def stream_bytes(folder: Path) -> bytes:
    """A transport stream of some frames, as a program writes it into a pipe."""
    path = folder / "stream.ts"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(FRAMES):
            pixels = np.full((64, 96, 3), number * 8, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def read_in_a_thread(pipe: Path, stop: threading.Event) -> tuple[threading.Thread, list[float]]:
    """Read the frames of a source; the list gets their times."""
    times: list[float] = []
    source = FileSource(FileSourceSettings(path=pipe))
    thread = threading.Thread(target=lambda: times.extend(frame.moment.at for frame in source.frames(stop)))
    thread.start()
    return thread, times


def test_what_a_writer_puts_into_a_pipe_is_read_to_its_end(pipe: Path, tmp_path: Path) -> None:
    thread, times = read_in_a_thread(pipe, threading.Event())
    time.sleep(0.2)  # the writer comes later
    content = stream_bytes(tmp_path)
    with pipe.open("wb") as writer:
        for start in range(0, len(content), 5_000):
            writer.write(content[start : start + 5_000])
            writer.flush()
            time.sleep(0.01)
    thread.join(WITHIN_S)
    assert len(times) == FRAMES


@pytest.mark.parametrize("has_writer", [False, True])
def test_a_stop_ends_a_source_that_waits_for_a_writer(pipe: Path, tmp_path: Path, has_writer: bool) -> None:
    stop = threading.Event()
    thread, _ = read_in_a_thread(pipe, stop)
    reader = open_without_waiting(pipe)  # so that opening it to write waits for nobody
    writer = os.open(pipe, os.O_WRONLY) if has_writer else None
    try:
        if writer is not None:
            os.write(writer, stream_bytes(tmp_path)[:3_000])
        time.sleep(0.3)
        assert thread.is_alive()
        stop.set()
        thread.join(WITHIN_S)
        assert not thread.is_alive()
    finally:
        os.close(reader)
        if writer is not None:
            os.close(writer)

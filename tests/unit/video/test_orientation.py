"""Frames that are stored on their side are turned as a player turns them."""

from __future__ import annotations

import gc
import logging
import math
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.model import Frame
from securos_trigger.notices import Announcer
from securos_trigger.video import open_sink
from securos_trigger.video.orientation import quarter_turn
from securos_trigger.video.settings import FileSinkSettings, FileSourceSettings
from securos_trigger.video.sources import FileSource, LiveSource
from tests.made_videos import write_video

ONE = 65536

#: How a display matrix (a, b, c, d) turns the stored pixels, in numpy's words.
TURNS: dict[str, tuple[tuple[int, int, int, int], Callable[[Any], Any]]] = {
    "mirrored": ((-1, 0, 0, 1), lambda pixels: pixels[:, ::-1]),
    "upside down mirrored": ((1, 0, 0, -1), lambda pixels: pixels[::-1]),
    "half a turn": ((-1, 0, 0, -1), lambda pixels: pixels[::-1, ::-1]),
    "a quarter clockwise": ((0, 1, -1, 0), lambda pixels: np.rot90(pixels, -1)),
    "a quarter the other way": ((0, -1, 1, 0), lambda pixels: np.rot90(pixels, 1)),
    "rows for columns": ((0, 1, 1, 0), lambda pixels: pixels.transpose(1, 0, 2)),
    "rows for columns, half a turn": ((0, -1, -1, 0), lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2)),
}


def frames_of(path: Path) -> list[Frame]:
    return list(FileSource(FileSourceSettings(path=path)).frames(threading.Event()))


@pytest.fixture
def stored() -> Any:
    """64 x 96 pixels whose four corners differ."""
    pixels = np.zeros((64, 96, 3), dtype=np.uint8)
    pixels[:32, :48] = 250
    pixels[32:, :48] = 90
    pixels[:32, 48:] = 170
    return pixels


@pytest.mark.parametrize("name", TURNS)
def test_a_frame_is_turned_as_its_display_matrix_says(name: str, stored: Any, tmp_path: Path) -> None:
    matrix, turned = TURNS[name]
    frames = frames_of(write_video(tmp_path / "phone.mp4", [stored] * 3, matrix))
    expected = turned(stored).astype(int)
    for frame in frames:
        found = frame.require_image().to_ndarray(format="rgb24").astype(int)
        assert found.shape == expected.shape
        assert np.abs(found - expected).mean() < 4
        assert frame.require_image().rotation == 0
    assert [round(frame.at, 3) for frame in frames] == [0.0, 0.1, 0.2]


def test_a_live_source_turns_its_frames_too(stored: Any, tmp_path: Path) -> None:
    path = write_video(tmp_path / "phone.mp4", [stored] * 3, TURNS["a quarter clockwise"][0])
    source = LiveSource("yard", lambda: av.open(str(path)), Announcer())
    frames: Iterator[Frame] = source.frames(threading.Event())
    first = next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert (first.require_image().width, first.require_image().height) == (64, 96)


def test_a_sink_writes_the_turned_frame_and_nothing_turns_it_again(stored: Any, tmp_path: Path) -> None:
    path = write_video(tmp_path / "phone.mp4", [stored] * 3, TURNS["a quarter clockwise"][0])
    sink = open_sink(FileSinkSettings(path=tmp_path / "out.mp4", quality=1))
    for frame in frames_of(path):
        sink.write(frame, ())
    sink.close()
    written = frames_of(tmp_path / "out.mp4")[0].require_image().to_ndarray(format="rgb24").astype(int)
    assert np.abs(written - np.rot90(stored, -1)).mean() < 6


def test_an_odd_angle_is_left_as_it_is_and_said_once(
    stored: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sine, cosine = math.sin(math.radians(30)), math.cos(math.radians(30))
    path = write_video(tmp_path / "phone.mp4", [stored] * 3, (cosine, sine, -sine, cosine))
    with caplog.at_level(logging.WARNING, logger="securos_trigger.video"):
        frames = frames_of(path)
    assert {(frame.require_image().width, frame.require_image().height) for frame in frames} == {(96, 64)}
    assert [record.getMessage() for record in caplog.records] == [
        "The video of phone asks to be turned by other than quarter turns; it is used as it is stored."
    ]


@pytest.mark.parametrize("matrix", [b"", bytes(36), bytes(35), struct.pack("=9i", *([ONE] * 9))])
def test_a_damaged_matrix_is_no_turn(matrix: bytes) -> None:
    assert quarter_turn(matrix) not in {turn for turn, _ in TURNS.values()}


@pytest.mark.parametrize("turn", [(1, 0, 0, 1), (0, 1, -1, 0)])
def test_an_image_is_freed_without_the_garbage_collector(tmp_path: Path, stored: Any, turn: Any) -> None:
    source = FileSource(FileSourceSettings(path=write_video(tmp_path / "video.mp4", [stored] * 20, turn)))
    gc.collect()
    gc.disable()
    try:
        before = {id(one) for one in gc.get_objects() if isinstance(one, av.VideoFrame)}
        sizes = [frame.size for frame in source.frames(threading.Event())]
        left = [one for one in gc.get_objects() if isinstance(one, av.VideoFrame) and id(one) not in before]
    finally:
        gc.enable()
    assert sizes == [(96, 64) if turn[0] else (64, 96)] * 20
    assert left == []

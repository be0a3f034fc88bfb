"""The demo's images on the simulator's page."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
from PIL import Image

from securos_trigger.demo.camera_images import CameraImages
from securos_trigger.errors import SimulatorError
from securos_trigger.model import Frame, Moment
from securos_trigger.pipeline.newest_frames import NewestFrames
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.vms.simulator import Simulator

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)


class Screens:
    """What of a simulator is used: it remembers, and the first image finds it away."""

    cameras = ("1", "2")

    def __init__(self) -> None:
        self.shown: list[tuple[str, bytes, float]] = []
        self.is_away = True
        self.has_all = threading.Event()
        self.has_hidden = threading.Event()

    def show_image(self, camera: str, jpeg: bytes, at_s: float) -> None:
        if self.is_away:
            self.is_away = False
            raise SimulatorError("it is away")
        self.shown.append((camera, jpeg, at_s))
        if not jpeg:
            self.has_hidden.set()
        if len(self.shown) == len(self.cameras):
            self.has_all.set()


def thread_of(frames: NewestFrames) -> PipelineThread:
    return cast("PipelineThread", SimpleNamespace(pipeline=SimpleNamespace(newest_frames=frames)))


def both(frames: NewestFrames) -> Callable[[], dict[str, PipelineThread]]:
    thread = thread_of(frames)
    return lambda: dict.fromkeys(Screens.cameras, thread)


def frame(image: Any, captured_at: datetime | None = AT) -> Frame:
    return Frame(Moment(0.0, captured_at, "square"), image)


def test_each_new_frame_is_shown_once_for_each_camera_and_a_missed_one_holds_nothing_up() -> None:
    frames, screens = NewestFrames(), Screens()
    image = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24")
    frames.keep(frame(image), 1)
    with CameraImages(both(frames), cast("Simulator", screens)):
        while screens.is_away:
            threading.Event().wait(0.01)
        frames.keep(frame(image), 2)
        assert screens.has_all.wait(30)
    assert sorted((camera, at_s) for camera, _, at_s in screens.shown) == [("1", AT.timestamp()), ("2", AT.timestamp())]
    assert all(jpeg.startswith(b"\xff\xd8") for _, jpeg, _ in screens.shown)


def test_a_frame_without_an_image_shows_nothing() -> None:
    frames, screens = NewestFrames(), Screens()
    frames.keep(frame(None), 1)
    with CameraImages(both(frames), cast("Simulator", screens)):
        pass
    assert screens.shown == []
    assert screens.is_away


def test_a_frame_without_a_wall_clock_is_shown_as_if_it_were_live() -> None:
    frames, screens = NewestFrames(), Screens()
    screens.is_away = False
    frames.keep(frame(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24"), None), 1)
    before_s = time.time()
    with CameraImages(both(frames), cast("Simulator", screens)):
        assert screens.has_all.wait(30)
    assert all(before_s <= at_s <= time.time() for _, _, at_s in screens.shown)


def test_a_camera_shows_the_video_of_its_own_pipeline_and_none_of_another_one() -> None:
    own, other, screens = NewestFrames(), NewestFrames(), Screens()
    screens.is_away = False
    for frames, gray in ((own, 10), (other, 200)):
        pixels = np.full((48, 64, 3), gray, dtype=np.uint8)
        frames.keep(frame(av.VideoFrame.from_ndarray(pixels, format="rgb24")), 1)
    now = {"1": thread_of(own), "2": thread_of(other)}
    with CameraImages(lambda: now, cast("Simulator", screens)):
        assert screens.has_all.wait(30)
        now = {"1": now["1"]}
        assert screens.has_hidden.wait(30)
    brightness = {camera: np.asarray(Image.open(io.BytesIO(jpeg))).mean() for camera, jpeg, _ in screens.shown[:2]}
    assert brightness["1"] < 50 < 150 < brightness["2"]
    assert [(camera, jpeg) for camera, jpeg, _ in screens.shown[2:]] == [("2", b"")]

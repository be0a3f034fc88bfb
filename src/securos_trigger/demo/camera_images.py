"""Shows the demo's video on the simulator's page, as the cameras of a real SecurOS would show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from securos_trigger.errors import SimulatorError
from securos_trigger.runtime.frame_answers import jpeg_of_frame
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.system.worker import Worker
from securos_trigger.vms.simulator import Simulator

#: An image for each camera this often: enough to see people walk.
EVERY_S: Final = 0.2
WIDTH: Final = 640


class CameraImages:
    """A thread that sends the newest frame to the simulator, for each of its cameras.

    `threads` gives the pipeline that each camera shows now: the one whose event came last, so that the boxes of an
    event are drawn on its own video. A camera that is not in it, and one whose pipeline has no images, shows none.

    A context manager. A simulator that does not answer misses an image; the pipeline is never held up.
    """

    def __init__(self, threads: Callable[[], Mapping[str, PipelineThread]], simulator: Simulator) -> None:
        self._threads = threads
        self._simulator = simulator
        self._shown: dict[str, tuple[PipelineThread, int]] = {}  # by camera, with the number of its frame
        self._worker = Worker("demo-images", self._step)

    def __enter__(self) -> CameraImages:
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    def _step(self, closing: threading.Event) -> bool:
        with suppress(SimulatorError):  # the next images follow at once
            self._show_all()
        return not closing.wait(EVERY_S)

    def _show_all(self) -> None:
        images: dict[int, bytes] = {}  # of each frame that is new, made once for all of its cameras
        threads = self._threads()
        for camera in self._simulator.cameras:
            kept = threads[camera].pipeline.newest_frames.of() if camera in threads else None
            if kept is None:
                self._hide(camera)
                continue
            number, frame = kept
            if self._shown.get(camera) == (threads[camera], number):
                continue
            if id(frame) not in images:
                images[id(frame)] = jpeg_of_frame(frame, WIDTH) or b""
            if jpeg := images[id(frame)]:
                self._shown[camera] = threads[camera], number
                # A file that is read as fast as can be has no wall clock: it is shown as if it were live.
                at_s = time.time() if frame.captured_at is None else frame.captured_at.timestamp()
                self._simulator.show_image(camera, jpeg, at_s)
            else:
                self._hide(camera)

    def _hide(self, camera: str) -> None:
        """Take the image of another pipeline away."""
        if camera in self._shown:
            self._simulator.show_image(camera, b"", time.time())
            del self._shown[camera]

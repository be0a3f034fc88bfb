"""Shows the demo's video on the simulator's page, as the cameras of a real SecurOS would show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
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
    """A thread that sends the newest frame of a pipeline to the simulator, for each of its cameras.

    `thread` gives the thread of the pipeline that runs now.

    A context manager. A simulator that does not answer misses an image; the pipeline is never held up.
    """

    def __init__(self, thread: Callable[[], PipelineThread], simulator: Simulator) -> None:
        self._thread = thread
        self._simulator = simulator
        self._number = -1
        self._worker = Worker("demo-images", self._step)

    def __enter__(self) -> CameraImages:
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    def _step(self, closing: threading.Event) -> bool:
        kept = self._thread().pipeline.newest_frames.of()
        if kept is not None and kept[0] != self._number:
            self._number, frame = kept
            if jpeg := jpeg_of_frame(frame, WIDTH):
                # A file that is read as fast as can be has no wall clock: it is shown as if it were live.
                at_s = time.time() if frame.captured_at is None else frame.captured_at.timestamp()
                self._send(jpeg, at_s)
        return not closing.wait(EVERY_S)

    def _send(self, jpeg: bytes, at_s: float) -> None:
        for camera in self._simulator.cameras:
            try:
                self._simulator.show_image(camera, jpeg, at_s)
            except SimulatorError:
                return  # the next image follows at once

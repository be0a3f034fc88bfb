"""Opens sources and models as `run` does, looks whether they work, and leaves. The doctor asks for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Protocol

from securos_trigger.analytics import build
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import ConfigurationError, Mistake, SecurosTriggerError
from securos_trigger.inputs.feed import Feed
from securos_trigger.model import Frame
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.runtime.input_pipelines import as_visitor, feed_opener, has_input
from securos_trigger.video import open_source

_LOOK_EVERY_S: Final = 0.05


class Visit(Protocol):
    """A source that is being opened. `is_input`: it gives metadata, not video.

    `size` is that of its images in pixels; None: not known. It keeps no frame: many are open side by side.
    """

    name: str
    is_input: bool
    size: tuple[int, int] | None

    def reason(self, ends_at_ticks: float) -> str | None:
        """Wait until an instant of the monotonic clock, and close. None: the source works. Empty: no answer by then."""

    def has_ended(self) -> bool:
        """False while a library still hangs in what it was asked, although `reason` has answered."""


def visit(
    pipeline: PipelineSettings,
    *,
    within_s: float | None = None,
    on_frame: Callable[[Frame], None] = lambda _: None,
) -> Visit:
    """Begin to open the source of a pipeline. Several may be opened side by side.

    `within_s`: its own `timeout_s` counts up to this many seconds only. `on_frame` gets the first frame of video, in
    the thread of the visit, before `reason` answers; the frame takes megabytes, and is not meant to be kept.
    """
    own = getattr(pipeline.source, "timeout_s", None)
    if own is not None and within_s is not None and own > within_s:
        pipeline = replace(pipeline, source=pipeline.source.model_copy(update={"timeout_s": within_s}))
    return _InputVisit(pipeline) if has_input(pipeline) else _VideoVisit(pipeline, on_frame)


def models_of(pipeline: PipelineSettings) -> Iterator[tuple[str, tuple[Mistake, ...]]]:
    """Load each model that is there: the node's id, and why it cannot be used (none: it can).

    A mistake that has a place begins with the id of the node.
    """
    for node in pipeline.nodes:
        if not isinstance(node, DetectorSettings) or (node.model is not None and not node.model.is_file()):
            continue
        try:
            build(node).close()
        except ConfigurationError as error:
            yield node.id, error.mistakes
        except SecurosTriggerError as error:
            what, _, install = str(error).partition("\n")  # the command of a part that is not installed
            yield node.id, (Mistake(node.id, what, install.strip()),)
        else:
            yield node.id, ()


class _VideoVisit:
    """Waits in a thread for the first frame. A library that hangs is left behind, and not waited for."""

    is_input = False

    def __init__(self, pipeline: PipelineSettings, on_frame: Callable[[Frame], None]) -> None:
        self.name = pipeline.name
        self.size: tuple[int, int] | None = None
        self._pipeline = pipeline
        self._on_frame = on_frame
        self._stop = threading.Event()
        self._is_answered = threading.Event()
        self._reason = ""
        self._thread = threading.Thread(target=self._look, name=f"look-{pipeline.name}", daemon=True)
        self._thread.start()

    def has_ended(self) -> bool:
        return not self._thread.is_alive()

    def reason(self, ends_at_ticks: float) -> str | None:
        is_answered = self._is_answered.wait(max(0.0, ends_at_ticks - time.monotonic()))
        self._stop.set()
        return None if is_answered and not self._reason else self._reason

    def _look(self) -> None:
        try:
            source = open_source(self._pipeline.source, Announcer([self._hear]))
            self.name = named(self._pipeline.name, source.name)
            for frame in source.frames(self._stop):
                self._on_frame(frame)
                self.size = frame.size
                self._is_answered.set()
                return
            self._give_up("it has none in it")
        except SecurosTriggerError as error:
            self._give_up(str(error))
        except Exception as error:  # noqa: BLE001  the one bulkhead of this thread: the finding has the error
            self._give_up(name_of_bug(error))

    def _hear(self, notice: Notice) -> None:
        if notice.kind is kinds.SOURCE_LOST:
            self._give_up(str(notice.fields["reason"]))

    def _give_up(self, reason: str) -> None:
        if not self._is_answered.is_set():
            self._reason = reason
            self._is_answered.set()
        self._stop.set()


class _InputVisit:
    """Connects to a broker or a device, and leaves. Nothing that comes is acknowledged, so that nothing is lost."""

    is_input = True
    size: tuple[int, int] | None = None

    def __init__(self, pipeline: PipelineSettings) -> None:
        self.name = f"{pipeline.name}: {pipeline.source.source_name}"
        self._reason = ""
        self._feed: Feed | None = None
        try:
            # QoS 0: a broker that still keeps a session has nothing to keep for it.
            source = as_visitor(pipeline.source, qos=0)
            self._feed = feed_opener(f"{pipeline.name}-doctor-{os.getpid()}", source, Announcer([self._hear]))(None)
            self._feed.start()
        except SecurosTriggerError as error:
            self._reason = str(error)

    def reason(self, ends_at_ticks: float) -> str | None:
        is_connected = False
        if (feed := self._feed) is not None:
            while not (feed.state.is_connected or self._reason) and time.monotonic() < ends_at_ticks:
                time.sleep(_LOOK_EVERY_S)
            is_connected = feed.state.is_connected
            feed.close()
        return None if is_connected else self._reason

    def has_ended(self) -> bool:
        return True

    def _hear(self, notice: Notice) -> None:
        if notice.kind is kinds.SOURCE_LOST:
            self._reason = self._reason or str(notice.fields["reason"])


def named(pipeline: str, source: str) -> str:
    """Both names, unless they are the same."""
    return pipeline if pipeline == source else f"{pipeline}: {source}"

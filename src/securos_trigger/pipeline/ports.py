"""The interfaces of sources and sinks. Imports nothing heavy."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from securos_trigger.model import Event, Frame
from securos_trigger.model.source_figures import SourceFigures


class Source(Protocol):
    """A stream of frames, with or without an image: a camera, a file, an input of metadata."""

    name: str
    figures: SourceFigures
    #: True for a source that never ends by itself, so that it is worth to start it again after a failure.
    is_live: bool

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The frames, until the stream ends or `stop` is set. Raises `VideoError` when it cannot be opened.

        May be called again after it has raised.
        """


class Sink(Protocol):
    """The end of a pipeline.

    One may have `has_worked`: False while it does not know yet whether what it took after a fault is kept. What is lost
    later is said with a `FramesLostError`.
    """

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        """Take the frame, and the events that fired on it. Leaves the frame and its image as they were."""

    def close(self) -> None:
        """Finish the file."""

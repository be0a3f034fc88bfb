"""A frame, the moment it belongs to, and what a node before the trigger is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

_new_tuple: Final = tuple.__new__

#: What upstream nodes know about a frame: `nodes`, `objects` and custom properties. Never trusted.
Metadata = Mapping[str, Any]


class Moment(NamedTuple):
    """When and where a frame was: media time, wall clock, the source's name and the start of the source.

    `at` is in seconds (not finite: not known), `captured_at` is aware (None: not known). `start` is a random id of this
    start of the source: where it changes (a reconnect, a loop, another run), media time and event ids may begin again.
    Empty: the source has no starts, and its ids are its own for ever. A named tuple, because there is one for every
    frame.
    """

    at: float
    captured_at: datetime | None = None
    source_name: str = ""
    start: str = ""


def moment_of(at: float, captured_at: datetime | None, source_name: str, start: str = "") -> Moment:
    """A moment, made faster than with the class."""
    return _new_tuple(Moment, (at, captured_at, source_name, start))


@dataclass(slots=True)
class Frame:
    """One frame on its way through a pipeline, with the metadata that nodes attach to it.

    `image` is the decoder's own object (an `av.VideoFrame`), handed on and never copied; None from a source that
    carries metadata only. Such a source may say in `declared_size` (width, height) which pixels its objects are in.
    """

    moment: Moment
    image: Any | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    declared_size: tuple[int, int] | None = None

    @property
    def at(self) -> float:
        """Media time, in seconds."""
        return self.moment.at

    @property
    def captured_at(self) -> datetime | None:
        """Wall clock (aware) at which the frame was read; None: not known."""
        return self.moment.captured_at

    @property
    def source_name(self) -> str:
        """Name of the source."""
        return self.moment.source_name

    def require_image(self) -> Any:
        """The image. Raises ValueError when there is none."""
        if self.image is None:
            raise ValueError(f'the source "{self.source_name}" gives no images')
        return self.image

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels: the image's, else the declared ones; None: not known."""
        return self.declared_size if self.image is None else (self.image.width, self.image.height)


@runtime_checkable
class AnalyticsNode(Protocol):
    """One step of a pipeline before the trigger.

    One that looks at some frames only has `has_worked`, False after a frame between, and the number of these as
    `frames_between`: they say nothing about whether it works.
    """

    @property
    def node_id(self) -> str:
        """The node's name in the metadata: `nodes.<node_id>`."""

    def process(self, frame: Frame) -> bool | None:
        """Look at the frame and write into its metadata. False ends the frame's way: no later step sees it."""

    def close(self) -> None:
        """Let go of files, threads and models. Called once, after the last frame."""

"""What upstream nodes know about a frame: reading it, making it plain, recording it.

In: `frame.metadata`, as docs/metadata.md describes it. Out: objects with track ids (`objects`), events of upstream
nodes (`upstream_events`), JSON (`plain`), and recordings that can be replayed (`recordings`). Knows no node that writes
it, and none that reads it.

Each name is loaded when it is first used: a trigger node needs no recordings. `plain` is a module with one function.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.metadata.objects import objects_of, tracked_objects_of
    from securos_trigger.metadata.recorded_frames import RecordedFrame, line_of
    from securos_trigger.metadata.recordings import Recording, RecordingWriter
    from securos_trigger.metadata.upstream_events import UpstreamEvent, started_events

_HOMES = {
    "RecordedFrame": "recorded_frames",
    "Recording": "recordings",
    "RecordingWriter": "recordings",
    "UpstreamEvent": "upstream_events",
    "line_of": "recorded_frames",
    "objects_of": "objects",
    "started_events": "upstream_events",
    "tracked_objects_of": "objects",
}

__all__ = [
    "RecordedFrame",
    "Recording",
    "RecordingWriter",
    "UpstreamEvent",
    "line_of",
    "objects_of",
    "started_events",
    "tracked_objects_of",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""Metadata that Python code beside the pipeline gives to frames, by stream and presentation time stamp (PTS).

The code puts the metadata there before the frame reaches `securostrigger`: in a pad probe, or in an element of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

#: Frames of one stream that may wait; with one more, the oldest is forgotten.
MAX_WAITING: Final = 1_000

_waiting: Final[dict[str, OrderedDict[int, Mapping[str, Any]]]] = {}
_changing: Final = threading.Lock()


def attach(stream: str, pts_ns: int, metadata: Mapping[str, Any]) -> None:
    """Give the frame with this PTS (nanoseconds) of a stream its metadata: `objects`, `nodes`, anything else.

    `stream` is the property `stream` of the element, by default its name. From any thread. A second call for the same
    frame replaces the first.
    """
    with _changing:
        of_stream = _waiting.setdefault(stream, OrderedDict())
        of_stream[pts_ns] = metadata
        of_stream.move_to_end(pts_ns)
        if len(of_stream) > MAX_WAITING:
            of_stream.popitem(last=False)


def take(stream: str, pts_ns: int) -> Mapping[str, Any] | None:
    """The metadata of a frame, which is then forgotten; None: there is none."""
    of_stream = _waiting.get(stream)
    if not of_stream:
        return None
    with _changing:
        return of_stream.pop(pts_ns, None)


def forget(stream: str) -> None:
    """Forget what waits for a stream: it starts again."""
    with _changing:
        _waiting.pop(stream, None)

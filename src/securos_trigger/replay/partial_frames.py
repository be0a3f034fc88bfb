"""Reads of each recorded frame only what conditions read, and all of it where one is true.

Most frames of a recording fire nothing, and to make objects of all that stands in their lines takes most of the time of
a replay. What a condition does not read cannot change what it says; the texts and boxes of an event may show anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypedDict, Union

from securos_trigger.conditions import Condition
from securos_trigger.conditions.read_parts import Part, parts_read
from securos_trigger.metadata.recorded_frames import ReadFrame, RecordedFrame, frame_in, partial_reader
from securos_trigger.model import EventSource
from securos_trigger.trigger.properties import TriggerProperties

_SCALARS: Final = (str, bool, int, float, None)
_new_type: Final[Any] = TypedDict  # its fields are known when the conditions are


def frame_reader(triggers: Iterable[TriggerProperties]) -> ReadFrame:
    """What reads frames for these trigger nodes, and for no other use."""
    enabled = [trigger for trigger in triggers if trigger.enabled]
    texts = [trigger.trigger for trigger in enabled if trigger.event_source is EventSource.CUSTOM and trigger.trigger]
    if len(texts) < len(enabled):  # built-in events may stand in any node of the metadata
        return frame_in
    return PartialFrames(texts).frame_in


class PartialFrames:
    """Reads the frames of a recording for conditions with these texts."""

    def __init__(self, conditions: Iterable[str]) -> None:
        texts = tuple(dict.fromkeys(conditions))
        self._fires = [Condition(text).fires for text in texts]
        self._read_partially = partial_reader(_object_of(parts_read(texts)))
        self._is_true = False  # a condition, on the frame before

    def frame_in(self, number: int, line: bytes) -> RecordedFrame | str:
        """Read a frame. Where a condition is true it often is on the next frame, too: that is read whole at once."""
        was_true = self._is_true
        frame = frame_in(number, line) if was_true else self._read_partially(number, line)
        if isinstance(frame, str):
            return frame
        metadata = frame.metadata
        self._is_true = any(fires(metadata) for fires in self._fires)
        return frame_in(number, line) if self._is_true and not was_true else frame


def _type_of(part: Part) -> Any:
    """The type of what is read at a place. What is not an object there is read whole, so that every frame fits."""
    if part.is_whole:
        return Any
    each = _each_of(part)
    items = Any if each is None else _type_of(each)
    return Union[(_object_of(part), list[items], *_SCALARS)]  # type: ignore[valid-type]


def _object_of(part: Part) -> Any:
    """The same where an object stands."""
    if part.is_whole:
        return dict[str, Any]
    each = _each_of(part)
    if each is not None:
        return dict[str, _type_of(each)]  # type: ignore[misc]
    known = {key: _type_of(below) for key, below in part.below.items() if key.isascii()}
    return _new_type("_Part", known, total=False)


def _each_of(part: Part) -> Part | None:
    """What is read below any key, where a wildcard or a loop reads below each; None: only known keys are."""
    if part.below_each is None:
        return None
    each = Part()
    for below in (part.below_each, *part.below.values()):
        each.add(below)
    return each

"""Raises a built-in event while a condition is true."""

from __future__ import annotations

import uuid
from typing import Any

from securos_trigger.analytics.settings import EventSettings
from securos_trigger.conditions import Condition
from securos_trigger.model import Frame
from securos_trigger.model.media_time import ROUNDING_S, MediaClock


class EventNode:
    """Writes `nodes.<id>` on every frame: whether the event is on, and whether that changed on this frame.

    An event starts when the condition becomes true (`event_delta` 1, `event_state` 1, a new `event_id`) and ends when
    it is no longer true and `min_duration_s` is over (`event_delta` 1, `event_state` 0, the same `event_id`). A
    condition that is unknown is not true. A jump back in time ends the event without a word.
    """

    def __init__(self, settings: EventSettings) -> None:
        self.node_id = settings.id
        self._settings = settings
        self._condition = Condition(settings.condition)
        self._clock = MediaClock()
        self._event_id: str | None = None
        self._started_at = 0.0

    def process(self, frame: Frame) -> None:
        """Test the condition and write the event's state."""
        if self._clock.advance_to(frame.moment):
            self._event_id = None
        now = self._clock.now
        was_on = self._event_id is not None
        is_on = self._condition.fires(frame.metadata)
        if was_on and not is_on:
            is_on = now - self._started_at < self._settings.min_duration_s - ROUNDING_S
        if is_on and not was_on:
            self._event_id = str(uuid.uuid4())
            self._started_at = now
        frame.metadata.setdefault("nodes", {})[self.node_id] = self._record(is_on, was_on != is_on)
        if not is_on:
            self._event_id = None

    def close(self) -> None:
        """Nothing to let go of."""

    def _record(self, is_on: bool, has_changed: bool) -> dict[str, Any]:
        record: dict[str, Any] = {
            "event_delta": int(has_changed),
            "event_state": int(is_on),
            "event": self._settings.event_type,
            "event_type": self._settings.event_type,
        }
        if self._event_id is not None:
            record["event_id"] = self._event_id
            record["event_description"] = self._settings.description
        return record

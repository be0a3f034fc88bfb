"""One trigger node on recorded frames: the real node, and what is kept of its decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from securos_trigger.config.settings import TriggerSettings
from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.model import Decision, Event, Moment
from securos_trigger.replay.timeline import Timeline
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.node import TriggerSecurOSEvent

#: The number of events of a node that are kept to be shown; all are counted.
MAX_FIRINGS = 10_000


@dataclass(frozen=True, slots=True)
class Firing:
    """An event that would have fired: where in the recording (seconds since the source's first frame, line)."""

    position_s: float
    line: int
    source_name: str
    event: Event

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        event = self.event
        return {
            "position_s": round(self.position_s, 3),
            "line": self.line,
            "source_name": self.source_name,
            "node_id": event.node_id,
            "at": event.at,
            "captured_at": event.captured_at.isoformat() if event.captured_at else None,
            "name": event.name,
            "description": event.description,
            "camera_ids": list(event.camera_ids),
            "flags": sorted(event.flags),
            "boxes": [list(box) for box in event.boxes],
        }


@dataclass(frozen=True, slots=True)
class NodeReport:
    """The decisions of one node over a recording. `frames` are counted by reason, `flags` are those of its events.

    Reasons and flags stand as words. `firings` holds the first events only (`MAX_FIRINGS`); `events` counts all.
    """

    pipeline: str
    node_id: str
    source_name: str
    frames: Mapping[str, int]
    flags: Mapping[str, int]
    events: int
    firings: tuple[Firing, ...]
    timeline: Timeline
    length_s: float

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the timeline."""
        return {
            "pipeline": self.pipeline,
            "node_id": self.node_id,
            "source_name": self.source_name,
            "length_s": round(self.length_s, 3),
            "frames": dict(self.frames),
            "flags": dict(self.flags),
            "events": self.events,
            "first_events": [firing.to_json() for firing in self.firings],
        }


class ReplayedNode:
    """The node of one pipeline on the frames of one source."""

    def __init__(self, pipeline: str, trigger: TriggerSettings, context: Context, source_name: str) -> None:
        self.node = TriggerSecurOSEvent.from_properties(trigger.properties, context)
        self.pipeline = pipeline
        self._source_name = source_name
        self._timeline = Timeline()
        self._stretch: Counter[str] = Counter()
        self._stretch_ends_at_s = 0.0
        self._firings: list[Firing] = []
        self._events = 0
        self._position_s = 0.0

    def process(self, frame: RecordedFrame, moment: Moment, position_s: float) -> Decision:
        """Decide about one frame, whose moment this is, as the live node would."""
        if position_s >= self._stretch_ends_at_s:
            self._stretch, self._stretch_ends_at_s = self._timeline.stretch_at(position_s)
        self._position_s = position_s
        decision = self.node.decide(frame.metadata, moment, frame.frame_size)
        self._stretch[decision.reason] += 1
        for event in decision.events:
            self._events += 1
            if len(self._firings) < MAX_FIRINGS:
                self._firings.append(Firing(position_s, frame.line, frame.source_name, event))
        return decision

    def report(self) -> NodeReport:
        """Report what was decided so far."""
        return NodeReport(
            pipeline=self.pipeline,
            node_id=self.node.node_id,
            source_name=self._source_name,
            frames={str(reason): count for reason, count in self.node.decisions.most_common()},
            flags={str(flag): count for flag, count in self.node.flags.most_common()},
            events=self._events,
            firings=tuple(self._firings),
            timeline=self._timeline,
            length_s=self._position_s,
        )

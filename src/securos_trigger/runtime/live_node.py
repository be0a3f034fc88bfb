"""A trigger node that runs: its decisions are recorded, its events are kept and delivered."""

from __future__ import annotations

import math
import platform
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import SupportsFloat

from securos_trigger.errors.wording import why_muted
from securos_trigger.health import Recipient
from securos_trigger.ledger import Answer, Asked, Ledger, NodeLedger, SettingsNote, answer
from securos_trigger.model import Address, Decision, Frame, Metadata, Moment, Reason
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.outbox import State
from securos_trigger.runtime.event_sink import Origin, OutboxSink
from securos_trigger.runtime.first_frames import FirstFrames
from securos_trigger.runtime.gathered_events import GatheredEvents
from securos_trigger.system.timestamps import is_of_a_frame, service_clock_s
from securos_trigger.trigger.boxes import FrameSize, usable_size
from securos_trigger.trigger.caller_time import CallerTime, wall_clock
from securos_trigger.trigger.node import TriggerSecurOSEvent

#: Without a time, `LiveNode.explain` sums up this much, in seconds.
EXPLAIN_LAST_S = 600.0


class LiveNode:
    """A trigger node whose events are kept and delivered. What the bare node knows stands in `node`."""

    __slots__ = (
        "__weakref__",
        "_caller_time",
        "_decided_before",
        "_deciding",
        "_events",
        "_first_frames",
        "_keep",
        "_last_elsewhere",
        "_ledger",
        "_node_ledger",
        "_sends_boxes",
        "_start",
        "address",
        "boxes_missing_since_s",
        "heartbeat",
        "is_template",
        "mute_reason",
        "muted_by",
        "muted_since",
        "node",
        "origin",
        "source_figures",
        "times_replaced_since_s",
    )

    def __init__(
        self,
        node: TriggerSecurOSEvent,
        address: Address,
        events: OutboxSink,
        ledger: Ledger,
        node_ledger: NodeLedger,
        heartbeat: Heartbeat,
        first_frames: FirstFrames,
        gathered: GatheredEvents | None = None,
    ) -> None:
        """`gathered` takes the events where they are committed together with what they came of."""
        self.node = node
        self.address = address
        self.origin = Origin(address, str(node.properties.target), node.release)
        self.heartbeat = heartbeat
        #: True for a node of the configuration that gets no frames, because each camera has one of its own.
        self.is_template = False
        #: When a person muted it; None: it is not muted.
        self.muted_since: datetime | None = None
        #: Who muted it, and why; empty when it is not muted, or that is not known.
        self.muted_by = self.mute_reason = ""
        self._events = events
        self._keep = events.keep if gathered is None else gathered.keep
        self._ledger = ledger
        self._node_ledger = node_ledger
        self._caller_time = CallerTime(self._report_unusable_time, self._report_usable_time)
        self._first_frames = first_frames
        self._decided_before: Counter[Reason] = Counter()  # with another condition than the present one
        self._sends_boxes = node.properties.send_bounding_boxes
        self._deciding = threading.Lock()  # held for each decision, so that a change falls between two frames
        #: Since when its frames have a wall clock that cannot be one (Unix seconds); None: the last one had none such.
        self.times_replaced_since_s: float | None = None
        #: What is counted of the frames of an element of GStreamer; None: a pipeline or a program has the node.
        self.source_figures: SourceFigures | None = None
        #: Since when its events go without boxes, because the size of their frames is not known; None: they do not.
        self.boxes_missing_since_s: float | None = None
        self._last_elsewhere: tuple[float, str] | None = None
        self._start = uuid.uuid4().hex  # media time and the ids of earlier nodes begin again with each program

    def go_on_after(self, fired_at_s: float, event_id: str) -> None:
        """Let the interval count from an event of another machine: its wall clock (Unix seconds), and its id."""
        self._last_elsewhere = fired_at_s, event_id

    def mute(self, until: datetime | None, reason: str, since: datetime | None = None, person: str = "") -> None:
        """Let the node fire nothing until then, for the reason of a person. None: it fires again. From any thread.

        `since` is when the person muted it.
        """
        self._node_ledger.mute_reason = why_muted(reason, person)
        self.mute_reason = reason
        self.muted_by = person
        self.muted_since = since
        self.node.muted_until = until

    @property
    def label(self) -> str:
        """What its frames are called in reports: the name of its pipeline, or its own."""
        return self.address.pipeline or self.address.node

    def health_recipient(self, service: str) -> Recipient:
        """The cameras that get health reports of this node; none: it names none. `service` is a name for all."""
        properties, context = self.node.properties, self.node.context
        name = service or context.gateway_name or context.deployment_name or platform.node()
        target = str(properties.target)
        return Recipient(target, properties.health_cameras, context.node_id, context.deployment_id, name)

    def process(
        self,
        metadata: Metadata,
        at: SupportsFloat | None = None,
        *,
        captured_at: datetime | None = None,
        source_name: str = "",
        frame_size: FrameSize | None = None,
    ) -> Decision:
        """Decide about one frame, and hand over what fired: microseconds, whatever the disk and the VMS do.

        `at` is media time in seconds, any real number; TypeError for anything else. Without it, it is as with
        `TriggerSecurOSEvent.process`. `captured_at` is the frame's wall clock; without it now.
        `frame_size` is the frame's width and height in pixels, for `send_bounding_boxes`.
        """
        if captured_at is not None:
            captured_at = self._wall_clock(wall_clock(captured_at))
        media_time = self._caller_time.seconds(at, captured_at)
        moment = Moment(media_time, captured_at or datetime.now(UTC), source_name, self._start)
        decision = self._decide(metadata, moment, frame_size)
        self._caller_time.note_counted(decision.at)
        return decision

    def process_frame(self, frame: Frame) -> Decision:
        """Decide about one frame of a pipeline."""
        moment = frame.moment
        if moment.captured_at is None:
            moment = moment._replace(captured_at=datetime.now(UTC))
        elif is_of_a_frame(moment.captured_at):
            self.times_replaced_since_s = None  # each frame comes here: nothing is copied
        else:
            moment = moment._replace(captured_at=self._wall_clock(moment.captured_at))
        return self._decide(frame.metadata, moment, frame.size if self._sends_boxes else None)

    @property
    def decisions_of_condition(self) -> Counter[Reason]:
        """How many decisions ended for each reason since the condition is what it is now. From any thread."""
        return self.node.decisions - self._decided_before

    @property
    def condition_since_s(self) -> float:
        """Since when its condition is what it is now (`service_clock_s`)."""
        return self._first_frames.since_s

    @property
    def why_unknown(self) -> str:
        """Why the condition was unknown on all of its first frames; empty: it was not, or it is too early to say."""
        return self._first_frames.reason

    def explain_upstream(self, conditions: Sequence[str]) -> None:
        """Let the ledger say what the conditions of the event nodes before a `built_in` node have read."""
        self._node_ledger.explain_upstream(conditions)

    def change(self, node: TriggerSecurOSEvent, first_frames: FirstFrames, changed: tuple[str, ...]) -> None:
        """Decide with `node` from the next frame on; it goes on from the present one. From any thread.

        `changed` are the names of the properties that changed.
        """
        condition = node.condition
        note = SettingsNote(self.address, time.time(), changed, "" if condition is None else condition.text)
        with self._deciding:
            if condition != self.node.condition:
                self._first_frames = first_frames
                self._decided_before = self.node.decisions
            node.go_on_from(self.node)
            self.node = node
            self._sends_boxes = node.properties.send_bounding_boxes
            self.boxes_missing_since_s = self.boxes_missing_since_s if self._sends_boxes else None
            self.origin.target = str(node.properties.target)
            self.origin.release = node.release
            self._node_ledger.change(condition, note)

    def end(self) -> None:
        """The node is no more: its last entry in the ledger is whole."""
        with self._deciding:
            self._ledger.forget(self._node_ledger)

    def _decide(self, metadata: Metadata, moment: Moment, frame_size: FrameSize | None) -> Decision:
        with self._deciding:
            self.heartbeat.last_at_ticks = time.monotonic()
            if self._last_elsewhere is not None:
                self._restore_interval(moment)
            decision = self.node.decide(metadata, moment, frame_size)
            try:
                self._node_ledger.note(decision, metadata, moment)
            finally:  # what is for looking things up must never cost an event
                for event in decision.events:
                    self._keep(event, self.origin, is_id_new=bool(moment.start))
            if decision.events and self._sends_boxes:
                self._note_size(frame_size)
            if not self._first_frames.is_over:
                self._first_frames.see(decision, metadata)
            return decision

    def _wall_clock(self, captured_at: datetime) -> datetime:
        """The time of a frame, or the present one where it cannot be one."""
        if is_of_a_frame(captured_at):
            self.times_replaced_since_s = None
            return captured_at
        self.times_replaced_since_s = self.times_replaced_since_s or service_clock_s()
        return self._events.replace_time(captured_at, self.address)

    def _note_size(self, frame_size: FrameSize | None) -> None:
        """Note whether the boxes of an event could be sent."""
        if usable_size(frame_size) is not None:
            self.boxes_missing_since_s = None
            return
        self.boxes_missing_since_s = self.boxes_missing_since_s or service_clock_s()
        self._events.report_missing_size(self.address)

    def _restore_interval(self, moment: Moment) -> None:
        """Find the media time of the last event on another machine, by the wall clock of this first frame."""
        assert self._last_elsewhere is not None
        if moment.captured_at is None or not math.isfinite(moment.at):
            return
        fired_at_s, event_id = self._last_elsewhere
        self._last_elsewhere = None
        since_s = max(0.0, moment.captured_at.timestamp() - fired_at_s)  # the other machine's clock may be ahead
        last_at = moment.at - since_s
        known_at = self.node.to_plain()["interval"][0]
        if known_at is None or known_at < last_at:
            self.node.restore({"interval": [last_at, event_id, None]})

    def explain(self, at: datetime | None = None, *, around_s: float = 30.0) -> Answer:
        """Why this node did or did not fire: `print(node.explain(moment))`, from what is in memory.

        `at` is wall clock; without a zone it is local time. The answer is about the second that begins with it, and
        says what happened `around_s` seconds before and after. Without `at` it sums up the last ten minutes.
        """
        if at is None:
            now_s = time.time()
            asked = Asked(now_s - EXPLAIN_LAST_S, now_s, 0.0, self._node_ledger.name, is_summary=True)
        else:
            asked = Asked(at.timestamp(), at.timestamp() + 1.0, around_s, self._node_ledger.name)
        return answer(self._ledger.records(), asked)

    def counts(self) -> dict[State, int]:
        """How many deliveries of this process stand in each state of the outbox."""
        return self._events.counts()

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was handed over is on disk and all that is due is delivered. False: not in that time."""
        return self._events.drain(timeout_s)

    @property
    def why_time_stands_still(self) -> str:
        """Why media time stands still: a program gives times that cannot be used; empty: it does not."""
        return self._caller_time.why_still

    def _report_unusable_time(self, reason: str) -> None:
        self._events.report_unusable_time(self.address, reason)

    def _report_usable_time(self) -> None:
        self._events.report_usable_time(self.address)

    def __repr__(self) -> str:
        return f"LiveNode({self.node!r})"

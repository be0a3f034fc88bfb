"""What one frame's metadata means for the trigger node: condition, timing and templates joined.

Two rules, one for each event source, with the same two verbs: `decide` and `release`. Both are pure: metadata and
media time in, a decision out. Nothing in foreign metadata may raise out of here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from securos_trigger.conditions import Truth, condition_of
from securos_trigger.metadata import UpstreamEvent, started_events
from securos_trigger.model import (
    Decision,
    EventSource,
    Flag,
    Metadata,
    Moment,
    Reason,
    Verdict,
    decision_without_event,
)
from securos_trigger.model.media_time import MediaClock
from securos_trigger.trigger.active_times import ActiveTimes
from securos_trigger.trigger.boxes import FrameSize
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.event_writer import EventWriter
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.timing import Interval, Rise

#: Upstream events that are read from one frame; the rest is left and the decision flagged.
MAX_EVENTS_PER_FRAME = 256
#: Upstream event ids that are remembered for each trigger node.
MAX_REMEMBERED_IDS = 10_000

# Looking up a member on its class costs more than comparing it, and these are needed on every frame.
_TRUE, _FALSE, _NOT_BOOLEAN = Truth.TRUE, Truth.FALSE, Truth.NOT_BOOLEAN
_FIRED, _NO_EVENT = Reason.FIRED, Reason.NO_EVENT
_STRENGTH = (
    Reason.FIRED,
    Reason.MUTED,
    Reason.INACTIVE_HOURS,
    Reason.INTERVAL,
    Reason.PAUSE_AFTER_LOSS,
    Reason.DUPLICATE,
    Reason.NO_EVENT,
)
_NO_FLAGS: frozenset[Flag] = frozenset()


class CustomRule:
    """One event when the condition is true."""

    __slots__ = ("_active_times", "_interval", "_rise", "_writer", "condition")

    def __init__(self, properties: TriggerProperties, context: Context, active_times: ActiveTimes) -> None:
        assert properties.trigger is not None
        self.condition = condition_of(properties.trigger)
        self._active_times = active_times
        self._rise = Rise(properties.trigger_mode, properties.hold)
        self._interval = Interval(properties.interval)
        self._writer = EventWriter(properties, context)

    def decide(self, metadata: Metadata, moment: Moment, frame_size: FrameSize | None = None) -> Decision:
        """Decide about one frame."""
        now = moment.at
        truth = self.condition.truth(metadata)
        is_true = False if truth is _FALSE else True if truth is _TRUE else None
        reason = self._rise.step(now, is_true)
        if reason is not _FIRED:
            return decision_without_event(Reason.NOT_BOOLEAN if truth is _NOT_BOOLEAN else reason, now)
        left_s = self._interval.left_s(now)
        if left_s:
            if self._interval.is_pausing(now):
                self._rise.rearm()  # it is not spent: it fires after the pause, if it is still true then
                return Decision(Reason.PAUSE_AFTER_LOSS, now, interval_left_s=left_s)
            return Decision(Reason.INTERVAL, now, interval_left_s=left_s)
        if (inactive := self._active_times.inactive_at(moment.captured_at)) is not None:
            return Decision(inactive.reason, now, inactive_until=inactive.until)
        event = self._writer.custom(metadata, moment, frame_size)
        self._interval.reserve(event.event_id, now)
        return Decision(Reason.FIRED, now, (event,), event.flags)

    def go_on_from(self, before: Rule, *, keeps_rise: bool) -> None:
        """Take the place of another rule: its interval goes on; so do hold and edge, of the same condition only."""
        self._interval.go_on_from(before._interval)
        if keeps_rise and isinstance(before, CustomRule) and before.condition.text == self.condition.text:
            self._rise.go_on_from(before._rise)

    @property
    def is_waiting(self) -> bool:
        """True while the condition is true but has not held for long enough."""
        return self._rise.is_waiting

    def to_plain(self) -> dict[str, Any]:
        """The state as plain data, for a node that goes on after a restart."""
        return {
            "condition": self.condition.text,
            "rise": self._rise.to_plain(),
            "interval": self._interval.to_plain(),
        }

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on where `to_plain` was; hold and edge only with the same condition."""
        self._interval.restore(stored["interval"])
        if stored.get("condition") == self.condition.text:
            self._rise.restore(stored["rise"])

    def release(self, event_id: str) -> None:
        """The event could not be kept: after a pause the interval is open again, and so is the rise."""
        if self._interval.release(event_id):
            self._rise.rearm()

    def note_new_start(self) -> None:
        """The source began again, at a later media time."""
        self._rise.restart_hold()

    def clear(self) -> None:
        """Media time starts again."""
        self._rise.clear()
        self._interval.clear()


class BuiltInRule:
    """One event for each event that upstream nodes raise; each upstream id once for each start of the source."""

    __slots__ = ("_active_times", "_interval", "_seen", "_writer")

    def __init__(self, properties: TriggerProperties, context: Context, active_times: ActiveTimes) -> None:
        self._active_times = active_times
        self._interval = Interval(properties.interval)
        self._writer = EventWriter(properties, context)
        self._seen: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def decide(self, metadata: Metadata, moment: Moment, frame_size: FrameSize | None = None) -> Decision:
        """Decide about one frame: a verdict for each upstream event that starts on it."""
        verdicts: list[Verdict] = []
        for upstream in started_events(metadata):
            if len(verdicts) == MAX_EVENTS_PER_FRAME:
                return _joined(verdicts, moment.at, frozenset({Flag.TRUNCATED}))
            verdicts.append(self._verdict(upstream, metadata, moment, frame_size))
        return _joined(verdicts, moment.at) if verdicts else decision_without_event(_NO_EVENT, moment.at)

    def _verdict(
        self, upstream: UpstreamEvent, metadata: Metadata, moment: Moment, frame_size: FrameSize | None
    ) -> Verdict:
        key = None if upstream.event_id is None else (moment.start, upstream.node_id, upstream.event_id)
        if key is not None and key in self._seen:
            self._seen.move_to_end(key)
            return Verdict(Reason.DUPLICATE, upstream_event_id=upstream.event_id)
        left_s = self._interval.left_s(moment.at)
        inactive = None if left_s else self._active_times.inactive_at(moment.captured_at)
        is_held_back = left_s or inactive is not None
        event = None if is_held_back else self._writer.built_in(upstream, metadata, moment, frame_size)
        is_pausing = bool(left_s) and self._interval.is_pausing(moment.at)
        if key is not None and not is_pausing:
            self._seen[key] = event.event_id if event else ""
            if len(self._seen) > MAX_REMEMBERED_IDS:
                self._seen.popitem(last=False)
        if inactive is not None:
            return Verdict(inactive.reason, upstream_event_id=upstream.event_id, inactive_until=inactive.until)
        if event is None:
            reason = Reason.PAUSE_AFTER_LOSS if is_pausing else Reason.INTERVAL
            return Verdict(reason, interval_left_s=left_s, upstream_event_id=upstream.event_id)
        self._interval.reserve(event.event_id, moment.at)
        return Verdict(Reason.FIRED, event, upstream_event_id=upstream.event_id)

    def go_on_from(self, before: Rule, *, keeps_rise: bool) -> None:
        """Take the place of another rule: its interval goes on, and the upstream ids that it has seen stay known."""
        self._interval.go_on_from(before._interval)
        if isinstance(before, BuiltInRule):
            self._seen = before._seen

    @property
    def is_waiting(self) -> bool:
        """Built-in events do not have to hold."""
        return False

    def to_plain(self) -> dict[str, Any]:
        """The state as plain data, for a node that goes on after a restart."""
        return {"interval": self._interval.to_plain()}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on where `to_plain` was."""
        self._interval.restore(stored["interval"])

    def release(self, event_id: str) -> None:
        """The event could not be kept: its upstream id may fire again after a pause, and the interval is open then."""
        self._interval.release(event_id)
        for key in [key for key, fired_id in self._seen.items() if fired_id == event_id]:
            del self._seen[key]

    def note_new_start(self) -> None:
        """Built-in events do not have to hold."""

    def clear(self) -> None:
        """Media time starts again. Ids that fired stay known: they are unique beyond one run of a stream."""
        self._interval.clear()


Rule = CustomRule | BuiltInRule


class TimedRule:
    """A rule with its own media clock: what the node runs for every frame while it is enabled."""

    __slots__ = ("_clock", "_start", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._clock = MediaClock()
        self._start: str | None = None

    @property
    def jumps(self) -> int:
        """How often media time went on elsewhere without a gap or a new start that explains it."""
        return self._clock.jumps

    def go_on_from(self, before: TimedRule, *, keeps_rise: bool) -> None:
        """Take the place of another one, at the media time that it has reached."""
        self._clock, self._start = before._clock, before._start
        self.rule.go_on_from(before.rule, keeps_rise=keeps_rise)

    def decide(self, metadata: Metadata, moment: Moment, frame_size: FrameSize | None = None) -> Decision:
        """Advance media time to the moment and decide. Where time begins again, the rule's state is cleared first.

        The rule gets the moment at the clock's own time, which is another one where the frame's cannot be used.
        """
        clock, start = self._clock, moment.start
        if clock.advance(moment.at, moment.captured_at, start):
            self.rule.clear()
        if start is not self._start:
            if self._start not in (None, start):
                self.rule.note_new_start()
            self._start = start
        if clock.now is not moment.at:
            moment = moment._replace(at=clock.now)
        return self.rule.decide(metadata, moment, frame_size)


def make_rule(properties: TriggerProperties, context: Context, active_times: ActiveTimes) -> Rule:
    """The rule for the properties' event source. ConditionError or TemplateError when a text cannot be read."""
    make: Callable[[TriggerProperties, Context, ActiveTimes], Rule]
    make = CustomRule if properties.event_source is EventSource.CUSTOM else BuiltInRule
    return make(properties, context, active_times)


def _joined(verdicts: list[Verdict], at: float, flags: frozenset[Flag] = _NO_FLAGS) -> Decision:
    """One decision from a frame's verdicts: the strongest reason, all events, all flags."""
    strongest = min(verdicts, key=lambda verdict: _STRENGTH.index(verdict.reason))
    events = tuple(verdict.event for verdict in verdicts if verdict.event is not None)
    flags = flags.union(*(event.flags for event in events))
    return Decision(
        strongest.reason, at, events, flags, strongest.interval_left_s, tuple(verdicts), strongest.inactive_until
    )

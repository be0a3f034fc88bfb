"""The trigger node: one verb for each frame, no I/O, no thread, no clock of its own."""

from __future__ import annotations

import math
import warnings
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Never, SupportsFloat, Unpack

from securos_trigger.conditions import Condition
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.model import Decision, Event, Flag, Metadata, Moment, Reason, moment_of
from securos_trigger.model.data import NoData, as_data
from securos_trigger.trigger.active_hours import ActiveHours, zone_of
from securos_trigger.trigger.active_times import ActiveTimes
from securos_trigger.trigger.boxes import FrameSize, usable_size
from securos_trigger.trigger.caller_time import CallerTime, wall_clock
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.keywords import PropertyKeywords
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.property_check import check_properties
from securos_trigger.trigger.rules import CustomRule, TimedRule, make_rule
from securos_trigger.validation.mistakes import mistakes_at

_EMPTY: dict[str, Any] = {}
#: Why an event has no boxes although `send_bounding_boxes` is on.
NO_FRAME_SIZE = "the frame's size is not known: give frame_size=(width, height); events go without bounding boxes"


class TriggerSecurOSEvent:
    """Decides for every frame whether the SecurOS operator gets an event, and writes it.

    The node is pure: it is fed with metadata and media time, and returns a `Decision`; keeping and delivering its
    events is the host's work (`securos_trigger.running` is the simplest host). `process` is called from one thread;
    `release` may be called from any.

        node = TriggerSecurOSEvent(iss_ip="vms.example", iss_password="…", event_source="custom",
                                   trigger="nodes.annotate_presence1.rois.fullframe.objects_entered_delta > 0",
                                   event_name="Person in the yard")
        decision = node.process(metadata, at=12.48)
    """

    __slots__ = (
        "__weakref__",
        "_active_times",
        "_asks_for_size",
        "_caller_time",
        "_decided",
        "_is_enabled",
        "_released",
        "_timed_rule",
        "context",
        "flags",
        "not_kept",
        "properties",
        "warnings",
    )

    def __init__(
        self,
        *misplaced: Never,
        node_id: str = "trigger1",
        context: Mapping[str, str] | None = None,
        **properties: Unpack[PropertyKeywords],
    ) -> None:
        """Take the node's properties (docs/properties.md) by name, and the identity that templates may show.

        `context` has any of `deployment_id`, `deployment_name`, `application_id`, `application_name`, `gateway_id`,
        `gateway_name`, `time_zone` (a name such as "Europe/Berlin", for `active_hours`; default: the system's zone).
        ConfigurationError names every mistake; TypeError: properties without their names.
        """
        if misplaced:
            raise TypeError(
                "TriggerSecurOSEvent takes its properties by name: TriggerSecurOSEvent(**properties) for a mapping, "
                'or TriggerSecurOSEvent(iss_ip="10.0.0.7", iss_password="…", …)'
            )
        checked, mistakes = check_properties(properties)
        known = tuple(name for name in Context.__dataclass_fields__ if name != "node_id")
        mistakes += [
            Mistake(f"context.{name}", "there is no such name", did_you_mean(name, known))
            for name in context or {}
            if name not in known
        ]
        if checked is None or mistakes:
            raise ConfigurationError(mistakes)
        self._start(checked, Context(node_id=node_id, **(context or {})))

    @classmethod
    def from_properties(cls, properties: TriggerProperties, context: Context) -> TriggerSecurOSEvent:
        """The node for properties that were checked before."""
        node = cls.__new__(cls)
        node._start(properties, context)
        return node

    def _start(self, properties: TriggerProperties, context: Context) -> None:
        self.properties = properties
        self.context = context
        self.warnings = properties.warnings()
        # With each reason from the start: other threads read it while it counts. A Counter takes three times as long.
        self._decided = dict.fromkeys(Reason, 0)
        #: How many events were flagged, and how many were released.
        self.flags: Counter[Flag] = Counter()
        self.not_kept = 0
        self._is_enabled = properties.enabled
        self._asks_for_size = properties.send_bounding_boxes
        with mistakes_at("context.time_zone"):
            hours = properties.active_hours and ActiveHours(properties.active_hours, zone_of(context.time_zone))
        self._active_times = ActiveTimes(hours or None)
        self._timed_rule = TimedRule(make_rule(properties, context, self._active_times))
        self._caller_time = CallerTime(_warn)
        self._released: deque[str] = deque()

    @property
    def node_id(self) -> str:
        """The node's id in its pipeline."""
        return self.context.node_id

    @property
    def muted_until(self) -> datetime | None:
        """Until when the node is muted; None: it is not. The host sets it, and takes it back when the mute is over."""
        return self._active_times.muted_until

    @muted_until.setter
    def muted_until(self, until: datetime | None) -> None:
        self._active_times.muted_until = until

    def hours_begin_at(self, now: datetime) -> datetime | None:
        """When the next active hours begin; None: they are in force now, or there are none. Any thread may ask."""
        return self._active_times.hours_begin_at(now)

    @property
    def decisions(self) -> Counter[Reason]:
        """How many decisions ended for each reason that there was. From any thread."""
        return Counter({reason: count for reason, count in self._decided.items() if count})

    @property
    def condition(self) -> Condition | None:
        """The compiled condition of a `custom` node; None with `built_in`."""
        rule = self._timed_rule.rule
        return rule.condition if isinstance(rule, CustomRule) else None

    def process(
        self,
        metadata: Metadata,
        at: SupportsFloat | None = None,
        *,
        captured_at: datetime | None = None,
        source_name: str = "",
        frame_size: FrameSize | None = None,
    ) -> Decision:
        """Decide about one frame.

        `metadata` is what upstream nodes know; whatever it holds, nothing raises. `at` is media time in seconds: any
        real number, also a Fraction, a Decimal or a number of numpy; TypeError for anything else. None or not finite:
        the time of the frame before; as long as no call has given one, the time since the first call, of `captured_at`
        or else of the monotonic clock. `captured_at` is the frame's wall clock (without a zone: local time): the event
        carries it and templates show it as `frame_time`; without it the event has none. TypeError: it is no datetime.
        `frame_size` is the frame's width and height in pixels: with `send_bounding_boxes` it is needed, and only then.
        """
        captured_at = None if captured_at is None else wall_clock(captured_at)
        if type(at) is float and math.isfinite(at):
            self._caller_time.has_time = True
            moment = moment_of(at, captured_at, source_name)
        else:
            moment = moment_of(self._caller_time.seconds(at, captured_at), captured_at, source_name)
        decision = self.decide(metadata, moment, frame_size)
        caller = self._caller_time
        if decision.at == caller.counted_at or caller.still_calls:
            caller.note_counted(decision.at)
        else:
            caller.counted_at = decision.at
        if decision.at is at:
            self._caller_time.absurd_steps = 0
        if decision.events:
            self._caller_time.note_jumps(self._timed_rule.jumps, sum(self._decided.values()))
            if self._asks_for_size and usable_size(frame_size) is None:
                self._asks_for_size = False
                warnings.warn(NO_FRAME_SIZE, RuntimeWarning, stacklevel=2)
        elif decision.at is not at and type(at) is float and math.isfinite(at):
            self._caller_time.seconds(at, captured_at)  # a float that is no time: it may be in nanoseconds
        return decision

    def decide(self, metadata: Metadata, moment: Moment, frame_size: FrameSize | None = None) -> Decision:
        """Decide about one frame, as `process` does, for a caller that has its moment."""
        while self._released:
            self._timed_rule.rule.release(self._released.popleft())
        if self._is_enabled:
            decision = self._timed_rule.decide(
                metadata if type(metadata) is dict else _mapping(metadata), moment, frame_size
            )
        else:
            is_usable = isinstance(moment.at, float) and math.isfinite(moment.at)
            decision = Decision(Reason.DISABLED, moment.at if is_usable else 0.0)
        self._decided[decision.reason] += 1
        if decision.flags:
            self.flags.update(decision.flags)
        return decision

    def go_on_from(self, before: TriggerSecurOSEvent) -> None:
        """Take the place of a node whose properties were changed, between two frames.

        The interval and a mute go on, seen upstream ids stay known, and counts go on. Hold and edge go on only with
        the same condition, and only when the node was and is enabled: else the condition was not looked at.
        """
        keeps_rise = self._is_enabled and before._is_enabled
        self._timed_rule.go_on_from(before._timed_rule, keeps_rise=keeps_rise)
        self._decided, self.flags, self.not_kept = before._decided, before.flags, before.not_kept
        self._caller_time = before._caller_time
        self._released = before._released
        self.muted_until = before.muted_until

    @property
    def is_waiting(self) -> bool:
        """True while the condition holds, but not for long enough yet: time must go on for it to fire."""
        return self._is_enabled and self._timed_rule.rule.is_waiting

    def to_plain(self) -> dict[str, Any]:
        """The interval, hold and edge as plain data, for a node whose media time goes on after a restart."""
        return self._timed_rule.rule.to_plain()

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on where `to_plain` was. What is not of its form leaves the node as it is."""
        try:
            self._timed_rule.rule.restore(stored)
        except (KeyError, TypeError, ValueError):
            return

    def release(self, event: Event) -> None:
        """The host could not keep `event`: the interval does not count from it. May be called from any thread.

        The node fires again after a pause of media time: 1 s, doubling with each loss in a row up to the interval, at
        most 60 s.
        """
        self.not_kept += 1
        self._released.append(event.event_id)

    def __repr__(self) -> str:
        return f"TriggerSecurOSEvent(node_id={self.node_id!r}, target={str(self.properties.target)!r})"


def _warn(reason: str) -> None:
    warnings.warn(reason, RuntimeWarning, stacklevel=4)  # the line that calls `process`


def _mapping(metadata: object) -> Metadata:
    """`metadata`; a dataclass or a model as a mapping of its fields; an empty one for what foreign code has else."""
    if isinstance(metadata, Mapping):
        return metadata
    try:
        found = as_data(metadata)
    except NoData:
        return _EMPTY
    return found if isinstance(found, dict) else _EMPTY

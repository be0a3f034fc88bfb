"""What one frame's metadata means for the trigger node: condition, timing and templates joined.

Two rules, one for each event source, with the same two verbs: `decide` and `release`. Both are pure: metadata and
media time in, a decision out. Nothing in foreign metadata may raise out of here.
"""

from __future__ import annotations

import os
import random
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from securos_trigger.conditions import Condition, Truth
from securos_trigger.errors import ConditionError, Mistake, TemplateError
from securos_trigger.metadata import UpstreamEvent, started_events
from securos_trigger.model import Decision, Event, EventSource, Flag, Metadata, Moment, Reason, Verdict
from securos_trigger.model.media_time import MediaClock
from securos_trigger.trigger.properties import TriggerProperties, read_properties
from securos_trigger.trigger.templates import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_NAME_CHARACTERS,
    Rendering,
    Template,
    clean_text,
)
from securos_trigger.trigger.timing import Interval, Rise

#: Root of the ids that are derived from upstream nodes' events.
EVENT_ID_NAMESPACE = uuid.UUID("6f0b7c52-6a2e-5d0f-9f55-1f0c3c1f7a10")
#: Upstream events that are read from one frame; the rest is left and the decision flagged.
MAX_EVENTS_PER_FRAME = 256
#: Upstream event ids that are remembered for each trigger node.
MAX_REMEMBERED_IDS = 10_000

# Looking up a member on its class costs more than comparing it, and these are needed on every frame.
_TRUE, _FALSE, _NOT_BOOLEAN = Truth.TRUE, Truth.FALSE, Truth.NOT_BOOLEAN
_FIRED, _NO_EVENT = Reason.FIRED, Reason.NO_EVENT
_STRENGTH = (Reason.FIRED, Reason.INTERVAL, Reason.DUPLICATE, Reason.NO_EVENT)
_NO_FLAGS: frozenset[Flag] = frozenset()

# Where fresh event ids come from. The system's own source would let another thread run in the middle of a frame, and
# the common generator may be seeded by the code of a pipeline, which would make the same ids on every run.
_chance = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_chance.seed)


@dataclass(frozen=True, slots=True)
class Context:
    """Who this node is and what stands around it: the ids and names that templates may show."""

    node_id: str = "trigger1"
    deployment_id: str = ""
    deployment_name: str = ""
    application_id: str = ""
    application_name: str = ""
    gateway_id: str = ""
    gateway_name: str = ""


class EventWriter:
    """Makes events: renders their texts, and stamps them with who, where and when."""

    def __init__(self, properties: TriggerProperties, context: Context) -> None:
        self._properties = properties
        self._context = context
        self._fixed = {name: getattr(context, name) for name in Context.__dataclass_fields__}
        self._name = _template(properties.event_name, MAX_NAME_CHARACTERS, f"Event of {context.node_id}")
        self._description = _template(
            properties.event_description,
            MAX_DESCRIPTION_CHARACTERS,
            "(the description's template failed on this frame)",
        )

    def custom(self, metadata: Metadata, moment: Moment) -> Event:
        """The event of a true condition, with a fresh id."""
        variables = self._variables(metadata, moment)
        name = _render(self._name, variables, metadata)
        description = _render(self._description, variables, metadata)
        return self._event(_fresh_id(), moment, name, description)

    def built_in(self, upstream: UpstreamEvent, metadata: Metadata, moment: Moment) -> Event:
        """The event of an upstream node's event: its name, and its description unless ours is set."""
        name = Rendering(clean_text(upstream.name, MAX_NAME_CHARACTERS) or upstream.node_id)
        if self._description is None:
            description = Rendering(clean_text(upstream.description, MAX_DESCRIPTION_CHARACTERS))
        else:
            variables = self._variables(metadata, moment) | {"event": upstream.record}
            description = _render(self._description, variables, metadata)
        return self._event(self._derived_id(upstream, moment), moment, name, description)

    def _variables(self, metadata: Metadata, moment: Moment) -> dict[str, Any]:
        variables: dict[str, Any] = {**self._fixed, "meta": metadata, "source_name": moment.source_name}
        if moment.captured_at is not None:
            variables["frame_time"] = moment.captured_at
        return variables

    def _derived_id(self, upstream: UpstreamEvent, moment: Moment) -> str:
        """The same for the same event of the same start of a source; another for any other.

        Upstream ids may be counters that begin at one in each pipeline and at each start, and pipelines may call their
        nodes alike: so the cameras, the source and its start are part of it.
        """
        if upstream.event_id is None:
            return _fresh_id()
        parts = (
            self._context.deployment_id,
            self._context.node_id,
            self._properties.iss_camera_ids or "",
            moment.source_name,
            moment.start,
            upstream.node_id,
            upstream.event_id,
            f"{moment.at:.3f}",
        )
        seed = "\x1f".join(parts).encode("utf-8", "replace").decode("utf-8")
        return str(uuid.uuid5(EVENT_ID_NAMESPACE, seed))

    def _event(self, event_id: str, moment: Moment, name: Rendering, description: Rendering) -> Event:
        flags = set()
        if name.error or description.error:
            flags.add(Flag.TEMPLATE_ERROR)
        if name.has_undefined or description.has_undefined:
            flags.add(Flag.UNDEFINED)
        return Event(
            event_id=event_id,
            node_id=self._context.node_id,
            deployment_id=self._context.deployment_id,
            name=name.text,
            description=description.text,
            camera_ids=self._properties.camera_ids,
            action=self._properties.iss_action,
            record_duration_s=self._properties.record_duration,
            at=moment.at,
            captured_at=moment.captured_at,
            flags=frozenset(flags) if flags else _NO_FLAGS,
        )


class CustomRule:
    """One event when the condition is true."""

    def __init__(self, properties: TriggerProperties, context: Context) -> None:
        assert properties.trigger is not None
        self.condition = Condition(properties.trigger)
        self._rise = Rise(properties.trigger_mode, properties.hold)
        self._interval = Interval(properties.interval)
        self._writer = EventWriter(properties, context)

    def decide(self, metadata: Metadata, moment: Moment) -> Decision:
        """Decide about one frame."""
        now = moment.at
        truth = self.condition.truth(metadata)
        is_true = False if truth is _FALSE else True if truth is _TRUE else None
        reason = self._rise.step(now, is_true)
        if reason is not _FIRED:
            return Decision(Reason.NOT_BOOLEAN if truth is _NOT_BOOLEAN else reason, now)
        left_s = self._interval.left_s(now)
        if left_s:
            return Decision(Reason.INTERVAL, now, interval_left_s=left_s)
        event = self._writer.custom(metadata, moment)
        self._interval.reserve(event.event_id, now)
        return Decision(Reason.FIRED, now, (event,), event.flags)

    def release(self, event_id: str) -> None:
        """The event could not be kept: the interval is open again, and so is the rise."""
        if self._interval.release(event_id):
            self._rise.rearm()

    def clear(self) -> None:
        """Media time starts anew."""
        self._rise.clear()
        self._interval.clear()


class BuiltInRule:
    """One event for each event that upstream nodes raise; each upstream id once for each start of the source."""

    def __init__(self, properties: TriggerProperties, context: Context) -> None:
        self._interval = Interval(properties.interval)
        self._writer = EventWriter(properties, context)
        self._seen: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def decide(self, metadata: Metadata, moment: Moment) -> Decision:
        """Decide about one frame: a verdict for each upstream event that starts on it."""
        verdicts: list[Verdict] = []
        for upstream in started_events(metadata):
            if len(verdicts) == MAX_EVENTS_PER_FRAME:
                return _joined(verdicts, moment.at, frozenset({Flag.TRUNCATED}))
            verdicts.append(self._verdict(upstream, metadata, moment))
        return _joined(verdicts, moment.at) if verdicts else Decision(_NO_EVENT, moment.at)

    def _verdict(self, upstream: UpstreamEvent, metadata: Metadata, moment: Moment) -> Verdict:
        key = None if upstream.event_id is None else (moment.start, upstream.node_id, upstream.event_id)
        if key is not None and key in self._seen:
            self._seen.move_to_end(key)
            return Verdict(Reason.DUPLICATE, upstream_event_id=upstream.event_id)
        left_s = self._interval.left_s(moment.at)
        event = None if left_s else self._writer.built_in(upstream, metadata, moment)
        if key is not None:
            self._seen[key] = event.event_id if event else ""
            if len(self._seen) > MAX_REMEMBERED_IDS:
                self._seen.popitem(last=False)
        if event is None:
            return Verdict(Reason.INTERVAL, interval_left_s=left_s, upstream_event_id=upstream.event_id)
        self._interval.reserve(event.event_id, moment.at)
        return Verdict(Reason.FIRED, event, upstream_event_id=upstream.event_id)

    def release(self, event_id: str) -> None:
        """The event could not be kept: the interval is open again, and its upstream id may fire again."""
        self._interval.release(event_id)
        for key in [key for key, fired_id in self._seen.items() if fired_id == event_id]:
            del self._seen[key]

    def clear(self) -> None:
        """Media time starts anew. Ids that fired stay known: they are unique beyond one run of a stream."""
        self._interval.clear()


Rule = CustomRule | BuiltInRule


class TimedRule:
    """A rule with its own media clock: what the node runs for every frame while it is enabled."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._clock = MediaClock()

    def decide(self, metadata: Metadata, moment: Moment) -> Decision:
        """Advance media time to the moment and decide. Where time begins anew, the rule's state is cleared first.

        The rule gets the moment at the clock's own time, which is another one where the frame's cannot be used.
        """
        clock = self._clock
        if clock.advance(moment.at, moment.captured_at, moment.start):
            self.rule.clear()
        if clock.now is not moment.at:
            moment = moment._replace(at=clock.now)
        return self.rule.decide(metadata, moment)


def make_rule(properties: TriggerProperties, context: Context) -> Rule:
    """The rule for the properties' event source. ConditionError or TemplateError when a text cannot be read."""
    make: Callable[[TriggerProperties, Context], Rule]
    make = CustomRule if properties.event_source is EventSource.CUSTOM else BuiltInRule
    return make(properties, context)


def check_properties(raw: Mapping[str, Any], where: str = "") -> tuple[TriggerProperties | None, list[Mistake]]:
    """The properties in `raw`, or every mistake: settings, condition and templates together."""
    properties, mistakes = read_properties(raw, where)
    prefix = f"{where}." if where else ""
    texts = {name: raw.get(name) for name in ("trigger", "event_name", "event_description")}
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            continue
        try:
            Condition(text) if name == "trigger" else _template(text, 1)
        except (ConditionError, TemplateError) as error:
            mistakes.append(Mistake(f"{prefix}{name}", str(error)))
    return (None if mistakes else properties), mistakes


def _fresh_id() -> str:
    """A random UUID (version 4) that no other event has, in this process, in one forked from it or in a later one."""
    return str(uuid.UUID(int=_chance.getrandbits(128), version=4))


def _template(source: str | None, max_characters: int, fallback: str = "") -> Template | None:
    return None if source is None else Template(source, max_characters=max_characters, fallback=fallback)


def _render(template: Template | None, variables: Mapping[str, Any], metadata: Metadata) -> Rendering:
    return Rendering("") if template is None else template.render(variables, metadata)


def _joined(verdicts: list[Verdict], at: float, flags: frozenset[Flag] = _NO_FLAGS) -> Decision:
    """One decision from a frame's verdicts: the strongest reason, all events, all flags."""
    strongest = min(verdicts, key=lambda verdict: _STRENGTH.index(verdict.reason))
    events = tuple(verdict.event for verdict in verdicts if verdict.event is not None)
    flags = flags.union(*(event.flags for event in events))
    return Decision(strongest.reason, at, events, flags, strongest.interval_left_s, tuple(verdicts))

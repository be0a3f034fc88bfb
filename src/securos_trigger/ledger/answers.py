"""What a ledger says about a time: the entries around it, and what became of the events among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from securos_trigger.ledger.causes import cause_of
from securos_trigger.ledger.coverage import Coverage, Silence
from securos_trigger.ledger.entries import (
    DeliveryNote,
    DeliveryState,
    Entry,
    GapNote,
    Record,
    RunNote,
    SettingsNote,
    SourceNote,
    TargetNote,
)
from securos_trigger.ledger.event_nodes import TrueSince, true_since
from securos_trigger.ledger.explain_text import others_text, text_of
from securos_trigger.ledger.lines import fields_of
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.periods import ON_THE_WAY_S, Period, Periods
from securos_trigger.ledger.phrases import said_in
from securos_trigger.model import Address, Reason
from securos_trigger.system.timestamps import rfc3339


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ledger says. `str()` is one screen in local time; `to_json()` holds everything.

    `nodes` are those that were asked about, `known_nodes` the names of all that the ledger has seen. `targets` is how
    each target stood when the ledger was last written, `target_periods` when targets failed in and around the asked
    time. `silences` are the times in and around the asked one of which
    the ledger says nothing, or not all. `other_nodes` are left out: another file that shares the ledger has them, or
    an older state of this one.
    """

    asked: Asked
    nodes: tuple[NodeAnswer, ...]
    known_nodes: tuple[str, ...]
    targets: Mapping[str, TargetNote]
    silences: tuple[Silence, ...] = ()
    target_periods: tuple[Period, ...] = ()
    other_nodes: tuple[str, ...] = ()

    def with_warnings(self, warnings: Mapping[Address, str]) -> Answer:
        """The answer with what is probably wrong with conditions, by the address of the node without a camera."""
        nodes = (replace(one, warning=warnings.get(one.address._replace(camera=""), "")) for one in self.nodes)
        return replace(self, nodes=tuple(nodes))

    def __str__(self) -> str:
        text = text_of(self.asked, self.nodes, self.targets, self.silences, self.target_periods)
        return "\n\n".join(filter(None, (text, others_text(self.other_nodes, self.asked))))

    def to_json(self) -> dict[str, Any]:
        """Plain data, times in UTC."""
        return {
            "asked": {
                "from": rfc3339(self.asked.from_at_s),
                "until": rfc3339(self.asked.until_at_s),
                "around_s": self.asked.around_s,
                "node": self.asked.node or None,
                **({"remark": self.asked.remark} if self.asked.remark else {}),
            },
            "nodes": [self._node_json(node) for node in self.nodes],
            "targets": [fields_of(note) for note in self.targets.values()],
            "target_periods": [one.to_json() for one in self.target_periods],
            "silences": [one.to_json() for one in self.silences],
            **({"other_nodes": list(self.other_nodes)} if self.other_nodes else {}),
        }

    def _node_json(self, node: NodeAnswer) -> dict[str, Any]:
        silences = [one for one in self.silences if self.asked.covers_silence(one)]
        with said_in(self.asked.zone, *self.asked.span_with(node.entries)):
            cause = cause_of(node, self.asked, self.targets, silences).to_json(self.asked.in_commands)
        return {"cause": cause, **_node_fields(node)}


def answer(
    records: Iterable[Record],
    asked: Asked,
    configured: Mapping[Address, str] | None = None,
    *,
    is_running: bool = True,
    present_gap: GapNote | None = None,
) -> Answer:
    """Read the records once, oldest first, and keep what belongs to the answer.

    `configured` are the nodes that there should be, each with the name of its source: one without any frame is
    answered for, too. `is_running`: a service writes the ledger now; `present_gap` is what it could not write so far.
    """
    coverage, found, periods = Coverage(), dict[Address, _Found](), Periods(asked.is_near_period)
    stops, targets = dict[tuple[str, str], list[SourceNote]](), dict[str, TargetNote]()
    deliveries: dict[str, dict[tuple[object, ...], DeliveryNote]] = {}
    for record in coverage.watching(records):
        periods.take(record)
        _take_change(found, record, asked)
        match record:
            case Entry():
                _end_stops(stops, record, asked)
                node = found.setdefault(record.address, _Found())
                if asked.means(record) and node.take(record, asked) and record.event_id:
                    deliveries.setdefault(record.event_id, {})
            case DeliveryNote():
                if record.event_id in deliveries:
                    deliveries[record.event_id][record.key] = record
            case TargetNote():
                targets[record.target] = _later(targets.get(record.target), record)
            case SourceNote():
                _take_stop(stops, record, asked)
    _add_configured(configured or {}, found, asked)
    _add_stops(found, stops)
    others = () if configured is None or asked.node else _leave_out_others(configured, found)
    silences = tuple(filter(asked.is_near_silence, coverage.silences(is_running=is_running, present_gap=present_gap)))
    held = periods.found(is_running=is_running)
    nodes, names = _answers(found, deliveries, held), tuple(map(str, sorted(found)))
    return Answer(asked, nodes, names, targets, silences, tuple(one for one in held if one.target), others)


def _answers(
    found: Mapping[Address, _Found],
    deliveries: Mapping[str, Mapping[tuple[object, ...], DeliveryNote]],
    periods: Sequence[Period],
) -> tuple[NodeAnswer, ...]:
    """The answers about the nodes that were asked for."""
    steps = {event_id: tuple(sorted(notes.values(), key=_when)) for event_id, notes in deliveries.items()}
    return tuple(node.answer(address, steps, periods) for address, node in sorted(found.items()) if node.is_meant)


def _take_change(found: dict[Address, _Found], record: Record, asked: Asked) -> None:
    """Take a change of settings. Where hours change, they were not closed; a service that begins may have others."""
    changed = list[_Found]()
    match record:
        case RunNote():
            changed = [*found.values()]
        case SettingsNote():
            if "active_hours" in record.changed and record.at_s < asked.until_at_s and record.address in found:
                changed = [found[record.address]]
            if asked.means(record) and asked.is_around(record.at_s):
                found.setdefault(record.address, _Found()).take_change(record)
    for node in changed:
        node.closed_before = None


def _later(before: TargetNote | None, note: TargetNote) -> TargetNote:
    """How a target stands, dated when it began to stand so: a cause that follows another holds since its own note."""
    if before is None or not before.trouble:
        return note if note.failing_since_at_s is None else replace(note, at_s=note.failing_since_at_s)
    return replace(note, at_s=before.at_s) if note.trouble == before.trouble else note


def _when(note: DeliveryNote) -> tuple[bool, float]:
    """What was kept comes first: an answer may be written down before that."""
    return note.state is not DeliveryState.KEPT, note.at_s


def _take_stop(stops: dict[tuple[str, str], list[SourceNote]], note: SourceNote, asked: Asked) -> None:
    """Keep what stopped before the end of the time, until it works again."""
    if note.at_s < asked.until_at_s:
        notes = stops.setdefault((note.source, note.pipeline), [])
        notes.append(note) if note.reason else notes.clear()


def _end_stops(stops: dict[tuple[str, str], list[SourceNote]], entry: Entry, asked: Asked) -> None:
    """Frames of a pipeline, of any of its nodes, end what stopped before them."""
    if entry.from_at_s < asked.until_at_s:
        for (_, pipeline), notes in stops.items():
            if notes and pipeline == entry.address.pipeline and notes[-1].at_s + ON_THE_WAY_S < entry.from_at_s:
                notes.clear()


def _add_stops(found: Mapping[Address, _Found], stops: Mapping[tuple[str, str], list[SourceNote]]) -> None:
    """Give each node what stopped of its source or its pipeline."""
    for address, one in found.items():
        of_it = [
            notes
            for (source, pipeline), notes in stops.items()
            if (pipeline == address.pipeline if pipeline else source == one.source_name)
        ]
        one.stopped = one.stop_in_force(*of_it)


def _add_configured(configured: Mapping[Address, str], found: dict[Address, _Found], asked: Asked) -> None:
    """Add the nodes that the ledger has nothing of, not even for a camera of theirs."""
    seen = {(address.pipeline, address.node) for address in found}
    for address, source_name in configured.items():
        if (address.pipeline, address.node) not in seen:
            found[address] = _Found(asked.is_about(address), source_name)


def _leave_out_others(configured: Mapping[Address, str], found: Mapping[Address, _Found]) -> tuple[str, ...]:
    """Leave out the nodes that are not configured; the names of those with frames in or around the time."""
    names = {(address.pipeline, address.node) for address in configured}
    others = [address for address in sorted(found) if (address.pipeline, address.node) not in names]
    for address in others:
        found[address].is_meant = False
    return tuple(str(address) for address in others if found[address].entries)


@dataclass(slots=True)
class _Found:
    """What was found of one node so far. A later line of the same entry replaces the earlier one."""

    is_meant: bool = False
    source_name: str = ""
    entries: dict[tuple[object, ...], Entry] = field(default_factory=dict)
    before_at_s: float | None = None
    after_at_s: float | None = None
    fired_before: Entry | None = None
    closed_before: Entry | None = None
    true_before: TrueSince | None = None
    last_until_at_s: float = 0.0
    stopped: SourceNote | None = None
    changes: dict[tuple[object, ...], SettingsNote] = field(default_factory=dict)

    def take_change(self, note: SettingsNote) -> None:
        """Take a change of the node's settings."""
        self.is_meant = True
        self.changes[note.key] = note

    def take(self, entry: Entry, asked: Asked) -> bool:
        """Take an entry; True when it stays."""
        self.is_meant = True
        if entry.from_at_s < asked.until_at_s:
            self.source_name = entry.source_name
            self.last_until_at_s = max(self.last_until_at_s, min(entry.until_at_s, asked.until_at_s))
        if entry.from_at_s >= asked.until_at_s:
            self.after_at_s = min(entry.from_at_s, self.after_at_s or entry.from_at_s)
        elif entry.until_at_s < asked.from_at_s:
            self.before_at_s = max(entry.until_at_s, self.before_at_s or 0.0)
        is_closed = (entry.inactive_until_at_s or 0.0) >= asked.until_at_s and entry.from_at_s < asked.from_at_s
        if is_closed and entry.reason is Reason.INACTIVE_HOURS:
            self.closed_before = entry
        if asked.is_near(entry):
            self.entries[entry.key] = entry
            return True
        if entry.until_at_s < asked.from_at_s:
            self.true_before = true_since(self.true_before, [entry])
        if entry.reason is Reason.FIRED and entry.until_at_s < asked.from_at_s:
            self.fired_before = entry
            return True
        return False

    def stop_in_force(self, *outages: Sequence[SourceNote]) -> SourceNote | None:
        """Of what stopped, the latest that no frame of this node came after: since its beginning, for its last reason.

        Each of `outages` has the notes about one source or pipeline since it worked.
        """
        in_force = [[note for note in notes if note.at_s >= self.last_until_at_s] for notes in outages]
        latest = max(filter(None, in_force), key=lambda notes: notes[-1].at_s, default=None)
        return replace(latest[-1], at_s=latest[0].at_s) if latest else None

    def answer(
        self, address: Address, steps: Mapping[str, tuple[DeliveryNote, ...]], periods: Sequence[Period]
    ) -> NodeAnswer:
        entries = tuple(sorted(self.entries.values(), key=lambda entry: (entry.from_at_s, entry.from_media_s)))
        told = [*entries, self.fired_before] if self.fired_before else entries
        deliveries = {entry.event_id: steps[entry.event_id] for entry in told if entry.event_id}
        changes, around = tuple(self.changes.values()), (self.before_at_s, self.after_at_s)
        of_it = tuple(one for one in periods if one.is_of(address, self.source_name))
        return NodeAnswer(
            address,
            entries,
            *around,
            self.fired_before,
            deliveries,
            changes,
            self.stopped,
            of_it,
            closed_before=self.closed_before,
            true_before=self.true_before,
        )


def _node_fields(node: NodeAnswer) -> dict[str, Any]:
    return {
        "pipeline": node.address.pipeline,
        "camera": node.address.camera,
        "node": node.address.node,
        "frame_before": None if node.frame_before_at_s is None else rfc3339(node.frame_before_at_s),
        "frame_after": None if node.frame_after_at_s is None else rfc3339(node.frame_after_at_s),
        "stopped": None if node.stopped is None else fields_of(node.stopped),
        "fired_before": None if node.fired_before is None else _entry_fields(node, node.fired_before),
        "entries": [_entry_fields(node, entry) for entry in node.entries],
        "periods": [one.to_json() for one in node.periods],
        **({"changes": [fields_of(note) for note in node.changes]} if node.changes else {}),
    }


def _entry_fields(node: NodeAnswer, entry: Entry) -> dict[str, Any]:
    steps = node.deliveries.get(entry.event_id, ())
    return {**fields_of(entry), "deliveries": [fields_of(note) for note in steps]}

"""What a ledger says about a time: the entries around it, and what became of the events among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from securos_trigger.ledger.coverage import Coverage, Silence
from securos_trigger.ledger.entries import DeliveryNote, Entry, GapNote, Record, SettingsNote, SourceNote, TargetNote
from securos_trigger.ledger.explain_text import text_of
from securos_trigger.ledger.lines import fields_of
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.model import Address, Reason
from securos_trigger.system.timestamps import rfc3339


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ledger says. `str()` is one screen in local time; `to_json()` holds everything.

    `nodes` are those that were asked about, `known_nodes` the names of all that the ledger has seen. `targets` is how
    each target stood when the ledger was last written. `silences` are the times in and around the asked one of which
    the ledger says nothing, or not all.
    """

    asked: Asked
    nodes: tuple[NodeAnswer, ...]
    known_nodes: tuple[str, ...]
    targets: Mapping[str, TargetNote]
    silences: tuple[Silence, ...] = ()

    def __str__(self) -> str:
        return text_of(self.asked, self.nodes, self.targets, self.silences)

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
            "nodes": [_node_fields(node) for node in self.nodes],
            "targets": [fields_of(note) for note in self.targets.values()],
            "silences": [one.to_json() for one in self.silences],
        }


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
    coverage, found = Coverage(), dict[Address, _Found]()
    stops: dict[tuple[str, str], list[SourceNote]] = {}
    deliveries: dict[str, dict[tuple[object, ...], DeliveryNote]] = {}
    targets: dict[str, TargetNote] = {}
    for record in coverage.watching(records):
        match record:
            case Entry():
                node = found.setdefault(record.address, _Found())
                if asked.means(record) and node.take(record, asked) and record.event_id:
                    deliveries.setdefault(record.event_id, {})
            case DeliveryNote():
                if record.event_id in deliveries:
                    deliveries[record.event_id][record.key] = record
            case TargetNote():
                targets[record.target] = record
            case SettingsNote():
                if asked.means(record) and asked.is_around(record.at_s):
                    found.setdefault(record.address, _Found()).take_change(record)
            case SourceNote():
                if record.at_s < asked.until_at_s:
                    notes = stops.setdefault((record.source, record.pipeline), [])
                    notes.append(record) if record.reason else notes.clear()
    _add_configured(configured or {}, found, asked)
    _add_stops(found, stops)
    silences = filter(asked.is_near_silence, coverage.silences(is_running=is_running, present_gap=present_gap))
    nodes = _answers(found, deliveries)
    return Answer(asked, nodes, tuple(map(str, sorted(found))), targets, tuple(silences))


def _answers(
    found: Mapping[Address, _Found], deliveries: Mapping[str, Mapping[tuple[object, ...], DeliveryNote]]
) -> tuple[NodeAnswer, ...]:
    """The answers about the nodes that are meant."""
    steps = {event_id: tuple(sorted(notes.values(), key=_when)) for event_id, notes in deliveries.items()}
    return tuple(node.answer(address, steps) for address, node in sorted(found.items()) if node.is_meant)


def _when(note: DeliveryNote) -> float:
    return note.at_s


def _add_stops(found: Mapping[Address, _Found], stops: Mapping[tuple[str, str], list[SourceNote]]) -> None:
    """Give each node what stopped of its source or its pipeline."""
    for address, one in found.items():
        sources = (one.source_name, address.pipeline), (one.source_name, ""), ("", address.pipeline)
        one.stopped = one.stop_in_force(*(stops.get(key, []) for key in sources))


def _add_configured(configured: Mapping[Address, str], found: dict[Address, _Found], asked: Asked) -> None:
    """Add the nodes that the ledger has nothing of, not even for a camera of theirs."""
    seen = {(address.pipeline, address.node) for address in found}
    for address, source_name in configured.items():
        if (address.pipeline, address.node) not in seen:
            found[address] = _Found(asked.is_about(address), source_name)


@dataclass(slots=True)
class _Found:
    """What was found of one node so far. A later line of the same entry replaces the earlier one."""

    is_meant: bool = False
    source_name: str = ""
    entries: dict[tuple[object, ...], Entry] = field(default_factory=dict)
    before_at_s: float | None = None
    after_at_s: float | None = None
    fired_before: Entry | None = None
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
        if asked.is_near(entry):
            self.entries[entry.key] = entry
            return True
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

    def answer(self, address: Address, steps: Mapping[str, tuple[DeliveryNote, ...]]) -> NodeAnswer:
        entries = tuple(sorted(self.entries.values(), key=lambda entry: (entry.from_at_s, entry.from_media_s)))
        told = [*entries, self.fired_before] if self.fired_before else entries
        deliveries = {entry.event_id: steps[entry.event_id] for entry in told if entry.event_id}
        changes, around = tuple(self.changes.values()), (self.before_at_s, self.after_at_s)
        return NodeAnswer(address, entries, *around, self.fired_before, deliveries, changes, self.stopped)


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
        **({"changes": [fields_of(note) for note in node.changes]} if node.changes else {}),
    }


def _entry_fields(node: NodeAnswer, entry: Entry) -> dict[str, Any]:
    steps = node.deliveries.get(entry.event_id, ())
    return {**fields_of(entry), "deliveries": [fields_of(note) for note in steps]}

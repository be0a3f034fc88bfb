"""A timeline of what trigger nodes decided: fired, suppressed and why, near misses."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.conditions import Clause, Truth
from securos_trigger.errors import ArgumentError, MissingPartError
from securos_trigger.ledger import Entry, LedgerReading
from securos_trigger.ledger.coverage import Coverage
from securos_trigger.ledger.lines import fields_of
from securos_trigger.model import Address, Reason
from securos_trigger.operations.ledger_now import ledger_now
from securos_trigger.operations.site import site_of
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

#: The longest span of one timeline, and the entries of one node in it.
LONGEST_S: Final = 86_400.0
MAX_ENTRIES: Final = 500
#: A node that decided nothing for at least this long had nothing to decide: the line of a state that lasts may be as
#: late as 6 s, and a slow source gives an image every ten seconds.
NOTHING_S: Final = 15.0
_SHOWN: Final = (
    *("from", "until", "reason", "frames", "event_id", "event_name", "interval_left_s", "inactive_until"),
    *("upstream_event_id", "flags", "clauses"),
)


@dataclass(slots=True)
class _Timeline:
    """The entries of one node in the time, by key: a later line of the same entry replaces the earlier one."""

    entries: dict[tuple[object, ...], Entry] = field(default_factory=dict)

    def to_json(self, address: Address, from_s: float, until_s: float) -> dict[str, Any]:
        entries = sorted(self.entries.values(), key=lambda entry: entry.from_at_s)
        shown = _most_telling(entries)
        frames: Counter[str] = Counter()
        for entry in entries:
            frames[entry.reason.value] += entry.frames
        return {
            "address": str(address),
            "frames_by_reason": dict(frames),
            "entries": [_entry(entry) for entry in shown],
            "has_more": len(shown) < len(entries),
            "nothing_decided": [
                {"from": rfc3339(a), "until": rfc3339(b)} for a, b in _between(entries, from_s, until_s)
            ],
        }


def timeline(config: Path, since: datetime, until: datetime, *, pipeline: str = "", node: str = "") -> dict[str, Any]:
    """What the nodes decided between two aware instants; the keys of docs/console_api.md.

    ArgumentError: the time is none, or too long. MissingPartError: the ledger cannot be read.
    """
    span_s = (until - since).total_seconds()
    if not 0 < span_s <= LONGEST_S:
        raise ArgumentError("from", "the time begins before it ends, and lasts at most 24 hours")
    site = site_of(config)
    found = {address: _Timeline() for address in site.nodes if _is_meant(address, pipeline, node)}
    reading, coverage = LedgerReading(site.ledger_path), Coverage()
    from_s, until_s = since.timestamp(), until.timestamp()
    try:
        for record in coverage.watching(reading):
            if not isinstance(record, Entry) or record.until_at_s < from_s or record.from_at_s >= until_s:
                continue
            if _is_meant(record.address, pipeline, node):
                found.setdefault(record.address, _Timeline()).entries[record.key] = record
    except OSError as error:
        raise MissingPartError(f"The ledger {site.ledger_path} cannot be read: {reason_of(error)}.") from None
    return {
        "from": since.isoformat(),
        "to": until.isoformat(),
        "nodes": [one.to_json(address, from_s, min(until_s, time.time())) for address, one in sorted(found.items())],
        "silences": _silences(config, coverage, from_s, until_s),
    }


def _between(entries: list[Entry], from_s: float, until_s: float) -> Iterator[tuple[float, float]]:
    """The times between these instants, of `NOTHING_S` or more, in which the node decided nothing."""
    for entry in entries:
        if entry.from_at_s - from_s >= NOTHING_S:
            yield from_s, entry.from_at_s
        from_s = max(from_s, entry.until_at_s)
    if until_s - from_s >= NOTHING_S:
        yield from_s, until_s


def _silences(config: Path, coverage: Coverage, from_s: float, until_s: float) -> list[dict[str, Any]]:
    """The times between these instants of which the ledger says nothing, or not all."""
    present = ledger_now(config)
    silences = coverage.silences(is_running=present.is_running, present_gap=present.gap)
    return [one.to_json() for one in silences if one.lies_in(from_s, until_s)]


def _is_meant(address: Address, pipeline: str, node: str) -> bool:
    return (not pipeline or address.pipeline == pipeline) and (not node or address.is_named(node))


def _most_telling(entries: list[Entry]) -> list[Entry]:
    """At most `MAX_ENTRIES` in order: what fired first of all, then the newest."""
    if len(entries) <= MAX_ENTRIES:
        return entries
    by_weight = sorted(entries, key=lambda entry: (entry.reason is Reason.FIRED, entry.from_at_s), reverse=True)
    return sorted(by_weight[:MAX_ENTRIES], key=lambda entry: entry.from_at_s)


def _entry(entry: Entry) -> dict[str, Any]:
    fields = fields_of(entry)
    return {**{name: fields[name] for name in _SHOWN}, "is_near_miss": is_near_miss(entry)}


def is_near_miss(entry: Entry) -> bool:
    """True when all but one of the condition's own clauses were true: those directly below the whole."""
    if entry.reason not in (Reason.CONDITION_FALSE, Reason.CONDITION_UNKNOWN):
        return False
    parts: list[Clause] = [clause for clause in entry.clauses if clause.depth == 1]
    return len(parts) > 1 and sum(clause.truth is Truth.TRUE for clause in parts) == len(parts) - 1

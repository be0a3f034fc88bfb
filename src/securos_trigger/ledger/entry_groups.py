"""Entries joined to the rows that a person reads, and the clauses that decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from securos_trigger.conditions import Clause, PathValue, Truth
from securos_trigger.ledger.entries import Entry
from securos_trigger.model import Reason

# As long as that (seconds) may lie between two entries of one row.
_JOIN_S = 2.0
#: A node that looks at some frames only leaves out runs of frames: each of up to this many, or a tenth of all left out.
_SHORT_RUN_FRAMES: Final = 100
_SHORT_RUN: Final = 0.1
_MOST_UNKNOWN: Final = 0.5


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """Entries of one node that ended alike, oldest first: neighbours, or in a summary all of them."""

    entries: tuple[Entry, ...]

    @property
    def reason(self) -> Reason:
        """How all of them ended."""
        return self.entries[0].reason

    @property
    def from_at_s(self) -> float:
        """The first frame."""
        return self.entries[0].from_at_s

    @property
    def until_at_s(self) -> float:
        """The last frame."""
        return self.entries[-1].until_at_s

    @property
    def frames(self) -> int:
        """How many frames."""
        return sum(entry.frames for entry in self.entries)

    @property
    def true_clauses(self) -> int:
        """How near it came to firing: how many clauses were true."""
        return sum(clause.truth is Truth.TRUE for clause in self.entries[0].clauses)


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """A clause with its truth, and what its paths held, as text."""

    truth: str
    text: str
    seen: str


def groups_of(entries: Iterable[Entry]) -> list[EntryGroup]:
    """Join neighbours that ended alike. Firings and single upstream events stand alone."""
    rows: list[list[Entry]] = []
    for entry in entries:
        if rows and _belongs(entry, rows[-1][-1]):
            rows[-1].append(entry)
        else:
            rows.append([entry])
    return [EntryGroup(tuple(row)) for row in rows]


def _belongs(entry: Entry, last: Entry) -> bool:
    is_alone = entry.event_id or entry.upstream_event_id or last.upstream_event_id
    is_next = entry.from_at_s - last.until_at_s <= _JOIN_S
    return not is_alone and is_next and ending(entry) == ending(last)


def ending(entry: Entry) -> tuple[object, ...]:
    """The same for frames that ended alike: for the same reason, with the same clauses of one condition true."""
    return entry.reason, tuple((clause.text, clause.truth) for clause in entry.clauses)


def clause_lines(entries: Sequence[Entry]) -> list[ClauseLine]:
    """The clauses of entries that ended alike, those that decided first; numbers as the range they were in."""
    with_clauses = [entry for entry in entries if entry.clauses]
    if not with_clauses:
        return []
    longest = max(with_clauses, key=lambda entry: entry.frames)
    clauses = longest.clauses
    leaves = [number for number in range(len(clauses)) if not _children(clauses, number)]
    decided = [number for number in _deciding(clauses, 0) if number in leaves]
    order = decided + [number for number in leaves if number not in decided]
    return [
        ClauseLine(
            clauses[number].truth.value,
            " ".join(clauses[number].text.split()),
            ", ".join(_held(with_clauses, number, place) for place in range(len(clauses[number].seen))),
        )
        for number in order
    ]


def _children(clauses: Sequence[Clause], number: int) -> list[int]:
    """The clauses directly inside another: they follow it, one level deeper."""
    depth = clauses[number].depth
    found = []
    for inner in range(number + 1, len(clauses)):
        if clauses[inner].depth <= depth:
            break
        if clauses[inner].depth == depth + 1:
            found.append(inner)
    return found


def _deciding(clauses: Sequence[Clause], number: int) -> list[int]:
    """The clause and those in it that made it what it is: the ones of the same truth, or all when none is (`not`)."""
    inner = _children(clauses, number)
    same = [child for child in inner if clauses[child].truth is clauses[number].truth]
    return [number, *(found for child in same or inner for found in _deciding(clauses, child))]


def _held(entries: Sequence[Entry], number: int, place: int) -> str:
    """What a path held: one value, or the range of numbers. The path is named when its clause has several."""
    all_seen = [
        entry.clauses[number].seen[place]
        for entry in entries
        if number < len(entry.clauses) and place < len(entry.clauses[number].seen)
    ]
    clause = max(entries, key=lambda entry: entry.frames).clauses[number]
    seen = clause.seen[place]
    numbers = [held for other in all_seen if (held := _number_in(other)) is not None]
    if len(numbers) == len(all_seen) and min(numbers) != max(numbers):
        value = f"{min(numbers)} to {max(numbers)}"
    else:
        value = str(seen).removeprefix(seen.path).removeprefix(" = ").removeprefix(" is ")
    return f"{seen.path} was {value}" if len(clause.seen) > 1 else f"was {value}"


def _number_in(seen: PathValue) -> float | None:
    if seen.is_missing or seen.is_described or isinstance(seen.value, bool):
        return None
    return seen.value if isinstance(seen.value, int | float) else None


def alternates(entries: Sequence[Entry]) -> bool:
    """True when the condition was false again and again between short runs of frames on which it was unknown.

    A node that leaves frames out (`every`) writes nothing on these: what is read is not missing for good. One frame on
    which it was false, in hours of others, shows no such node.
    """
    runs = [(reason, sum(one.frames for one in run)) for reason, run in groupby(entries, lambda one: one.reason)]
    unknown = [count for reason, count in runs if reason is Reason.CONDITION_UNKNOWN]
    has_false = any(reason is Reason.CONDITION_FALSE for reason, _ in runs)
    is_short = max(unknown) <= max(_SHORT_RUN_FRAMES, _SHORT_RUN * sum(unknown))
    return has_false and is_short and max(unknown) <= _MOST_UNKNOWN * sum(unknown)

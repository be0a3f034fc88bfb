"""Compares what a message says with what is known: new, update, end, duplicate, stale, state. Pure, for all sources.

A source that reports frames needs no more than "was this one here before". A source that reports changes says `on`,
`still on`, `off`, repeats itself, sends old messages again and hands out retained ones; the table of `Rules` says for
each kind what of it is news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.message import Message

# Keys of the last messages about a thing, by which a message that is sent again is recognised.
_KEPT_KEYS: Final = 16
_LONGEST_KEY: Final = 200
# Bounds of what a row compares: longer values are compared by their hash, and older names make space.
_LONGEST_COMPARED: Final = 500
_MOST_COMPARED: Final = 64

_NEWS: Final = frozenset({Verdict.NEW, Verdict.UPDATE, Verdict.END, Verdict.FRAME})
_WITHOUT_STATE: Final = {
    Says.LEVEL: Verdict.STATE,
    Says.REPEATED: Verdict.DUPLICATE,
    Says.NOT_FOR_US: Verdict.IGNORED,
    Says.UNREADABLE: Verdict.MALFORMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How messages of one kind of source are to be understood.

    `is_stored`: the transport keeps messages (a broker, a queue), so that old ones are stale; a live stream's are not.
    `unchanged`: the verdict for a thing that is still here, without a change: UPDATE where the source says it for a
    reason (its box moved), DUPLICATE where it only repeats itself.
    `can_begin_again`: the identity is a switch (a rule, a zone), which goes on and off; False: one thing, seen once.
    `unknown_end`: the verdict for the end of what was not known to be here.
    `missed_new_s`: a source that says itself what is new may lose that message; then the next one about the same thing
    is new, when the thing began at most this long ago. None: what is not known is new.
    `silent_end_s`: a thing that was not mentioned for this time is over (sources that may never say so). None: never.
    """

    is_stored: bool = True
    unchanged: Verdict = Verdict.UPDATE
    can_begin_again: bool = True
    unknown_end: Verdict = Verdict.STATE
    missed_new_s: float | None = None
    silent_end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one identity. Plain data, so that it can be stored and loaded: see `known.py`.

    `at` is the source's time of the last message that counted, `heard_at` our time of the last one at all.
    """

    is_live: bool
    has_ended: bool
    at: float | None
    heard_at: float
    compared: Mapping[str, Any]
    keys: tuple[str, ...]


class Reduced(NamedTuple):
    """The verdict, the names of what changed, and the row to keep from now on (None: none)."""

    verdict: Verdict
    changes: tuple[str, ...]
    row: Row | None


def reduce(rules: Rules, known: Row | None, reading: Reading, message: Message, *, age_limit_s: float) -> Reduced:
    """Compare a reading with the row of its identity."""
    if (verdict := _WITHOUT_STATE.get(reading.says)) is not None:
        return Reduced(verdict, (), known)
    found = _reduced(rules, known, reading, message)
    if message.retain:
        return found._replace(verdict=Verdict.STALE, changes=())
    if found.verdict in _NEWS and rules.is_stored and _is_old(reading, message, age_limit_s):
        return found._replace(verdict=Verdict.STALE, changes=())
    return found


def _is_old(reading: Reading, message: Message, age_limit_s: float) -> bool:
    said_at = next((at for at in (reading.judged_at, reading.ended_at, reading.at) if at is not None), None)
    return said_at is not None and message.arrived_at - said_at > age_limit_s


def _reduced(rules: Rules, known: Row | None, reading: Reading, message: Message) -> Reduced:
    key = compact(reading.key)[:_LONGEST_KEY] if reading.key else message.digest
    if known is not None and message.dup and key in known.keys:
        return Reduced(Verdict.DUPLICATE, (), _heard(known, message))
    match reading.says:
        case Says.FRAME | Says.MOMENT:
            return _one_moment(known, reading, message, key)
        case Says.LATE:
            return _late(known, reading, message, key)
        case Says.ENDED:
            return _ended(rules, known, reading, message, key)
        case Says.AS_IS:
            is_here = bool(reading.more.get("value"))
            return Reduced(Verdict.STATE, (), _row(known, reading, message, key, is_live=is_here))
        case _:
            return _here(rules, known, reading, message, key)


def _one_moment(known: Row | None, reading: Reading, message: Message, key: str) -> Reduced:
    """A frame, or an event without a duration: the same one again is known by its key alone."""
    verdict = Verdict.FRAME if reading.says is Says.FRAME else Verdict.NEW
    if known is not None and reading.key and key in known.keys:
        return Reduced(Verdict.DUPLICATE, (), _heard(known, message))
    row = _row(known, reading, message, key, is_live=False)
    return Reduced(verdict, (), row if reading.identity else None)


def _late(known: Row | None, reading: Reading, message: Message, key: str) -> Reduced:
    changes = _changes(known, reading)
    if known is not None and (not changes if reading.compared else key in known.keys):
        return Reduced(Verdict.DUPLICATE, (), _heard(known, message))
    if known is None:
        row = _row(None, replace(reading, at=None), message, key, is_live=False)
    else:  # its time is not that of the thing's state
        row = replace(_row(known, reading, message, key, is_live=known.is_live), at=known.at, has_ended=known.has_ended)
    return Reduced(Verdict.UPDATE, changes, row)


def _ended(rules: Rules, known: Row | None, reading: Reading, message: Message, key: str) -> Reduced:
    row = replace(_row(known, reading, message, key, is_live=False), has_ended=True)
    if known is None:
        return Reduced(rules.unknown_end, (), row)
    if known.has_ended:
        return Reduced(Verdict.DUPLICATE, (), _heard(known, message))
    if _is_late(known, reading) and rules.can_begin_again:
        return Reduced(Verdict.STALE, (), known)
    if not known.is_live and rules.can_begin_again:
        return Reduced(rules.unknown_end, (), row)
    return Reduced(Verdict.END, _changes(known, reading), row)


def _here(rules: Rules, known: Row | None, reading: Reading, message: Message, key: str) -> Reduced:
    changes = _changes(known, reading)
    row = _row(known, reading, message, key, is_live=True)
    if known is not None and known.has_ended and not rules.can_begin_again:
        row = replace(row, is_live=False, has_ended=True)
    if known is None:
        is_new = reading.says is Says.BEGAN or _began_lately(rules, reading, message)
        return Reduced(Verdict.NEW, (), row) if is_new else Reduced(Verdict.UPDATE, changes, row)
    if _is_late(known, reading):
        return Reduced(Verdict.STALE, (), known)
    if rules.can_begin_again and (not known.is_live or _was_silent(rules, known, message)):
        return Reduced(Verdict.NEW, (), row)
    if changes:
        return Reduced(Verdict.UPDATE, changes, row)
    is_same = known.keys[-1:] == (key,) or (reading.at is not None and reading.at == known.at)
    if is_same and (known.is_live or known.has_ended):
        return Reduced(Verdict.DUPLICATE, (), _heard(known, message))
    return Reduced(rules.unchanged, (), row)


def _began_lately(rules: Rules, reading: Reading, message: Message) -> bool:
    if rules.missed_new_s is None:
        return True
    return reading.began_at is not None and message.arrived_at - reading.began_at <= rules.missed_new_s


def _is_late(known: Row, reading: Reading) -> bool:
    """True for a message that was overtaken by a later one."""
    return reading.at is not None and known.at is not None and reading.at < known.at


def _was_silent(rules: Rules, known: Row, message: Message) -> bool:
    return rules.silent_end_s is not None and message.arrived_at - known.heard_at > rules.silent_end_s


def _changes(known: Row | None, reading: Reading) -> tuple[str, ...]:
    """The names of what differs; where nothing is known, from what the source says it was."""
    old = known.compared if known is not None else {} if reading.says is Says.LATE else reading.before
    if old is None:
        return ()
    # What was never said before is a change when it says something.
    return tuple(
        name
        for name, value in reading.compared.items()
        if (compact(old[name]) != compact(value) if name in old else value)
    )


def compact(value: Any) -> Any:
    """A value to compare: itself, or the hash of a long one, so that rows stay small."""
    if value is None or isinstance(value, bool | int | float):
        return value
    written = value if isinstance(value, str) else repr(value)
    if len(written) <= _LONGEST_COMPARED:
        return value
    return f"#{blake2b(written.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def _row(known: Row | None, reading: Reading, message: Message, key: str, *, is_live: bool) -> Row:
    keys = known.keys if known is not None else ()
    fresh = {name: compact(value) for name, value in reading.compared.items()}
    compared = {**(known.compared if known is not None else {}), **fresh}
    while len(compared) > _MOST_COMPARED:
        del compared[next(iter(compared))]
    at = reading.at if reading.at is not None else known.at if known is not None else None
    return Row(
        is_live, False, at, message.arrived_at, compared, (*(one for one in keys if one != key), key)[-_KEPT_KEYS:]
    )


def _heard(known: Row, message: Message) -> Row:
    return replace(known, heard_at=message.arrived_at)

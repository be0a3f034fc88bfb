"""Compares what a message says with what is known: new, update, end, duplicate, stale, state. Pure, for all sources.

A source that reports frames needs no more than "was this one here before". A source that reports changes says `on`,
`still on`, `off`, repeats itself, sends old messages again and hands out retained ones; the table of `Rules` says for
each kind what of it is news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from securos_trigger.inputs.happening import NEWS, Reading, Says, Verdict
from securos_trigger.inputs.message import Message

# Keys of the last messages about a thing, by which a message that is sent again is recognised.
_KEPT_KEYS: Final = 16
# How far back a switch's time may go because of a message that was overtaken; further, its clock was set.
_REORDERED_S: Final = 60.0
_LONGEST_KEY: Final = 200
# Bounds of what a row compares: longer values are compared by their hash, and older names make space.
_LONGEST_COMPARED: Final = 500
_MOST_COMPARED: Final = 64

_SHORT: Final = frozenset((bool, int, float, type(None)))
# Members of an Enum are looked up slowly, and tuples of a class made fast without it: most messages are frames.
_FRAME: Final = Says.FRAME
_IS_FRAME: Final = Verdict.FRAME
_new_tuple: Final = tuple.__new__
#: What changes nothing that is known of a thing, and its verdict.
WITHOUT_STATE: Final = {
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


class Row(NamedTuple):
    """What is known of one identity. Plain data, so that it can be stored and loaded: see `known.py`.

    `at` is the source's time of the last message that counted, `heard_at` our time of the last one at all. A named
    tuple, because there is one for each message.
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
    says = reading.says
    if says is _FRAME and not reading.compared:
        found = _frame(known, reading, message)
    elif (verdict := WITHOUT_STATE.get(says)) is not None:
        return Reduced(verdict, (), known)
    else:
        found = _reduced(rules, known, reading, message)
    if message.retain:
        return found._replace(verdict=Verdict.STALE, changes=())
    if rules.is_stored and found.verdict in NEWS and _is_old(reading, message, age_limit_s):
        return found._replace(verdict=Verdict.STALE, changes=())
    return found


def _is_old(reading: Reading, message: Message, age_limit_s: float) -> bool:
    said_at = reading.aged_from
    return said_at is not None and message.arrived_at - said_at > age_limit_s


class _Case(NamedTuple):
    """Everything that a verdict depends on. `key` names the message, `fresh` is what it says, made short."""

    rules: Rules
    known: Row | None
    reading: Reading
    message: Message
    key: str
    fresh: dict[str, Any]

    def row(self, *, is_live: bool) -> Row:
        """The row after this message."""
        known = self.known
        heard_at, at = self.message.arrived_at, self.reading.at
        if known is None:
            return Row(is_live, False, at, heard_at, self.fresh, (self.key,))
        compared = {**known.compared, **self.fresh}
        while len(compared) > _MOST_COMPARED:
            del compared[next(iter(compared))]
        before = known.keys if self.key not in known.keys else tuple(one for one in known.keys if one != self.key)
        keys = (*before[1 - _KEPT_KEYS :], self.key)
        return Row(is_live, False, at if at is not None else known.at, heard_at, compared, keys)

    def repeated(self) -> Reduced:
        """The verdict for what was said before. It still says that the thing is there."""
        row = self.known._replace(heard_at=self.message.arrived_at) if self.known is not None else None
        return Reduced(Verdict.DUPLICATE, (), row)

    def changes(self) -> tuple[str, ...]:
        """The names of what differs; where nothing is known, from what the source says it was."""
        if self.known is not None:
            old = self.known.compared
        elif self.reading.says is Says.LATE:
            old = {}
        elif self.reading.before is not None:
            old = {name: compact(value) for name, value in self.reading.before().items()}
        else:
            return ()
        # What was never said before is a change when it says something.
        return tuple(name for name, value in self.fresh.items() if (old[name] != value if name in old else value))

    @property
    def is_overtaken(self) -> bool:
        """True for a message that a later one has overtaken, which a live connection never does.

        A switch whose time jumps back further had its clock set: it is not overtaken.
        """
        at, last_at = self.reading.at, self.known.at if self.known is not None else None
        if at is None or last_at is None or not self.rules.is_stored:
            return False
        return 0 < last_at - at <= (_REORDERED_S if self.rules.can_begin_again else last_at)


def _reduced(rules: Rules, known: Row | None, reading: Reading, message: Message) -> Reduced:
    key = compact(reading.key)[:_LONGEST_KEY] if reading.key else message.digest
    fresh = {name: compact(value) for name, value in reading.compared.items()}
    case = _Case(rules, known, reading, message, key, fresh)
    if known is not None and message.dup and key in known.keys:
        return case.repeated()
    match reading.says:
        case Says.FRAME | Says.MOMENT:
            return _one_moment(case)
        case Says.LATE:
            return _late(case)
        case Says.ENDED:
            return _ended(case)
        case Says.AS_IS:
            return _as_is(case)
        case _:
            return _here(case)


def _frame(known: Row | None, reading: Reading, message: Message) -> Reduced:
    """A frame that nothing is compared of, which most messages are of a source that says what is there.

    All that is kept is which frames were the last ones.
    """
    named, heard_at = reading.key, message.arrived_at
    key = (named if len(named) <= _LONGEST_KEY else compact(named)[:_LONGEST_KEY]) if named else message.digest
    if known is None:
        row = Row(False, False, reading.at, heard_at, reading.compared, (key,)) if reading.identity else None
        return Reduced(_IS_FRAME, (), row)
    before = known.keys
    if key in before:
        if named or message.dup:
            return Reduced(Verdict.DUPLICATE, (), known._replace(heard_at=heard_at))
        before = tuple(one for one in before if one != key)
    at = reading.at if reading.at is not None else known.at
    row = _new_tuple(Row, (False, False, at, heard_at, known.compared, (*before[1 - _KEPT_KEYS :], key)))
    return _new_tuple(Reduced, (_IS_FRAME, (), row))


def _one_moment(case: _Case) -> Reduced:
    """A frame, or an event without a duration: the same one again is known by its key alone."""
    if case.known is not None and case.reading.key and case.key in case.known.keys:
        return case.repeated()
    verdict = Verdict.FRAME if case.reading.says is Says.FRAME else Verdict.NEW
    return Reduced(verdict, (), case.row(is_live=False) if case.reading.identity else None)


def _late(case: _Case) -> Reduced:
    """A late fact. Its time is not that of the thing's state, and a thing that is gone stays so."""
    known, changes = case.known, case.changes()
    if known is None:
        return Reduced(Verdict.UPDATE, changes, case.row(is_live=False)._replace(at=None))
    if not changes if case.fresh else case.key in known.keys:
        return case.repeated()
    row = case.row(is_live=known.is_live)._replace(at=known.at, has_ended=known.has_ended)
    return Reduced(Verdict.UPDATE, changes, row)


def _ended(case: _Case) -> Reduced:
    rules, known = case.rules, case.known
    row = case.row(is_live=False)._replace(has_ended=True)
    if known is None:
        return Reduced(rules.unknown_end, (), row)
    if known.has_ended:
        return case.repeated()
    if rules.can_begin_again and case.is_overtaken:
        return Reduced(Verdict.STALE, (), known)
    if rules.can_begin_again and not known.is_live:
        return Reduced(rules.unknown_end, (), row)
    return Reduced(Verdict.END, case.changes(), row)


def _as_is(case: _Case) -> Reduced:
    """The state at a subscription: only knowledge, unless a thing that was known to be here is gone meanwhile."""
    if case.known is not None and case.known.is_live and not case.reading.is_here:
        return _ended(case)
    return Reduced(Verdict.STATE, (), case.row(is_live=case.reading.is_here))


def _here(case: _Case) -> Reduced:
    rules, known, row = case.rules, case.known, case.row(is_live=True)
    if known is None or not (known.is_live or known.has_ended or known.at is not None):  # nothing, or a late fact only
        is_new = case.reading.says is Says.BEGAN or _began_lately(case)
        return Reduced(Verdict.NEW, (), row) if is_new else Reduced(Verdict.UPDATE, case.changes(), row)
    if case.is_overtaken:
        return Reduced(Verdict.STALE, (), known)
    if case.reading.says is Says.BEGAN and not rules.can_begin_again:
        return case.repeated()
    if known.has_ended and not rules.can_begin_again:
        row = row._replace(is_live=False, has_ended=True)
    if rules.can_begin_again and (not known.is_live or _was_silent(case, known)):
        return Reduced(Verdict.NEW, (), row)
    if changes := case.changes():
        return Reduced(Verdict.UPDATE, changes, row)
    at = case.reading.at
    is_same = known.keys[-1:] == (case.key,) or (at is not None and at == known.at)
    if is_same:  # also of what was forgotten: only a later state says that it is there again
        return case.repeated()
    return Reduced(rules.unchanged, (), row)


def _began_lately(case: _Case) -> bool:
    if case.rules.missed_new_s is None:
        return True
    began_at = case.reading.began_at
    return began_at is not None and case.message.arrived_at - began_at <= case.rules.missed_new_s


def _was_silent(case: _Case, known: Row) -> bool:
    silent_s = case.rules.silent_end_s
    return silent_s is not None and case.message.arrived_at - known.heard_at > silent_s


def compact(value: Any) -> Any:
    """A value to compare: itself, or the hash of a long one, so that rows stay small."""
    if type(value) in _SHORT or not value or (type(value) is str and len(value) <= _LONGEST_COMPARED):
        return value
    written = value if isinstance(value, str) else repr(value)
    if len(written) <= _LONGEST_COMPARED:
        return value
    return f"#{blake2b(written.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"

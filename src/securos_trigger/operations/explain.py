"""Explain why trigger nodes fired or did not, at a time that a person typed."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.errors import ArgumentError, MissingPartError
from securos_trigger.errors.suggestions import did_you_mean, nearest
from securos_trigger.ledger import Answer, Asked, Entry, LedgerReading, NodeAnswer, answer
from securos_trigger.ledger.causes import OF_CONDITION
from securos_trigger.ledger.phrases import zone_name
from securos_trigger.operations.condition_warnings import condition_warnings
from securos_trigger.operations.explain_intervals import with_intervals
from securos_trigger.operations.explain_mutes import with_mutes
from securos_trigger.operations.explain_outbox import with_outbox
from securos_trigger.operations.ledger_now import ledger_now, no_ledger
from securos_trigger.operations.site import site_of
from securos_trigger.runtime.live_node import EXPLAIN_LAST_S
from securos_trigger.system.reasons import reason_of
from securos_trigger.trigger.active_hours import zone_of

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([ap])\.?m\.?)?", re.IGNORECASE)
#: A whole time without seconds, which means its minute.
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})?")
_DAY_WORD = re.compile(r"(today|yesterday)\s*(.*)", re.IGNORECASE)
_DAY = dt.timedelta(days=1)
#: Characters of an event's id that are enough to name it.
_LEAST_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Explanation:
    """The ledger's answer. `str(answer)` is its text; `unreadable_lines` counts lines that could not be read."""

    answer: Answer
    unreadable_lines: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**self.answer.to_json(), "unreadable_lines": self.unreadable_lines}


def explain(
    config: Path,
    *,
    now: datetime,
    at: str | None = None,
    date: str | None = None,
    node: str = "",
    around_s: float = 30,
    zone: dt.tzinfo | None = None,
    event: str = "",
    outbox: Path | None = None,
) -> Explanation:
    """Read the ledger of `config` for the time `at` (see `asked_time`). `node`: only this one, an id or PIPELINE/ID.

    Times are typed and said in `zone`; None: in `time_zone` of the configuration, or else in that of this machine.
    With `event`, an event's id, the answer is about the frame on which it fired, and what became of it.
    `outbox` is that of a placed pipeline of the file, with its ledger beside it, instead of those of the file.
    ArgumentError: what was typed is no time, or the ledger has no such node. MissingPartError: there is no ledger.
    """
    site = site_of(config, outbox)
    zone = zone or zone_of(site.time_zone)
    asked = asked_time(at, date, now=now, around_s=around_s, node=node, zone=zone, config=shlex.quote(str(config)))
    asked = replace(asked, outbox="" if outbox is None else shlex.quote(str(outbox)))
    reading = LedgerReading(site.ledger_path)
    try:
        present = ledger_now(config, outbox)
        if not reading.files() and present.gap is None:
            missing = no_ledger(site.ledger_path, is_enabled=site.has_ledger, is_running=present.is_running)
            raise MissingPartError(asked.in_commands(missing))
        asked = _of_event(reading, event, asked, is_enabled=site.has_ledger) if event else asked
        found = answer(reading, asked, site.nodes, is_running=present.is_running, present_gap=present.gap)
    except OSError as error:
        why = f"The ledger {site.ledger_path} cannot be read: {reason_of(error)}. Ask as the user of the service."
        raise MissingPartError(why) from None
    _check_node(node, found, config)
    found = with_mutes(with_outbox(with_intervals(found, site), site.outbox_path), site)
    if any(rests_on_its_condition(one, asked) for one in found.nodes):
        found = found.with_warnings(condition_warnings(config))
    return Explanation(replace(found, asked=_with_both_meant(asked, found)), reading.unreadable_lines)


def _check_node(node: str, found: Answer, config: Path) -> None:
    """ArgumentError: a node was named, and the answer has none."""
    if node and not found.nodes:
        known = _known(node, found)
        raise ArgumentError("node", f'there is no trigger node "{node}" in {config} or its ledger. {known}')


def rests_on_its_condition(node: NodeAnswer, asked: Asked) -> bool:
    """True when nothing but the node's condition was between its frames and an event."""
    reasons = {entry.reason for entry in node.entries if asked.covers(entry)}
    return bool(reasons) and reasons <= OF_CONDITION


def _of_event(reading: LedgerReading, event_id: str, asked: Asked, *, is_enabled: bool) -> Asked:
    """The frame on which an event fired. ArgumentError: the ledger does not have it."""
    for record in reading.containing(event_id):
        if isinstance(record, Entry) and _is_named(record.event_id, event_id):
            until_at_s, node = record.from_at_s + 0.001, str(record.address)
            outbox = asked.outbox
            return Asked(record.from_at_s, until_at_s, 0.0, node, zone=asked.zone, config=asked.config, outbox=outbox)
    why = "it is older than the ledger, or was not fired here"
    if not is_enabled:
        why = "it is newer or older than the ledger, which is not written now ([ledger] enabled is false)"
    what = f'the ledger has no event "{event_id[:80]}": {why}'
    fix = asked.in_commands("`securos-trigger outbox list CONFIG` shows those of the outbox")
    raise ArgumentError("event", f"{what}. {fix}")


def _is_named(event_id: str, typed: str) -> bool:
    """True for the id itself, and for its first 8 characters or more, which the log has."""
    return event_id == typed or (len(typed) >= _LEAST_CHARACTERS and event_id.startswith(typed))


def asked_time(
    at: str | None,
    date: str | None,
    *,
    now: datetime,
    around_s: float = 30.0,
    node: str = "",
    zone: dt.tzinfo | None = None,
    config: str = "CONFIG",
) -> Asked:
    """The time that is meant.

    `at` is `14:03` or `2:03pm` (that minute), `14:03:07` (that second), either of them after `today` or `yesterday`, or
    a whole RFC 3339 time, which may name its zone and without seconds means its minute. What names no zone is of
    `zone` (None: that of this machine): of an hour that occurs twice it is the second, and one that does not occur is
    refused. Without `date` (`2026-11-22`, `yesterday`) it is the last time that the clock showed it. No `at`: the last
    ten minutes. `now` is the present moment (aware). ArgumentError: `at` or `date` cannot be used.
    """
    if at is None:
        if date is not None:
            raise ArgumentError("date", "a date needs a time too, such as 14:03")
        last_s = now.timestamp() - EXPLAIN_LAST_S
        return Asked(last_s, now.timestamp(), 0.0, node, is_summary=True, zone=zone, config=config)
    local = _Clock(zone, now)
    typed, date = _without_day(at, date)
    match = _TIME.fullmatch(typed)
    try:
        begin = _whole_time(typed, date, local) if match is None else _time_of_day(match, date, local)
    except (OverflowError, ValueError):  # in another zone it is of the year 0 or 10000
        argument, what = ("at", typed) if date is None else ("date", date)
        raise ArgumentError(argument, f'"{what}" is at the edge of the calendar; type a day of this century') from None
    has_zone = match is None and datetime.fromisoformat(typed).tzinfo is not None
    has_seconds = _MINUTE.fullmatch(typed) is None if match is None else match[3] is not None
    if begin > now:
        raise ArgumentError("at", f"{local.said(begin)} is still to come: it is {local.said(now)} now")
    until_at_s = begin.timestamp() + (1.0 if has_seconds else 60.0)
    remark = "" if has_zone else local.remark(begin, is_day_typed=match is None or date is not None)
    return Asked(begin.timestamp(), until_at_s, around_s, node, remark=remark, zone=zone, config=config)


def _without_day(at: str, date: str | None) -> tuple[str, str | None]:
    """The time and the date of `yesterday 14:03`."""
    match = _DAY_WORD.fullmatch(at.strip())
    if match is None:
        return at.strip(), date
    word = match[1].lower()
    if not match[2]:
        raise ArgumentError("at", f'"{word}" names a day only: add the time, as in --at "{word} 14:03"')
    if date is not None:
        raise ArgumentError("date", "the time has a date already")
    return match[2], word


def _time_of_day(match: re.Match[str], date: str | None, local: _Clock) -> datetime:
    try:
        clock = dt.time(_hour(match), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise ArgumentError("at", f'"{match[0]}" is not a time of day; write 14:03 or 14:03:07') from None
    today = local.shown(local.now).date()
    if date is not None:
        return local.last_time(datetime.combine(_date(date, today), clock))
    begin = local.last_time(datetime.combine(today, clock))
    return begin if begin <= local.now else local.last_time(datetime.combine(today - _DAY, clock))


def _hour(match: re.Match[str]) -> int:
    """The hour from 0 to 23. ValueError: no clock with am and pm shows it."""
    hour = int(match[1])
    if match[4] is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if match[4].lower() == "p" else 0)


@dataclass(frozen=True, slots=True)
class _Clock:
    """The clock that times are typed by and said by: of `zone`, or of this machine (None)."""

    zone: dt.tzinfo | None
    now: datetime

    def shown(self, instant: datetime) -> datetime:
        """What the clock shows at this instant (aware), with its zone."""
        return instant.astimezone(self.zone)

    def said(self, instant: datetime) -> str:
        """The instant in words, with its zone."""
        shown = self.shown(instant)
        return f"{shown:%Y-%m-%d %H:%M:%S} ({zone_name(shown.timestamp(), self.zone)})"

    def times(self, shown: datetime) -> tuple[datetime, datetime]:
        """The first and the last instant at which the clock shows this."""
        if self.zone is None:
            return shown.replace(fold=0).astimezone(), shown.replace(fold=1).astimezone()
        first, second = (shown.replace(fold=fold, tzinfo=self.zone).astimezone(dt.UTC) for fold in (0, 1))
        return first.astimezone(self.zone), second.astimezone(self.zone)

    def last_time(self, shown: datetime) -> datetime:
        """The last time up to now that the clock showed this. ArgumentError: it was put forward over it."""
        first, second = self.times(shown)
        if first.replace(tzinfo=None, fold=0) != shown.replace(fold=0):
            where = "here" if self.zone is None else f"in {self.zone}"
            edge = self._edge(min(first, second), max(first, second))  # they stand on both sides of the gap
            raise ArgumentError(
                "at",
                f"{shown:%Y-%m-%d %H:%M:%S} does not exist {where}: the clock went from {edge[0]:%H:%M} to "
                f"{edge[1]:%H:%M}. Type a time before or after that",
            )
        return second if second <= self.now else first

    def remark(self, begin: datetime, *, is_day_typed: bool) -> str:
        """What to say about a time that the clock has shown twice, or that is not of today; empty for any other."""
        first, second = self.times(begin.replace(tzinfo=None))
        if first.timestamp() != second.timestamp() and second <= self.now:
            return f"The clock showed this time twice; this is the second. The first: `--at {first.isoformat()}`"
        if not is_day_typed and begin.date() != self.shown(self.now).date():
            return f"This is yesterday's: today it is {self.shown(self.now):%H:%M} only."
        return ""

    def _edge(self, before: datetime, after: datetime) -> tuple[datetime, datetime]:
        """The second at which the clock's offset changes between these instants, in the old and the new time."""
        low, high = int(before.timestamp()), int(after.timestamp())
        offset = before.utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if self._at(middle).utcoffset() == offset:
                low = middle
            else:
                high = middle
        return self._at(low) + dt.timedelta(seconds=1), self._at(high)

    def _at(self, at_s: float) -> datetime:
        return datetime.fromtimestamp(at_s, dt.UTC).astimezone(self.zone)


def _whole_time(typed: str, date: str | None, local: _Clock) -> datetime:
    try:
        begin = datetime.fromisoformat(typed)
    except ValueError:
        what = f'"{typed}" is not a time; type 14:03, 14:03:07 or 2026-11-22T14:03:07+01:00'
        raise ArgumentError("at", what) from None
    if date is not None:
        raise ArgumentError("date", "the time has a date already")
    return local.shown(begin) if begin.tzinfo is not None else local.last_time(begin)


def _date(typed: str, today: dt.date) -> dt.date:
    word = typed.strip().lower()
    if word in ("today", "yesterday"):
        return today if word == "today" else today - _DAY
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise ArgumentError("date", f'"{typed}" is not a date; type one like 2026-11-22') from None


def _known(node: str, found: Answer) -> str:
    """How to fix the name of a node that the ledger does not have."""
    if not found.known_nodes:
        return "It holds no decision yet."
    pipelines, ids = zip(*((name.split("/")[0], name.rpartition("/")[2]) for name in found.known_nodes), strict=True)
    if "/" not in node and (meant := nearest(node, (*pipelines, *ids))):
        return did_you_mean(node, (meant,))
    return did_you_mean(node, found.known_nodes)


def _with_both_meant(asked: Asked, found: Answer) -> Asked:
    """Say so where a name is that of a node, and that of a pipeline with other nodes."""
    named = [one.name for one in found.nodes if one.address.is_named(asked.node)]
    others = [one.name for one in found.nodes if one.address.pipeline == asked.node and one.name not in named]
    if not named or not others:
        return asked
    remark = (
        f'"{asked.node}" is the name of a node and of a pipeline, so both are shown. '
        f"To see one: {named[0]}, or {asked.node}/*."
    )
    return replace(asked, remark=" ".join(filter(None, (asked.remark, remark))))

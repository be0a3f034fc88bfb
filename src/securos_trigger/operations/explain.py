"""Explain why trigger nodes fired or did not, at a time that a person typed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import read_config
from securos_trigger.errors import ArgumentError, MissingPartError
from securos_trigger.ledger import Answer, Asked, LedgerReading, answer
from securos_trigger.runtime.live_node import EXPLAIN_LAST_S
from securos_trigger.validation.mistakes import did_you_mean

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The ledger's answer. `str(answer)` is its text; `unreadable_lines` counts lines that could not be read."""

    answer: Answer
    unreadable_lines: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**self.answer.to_json(), "unreadable_lines": self.unreadable_lines}


def explain(
    config: Path, *, now: datetime, at: str | None = None, date: str | None = None, node: str = "", around_s: float = 30
) -> Explanation:
    """Read the ledger of `config` for the time `at` (see `asked_time`). `node`: only this one, an id or PIPELINE/ID.

    ArgumentError: what was typed is no time, or the ledger has no such node. MissingPartError: there is no ledger.
    """
    settings = read_config(config, has_secrets=False)
    asked = asked_time(at, date, now=now, around_s=around_s, node=node)
    reading = LedgerReading(settings.ledger_path)
    if not reading.files():
        raise MissingPartError(_no_ledger(settings.ledger_path, is_enabled=settings.ledger.enabled))
    found = answer(reading, asked)
    if node and not found.nodes:
        raise ArgumentError("node", f'the ledger has no node "{node}". {_known(node, found)}')
    return Explanation(found, reading.unreadable_lines)


def asked_time(at: str | None, date: str | None, *, now: datetime, around_s: float = 30.0, node: str = "") -> Asked:
    """The time that is meant.

    `at` is `14:03` (that minute), `14:03:07` (that second), or a whole RFC 3339 time, which may name its zone. What
    names none is local time; without `date` (`2026-11-22`) it is the last time that the clock showed it. No `at`: the
    last ten minutes. `now` is the present moment (aware). ArgumentError: `at` or `date` cannot be used.
    """
    if at is None:
        if date is not None:
            raise ArgumentError("date", "a date needs a time too, such as 14:03")
        return Asked(now.timestamp() - EXPLAIN_LAST_S, now.timestamp(), 0.0, node, is_summary=True)
    typed = at.strip()
    match = _TIME.fullmatch(typed)
    begin = _whole_time(typed, date) if match is None else _time_of_day(match, date, now)
    has_seconds = match is None or match[3] is not None
    if begin > now:
        raise ArgumentError("at", f"{begin:%Y-%m-%d %H:%M:%S%z} is still to come")
    return Asked(begin.timestamp(), begin.timestamp() + (1.0 if has_seconds else 60.0), around_s, node)


def _time_of_day(match: re.Match[str], date: str | None, now: datetime) -> datetime:
    try:
        clock = dt.time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise ArgumentError("at", f'no clock shows "{match[0]}"; a time is like 14:03 or 14:03:07') from None
    if date is not None:
        return datetime.combine(_date(date), clock).astimezone()
    today = now.astimezone().date()
    begin = datetime.combine(today, clock).astimezone()
    return begin if begin <= now else datetime.combine(today - _DAY, clock).astimezone()


def _whole_time(typed: str, date: str | None) -> datetime:
    try:
        begin = datetime.fromisoformat(typed)
    except ValueError:
        what = f'"{typed}" is not a time; type 14:03, 14:03:07 or 2026-11-22T14:03:07+01:00'
        raise ArgumentError("at", what) from None
    if date is not None:
        raise ArgumentError("date", "the time has a date already")
    return begin.astimezone()


def _date(typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise ArgumentError("date", f'"{typed}" is not a date; type one like 2026-11-22') from None


def _known(node: str, found: Answer) -> str:
    """How to fix the name of a node that the ledger does not have."""
    if not found.known_nodes:
        return "It holds no decision yet."
    ids = [name.rpartition("/")[2] for name in found.known_nodes]
    return did_you_mean(node, found.known_nodes if "/" in node else list(dict.fromkeys(ids)))


def _no_ledger(path: Path, *, is_enabled: bool) -> str:
    if not is_enabled:
        return "This configuration writes no ledger: [ledger] enabled is false. Set it to true and run again."
    return f"There is no ledger at {path} yet. `securos-trigger run` writes it while it runs."

"""`securos-trigger explain`: reads the ledger's files and answers for a time that a person typed."""

from __future__ import annotations

import datetime as dt
import json
import re
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.theme import Theme
from typer import BadParameter

from securos_trigger.config.reader import read_config
from securos_trigger.errors import MissingPartError
from securos_trigger.ledger import Answer, Asked, LedgerReading, answer
from securos_trigger.runtime.assembly import EXPLAIN_LAST_S
from securos_trigger.validation.mistakes import did_you_mean

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_DAY = dt.timedelta(days=1)


def explain_command(
    config: Path, *, at: str | None, date: str | None, node: str, around_s: float, is_json: bool, now: datetime
) -> None:
    """Print the answer. `now` is the present moment (aware). `BadParameter` for what cannot be a time or a node."""
    settings = read_config(config, has_secrets=False)
    asked = asked_time(at, date, now=now, around_s=around_s, node=node)
    reading = LedgerReading(settings.ledger_path)
    if not reading.files():
        raise MissingPartError(_no_ledger(settings.ledger_path, is_enabled=settings.ledger.enabled))
    found = answer(reading, asked)
    if node and not found.nodes:
        raise BadParameter(f'the ledger knows no node "{node}". {_known(node, found)}', param_hint="--node")
    if is_json:
        data = {**found.to_json(), "unreadable_lines": reading.unreadable_lines}
        print(json.dumps(data, indent=2))  # noqa: T201  for programs: no terminal in between
    else:
        _show(found, reading)


def asked_time(at: str | None, date: str | None, *, now: datetime, around_s: float = 30.0, node: str = "") -> Asked:
    """The time that is meant.

    `at` is `14:03` (that minute), `14:03:07` (that second), or a whole RFC 3339 time, which may name its zone. What
    names none is local time; without `date` (`2026-11-22`) it is the last time that the clock showed it. No `at`: the
    last ten minutes.
    """
    if at is None:
        if date is not None:
            raise BadParameter("a date needs a time: give --at too", param_hint="--date")
        return Asked(now.timestamp() - EXPLAIN_LAST_S, now.timestamp(), 0.0, node, is_summary=True)
    typed = at.strip()
    match = _TIME.fullmatch(typed)
    begin = _whole_time(typed, date) if match is None else _time_of_day(match, date, now)
    has_seconds = match is None or match[3] is not None
    if begin > now:
        raise BadParameter(f"{begin:%Y-%m-%d %H:%M:%S%z} is still to come", param_hint="--at")
    return Asked(begin.timestamp(), begin.timestamp() + (1.0 if has_seconds else 60.0), around_s, node)


def _time_of_day(match: re.Match[str], date: str | None, now: datetime) -> datetime:
    try:
        clock = dt.time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise BadParameter(
            f'no clock shows "{match[0]}"; a time is like 14:03 or 14:03:07', param_hint="--at"
        ) from None
    if date is not None:
        return datetime.combine(_date(date), clock).astimezone()
    today = now.astimezone().date()
    begin = datetime.combine(today, clock).astimezone()
    return begin if begin <= now else datetime.combine(today - _DAY, clock).astimezone()


def _whole_time(typed: str, date: str | None) -> datetime:
    try:
        begin = datetime.fromisoformat(typed)
    except ValueError:
        what = f'"{typed}" is no time; type 14:03, 14:03:07 or 2026-11-22T14:03:07+01:00'
        raise BadParameter(what, param_hint="--at") from None
    if date is not None:
        raise BadParameter("--at has a date already", param_hint="--date")
    return begin.astimezone()


def _date(typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise BadParameter(f'"{typed}" is no date; type one like 2026-11-22', param_hint="--date") from None


def _known(node: str, found: Answer) -> str:
    """The mend for a node that the ledger does not know."""
    if not found.known_nodes:
        return "It holds no decision yet."
    ids = [name.rpartition("/")[2] for name in found.known_nodes]
    return did_you_mean(node, found.known_nodes if "/" in node else list(dict.fromkeys(ids)))


def _no_ledger(path: Path, *, is_enabled: bool) -> str:
    if not is_enabled:
        return "This configuration writes no ledger: [ledger] enabled is false. Set it to true and run again."
    return f"There is no ledger at {path} yet. `securos-trigger run` writes it while it runs."


class _Words(RegexHighlighter):
    """Colours for a terminal: what fired, what was false or missing, what came between."""

    base_style = "explain."
    highlights = (
        r"(?m)(?P<good>\bfired\b|\bdelivered to\b|^      true\b)",
        r"(?m)(?P<bad>^      false\b|^      unknown\b|\bnot kept\b|\bdead at\b|is missing)",
        r"(?P<between>\b(interval|holding|not_risen|duplicate)\b|not delivered yet)",
    )


_THEME = Theme({"explain.good": "green", "explain.bad": "red", "explain.between": "yellow"})


def _show(found: Answer, reading: LedgerReading) -> None:
    console = Console(theme=_THEME, highlighter=_Words(), soft_wrap=True)
    console.print(str(found), markup=False)
    if reading.unreadable_lines:
        lines = "1 line" if reading.unreadable_lines == 1 else f"{reading.unreadable_lines} lines"
        console.print(f"\n{lines} of the ledger could not be read (torn by a crash, or not ours).", style="dim")

"""What a service that does not run has left in its outbox: events that wait, and whether it was stopped or killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.errors import OutboxError
from securos_trigger.errors.wording import counted, sentences
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import age_s
from securos_trigger.system.durations import duration_text


def with_left_behind(report: ServiceReport, outbox: Path) -> ServiceReport:
    """The report; of a service that does not run with `waiting`, `oldest_at` and `was_killed` in its answer.

    Where the outbox cannot be read, with `waiting` 0 and the reason as `unreadable`.
    """
    if report.verdict is not Verdict.NOT_RUNNING:
        return report
    try:
        left = _left_behind(outbox)
    except (OSError, OutboxError) as error:
        left = {"waiting": 0, "oldest_at": None, "was_killed": False, "unreadable": str(error)}
    return replace(report, answer={**report.answer, **left})


def _left_behind(outbox: Path) -> dict[str, Any]:
    from securos_trigger.operations.outbox import list_rows  # it brings SQLite, which a running service does not need
    from securos_trigger.runtime.control.sockets import socket_path
    from securos_trigger.system.files import is_there

    if not is_there(outbox):
        return {"waiting": 0, "oldest_at": None, "was_killed": False}
    listing = list_rows(outbox, state="waiting", limit=1)
    oldest_at = listing.rows[0]["kept_at"] if listing.rows else None
    # It removes the place of its control channel when it ends.
    return {"waiting": listing.counts["waiting"], "oldest_at": oldest_at, "was_killed": is_there(socket_path(outbox))}


def left_behind_text(answer: Mapping[str, Any], now: datetime) -> str:
    """What the answer of such a report says of that, as sentences; empty: nothing waits, and it has ended by itself."""
    texts = [answer.get("unreadable", "")]
    if number := answer.get("waiting", 0):
        oldest = f", the oldest for {duration_text(age_s(answer['oldest_at'], now))}" if answer["oldest_at"] else ""
        texts.append(f"{counted(number, 'event')} {'waits' if number == 1 else 'wait'} in the outbox{oldest}")
    if answer.get("was_killed"):
        texts.append("The service was not stopped: it was killed, or the machine went down")
    return sentences(*texts)

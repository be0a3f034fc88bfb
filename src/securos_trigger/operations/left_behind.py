"""What a service that does not run has left in its outbox: events that wait, and whether it was stopped or killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import OutboxError
from securos_trigger.errors.wording import counted, sentences
from securos_trigger.operations.other_file import is_other_file
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.starting import starts_it
from securos_trigger.operations.trouble import age_s, clock
from securos_trigger.runtime.control.sockets import killed_service, ledger_beside
from securos_trigger.system.durations import duration_text
from securos_trigger.system.files import is_there
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

_NOTHING: Final[Mapping[str, Any]] = {"was_started": False, "waiting": 0, "oldest_at": None, "was_killed": False}


def with_left_behind(report: ServiceReport, outbox: Path, config: Path) -> ServiceReport:
    """The report; of a service that does not run with `waiting`, `oldest_at` and `was_killed` in its answer.

    `was_started`: there is an outbox. Of a service that was killed also `started_at`, and `decided_at`: when its ledger
    was written last. Of another `ended_at`, and `is_finished`: no one stopped it, its sources had come to their end.
    `ran_with`: the run before had another configuration file than `config`, this one.
    What only the ledger knows is left out where that is not beside. Where the outbox cannot be read, with `waiting` 0
    and the reason as `unreadable`.
    """
    if report.verdict is not Verdict.NOT_RUNNING or "runs_instead" in report.answer:  # then it is another's outbox
        return report
    try:
        left = _left_behind(outbox, config)
    except (OSError, OutboxError) as error:
        left = {**_NOTHING, "was_started": True, "unreadable": reason_of(error)}
    return replace(report, answer={**report.answer, **left}, starts_it=starts_it(config))


def _left_behind(outbox: Path, config: Path) -> Mapping[str, Any]:
    from securos_trigger.operations.outbox import list_rows  # it brings SQLite, which a running service does not need

    if not is_there(outbox):
        return _NOTHING
    life = killed_service(outbox)
    listing = list_rows(outbox, state="waiting", limit=1)
    oldest_at = listing.rows[0]["kept_at"] if listing.rows else None
    found = {"waiting": listing.counts["waiting"], "oldest_at": oldest_at, "was_killed": bool(life)}
    return {"was_started": True, **found, **life, **_last_run(ledger_beside(outbox), config, was_killed=bool(life))}


def _last_run(ledger: Path, config: Path, *, was_killed: bool) -> dict[str, Any]:
    """When the run before ended, and how, and with which other file it ran, as far as its ledger says so."""
    if not ledger.exists():
        return {}
    from securos_trigger.ledger.files import last_beginning, last_end  # a running service does not need it, either

    note = last_beginning(ledger) if was_killed else last_end(ledger)
    if note is None:
        return {}
    is_other = note.configuration and is_other_file(Path(note.configuration), config)
    other = {"ran_with": note.configuration} if is_other else {}
    return other if was_killed else {"ended_at": rfc3339(note.at_s), "is_finished": note.is_finished, **other}


def left_behind_text(answer: Mapping[str, Any], now: datetime) -> str:
    """What the answer of such a report says of that, as sentences; empty: nothing is known of a run before."""
    texts = [answer.get("unreadable", ""), _end_text(answer, now)]
    if number := answer.get("waiting", 0):
        oldest = f", the oldest for {duration_text(age_s(answer['oldest_at'], now))}" if answer["oldest_at"] else ""
        texts.append(f"{counted(number, 'event')} {'waits' if number == 1 else 'wait'} in the outbox{oldest}")
    if answer.get("was_killed"):
        began = f" that started at {clock(answer['started_at'], now)}" if "started_at" in answer else ""
        last = f", after its last decision at {clock(answer['decided_at'], now)}" if "decided_at" in answer else ""
        other = f" of another file, {answer['ran_with']}," if "ran_with" in answer else ""
        texts.append(f"The service{other}{began} was not stopped: it was killed, or the machine went down{last}")
    return sentences(*texts)


def _end_text(answer: Mapping[str, Any], now: datetime) -> str:
    """That the run before was stopped, or came to its end, and when; empty: it was killed, or that is not known."""
    if (at := answer.get("ended_at")) is None:
        return ""
    when = f"at {clock(at, now)}, {duration_text(age_s(at, now))} ago"
    if "ran_with" in answer:
        return f"Another file, {answer['ran_with']}, ran with this outbox until {when.removeprefix('at ')}"
    return f"It ended {when}: its sources had come to their end" if answer["is_finished"] else f"It was stopped {when}"

"""What the running service says of its ledger: whether it writes it now, and what it could not write so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from securos_trigger.ledger import GapNote
from securos_trigger.ledger.lines import gap_of
from securos_trigger.operations.service_report import Verdict
from securos_trigger.operations.status import service_status, status_at


@dataclass(frozen=True, slots=True)
class LedgerNow:
    """`is_running`: a service writes the ledger, as far as can be known. `gap`: what the file does not have yet."""

    is_running: bool
    gap: GapNote | None = None


def ledger_now(config: Path, outbox: Path | None = None) -> LedgerNow:
    """Ask the service that runs with `config`, or the placed one with this outbox.

    One that does not answer runs, and its present gap is not known.
    """
    now = datetime.now(UTC)
    report = service_status(config, now=now) if outbox is None else status_at(outbox, config, now=now)
    if report.verdict is Verdict.NOT_RUNNING:
        return LedgerNow(is_running=False)
    gap: dict[str, Any] | None = (report.answer.get("ledger") or {}).get("gap")  # an older version does not say it
    return LedgerNow(is_running=True, gap=None if gap is None else gap_of(gap))


def no_ledger(path: Path, *, is_enabled: bool, is_running: bool) -> str:
    """Why there is no ledger at `path`, and what to do about it."""
    if not is_enabled:
        return "This configuration writes no ledger: [ledger] enabled is false. Set it to true and run again."
    if is_running:
        why = "no frame has come, or the disk takes nothing: `securos-trigger status CONFIG` says which."
        return f"The running service has not written its ledger yet, {path}: {why}"
    return f"There is no ledger at {path} yet. `securos-trigger run CONFIG` writes it while it runs."

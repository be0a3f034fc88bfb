"""What the process of a placed pipeline does on this machine, as its files and it say: without the network."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.config.settings import Settings
from securos_trigger.operations.service_report import Verdict
from securos_trigger.operations.status import status_at

#: The process has ended without the end of its source: it was killed, or the machine was switched off.
STOPPED = "stopped"


def placed_here(settings: Settings, pipeline: str, config: Path, *, now: datetime) -> dict[str, Any] | None:
    """`node`, `state`, `since` and `trouble` of a pipeline that was placed on this machine; None: it never was.

    `state` is `runs`, `starts`, `waits` (another machine runs it), `ended` or `stopped`. `trouble` is the worst that
    the process says of a pipeline that runs; empty where no person must act. Only `securos-trigger cluster status`
    knows the other machines.
    """
    if settings.relay is None:
        return None
    try:
        from securos_trigger.placement.place import node_name, place_of
        from securos_trigger.placement.state_file import ENDED, RUNS, is_alive, state_in
    except ModuleNotFoundError:  # the extra [cluster] is not installed: then nothing was placed here
        return None
    place = place_of(settings, pipeline, node_name())
    written = state_in(place.folder)
    state = written.get("state")
    if not isinstance(state, str):
        return None
    if state != ENDED and not is_alive(written):
        state = STOPPED
    trouble = _worst(place.outbox, config, now) if state == RUNS else ""
    return {"node": place.node, "state": state, "since": written.get("since"), "trouble": trouble}


def _worst(outbox: Path, config: Path, now: datetime) -> str:
    """What needs a person first, by the process with this outbox; empty when nothing does."""
    report = status_at(outbox, config, now=now)
    if report.verdict is Verdict.NOT_RUNNING:
        return f"its process does not answer: {report.answer['reason']}"
    return next((one.text for one in report.troubles if one.needs_person), "")

"""What the process of a placed pipeline does on this machine, as its files and it say: without the network."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.config.settings import Settings
from securos_trigger.operations.service_report import Verdict
from securos_trigger.operations.status import status_at
from securos_trigger.operations.trouble import Trouble

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
    troubles = troubles_of_placed(place.outbox, config, now=now) if state == RUNS else ()
    trouble = next((one.text for one in troubles if one.needs_person), "")
    return {"node": place.node, "state": state, "since": written.get("since"), "trouble": trouble}


def troubles_of_placed(outbox: Path, config: Path, *, now: datetime) -> tuple[Trouble, ...]:
    """What the process of a placed pipeline with this outbox says of itself, or that it does not answer."""
    report = status_at(outbox, config, now=now)
    if report.verdict is Verdict.NOT_RUNNING:
        return (Trouble(f"its process does not answer: {report.answer['reason']}", "Its log says more.", True),)
    return report.troubles

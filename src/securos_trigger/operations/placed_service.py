"""The state of a service whose pipelines are placed: each has a process of its own on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from securos_trigger.config.reader import read_config
from securos_trigger.doctor import Finding
from securos_trigger.doctor.findings import failed, ok, warning
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.placed_here import STOPPED, PlacedPiece, placed_here
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import Rank, Trouble, commands_for, worst_first

_STATES: Final = {
    "runs": "runs here",
    "starts": "is starting here: nothing is watched yet",
    "waits": "waits here, because another machine runs it",
    "ended": "has come to the end of its source here",
    STOPPED: "does not run here: its process was stopped, or killed with the machine",
    "away": "does not run here now",
}
_ELSEWHERE: Final = "`securos-trigger cluster status CONFIG` says which machine runs it."


def with_placed(report: ServiceReport, config: Path, *, now: datetime) -> ServiceReport:
    """The report; where no service runs, that of the pipelines of the file that were placed on this machine.

    Its answer has them as `placed`, and as `pipelines` what those say that run. It is unchanged where none was placed
    here, and where the file has a mistake.
    """
    if report.verdict is not Verdict.NOT_RUNNING:
        return report
    try:
        settings = read_config(config, has_secrets=False, may_be_empty=True)
    except ConfigurationError:
        return report
    found = (placed_here(settings, one.name, config, now=now) for one in settings.pipelines)
    pieces = [one for one in found if one is not None]
    if not pieces:
        return report
    troubles = worst_first(commands_for(config, [one for piece in pieces for one in _troubles(piece)]))
    shown = [_shown(one) for one in pieces]
    running = [row for one in pieces if one.report is not None for row in one.report.answer.get("pipelines", ())]
    answer = {"is_running": any(one.is_there for one in pieces), "placed": shown, "pipelines": running}
    return replace(report, verdict=_verdict(pieces, troubles), troubles=troubles, answer=answer)


def _shown(one: PlacedPiece) -> dict[str, str | None]:
    where = {"node": one.node, "outbox": str(one.outbox)}
    return {"pipeline": one.pipeline, "state": one.state, "since": one.since, **where}


def placed_text(row: dict[str, str]) -> str:
    """What a pipeline of `placed` does on this machine, in words: `yard runs here`."""
    return f"{row['pipeline']} {_STATES[row['state']]}"


def placed_findings(report: ServiceReport) -> Iterator[Finding]:
    """What the doctor says of the service of such a report."""
    for row in report.answer["placed"]:
        if row["state"] != STOPPED:
            quiet = ok if row["state"] in ("runs", "waits", "ended") else warning
            yield quiet("placed", f"{placed_text(row)}, as {row['node']} since {row['since']}")
    for one in report.troubles:
        yield (failed if one.needs_person else warning)("placed", one.text, one.fix)


def _verdict(pieces: Sequence[PlacedPiece], troubles: Sequence[Trouble]) -> Verdict:
    if not any(one.is_there or one.state == "ended" for one in pieces):
        return Verdict.NOT_RUNNING
    if any(one.needs_person for one in troubles):
        return Verdict.TROUBLE
    return Verdict.STARTING if any(one.state == "starts" for one in pieces) else Verdict.HEALTHY


def _troubles(piece: PlacedPiece) -> Iterator[Trouble]:
    name = piece.pipeline
    if piece.state == STOPPED:
        fix = f"`systemctl status securos-trigger-pipeline@{name}` says why. {_ELSEWHERE}"
        yield Trouble(f"{name} {_STATES[STOPPED]}", fix, needs_person=True, rank=Rank.SERVICE)
    for one in piece.troubles:
        yield one if one.text.startswith(f"Pipeline {name}:") else replace(one, text=f"{name}: {one.text}")

"""What the process of a placed pipeline does on this machine, as its files and it say: without the network."""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from securos_trigger.errors import ConfigurationError, OutboxError
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.status import has_placed, outbox_in_use, service_status, status_at
from securos_trigger.operations.trouble import Rank, Trouble

if TYPE_CHECKING:
    from securos_trigger.config.settings import Settings

#: The process has ended without the end of its source: it was killed, or the machine was switched off.
STOPPED: Final = "stopped"
#: It has ended here, and Ray says where it runs: what has moved to another machine is no trouble of this one.
AWAY: Final = "away"


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    """A pipeline that was placed on this machine, under the name `node`; `since` is when its process wrote `state`.

    `state` is `runs`, `starts`, `waits` (another machine runs it), `ended`, `stopped` or `away`. `report` is what the
    process of one that runs says of itself, and `troubles` what a person should know. `outbox` has its events here.
    """

    pipeline: str
    node: str
    state: str
    since: str | None
    outbox: Path
    troubles: tuple[Trouble, ...] = ()
    report: ServiceReport | None = None

    @property
    def is_there(self) -> bool:
        """True while its process is."""
        return self.state in ("runs", "starts", "waits")


def placed_here(settings: Settings, pipeline: str, config: Path, *, now: datetime) -> PlacedPiece | None:
    """The process of a pipeline on this machine; None: it was never placed here.

    Only `securos-trigger cluster status` knows the other machines.
    """
    if settings.relay is None:
        return None
    try:
        from securos_trigger.placement.place import places_here
        from securos_trigger.placement.state_file import ENDED, LONG_START, RUNS, is_alive, is_long_start, state_in
    except ModuleNotFoundError:  # the extra [cluster] is not installed: then nothing was placed here
        return None
    own, *others = ((place, state_in(place.folder)) for place in places_here(settings, pipeline))
    # a folder of another name counts only for a process that is surely of this machine
    there = (one for one in others if one[1].get("process") and is_alive(one[1]))
    place, written = own if is_alive(own[1]) else next(there, own)
    state, troubles, report = written.get("state"), tuple[Trouble, ...](), None
    if not isinstance(state, str):
        return None
    if state != ENDED and not is_alive(written):
        state = STOPPED if settings.placement is None else AWAY
    elif state == RUNS:
        report = status_at(place.outbox, config, now=now)
        troubles = _troubles_in(report)
    elif is_long_start(written):
        troubles = (Trouble(LONG_START, "Its log says which.", needs_person=True, rank=Rank.SERVICE),)
    return PlacedPiece(pipeline, place.node, state, written.get("since"), place.outbox, troubles, report)


def placed_outboxes(config: Path) -> list[tuple[str, Path]]:
    """The pipelines of a file that were placed on this machine, each with its outbox file here.

    None where a service of the file itself runs, which has its own outbox; nor where the file has mistakes.
    """
    with suppress(ConfigurationError, OSError):
        if has_placed(outbox_in_use(config)):  # the whole file is read only then
            return [(name, outbox) for name, outbox in placed_places(config) or () if outbox.is_file()]
    return []


def require_own_outbox(config: Path) -> None:
    """Raise OutboxError, with the line to type, where the events are only in the outboxes of placed pipelines."""
    try:
        is_there = outbox_in_use(config).is_file()
    except ConfigurationError:  # what asks for the events says so
        return
    if not is_there and (found := placed_outboxes(config)):
        lines = [f"{name}: `securos-trigger outbox list --path {shlex.quote(str(path))}`" for name, path in found]
        what = "The pipelines of this file are placed: each keeps its events in an outbox of its own"
        raise OutboxError(f"{what}, which the console does not read. {'; '.join(lines)}.")


def has_placement(config: Path) -> bool:
    """True where the file has [placement]: Ray runs its pipelines. ConfigurationError: it has mistakes."""
    from securos_trigger.operations.remembered import remembered_settings

    return remembered_settings(config).placement is not None


def placed_places(config: Path) -> list[tuple[str, Path]] | None:
    """The same, also where the outbox file is not made yet. None: the pipelines of the file are not placed.

    Without [placement], what is left of a trial counts, too: nothing says that it will not run again.
    """
    with suppress(ConfigurationError, ModuleNotFoundError, OSError):  # the extra [cluster] may not be installed
        from securos_trigger.operations.remembered import remembered_settings  # it reads the whole file

        is_here = has_placed(outbox_in_use(config))
        settings = remembered_settings(config)
        if settings.relay is None or not (is_here or settings.placement is not None):
            return None
        if service_status(config, now=datetime.now().astimezone()).verdict is not Verdict.NOT_RUNNING:
            return None
        from securos_trigger.placement.place import places_here

        places = [(one.name, place) for one in settings.pipelines for place in places_here(settings, one.name)]
        found = [(name, place.outbox) for name, place in places if place.folder.is_dir()]
        return found if found or settings.placement is not None else None
    return None


def card_of(piece: PlacedPiece | None) -> dict[str, Any] | None:
    """`node`, `state`, `since` and `trouble` for the overview. `trouble` is the worst; empty: no person must act."""
    if piece is None:
        return None
    trouble = next((one.text for one in piece.troubles if one.needs_person), "")
    return {"node": piece.node, "state": piece.state, "since": piece.since, "trouble": trouble}


def troubles_of_placed(outbox: Path, config: Path, *, now: datetime) -> tuple[Trouble, ...]:
    """What the process of a placed pipeline with this outbox says of itself, or that it does not answer."""
    return _troubles_in(status_at(outbox, config, now=now))


def _troubles_in(report: ServiceReport) -> tuple[Trouble, ...]:
    if report.verdict is Verdict.NOT_RUNNING:
        text = f"its process does not answer: {report.answer['reason']}"
        return (Trouble(text, "Its log says more.", True, rank=Rank.SERVICE),)
    return report.troubles

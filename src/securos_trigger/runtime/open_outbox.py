"""Opens the outbox of a service as its configuration says, and changes its limits while it is open."""

from __future__ import annotations

import math
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import Final

from securos_trigger.config.settings import OutboxSettings
from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox
from securos_trigger.outbox.listener import OnAlreadyThere, OnKept, OnNotKept
from securos_trigger.runtime.control.sockets import killed_service
from securos_trigger.system.mounts import IN_MEMORY, file_system_of
from securos_trigger.system.reasons import reason_of

_DAY_S: Final = 86_400.0
_MEGABYTE: Final = 1024**2
_ANSWER_WITHIN_S: Final = 5.0


def open_outbox(
    settings: OutboxSettings,
    announcer: Announcer,
    on_kept: OnKept,
    on_already_there: OnAlreadyThere,
    on_not_kept: OnNotKept,
) -> Outbox:
    """Open the outbox, and make its folder. OutboxError: it cannot be used.

    Announces one that is in memory only, and one whose service was killed: to be called before the ledger and the
    control channel are opened.
    """
    try:
        settings.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxError(f"The folder of the outbox {settings.path} cannot be made: {reason_of(error)}.") from error
    outbox = Outbox(
        settings.path,
        announcer=announcer,
        on_kept=on_kept,
        on_already_there=on_already_there,
        on_not_kept=on_not_kept,
        max_bytes=settings.max_size_mb * _MEGABYTE,
        keep_delivered_s=settings.keep_delivered_days * _DAY_S,
    )
    if (file_system := file_system_of(settings.path)) in IN_MEMORY:
        announcer.announce(kinds.OUTBOX_IN_MEMORY, path=settings.path, reason=f"it is on {file_system}")
    _announce_killed_before(settings.path, announcer)
    return outbox


def _announce_killed_before(outbox: Path, announcer: Announcer) -> None:
    """Announce that the service before did not end by itself. Before this one opens its ledger and control channel."""
    try:
        killed = killed_service(outbox)
    except OSError:  # what is wrong with the folder is said where it is written
        return
    if killed:
        announcer.announce(
            kinds.SERVICE_WAS_KILLED, path=outbox, since=killed["started_at"], until=killed.get("decided_at", "")
        )


def check_limits(outbox: Outbox, settings: OutboxSettings) -> None:
    """Raise `OutboxError` when the outbox holds more than these settings allow: no event may be lost by a change."""
    try:
        used_mb = math.ceil(outbox.used_bytes().result(_ANSWER_WITHIN_S) / _MEGABYTE)
    except FutureTimeoutError as error:
        raise OutboxError(f"The outbox {outbox.path} does not answer, so its limits cannot be changed.") from error
    if used_mb > settings.max_size_mb:
        raise OutboxError(
            f"outbox.max_size_mb cannot be {settings.max_size_mb}: {used_mb} MB are in use. "
            "Set at least that; delivered events count until keep_delivered_days is over. "
            "A restart takes the smaller limit at once, and they make space."
        )


def change_limits(outbox: Outbox, settings: OutboxSettings) -> None:
    """Let an open outbox hold what these settings say."""
    outbox.limits.change(settings.max_size_mb * _MEGABYTE, settings.keep_delivered_days * _DAY_S)

"""Relays what pipelines that moved away, or whose machine was down, have left in their outboxes on this machine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from securos_trigger.config.settings import Settings
from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.placement.place import Place, gateway_of, places_of
from securos_trigger.placement.state_file import is_opening, state_in
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.remains import Remains

#: An outbox is given this long to be empty, and then as long again for the outcomes of its events.
WITHIN_S: Final = 60.0
_OUTCOMES_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.05

_log = logging.getLogger("securos_trigger")


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What was found in one outbox, and what could not be relayed within the time."""

    pipeline: str
    node: str
    found: int
    left: int


def relay_left_over(settings: Settings, node: str, *, within_s: float = WITHIN_S) -> list[LeftOver]:
    """Relay what every outbox of this machine holds that no process has open; gives those that held something."""
    found = []
    for place in places_of(settings, node):
        if is_opening(place.folder):
            continue
        try:
            one = _relayed(settings, place, within_s)
        except OutboxOwnedError:
            continue  # its own process relays it
        except (OSError, OutboxError) as error:  # the others are still relayed
            _log.warning("What the pipeline %s has left here is not relayed: %s", place.pipeline, error)
            continue
        if one.found:
            found.append(one)
    return found


def _relayed(settings: Settings, place: Place, within_s: float) -> LeftOver:
    assert settings.relay is not None
    owner = place.owner()
    relay = settings.relay.model_copy(update={"gateway": gateway_of(owner)})
    announcer = Announcer([log_notice])
    lease = PipelineLease(relay, owner, announcer, takes_part=False)
    before = state_in(place.folder)
    try:
        with Remains(place.outbox, relay, lease, announcer) as remains:
            count = remains.waiting
            if count or remains.relayed:
                lease.start()
                _wait(lambda: remains.waiting == 0, place, before, within_s)
                _wait(lambda: remains.relayed == 0, place, before, min(within_s, _OUTCOMES_WITHIN_S))
            return LeftOver(place.pipeline, place.node, count, remains.waiting)
    finally:
        lease.close()


def _wait(claim: Callable[[], bool], place: Place, before: dict[str, Any], within_s: float) -> None:
    """Wait until a claim is true, but no longer than this, and not when a process of the place wants the outbox.

    Such a process writes its state down before it opens the outbox.
    """
    give_up_at_ticks = time.monotonic() + within_s
    while not claim() and state_in(place.folder) == before and time.monotonic() < give_up_at_ticks:
        time.sleep(_LOOK_EVERY_S)

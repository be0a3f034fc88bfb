"""Finds receivers of which the cluster has no dead letter any more: a person has dropped them, or they are too old."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from nats.js import JetStreamContext

from securos_trigger.relay.names import Names

#: While cameras get no events, dead letters are counted this often.
EVERY_S: Final = 10.0


class DeadLetterWatch:
    """Counts the dead letters of each of the receivers that `given_up` names, and gives `on_none` one without any.

    One event loop uses it. `ticks` gives seconds.
    """

    def __init__(
        self,
        given_up: Callable[[], Iterable[str]] = tuple,
        on_none: Callable[[str], object] = lambda _target: None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._given_up = given_up
        self._on_none = on_none
        self._ticks = ticks
        self._due_at_ticks = float("-inf")

    async def look(self, jetstream: JetStreamContext, names: Names) -> None:
        """Count them, if it is time. Raises what the cluster does."""
        if self._ticks() < self._due_at_ticks:
            return
        self._due_at_ticks = self._ticks() + EVERY_S
        for target in self._given_up():
            found = await jetstream.stream_info(names.dead, subjects_filter=names.dead_subject(target))
            if not found.state.subjects:
                self._on_none(target)

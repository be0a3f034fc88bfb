"""The report of each event to its owner: kept, there already, or lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from securos_trigger.model import Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox.messages import Put
from securos_trigger.system.worker import Failures

OnKept = Callable[[Event], None]
OnAlreadyThere = Callable[[Event], None]
OnNotKept = Callable[[Event, str], None]

#: The `thread` of the notice `thread_failed` when a function of the owner has raised.
LISTENER_NAME: Final = "outbox-writer listener"


class Listener:
    """Calls `on_kept`, `on_already_there` and `on_not_kept`. A bug in them costs no event.

    It is reported like that of a thread.
    """

    def __init__(
        self,
        on_kept: OnKept | None,
        on_already_there: OnAlreadyThere | None,
        on_not_kept: OnNotKept | None,
        announcer: Announcer,
    ) -> None:
        self._on_kept = on_kept
        self._on_already_there = on_already_there
        self._on_not_kept = on_not_kept
        self._failures = Failures(LISTENER_NAME, announcer)

    def report(
        self, kept: Iterable[Event], already_there: Iterable[Event], not_kept: Iterable[tuple[Put, str]]
    ) -> None:
        """Report what became of events; the others are reported although one call raises."""
        calls: list[Callable[[], None]] = []
        if self._on_kept is not None:
            calls += [partial(self._on_kept, event) for event in kept]
        if self._on_already_there is not None:
            calls += [partial(self._on_already_there, event) for event in already_there]
        if self._on_not_kept is not None:
            calls += [partial(self._on_not_kept, put.event, why) for put, why in not_kept]
        failed = 0
        for call in calls:
            try:
                call()
            except BaseException as error:  # noqa: BLE001  the bulkhead of the listener
                failed += 1
                self._failures.note_failure(error)
        if calls and not failed:
            self._failures.note_success()

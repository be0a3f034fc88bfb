"""The report of each event to its owner: kept, or lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from securos_trigger.model import Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox.messages import Put
from securos_trigger.system.worker import Failures

OnKept = Callable[[Event], None]
OnNotKept = Callable[[Event, str], None]

#: The `thread` of the notice `thread_failed` when `on_kept` or `on_not_kept` has raised.
LISTENER_NAME: Final = "outbox-writer listener"


class Listener:
    """Calls `on_kept` and `on_not_kept`. A bug in them costs no event, and is reported like that of a thread."""

    def __init__(self, on_kept: OnKept | None, on_not_kept: OnNotKept | None, announcer: Announcer) -> None:
        self._on_kept = on_kept
        self._on_not_kept = on_not_kept
        self._failures = Failures(LISTENER_NAME, announcer)

    def report(self, kept: Iterable[Event], not_kept: Iterable[tuple[Put, str]]) -> None:
        """Report what became of events; the others are reported although one call raises."""
        calls = failed = 0
        if self._on_kept is not None:
            for event in kept:
                calls += 1
                try:
                    self._on_kept(event)
                except Exception as error:  # noqa: BLE001  the bulkhead of the listener
                    failed += 1
                    self._failures.note_failure(error)
        if self._on_not_kept is not None:
            for put, why in not_kept:
                calls += 1
                try:
                    self._on_not_kept(put.event, why)
                except Exception as error:  # noqa: BLE001  the same
                    failed += 1
                    self._failures.note_failure(error)
        if calls and not failed:
            self._failures.note_success()

"""Gathers the events of an input until they are committed together with what the input knows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.model import Event
from securos_trigger.outbox import Outbox
from securos_trigger.outbox.input_rows import KeptWithRows, RowChanges
from securos_trigger.runtime.event_sink import Origin, OutboxSink

#: A commit that takes longer is reported, and waited for further.
ANSWER_WITHIN_S: Final = 10.0


class GatheredEvents:
    """The events of one input that have fired and are not on the disk yet. Used by the pipeline's thread only."""

    def __init__(self, input_name: str, sink: OutboxSink, outbox: Outbox) -> None:
        self._input_name = input_name
        self._sink = sink
        self._outbox = outbox
        self._events: list[tuple[Event, str]] = []
        self._ids: list[str] = []
        self._question: Future[KeptWithRows] | None = None

    def keep(self, event: Event, origin: Origin, *, is_id_new: bool = True) -> None:
        """Take an event that has fired."""
        self._sink.expect(event, origin, is_id_new=is_id_new)
        self._events.append((event, origin.target))
        self._ids.append(event.event_id)

    def ids(self) -> Sequence[str]:
        """The ids of the events, in the order in which they fired: the list itself, which grows."""
        return self._ids

    def commit(self, rows: RowChanges) -> str:
        """Write the events and the rows in one transaction. Empty when that is done, else the reason.

        Call it with the same rows again until it is done: the same events are handed over again.
        """
        question = self._question = self._question or self._outbox.keep_with_rows(self._events, self._input_name, rows)
        try:
            result = question.result(ANSWER_WITHIN_S)
        except TimeoutError:
            return f"the disk has not answered within {ANSWER_WITHIN_S:g} s"
        except OutboxError as error:
            self._question = None
            return str(error)
        self._question = None
        if result.refusal:
            return result.refusal
        for (event, _), is_new in zip(self._events, result.is_new, strict=True):
            (self._sink.note_kept if is_new else self._sink.note_already_there)(event)
        self._events.clear()
        self._ids.clear()
        return ""

    def give_back(self) -> None:
        """Forget what was not committed: its messages come again."""
        self._question = None
        for event, _ in self._events:
            self._sink.give_back(event)
        self._events.clear()
        self._ids.clear()

"""Writes a ledger to its files, in a thread of its own, so that neither the video nor a courier waits for a disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from securos_trigger.ledger.entries import Entry, GapNote, Record, RunNote
from securos_trigger.ledger.files import LedgerFiles
from securos_trigger.ledger.journal_gap import ENDING, STOOD_STILL, TOO_FAST, JournalGap
from securos_trigger.ledger.lines import line_of
from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.worker import Worker

_WRITE_EVERY_S: Final = 1.0
#: An entry that still grows is written this often, so that a crash loses no more of it.
_OPEN_ENTRIES_EVERY_S: Final = 5.0
#: A decision is in the file of a running service after this long, in seconds: both pauses, and a slow disk.
WRITTEN_WITHIN_S: Final = _WRITE_EVERY_S + _OPEN_ENTRIES_EVERY_S + 1.0
_BATCH_LIMIT: Final = 5_000
#: A pause of a second that took this much longer: the process was stopped, or got no time.
_STOOD_STILL_S: Final = 5.0


class Journal:
    """Takes records from any thread and writes them once a second.

    At most `queue_limit` records wait; what comes then is dropped. What is dropped, also by a disk that accepts
    nothing, is counted in `dropped` and announced: `ledger_dropped`, `ledger_failing` when the disk begins to fail,
    `ledger_recovered` when it works again. The file has a note about it (`GapNote`) before the next record that it
    takes. It also says when each journal began, and that it wrote all it had (`RunNote`, with `configuration`).
    """

    def __init__(
        self, files: LedgerFiles, *, announcer: Announcer, queue_limit: int = 20_000, configuration: str = ""
    ) -> None:
        self._files = files
        self._configuration = configuration
        self._gap = JournalGap()
        self._clock: Callable[[], float] = time.time
        self._beginning: RunNote | None = None  # not in the file yet
        self._announcer = announcer
        self._queue_limit = queue_limit
        self._queue: SimpleQueue[Record] = SimpleQueue()
        self._announced_dropped = 0
        self._trouble = ""
        self._is_closed = self._is_finished = False
        self._open_entries: Callable[[], list[Entry]] = list
        self._written_until_s: dict[tuple[object, ...], float] = {}
        self._open_entries_at_ticks = time.monotonic() + _OPEN_ENTRIES_EVERY_S
        self._worker = Worker("ledger-writer", self._turn, announcer, last=self._finish)

    @property
    def dropped(self) -> int:
        """How many records did not get to the file."""
        return self._gap.dropped

    @property
    def gap(self) -> GapNote | None:
        """What could not be written since the last record that could; None: nothing."""
        return self._gap.present()

    def start(self, open_entries: Callable[[], list[Entry]], clock: Callable[[], float] = time.time) -> None:
        """Begin to write. `open_entries` gives the entries that still grow, `clock` Unix seconds."""
        self._open_entries = open_entries
        self._clock = clock
        self._beginning = RunNote(clock(), configuration=self._configuration)
        self._worker.start()

    def write(self, record: Record) -> None:
        """Have a record written. Never blocks."""
        if self._is_closed:
            self._gap.take([record], ENDING, self._written_until_s)
        elif self._queue.qsize() >= self._queue_limit:
            self._gap.take([record], TOO_FAST, self._written_until_s)
        else:
            self._queue.put(record)

    def close(self, timeout_s: float = 5.0, *, is_finished: bool = False) -> None:
        """Write what waits and the entries that still grow, and end the thread. `is_finished` is that of `RunNote`."""
        self._is_finished = is_finished
        self._is_closed = True
        self._worker.close(timeout_s)

    def _turn(self, closing: threading.Event) -> None:
        began_at_ticks = time.monotonic()
        if not closing.wait(_WRITE_EVERY_S):
            self._note_standstill(time.monotonic() - began_at_ticks)
            self._write_waiting()

    def _note_standstill(self, waited_s: float) -> None:
        """Write down a time in which nothing of the process ran: what would have come then is missing."""
        if waited_s >= _WRITE_EVERY_S + _STOOD_STILL_S:
            now_s = self._clock()
            self._queue.put(GapNote(now_s - waited_s, now_s, STOOD_STILL))

    def _finish(self) -> None:
        self._open_entries_at_ticks = 0.0
        self._write_waiting()
        if not self._trouble:
            end = RunNote(self._clock(), True, self._is_finished, self._configuration)
            self._append([end])

    def _write_waiting(self) -> None:
        while batch := self._batch():
            self._append(batch)
        if time.monotonic() >= self._open_entries_at_ticks:
            self._open_entries_at_ticks = time.monotonic() + _OPEN_ENTRIES_EVERY_S
            self._append_grown()
        self._append([])  # what is not said yet
        self._announce_dropped()

    def _batch(self) -> list[Record]:
        batch: list[Record] = []
        try:
            while len(batch) < _BATCH_LIMIT:
                batch.append(self._queue.get_nowait())
        except Empty:
            pass  # the batch is what there was
        return batch

    def _append_grown(self) -> None:
        """Write the open entries that have grown since they were last written.

        What cannot be written of them is no loss while the journal goes on: they are written again.
        """
        entries = {entry.key: entry for entry in self._open_entries()}
        grown: list[Record] = [one for key, one in entries.items() if self._written_until_s.get(key) != one.until_at_s]
        if self._append(grown, is_lost_else=self._is_closed):
            self._written_until_s = {key: entry.until_at_s for key, entry in entries.items()}

    def _append(self, records: list[Record], *, is_lost_else: bool = True) -> bool:
        """Write these records, and before them what is not said yet: that the journal began, and its gap."""
        gap, beginning = self._gap.present(), self._beginning
        first: list[Record] = [one for one in (beginning, gap) if one is not None]
        if not records and not first:
            return True
        is_written, why = False, "an unexpected error in the ledger"
        try:
            self._files.append(b"".join(map(line_of, [*first, *records])))
            is_written = True
        except OSError as error:
            why = reason_of(error)
            self._note_trouble(why)
        finally:  # also after a bug, which the worker reports
            if not is_written and is_lost_else:
                self._gap.take(records, why, self._written_until_s)
        if is_written:
            self._beginning = None
            if gap is not None:
                self._gap.written(gap)
            self._note_written()
        return is_written

    def _note_written(self) -> None:
        if self._trouble:
            self._trouble = ""
            lost, self._announced_dropped = self.dropped - self._announced_dropped, self.dropped
            self._announcer.announce(kinds.LEDGER_RECOVERED, path=self._files.path, count=lost)

    def _note_trouble(self, why: str) -> None:
        if why != self._trouble:
            self._trouble = why
            self._announcer.announce(kinds.LEDGER_FAILING, path=self._files.path, reason=why)

    def _announce_dropped(self) -> None:
        """Announce once a round how many records were dropped; not while a trouble that was announced goes on."""
        dropped = self.dropped
        count = dropped - self._announced_dropped
        if count and not self._trouble:
            self._announcer.announce(kinds.LEDGER_DROPPED, path=self._files.path, count=count)
            self._announced_dropped = dropped

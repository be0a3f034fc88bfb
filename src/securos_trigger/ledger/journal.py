"""Writes a ledger to its files, in a thread of its own, so that neither the video nor a courier waits for a disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from securos_trigger.ledger.entries import Entry, Record
from securos_trigger.ledger.files import LedgerFiles
from securos_trigger.ledger.lines import line_of
from securos_trigger.notices import Announcer, kinds

_WRITE_EVERY_S: Final = 1.0
#: A run of frames that goes on is written this often, so that a crash loses no more of it.
_OPEN_RUNS_EVERY_S: Final = 5.0
_BATCH_LIMIT: Final = 5_000


class Journal:
    """Takes records from any thread and writes them once a second.

    At most `queue_limit` records wait; what comes then is dropped. What is dropped, also by a disk that takes nothing,
    is counted in `dropped` and announced: `ledger_dropped`, `ledger_failing` when a trouble begins, `ledger_recovered`
    when it ends.
    """

    def __init__(self, files: LedgerFiles, *, announcer: Announcer, queue_limit: int = 20_000) -> None:
        self.dropped = 0
        self._files = files
        self._announcer = announcer
        self._queue_limit = queue_limit
        self._queue: SimpleQueue[Record] = SimpleQueue()
        self._told_dropped = 0
        self._trouble = ""
        self._stop = threading.Event()
        self._counting = threading.Lock()
        self._open_runs: Callable[[], list[Entry]] = list
        self._written_runs: dict[tuple[object, ...], float] = {}
        self._open_runs_at_s = time.monotonic() + _OPEN_RUNS_EVERY_S
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    def start(self, open_entries: Callable[[], list[Entry]]) -> None:
        """Begin to write. `open_entries` gives the runs that go on."""
        self._open_runs = open_entries
        self._thread.start()

    def write(self, record: Record) -> None:
        """Have a record written. Never blocks."""
        if self._stop.is_set() or self._queue.qsize() >= self._queue_limit:
            self._count_dropped(1)
        else:
            self._queue.put(record)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits and the runs that go on, and end the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.wait(_WRITE_EVERY_S):
            self._write_waiting()
        self._open_runs_at_s = 0.0
        self._write_waiting()

    def _write_waiting(self) -> None:
        while batch := self._batch():
            self._append(batch)
        if time.monotonic() >= self._open_runs_at_s:
            self._open_runs_at_s = time.monotonic() + _OPEN_RUNS_EVERY_S
            self._append(self._changed_runs())
        self._tell_dropped()

    def _batch(self) -> list[Record]:
        batch: list[Record] = []
        try:
            while len(batch) < _BATCH_LIMIT:
                batch.append(self._queue.get_nowait())
        except Empty:
            pass  # the batch is what there was
        return batch

    def _changed_runs(self) -> list[Record]:
        """The runs that have grown since they were last written."""
        runs = {run.key: run for run in self._open_runs()}
        grown: list[Record] = [run for key, run in runs.items() if self._written_runs.get(key) != run.until_at_s]
        self._written_runs = {key: run.until_at_s for key, run in runs.items()}
        return grown

    def _append(self, records: list[Record]) -> None:
        if not records:
            return
        try:
            self._files.append(b"".join(map(line_of, records)))
        except OSError as error:
            self._count_dropped(len(records))
            why = error.strerror or str(error)
            if why != self._trouble:
                self._trouble = why
                self._announcer.announce(kinds.LEDGER_FAILING, path=self._files.path, reason=why)
            return
        if self._trouble:
            self._trouble = ""
            lost, self._told_dropped = self.dropped - self._told_dropped, self.dropped
            self._announcer.announce(kinds.LEDGER_RECOVERED, path=self._files.path, count=lost)

    def _count_dropped(self, count: int) -> None:
        with self._counting:
            self.dropped += count

    def _tell_dropped(self) -> None:
        """Say once for each round how many records were dropped; not while a trouble that was told goes on."""
        dropped = self.dropped
        if dropped > self._told_dropped and not self._trouble:
            self._announcer.announce(kinds.LEDGER_DROPPED, path=self._files.path, count=dropped - self._told_dropped)
            self._told_dropped = dropped

"""The ledger of a process, and the part of it that each trigger node writes on every frame."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from securos_trigger.conditions import Condition
from securos_trigger.conditions.explain import Clause
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Entry, Record
from securos_trigger.ledger.journal import Journal
from securos_trigger.ledger.notices import record_of_notice
from securos_trigger.model import Decision, Event, Metadata, Reason, Verdict
from securos_trigger.observers import Notice

#: Clause values are looked at this often, in seconds of media time, while a node's frames all end alike.
SAMPLE_S: Final = 1.0
#: With no frame for longer than this (seconds, media time or wall clock) a run of frames ends.
GAP_S: Final = 2.0
#: So many clauses of a condition are remembered, the outermost and first ones.
MAX_CLAUSES: Final = 40
_MAX_NAME_CHARACTERS: Final = 256

# Their frames say nothing that a condition could explain.
_WITHOUT_CLAUSES = frozenset({Reason.DISABLED, Reason.NO_EVENT})


class Ledger:
    """What the nodes of a process decided and what became of their events: a bounded memory, and a journal if given.

    The oldest records leave when there are more than `max_records`, or they take more than about `max_bytes`. `clock`
    gives Unix seconds. Everything here may be called from any thread, does no I/O, and takes microseconds.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        *,
        max_records: int = 20_000,
        max_bytes: int = 16 * 1024**2,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._clock = clock
        self._nodes: list[NodeLedger] = []
        self._memory: deque[Record] = deque()
        self._memory_bytes = 0
        self._gate = threading.Lock()
        if journal is not None:
            journal.start(self.open_runs)

    @property
    def dropped(self) -> int:
        """How many records did not get to the disk: the queue was full, or the disk took nothing."""
        return 0 if self._journal is None else self._journal.dropped

    def node(self, node_id: str, condition: Condition | None = None, *, pipeline: str = "") -> NodeLedger:
        """The page of one trigger node. `condition` is what its clauses are explained with."""
        page = NodeLedger(self._add, node_id, condition, pipeline)
        self._nodes.append(page)
        return page

    def observe(self, notice: Notice) -> None:
        """An observer: what the couriers and the outbox tell about deliveries and targets."""
        record = record_of_notice(notice, self._clock())
        if record is not None:
            self._add(record)

    def note_kept(self, event: Event, target: str) -> None:
        """The event is on disk, to be delivered to this target."""
        self._add(DeliveryNote(event.event_id, DeliveryState.KEPT, self._clock(), target))

    def records(self) -> list[Record]:
        """All that is in memory, oldest first, with the runs that still go on at the end."""
        with self._gate:
            remembered = list(self._memory)
        return [*remembered, *self.open_runs()]

    def open_runs(self) -> list[Entry]:
        """The runs of frames that have not ended, as they stand now."""
        return [run for page in self._nodes if (run := page.open_run()) is not None]

    def close(self) -> None:
        """Write what is left and end the journal's thread."""
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add(self, record: Record) -> None:
        with self._gate:
            self._memory.append(record)
            self._memory_bytes += record.size_bytes
            while len(self._memory) > self._max_records or self._memory_bytes > self._max_bytes:
                self._memory_bytes -= self._memory.popleft().size_bytes
        if self._journal is not None:
            self._journal.write(record)


class _Run:
    """Frames that end alike, for as long as they do."""

    __slots__ = (
        "clauses",
        "frames",
        "from_at_s",
        "from_media_s",
        "interval_left_s",
        "reason",
        "sample_media_s",
        "source_name",
        "until_at_s",
        "until_media_s",
    )

    def __init__(self, decision: Decision, at_s: float, source_name: str, clauses: tuple[Clause, ...]) -> None:
        self.reason = decision.reason
        self.from_at_s = self.until_at_s = at_s
        self.from_media_s = self.until_media_s = decision.at
        self.sample_media_s = decision.at + SAMPLE_S
        self.interval_left_s = decision.interval_left_s
        self.source_name = source_name
        self.clauses = clauses
        self.frames = 1


class NodeLedger:
    """One node's page: `note` is called for every decision, by the thread that runs the node."""

    __slots__ = ("_add", "_condition", "_run", "node_id", "pipeline")

    def __init__(self, add: Callable[[Record], None], node_id: str, condition: Condition | None, pipeline: str) -> None:
        self.node_id = node_id
        self.pipeline = pipeline
        self._add = add
        self._condition = condition
        self._run: _Run | None = None

    def note(self, decision: Decision, metadata: Metadata, captured_at: datetime, source_name: str = "") -> None:
        """Remember a decision. `metadata` is read only for a firing, a change, and once a second of media time.

        A frame that ends as the one before costs less than a microsecond (benchmarks/bench_ledger.py).
        """
        at = decision.at
        at_s = captured_at.timestamp()
        run = self._run
        if (
            run is None
            or decision.reason is not run.reason
            or decision.verdicts
            or not run.until_media_s <= at <= run.until_media_s + GAP_S
            or not run.until_at_s <= at_s <= run.until_at_s + GAP_S
            or source_name != run.source_name
        ):
            self._begin(decision, metadata, at_s, source_name)
            return
        if at >= run.sample_media_s:
            if self._clauses(decision.reason, metadata) != run.clauses:
                self._begin(decision, metadata, at_s, source_name)
                return
            run.sample_media_s = at + SAMPLE_S
        run.until_media_s = at
        run.until_at_s = at_s
        run.frames += 1

    def open_run(self) -> Entry | None:
        """The run that has not ended, as it stands now. From any thread."""
        run = self._run
        return None if run is None else self._entry_of(run)

    def _begin(self, decision: Decision, metadata: Metadata, at_s: float, source_name: str) -> None:
        """End the run there was, and begin another one or add what stands by itself."""
        if self._run is not None:
            self._add(self._entry_of(self._run))
            self._run = None
        if decision.verdicts:
            for verdict in decision.verdicts:
                self._add(self._entry_of_verdict(verdict, decision, at_s, source_name, ()))
            return
        clauses = self._clauses(decision.reason, metadata)
        if not decision.events:
            self._run = _Run(decision, at_s, source_name, clauses)
            return
        for event in decision.events:
            fired = Verdict(decision.reason, event)
            self._add(self._entry_of_verdict(fired, decision, at_s, source_name, clauses))

    def _clauses(self, reason: Reason, metadata: Metadata) -> tuple[Clause, ...]:
        if self._condition is None or reason in _WITHOUT_CLAUSES:
            return ()
        return self._condition.explain(metadata).clauses[:MAX_CLAUSES]

    def _entry_of(self, run: _Run) -> Entry:
        return Entry(
            pipeline=self.pipeline,
            node_id=self.node_id,
            source_name=run.source_name,
            reason=run.reason,
            from_at_s=run.from_at_s,
            until_at_s=run.until_at_s,
            from_media_s=run.from_media_s,
            until_media_s=run.until_media_s,
            frames=run.frames,
            clauses=run.clauses,
            interval_left_s=run.interval_left_s,
        )

    def _entry_of_verdict(
        self, verdict: Verdict, decision: Decision, at_s: float, source_name: str, clauses: tuple[Clause, ...]
    ) -> Entry:
        event = verdict.event
        return Entry(
            pipeline=self.pipeline,
            node_id=self.node_id,
            source_name=source_name,
            reason=verdict.reason,
            from_at_s=at_s,
            until_at_s=at_s,
            from_media_s=decision.at,
            until_media_s=decision.at,
            clauses=clauses,
            interval_left_s=verdict.interval_left_s,
            event_id=event.event_id if event else "",
            event_name=event.name[:_MAX_NAME_CHARACTERS] if event else "",
            flags=event.flags if event else decision.flags,
            earlier_event_id=str(verdict.earlier_event_id or "")[:_MAX_NAME_CHARACTERS],
        )

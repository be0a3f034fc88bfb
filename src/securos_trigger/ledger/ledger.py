"""The ledger of a process: what its nodes decided, and what became of deliveries."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from securos_trigger.conditions import Condition
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Entry, Record, TargetNote
from securos_trigger.ledger.journal import Journal
from securos_trigger.ledger.lines import gap_fields
from securos_trigger.ledger.node_ledger import NodeLedger
from securos_trigger.ledger.notices import record_of_notice
from securos_trigger.model import Address, Event
from securos_trigger.notices import Notice


class Ledger:
    """What the nodes of a process decided and what became of their events: a bounded memory, and a journal if given.

    The oldest records leave when there are more than `max_records`, or they take more than about `max_bytes`. `clock`
    gives Unix seconds. `begins_later`: the journal writes nothing before `begin`. Everything else here may be called
    from any thread, does no I/O, and takes microseconds.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        *,
        begins_later: bool = False,
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
        self._has_begun = False
        #: Set before `close`: the run ends because its sources have come to their end.
        self.is_finished = False
        if not begins_later:
            self.begin()

    @property
    def dropped(self) -> int:
        """How many records did not get to the disk: the queue was full, or the disk took nothing."""
        return 0 if self._journal is None else self._journal.dropped

    def figures(self) -> dict[str, Any]:
        """`dropped`, and `gap`: what could not be written since the last record that could (None: nothing)."""
        gap = None if self._journal is None else self._journal.gap
        return {"dropped": self.dropped, "gap": None if gap is None else gap_fields(gap)}

    def node(self, address: Address, condition: Condition | None = None) -> NodeLedger:
        """The ledger of one trigger node. `condition` is what its clauses are explained with."""
        node_ledger = NodeLedger(self._add, address, condition)
        self._nodes.append(node_ledger)
        return node_ledger

    def forget(self, node_ledger: NodeLedger) -> None:
        """The node is no more: its last entry is whole."""
        node_ledger.end()
        self._nodes = [one for one in self._nodes if one is not node_ledger]

    def observe(self, notice: Notice) -> None:
        """An observer: takes what the couriers and the outbox announce about deliveries and targets."""
        record = record_of_notice(notice, self._clock())
        if record is not None:
            self._add(record)

    def note_kept(self, event: Event, target: str) -> None:
        """The event is on disk, to be delivered to this target."""
        self._add(DeliveryNote(event.event_id, DeliveryState.KEPT, self._clock(), target))

    def note_already_there(self, event: Event, target: str) -> None:
        """The outbox has an event of this id: this one is not sent a second time."""
        self._add(DeliveryNote(event.event_id, DeliveryState.ALREADY_THERE, self._clock(), target))

    def note_removed(self, targets: Iterable[str]) -> None:
        """No node sends to these targets any more: that they failed is over."""
        for target in targets:
            self._add(TargetNote(target, "", self._clock()))

    def records(self) -> list[Record]:
        """All that is in memory, oldest first, with the entries that still grow at the end."""
        with self._gate:
            remembered = list(self._memory)
        return [*remembered, *self.open_entries()]

    def open_entries(self) -> list[Entry]:
        """The entries that still grow, as they stand now."""
        return [entry for one in self._nodes if (entry := one.open_entry()) is not None]

    def begin(self) -> None:
        """Let the journal write from now on, if it does not yet."""
        if self._journal is not None and not self._has_begun:
            self._journal.start(self.open_entries, self._clock)
        self._has_begun = True

    def close(self) -> None:
        """Write what is left and end the journal's thread."""
        if self._journal is not None:
            self._journal.close(is_finished=self.is_finished)

    def _add(self, record: Record) -> None:
        with self._gate:
            self._memory.append(record)
            self._memory_bytes += record.size_bytes
            while len(self._memory) > self._max_records or self._memory_bytes > self._max_bytes:
                self._memory_bytes -= self._memory.popleft().size_bytes
        if self._journal is not None:
            self._journal.write(record)

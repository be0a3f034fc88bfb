"""The durable outbox: what it keeps reaches the VMS, through crashes, power cuts and days of outage."""

from securos_trigger.outbox.clock_shifts import Age
from securos_trigger.outbox.moved import moved_files
from securos_trigger.outbox.outbox import Outbox
from securos_trigger.outbox.reader import OutboxReader
from securos_trigger.outbox.rows import Again, Backlog, Dead, Done, End, Oldest, Row, Selection, Settlement, State

__all__ = [
    "Again",
    "Age",
    "Backlog",
    "Dead",
    "Done",
    "End",
    "Oldest",
    "Outbox",
    "OutboxReader",
    "Row",
    "Selection",
    "Settlement",
    "State",
    "moved_files",
]

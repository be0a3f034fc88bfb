"""The durable outbox: what it keeps reaches the VMS, through crashes, power cuts and days of outage."""

from securos_trigger.outbox.clock_shifts import Age
from securos_trigger.outbox.outbox import Outbox
from securos_trigger.outbox.rows import Again, Dead, Done, Oldest, Row, Selection, Settlement, State

__all__ = ["Again", "Age", "Dead", "Done", "Oldest", "Outbox", "Row", "Selection", "Settlement", "State"]

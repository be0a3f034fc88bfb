"""The durable outbox: what it keeps reaches the VMS, through crashes, power cuts and days of outage.

In: events, each for one receiver. Out: deliveries that are due, until each is settled. One thread writes (`writer`),
for all others, with one transaction for many messages. Read `outbox` first (what others call), then `store` (what a
message does to the file) and `queries.sql` (every statement). `lock` and `reserve` guard the file and the disk. Knows
no network: who delivers takes from it. No other package knows SQLite.

Each name is loaded when it is first used: to look into the file takes no writer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.outbox.clock_shifts import Age
    from securos_trigger.outbox.moved import moved_files
    from securos_trigger.outbox.outbox import Outbox
    from securos_trigger.outbox.reader import OutboxReader
    from securos_trigger.outbox.rows import (
        Again,
        Backlog,
        Dead,
        Done,
        End,
        GivenUp,
        Oldest,
        Relayed,
        RelayOutcome,
        Row,
        Search,
        Selection,
        Settlement,
        State,
    )

_HOMES = {
    "Again": "rows",
    "Age": "clock_shifts",
    "Backlog": "rows",
    "Dead": "rows",
    "Done": "rows",
    "End": "rows",
    "GivenUp": "rows",
    "Oldest": "rows",
    "Outbox": "outbox",
    "OutboxReader": "reader",
    "RelayOutcome": "rows",
    "Relayed": "rows",
    "Row": "rows",
    "Search": "rows",
    "Selection": "rows",
    "Settlement": "rows",
    "State": "rows",
    "moved_files": "moved",
}

__all__ = [
    "Again",
    "Age",
    "Backlog",
    "Dead",
    "Done",
    "End",
    "GivenUp",
    "Oldest",
    "Outbox",
    "OutboxReader",
    "RelayOutcome",
    "Relayed",
    "Row",
    "Search",
    "Selection",
    "Settlement",
    "State",
    "moved_files",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

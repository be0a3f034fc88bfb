"""The limits of an open outbox, which may change while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from securos_trigger.outbox.rows import State
from securos_trigger.outbox.store import Store

#: Relayed deliveries stay this long without word of their end (docs/adr/0010-relayed-rows-stay-eight-days.md).
KEEP_RELAYED_S: Final = 8 * 24 * 3600.0


@dataclass(slots=True)
class Limits:
    """How large the file may be, how many deliveries it may hold, and for how long (seconds) rows that ended stay."""

    max_bytes: int
    max_rows: int
    keep_s: dict[State, float]

    def open_store(self, path: Path) -> Store:
        """Open the file within these limits."""
        return Store(path, max_bytes=self.max_bytes, max_rows=self.max_rows)

    def change(self, max_bytes: int, keep_delivered_s: float) -> None:
        """Let the file grow to another size, and keep delivered rows for another time."""
        self.max_bytes, self.keep_s[State.DELIVERED] = max_bytes, keep_delivered_s

    def hold(self, store: Store) -> None:
        """Let the open file have the present limits."""
        if store.max_bytes != self.max_bytes:
            store.limit_size(self.max_bytes)

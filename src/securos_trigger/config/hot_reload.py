"""Which tables, or settings of a table (`outbox.path`), a running service takes at a reload.

The others it reads at its start only. A mute is no setting: it needs neither (`runtime/mutes/`).
`[console]` is read by the console, a process of its own.
"""

from __future__ import annotations

from typing import Final

TAKEN: Final = ("time_zone", "identity", "outbox", "health", "pipelines")
NEEDS_RESTART: Final = ("outbox.path", "ledger", "metrics", "relay", "images", "placement")

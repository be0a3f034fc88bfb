"""Looks at the machine every few seconds: how full the disk of the outbox is, and which time zone it has."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.mounts import LEAST_FREE_MB, free_mb_of
from securos_trigger.system.platform import follow_time_zone
from securos_trigger.system.worker import Worker

_LOOK_EVERY_S: Final = 10.0
#: With this much space again the trouble is over: so it does not come and go with each file.
_ENOUGH_FREE_MB: Final = 2 * LEAST_FREE_MB


class MachineWatch:
    """Looks at the machine, in a thread of its own from `start` on.

    It announces when the disk of a file is almost full, before that takes no event any more, and when it has space
    again. It takes the time zone of the machine, which a person may set while the service runs.
    """

    def __init__(self, file: Path, announcer: Announcer, free_mb_of: Callable[[Path], int | None] = free_mb_of) -> None:
        self._file = file
        self._announcer = announcer
        self._free_mb_of = free_mb_of
        self._is_low = False
        self._worker = Worker("disk", self._turn, announcer)

    def start(self) -> None:
        """Look now, and go on looking."""
        self.look()
        self._worker.start()

    def close(self) -> None:
        """Look no more."""
        self._worker.close()

    def look(self) -> None:
        """Look once."""
        free_mb = self._free_mb_of(self._file)
        if free_mb is None:
            return
        if not self._is_low and free_mb < LEAST_FREE_MB:
            self._is_low = True
            self._announcer.announce(kinds.DISK_ALMOST_FULL, path=self._file, free_mb=free_mb)
        elif self._is_low and free_mb >= _ENOUGH_FREE_MB:
            self._is_low = False
            self._announcer.announce(kinds.DISK_HAS_SPACE, path=self._file, free_mb=free_mb)

    def _turn(self, closing: threading.Event) -> None:
        if not closing.wait(_LOOK_EVERY_S):
            follow_time_zone()
            self.look()

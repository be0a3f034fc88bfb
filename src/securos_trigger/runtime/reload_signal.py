"""SIGHUP asks a running service to reload its configuration; from a terminal that was closed it ends the service."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from securos_trigger.system.platform import RELOAD_SIGNAL, has_terminal


class ReloadSignal:
    """Says whether the signal has come since it was last asked for. The handler only sets a flag: it takes no lock."""

    def __init__(self) -> None:
        self._has_come = False
        # `nohup` ignores the signal, so that the program outlives its terminal.
        self._ends_with_terminal = (
            RELOAD_SIGNAL is not None and signal.getsignal(RELOAD_SIGNAL) is not signal.SIG_IGN and has_terminal()
        )

    def take(self) -> bool:
        """True once for each time that the signal came, or several times at once."""
        has_come, self._has_come = self._has_come, False
        return has_come

    @property
    def has_lost_terminal(self) -> bool:
        """True when the terminal that the program was started from has been closed: then it is to end."""
        return self._ends_with_terminal and not has_terminal()

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """The handler."""
        self._has_come = True


@contextmanager
def noting_reload_signal() -> Iterator[ReloadSignal]:
    """Note SIGHUP from now on, instead of ending. To be entered in the main thread. Windows has no such signal."""
    noted = ReloadSignal()
    if RELOAD_SIGNAL is None:
        yield noted
        return
    before = signal.signal(RELOAD_SIGNAL, noted.on_signal)
    try:
        yield noted
    finally:
        signal.signal(RELOAD_SIGNAL, before)

"""Signals that stop the service.

A handler runs between two bytecodes of the main thread, perhaps while that thread holds the lock of the very event it
would set. So no handler touches a lock: Python writes the signal's number to a socket, and a thread reads it there.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any, Final

from securos_trigger.system.platform import STOP_SIGNALS

#: A second signal within this time is the first once more: a terminal and a parent process often signal together.
SAME_SIGNAL_WITHIN_S: Final = 0.1


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that SIGINT or SIGTERM sets; a later signal ends the process as it always does.

    On Windows Ctrl-C and Ctrl-Break are these signals. To be entered in the main thread.
    """
    stop = threading.Event()
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    with closing(reading), closing(writing):
        waiting = threading.Thread(target=_wait_for_signal, args=(reading, stop), name="signals", daemon=True)
        waiting.start()
        descriptor_before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        handling = _Handling()
        try:
            yield stop
        finally:
            handling.end()
            signal.set_wakeup_fd(descriptor_before)
            writing.close()
            waiting.join()


def _wait_for_signal(reading: socket.socket, stop: threading.Event) -> None:
    """Set the event at the first of our signals; end when the other side is closed."""
    while numbers := reading.recv(64):
        if any(number in numbers for number in STOP_SIGNALS):
            stop.set()


class _Handling:
    """Handles the signals from now to `end`: the first is left to the thread, a later one is raised again."""

    def __init__(self) -> None:
        self._first_at_ticks: float | None = None
        self._before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        for number in self._before:
            signal.signal(number, self._on_signal)

    def end(self) -> None:
        """Handle them as before; at once, unless a signal that would be the first once more may still come."""
        if self._first_at_ticks is not None:
            time.sleep(max(0.0, self._first_at_ticks + SAME_SIGNAL_WITHIN_S - time.monotonic()))
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        now_ticks = time.monotonic()
        if self._first_at_ticks is None:
            self._first_at_ticks = now_ticks
        elif now_ticks - self._first_at_ticks > SAME_SIGNAL_WITHIN_S:
            self._restore()
            signal.raise_signal(number)

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

#: A second signal within this time is the first once more: a terminal and a parent process often signal together.
SAME_SIGNAL_WITHIN_S: Final = 0.1

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that SIGINT or SIGTERM sets; a later signal ends the process as it always does.

    To be entered in the main thread.
    """
    stop = threading.Event()
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    with closing(reading), closing(writing):
        waiting = threading.Thread(target=_wait_for_signal, args=(reading, stop), name="signals", daemon=True)
        waiting.start()
        descriptor_before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        handlers_before = _handle_twice()
        try:
            yield stop
        finally:
            for number, handler in handlers_before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(descriptor_before)
            writing.close()
            waiting.join()


def _wait_for_signal(reading: socket.socket, stop: threading.Event) -> None:
    """Set the event at the first of our signals; end when the other side is closed."""
    while numbers := reading.recv(64):
        if any(number in numbers for number in _SIGNALS):
            stop.set()


def _handle_twice() -> dict[signal.Signals, Any]:
    """Leave the first signal to the thread, and raise a later one anew. Gives the handlers before."""
    first_at_s: float | None = None

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal first_at_s
        now_s = time.monotonic()
        if first_at_s is None:
            first_at_s = now_s
        elif now_s - first_at_s > SAME_SIGNAL_WITHIN_S:
            for one, handler in before.items():
                signal.signal(one, handler)
            signal.raise_signal(number)

    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in before:
        signal.signal(number, on_signal)
    return before

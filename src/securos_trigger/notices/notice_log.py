"""Writes notices to the log, and of each kind no more lines than a person reads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from securos_trigger.notices import kinds
from securos_trigger.notices.announcer import Notice, log_notice

#: Lines of one kind within a minute; what comes beyond that is counted.
LINES: Final = 60
WINDOW_S: Final = 60.0


@dataclass(slots=True)
class _Window:
    """The present minute of one kind of notice."""

    ends_at_ticks: float
    lines: int = 0
    left_out: int = 0


class NoticeLog:
    """An observer that writes log lines. `close` says what was left out last.

    What is left out is announced at its beginning (a count of 1) and, with its number, when the minute is over and the
    kind comes again. From any thread.
    """

    def __init__(
        self, write: Callable[[Notice], None] = log_notice, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._ticks = ticks
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def __call__(self, notice: Notice) -> None:
        """Write the notice, unless its kind has had its lines."""
        if notice.level < logging.INFO:
            self._write(notice)
            return
        with self._lock:
            count, is_written = self._count(notice.name)
        if count:
            self._write(_shortened(notice.name, count))
        if is_written:
            self._write(notice)

    def close(self) -> None:
        """Write how much was left out and not announced yet."""
        with self._lock:
            counts = {name: window.left_out for name, window in self._windows.items() if window.left_out > 1}
            self._windows.clear()
        for name, count in counts.items():
            self._write(_shortened(name, count))

    def _count(self, name: str) -> tuple[int, bool]:
        """Count a notice. Gives how many left out are to be announced now, and whether this one is written."""
        now_at_ticks = self._ticks()
        window = self._windows.get(name)
        announced = 0
        if window is None or now_at_ticks >= window.ends_at_ticks:
            announced = window.left_out if window is not None and window.left_out > 1 else 0
            window = self._windows[name] = _Window(now_at_ticks + WINDOW_S)
        if window.lines < LINES:
            window.lines += 1
            return announced, True
        window.left_out += 1
        return (1 if window.left_out == 1 else 0), False


def _shortened(name: str, count: int) -> Notice:
    return Notice(kinds.LOG_SHORTENED, {"kind": name, "count": count})

"""Warnings of the HTTP server that strangers cause, as by requests that are none: each sentence once a minute."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

_EVERY_S: Final = 60.0


class RareWarnings(logging.Filter):
    """Lets a warning through that was not logged within the last minute. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._logged_at_ticks: dict[str, float] = {}  # by sentences of the server, which are few

    def filter(self, record: logging.LogRecord) -> bool:
        """True for what is logged."""
        if record.levelno != logging.WARNING:
            return True
        sentence, now_ticks = str(record.msg), self._clock()
        if now_ticks - self._logged_at_ticks.get(sentence, -_EVERY_S) < _EVERY_S:
            return False
        self._logged_at_ticks[sentence] = now_ticks
        return True

"""What strangers cause fills no log."""

from __future__ import annotations

import logging

from securos_trigger.console.rare_warnings import RareWarnings


def record(sentence: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("uvicorn.error", level, "", 0, sentence, (), None)


def test_each_warning_is_logged_once_a_minute_and_every_error() -> None:
    now = [0.0]
    rare = RareWarnings(lambda: now[0])
    assert [rare.filter(record(one)) for one in ("invalid", "invalid", "full")] == [True, False, True]
    assert [rare.filter(record("invalid", logging.ERROR)) for _ in range(2)] == [True, True]
    now[0] = 59.0
    assert not rare.filter(record("invalid"))
    now[0] = 60.0
    assert rare.filter(record("invalid"))

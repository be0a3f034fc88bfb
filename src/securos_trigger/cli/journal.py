"""Says to the journal of systemd how severe a line is, so that `journalctl -p err` finds it (sd-daemon(3))."""

from __future__ import annotations

import logging
import os
from typing import Final, TextIO

#: Severities of `logging`, the worst first, and the priorities of syslog.
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG: Final = 7


def for_journal(text: str, level: int, stream: TextIO | None) -> str:
    """The text as `stream` takes it: where that is the journal, each line begins with its priority, as `<3>`.

    `level` is a severity of `logging`. The journal takes the prefix away again.
    """
    if not _is_journal(stream):
        return text
    priority = next((number for least, number in _PRIORITIES if level >= least), _DEBUG)
    return "\n".join(f"<{priority}>{line}" for line in text.split("\n"))


def error_for_journal(text: str, stream: TextIO | None) -> str:
    """The same for a sentence that a command ends with."""
    return for_journal(text, logging.ERROR, stream)


def _is_journal(stream: TextIO | None) -> bool:
    """True when systemd has connected this stream with its journal: its device and inode are in JOURNAL_STREAM.

    A child inherits the variable, also one whose output goes into a file.
    """
    named = os.environ.get("JOURNAL_STREAM")
    if not named or stream is None:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return named == f"{found.st_dev}:{found.st_ino}"

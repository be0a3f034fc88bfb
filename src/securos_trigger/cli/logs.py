"""How a command that runs for long logs: to standard error, in UTC."""

from __future__ import annotations

import logging
import sys
import time

from securos_trigger.cli.colours import BAD, DOUBTFUL, coloured


class _Formatter(logging.Formatter):
    """Formats log lines; what is bad stands out on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one line."""
        line = super().format(record)
        if record.levelno < logging.WARNING:
            return line
        return coloured(line, BAD if record.levelno >= logging.ERROR else DOUBTFUL, sys.stderr)


def log_to_stderr(level: int) -> None:
    """Log what is at least as grave as `level`, warnings of Python included."""
    handler = logging.StreamHandler()
    formatter = _Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)

"""How a command that runs for long logs: to standard error, in UTC."""

from __future__ import annotations

import logging
import time


def log_to_stderr(level: int) -> None:
    """Log what is at least as grave as `level`, warnings of Python included."""
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)

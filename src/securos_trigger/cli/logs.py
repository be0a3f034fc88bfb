"""How a command that runs for long logs: to standard error, in UTC."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from pathlib import Path

from securos_trigger.cli.colours import BAD, DOUBTFUL, GOOD, coloured
from securos_trigger.cli.journal import for_journal
from securos_trigger.cli.log_lines import terminal_line, terminal_width
from securos_trigger.errors.wording import printable, with_config


class _Formatter(logging.Formatter):
    """Formats log lines; what is bad stands out on a terminal and in the journal. What is not printable is escaped."""

    def __init__(self, form: str, date_form: str, config: str) -> None:
        super().__init__(form, date_form)
        self._config = config

    def format(self, record: logging.LogRecord) -> str:
        """Format one line, or several with a traceback."""
        text = "\n".join(map(printable, super().format(record).split("\n")))
        first, *others = with_config(text, self._config).split("\n")
        if (width := terminal_width(sys.stderr)) is not None:
            first = terminal_line(first, width)
        line = for_journal("\n".join([first, *others]), record.levelno, sys.stderr)
        if record.levelno < logging.WARNING:
            return line
        mild = GOOD if getattr(record, "is_good_news", False) else DOUBTFUL
        return coloured(line, BAD if record.levelno >= logging.ERROR else mild, sys.stderr)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """False for what asyncio says when a server ends a connection that became TLS later, as those to NATS do."""
    return not (record.name == "asyncio" and str(record.msg).startswith("returning true from eof_received()"))


def log_to_stderr(config: Path | None = None, *, is_quiet: bool = False) -> None:
    """Log what is worth a line. `is_quiet`: only what is at least a warning, and the start and the end.

    `config` stands in commands in place of CONFIG, so that they can be copied.
    """
    handler = logging.StreamHandler()
    path = "CONFIG" if config is None else shlex.quote(str(config))
    formatter = _Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S", path)
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    if is_quiet:
        handler.addFilter(lambda record: record.levelno >= logging.WARNING or getattr(record, "is_milestone", False))
    handler.addFilter(_is_worth_a_line)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)

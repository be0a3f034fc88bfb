"""The console as a process beside the service: started again when it ends, and ended with the service."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from securos_trigger.errors import missing_part
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.system.child_process import end_with_stdin
from securos_trigger.system.worker import Worker

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.5
_END_WITHIN_S: Final = 5.0
_log = logging.getLogger("securos_trigger")


class ConsoleProcess:
    """Runs `securos-trigger console` for as long as the `with` block lasts. The service never waits for it.

    The child ends when its stdin does, so it never outlives this process, however that ends. MissingPartError: the
    extra `console` is not installed.
    """

    def __init__(self, config: Path) -> None:
        for module in ("fastapi", "uvicorn"):
            if find_spec(module) is None:
                raise missing_part("console", module)
        self._command = [sys.executable, "-m", "securos_trigger", "console", str(config), "--ends-with-stdin"]
        self._pause_s = FIRST_PAUSE_S
        self._process: subprocess.Popen[bytes] | None = None
        self._worker = Worker("console", self._look, Announcer([log_notice]), last=self._end)

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.close(2 * _END_WITHIN_S)

    def _look(self, closing: threading.Event) -> None:
        """Start the process where there is none; look after it once in a while."""
        if self._process is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        closing.wait(_LOOK_EVERY_S)
        if closing.is_set():
            return
        if (code := self._process.poll()) is None:
            return
        self._end()
        _log.warning("The console has ended (exit code %d). It is started again in %g s.", code, self._pause_s)
        closing.wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_with_stdin(process, _END_WITHIN_S)

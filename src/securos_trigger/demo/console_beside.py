"""The console beside the demo: a process of its own whose one-time link is printed as soon as it is there."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from securos_trigger.errors import missing_part
from securos_trigger.errors.program import program
from securos_trigger.system.child_process import end_with_stdin
from securos_trigger.system.closing import Closeable
from securos_trigger.system.worker import Worker

_END_WITHIN_S: Final = 5.0
_LINK: Final = "Log in once, within 15 minutes: "


class ConsoleBeside(Closeable):
    """Serves the console of `config` until `close`. What a person should know goes to `show`, line by line.

    The demo goes on without it: where the extra `console` is missing, or its process ends, `show` gets the reason.
    """

    def __init__(self, config: Path, show: Callable[[str], object]) -> None:
        #: Logs in once; empty until the console is ready.
        self.link = ""
        self._show = show
        self._last_line = ""
        self._is_closing = False
        self._again = f"{program()} console {shlex.quote(str(config))}"
        self._process: subprocess.Popen[str] | None = None
        self._worker = Worker("demo-console", self._step)
        missing = next((module for module in ("fastapi", "uvicorn") if find_spec(module) is None), None)
        if missing is not None:
            show(f"There is no console: {missing_part('console', missing)}")
            return
        command = [sys.executable, "-m", "securos_trigger", "console", str(config), "--ends-with-stdin"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C ends the demo, which ends this
        )
        self._worker.start()

    def close(self) -> None:
        """End the process."""
        process, self._is_closing = self._process, True
        if process is None or process.stdout is None:
            return
        end_with_stdin(process, _END_WITHIN_S)
        if self._worker.close(_END_WITHIN_S):
            process.stdout.close()

    def _reason(self) -> str:
        """Why the process has ended: the signal, or its last line where it says of itself that it failed."""
        assert self._process is not None
        try:
            code = self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:  # it has closed its output, and goes on
            return ""
        if code < 0:
            return f" (killed by signal {-code})"
        return f": {self._last_line.removesuffix('.')}" if code else ""

    def _step(self, _closing: threading.Event) -> bool:
        """Read one line of the process. False: it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            if not self._is_closing:
                self._show(f"The console has ended{self._reason()}. To start it again: {self._again}")
            return False
        self._last_line = line.strip() or self._last_line
        if line.startswith(_LINK):
            self.link = line.removeprefix(_LINK).strip()
            self._show(f"The console; this link logs in once: {self.link}")
        return True

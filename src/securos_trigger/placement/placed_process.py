"""The process of one pipeline on a machine: started, started again when it ends, and ended with its parent."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from typing import Any, Final

from securos_trigger.notices import Announcer, log_notice
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.place import Place
from securos_trigger.placement.placed_run import MOVED, state_in
from securos_trigger.system.child_process import end_with_stdin
from securos_trigger.system.files import write_whole
from securos_trigger.system.worker import Worker

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
#: A process that ran for this long did well: the pause after its end is the first one again.
RAN_WELL_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.2
_END_WITHIN_S: Final = 20.0

_log = logging.getLogger("securos_trigger")


class PlacedProcess:
    """Runs `securos-trigger cluster pipeline` for an assignment. `start` once, then `close`.

    The configuration is written into the folder of the place, readable for this user alone: it may hold passwords.
    """

    def __init__(self, assignment: Assignment, place: Place) -> None:
        self._assignment = assignment
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        self._pause_s = FIRST_PAUSE_S
        self._ended: int | None = None
        self._starts = 0
        self._worker = Worker("placed-process", self._look, Announcer([log_notice]), last=self._end)

    def start(self) -> None:
        """Start the process and its supervision. OSError: the folder cannot be written."""
        self._place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._place.folder / "site.toml", self._assignment.text)
        self._worker.start()

    def close(self) -> bool:
        """End the process as after SIGTERM, and the supervision. False: not within the time."""
        return self._worker.close(_END_WITHIN_S + 2.0)

    def state(self) -> dict[str, Any]:
        """What it does now: `state` is `runs`, `waits`, `ended` or `fails`, with `since`, `starts` and `exit_code`."""
        process, ended = self._process, self._ended
        written = state_in(self._place.folder)
        is_current = process is not None and written.get("pid") == process.pid
        if process is not None and process.poll() is None:
            state = str(written["state"]) if is_current else "starts"
        else:
            state = "ended" if ended == 0 else "fails"
        since = written.get("since") if is_current else None
        return {"state": state, "since": since, "starts": self._starts, "exit_code": ended}

    def _look(self, closing: threading.Event) -> bool:
        """Start the process where there is none; look after it once in a while. False: its source has ended."""
        if self._process is None:
            self._process = self._started()
            self._starts += 1
        closing.wait(_LOOK_EVERY_S)
        if closing.is_set():
            return True
        if (code := self._process.poll()) is None:
            return True
        self._ended = code
        if code == 0:
            return False
        if code != MOVED:
            _log.warning("The process of %s has ended with code %d.", self._assignment.pipeline, code)
            closing.wait(self._pause_s)
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._process = None
        return True

    def _started(self) -> subprocess.Popen[bytes]:
        file = str(self._place.folder / "site.toml")
        file = str(self._place.folder / "site.toml")
        command = [sys.executable, "-m", "securos_trigger", "cluster", "pipeline", file, self._assignment.pipeline]
        command += ["--base", self._assignment.base, "--node", self._place.node]
        return subprocess.Popen([*command, "--quiet", "--ends-with-stdin"], stdin=subprocess.PIPE)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_with_stdin(process, _END_WITHIN_S)

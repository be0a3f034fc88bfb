"""The process of one pipeline on a machine: started, started again when it ends, and ended with its parent."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from typing import Any, Final

from securos_trigger.notices import Announcer, log_notice
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.place import Place, place_of
from securos_trigger.placement.state_file import (
    BAD_END,
    ENDED,
    LONG_START,
    MOVED,
    RUNS,
    STARTS,
    STARTS_WITHIN_S,
    is_long_start,
    state_in,
)
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


def pause_after(ran_for_s: float, before_s: float) -> float:
    """The pause before the next start, after a process ran for `ran_for_s` and the pause before it was `before_s`."""
    if ran_for_s >= RAN_WELL_S or not before_s:
        return FIRST_PAUSE_S
    return min(2 * before_s, LONGEST_PAUSE_S)


class PlacedProcess:
    """Runs `securos-trigger cluster pipeline` for an assignment on this machine. `start` once, then `close`.

    A configuration that cannot be read here, or a folder that cannot be written, is tried again after a pause, as a
    process that has ended is. The configuration is written into the folder of the place, readable for this user alone:
    it may hold passwords.
    """

    def __init__(self, assignment: Assignment, node: str) -> None:
        self._assignment = assignment
        self._node = node
        self._place: Place | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at_ticks = 0.0
        self._pause_s = 0.0
        self._has_ended = False
        self._exit_code: int | None = None
        self._reason = ""
        self._starts = 0
        self._worker = Worker("placed-process", self._look, Announcer([log_notice]), last=self._end)

    def start(self) -> None:
        """Start the supervision, which starts the process."""
        self._worker.start()

    def close(self) -> bool:
        """End the process as after SIGTERM, and the supervision. False: not within the time."""
        return self._worker.close(_END_WITHIN_S + 2.0)

    def state(self) -> dict[str, Any]:
        """What it does now: `state` is `starts`, `runs`, `waits`, `ended` or `fails`.

        With `since`, `starts`, `exit_code` (of the last process that ended), and `reason`: why none can be started,
        that a start lasts for more than a minute, or that its end was no good one.
        """
        process, since, reason = self._process, None, self._reason
        if process is not None and process.poll() is None:
            written = self._written_by(process)
            state, since = str(written.get("state", STARTS)), written.get("since")
            is_slow = not written and time.monotonic() - self._started_at_ticks >= STARTS_WITHIN_S
            reason = LONG_START if is_slow or is_long_start(written) else reason
            state = RUNS if state == ENDED else state  # how it ends is known when it has
        elif self._has_ended:
            state = ENDED
        else:
            state = "fails" if self._reason or self._exit_code is not None else "starts"
        known = {"starts": self._starts, "exit_code": self._exit_code, "reason": reason}
        return {"state": state, "since": since, **known}

    def _look(self, closing: threading.Event) -> bool:
        """Start the process where there is none; look after it once in a while. False: its source has ended."""
        if self._process is None and not self._start_process():
            self._pause(closing, 0.0)
            return True
        closing.wait(_LOOK_EVERY_S)
        process = self._process
        if closing.is_set() or process is None or (code := process.poll()) is None:
            return True
        self._exit_code = code
        if code != MOVED and self._written_by(process).get("state") == ENDED:
            if code:
                _log.error("The process of %s has ended with code %d: %s", self._assignment.pipeline, code, BAD_END)
                self._reason = BAD_END
            self._has_ended = True  # last: `state` may be asked for at any time
            return False
        if code != MOVED:
            _log.warning("The process of %s has ended with code %d.", self._assignment.pipeline, code)
            self._pause(closing, time.monotonic() - self._started_at_ticks)
        self._end()
        return True

    def _pause(self, closing: threading.Event, ran_for_s: float) -> None:
        self._pause_s = pause_after(ran_for_s, self._pause_s)
        closing.wait(self._pause_s)

    def _start_process(self) -> bool:
        """Start it. False: it cannot be started now, for the reason that `state` says."""
        try:
            self._place = self._prepared()
            self._process = self._started(self._place)
        except Exception as error:  # noqa: BLE001  the bulkhead of the actor: whatever fails here is reported and retried
            reason = str(error) or repr(error)
            if reason != self._reason:
                _log.warning(
                    "The process of %s cannot be started: %s", self._assignment.pipeline, reason, exc_info=error
                )
            self._reason = reason
            return False
        self._reason = ""
        self._started_at_ticks = time.monotonic()
        self._starts += 1
        return True

    def _prepared(self) -> Place:
        """The place on this machine, with the configuration in its folder. ConfigurationError, OSError: it cannot."""
        place = place_of(self._assignment.settings(), self._assignment.pipeline, self._node)
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place.folder / "site.toml", self._assignment.text)
        return place

    def _started(self, place: Place) -> subprocess.Popen[bytes]:
        file = str(place.folder / "site.toml")
        command = [sys.executable, "-m", "securos_trigger", "cluster", "pipeline", file, self._assignment.pipeline]
        command += ["--base", self._assignment.base, "--node", self._node]
        return subprocess.Popen([*command, "--quiet", "--ends-with-stdin"], stdin=subprocess.PIPE)

    def _written_by(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """What this process wrote down last; empty when it has written nothing."""
        written = {} if self._place is None else state_in(self._place.folder)
        return written if written.get("pid") == process.pid else {}

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_with_stdin(process, _END_WITHIN_S)

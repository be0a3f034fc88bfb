"""A supervised thread: a bug in it is logged, counted and announced, and its work goes on after a pause."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Final

from securos_trigger.notices import Announcer, kinds, log_notice
from securos_trigger.notices.bugs import fix_of_thread, name_of_bug

#: The pause after a failure, in seconds: it doubles with each failure in a row.
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 30.0
#: A failure that repeats is logged with its traceback again only this often.
LOG_AGAIN_AFTER_S: Final = 60.0

_log = logging.getLogger("securos_trigger")


class Failures:
    """Counts the failures of one thread or task, logs and announces them, and gives the pause after each.

    `note_success` after work that went well announces the recovery. A step that lasts calls it itself as soon as its
    work goes on. Without an announcer the notices go to the log. One thread uses it at a time; `count` may be read from
    any.
    """

    def __init__(
        self, name: str, announcer: Announcer | None = None, *, longest_pause_s: float = LONGEST_PAUSE_S
    ) -> None:
        self.count = 0
        self.longest_pause_s = longest_pause_s
        self._name = name
        self._announcer = announcer or Announcer([log_notice])
        self._in_a_row = 0
        self._failing_since_at_ticks = 0.0
        self._logged_at_ticks = -LOG_AGAIN_AFTER_S
        self._logged = ""

    @property
    def is_failing(self) -> bool:
        """True from a failure to the next work that goes well."""
        return self._in_a_row > 0

    def note_failure(self, error: BaseException) -> float:
        """Report a bug; gives the seconds to pause before the work goes on."""
        now_ticks = time.monotonic()
        self.count += 1
        if not self._in_a_row:
            self._failing_since_at_ticks = now_ticks
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self._in_a_row, 32), self.longest_pause_s)
        self._in_a_row += 1
        what = name_of_bug(error)
        if what != self._logged or now_ticks - self._logged_at_ticks >= LOG_AGAIN_AFTER_S:
            self._logged, self._logged_at_ticks = what, now_ticks
            _log.error("The thread %s has failed; it goes on in %g s.", self._name, pause_s, exc_info=error)
            about = {"thread": self._name, "reason": what, "count": self.count, "wait_s": pause_s}
            self._announcer.announce(kinds.THREAD_FAILED, **about, fix=fix_of_thread(error))
        return pause_s

    def note_success(self) -> None:
        """The work went well: announce the recovery if it had failed before."""
        if self._in_a_row:
            outage_s = round(time.monotonic() - self._failing_since_at_ticks, 3)
            self._in_a_row, self._logged = 0, ""
            self._announcer.announce(kinds.THREAD_RECOVERED, thread=self._name, outage_s=outage_s)


_started: weakref.WeakSet[Worker] = weakref.WeakSet()
_starting = threading.Lock()


def unfinished_workers() -> set[str]:
    """The names of the workers of this process that were started and have not come to their end."""
    with _starting:
        return {worker.name for worker in _started if not worker.has_ended}


class Worker:
    """A thread that repeats `step` until `close`.

    `step` does one turn of the work and returns: it takes a message, answers a request, looks once. It gets the event
    that `close` sets, to end a wait early, and returns False when there is nothing left to do for ever. Whatever it
    raises ends that turn only: see `Failures`. `last`, if given, runs once in the thread after the last turn, whatever
    ended it.

    `start` once, `close` at any time and more than once, from any thread.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[threading.Event], bool | None],
        announcer: Announcer | None = None,
        *,
        last: Callable[[], None] | None = None,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        self.name = name
        #: True from the end of the work on, as it was asked for.
        self.has_ended = False
        self.failures = Failures(name, announcer, longest_pause_s=longest_pause_s)
        self._step = step
        self._last = last
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        """True from `start` until the thread has ended."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()
        with _starting:
            _started.add(self)

    def request_close(self) -> None:
        """Have the thread end after the present turn; returns at once."""
        self._closing.set()

    def close(self, timeout_s: float = 5.0) -> bool:
        """End after the present turn, and wait for that. False: it takes longer than `timeout_s`."""
        self._closing.set()
        return self.join(timeout_s)

    def join(self, timeout_s: float) -> bool:
        """Wait until the thread has ended by itself: its `step` has returned False. False: not within the time."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._closing.is_set() and self._turn():
                pass
        finally:
            self._run_last()
            self.has_ended = True

    def _turn(self) -> bool:
        """Do one turn of the work. False: there is nothing left to do."""
        goes_on = None
        try:
            goes_on = self._step(self._closing)
            self.failures.note_success()
        except BaseException as error:  # noqa: BLE001  the one bulkhead of this thread: `sys.exit()` ends no thread
            self._closing.wait(self._report(error))
        return goes_on is not False

    def _run_last(self) -> None:
        if self._last is not None:
            try:
                self._last()
            except BaseException as error:  # noqa: BLE001  the same bulkhead, for the last turn
                self._report(error)

    def _report(self, error: BaseException) -> float:
        """Report a bug, on standard error where the log itself raises; gives the seconds to pause."""
        try:
            return self.failures.note_failure(error)
        except BaseException as broken:  # noqa: BLE001  a log that fails must end no thread either
            broken.__context__ = error
            report = (type(broken), broken, broken.__traceback__, self._thread)
            threading.excepthook(threading.ExceptHookArgs(report))
            return self.failures.longest_pause_s

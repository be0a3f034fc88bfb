"""A rate limit for attempts to log in: after a few failures each one must wait, longer and longer."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from securos_trigger.console.networks import network_of

#: Failures that cost nothing, the first wait after them and the longest one, in seconds.
FREE_FAILURES: Final = 5
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 300.0
#: A failure counts for this long, in seconds.
COUNTS_S: Final = 900.0
MAX_NAMES: Final = 10_000


class _Failures(NamedTuple):
    """Failures of one name. `is_noted`: that it must wait was noted."""

    number: int
    last_at_ticks: float
    is_noted: bool = False


def names_of(client: str, user: str = "") -> list[str]:
    """What attempts are counted by: the network of the address `client`, and the user name that is given, if any."""
    return [f"client {network_of(client)}", *([f"user {user}"] if user else [])]


class RateLimit:
    """Counts failures by name (of `names_of`). From any thread; bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_s(self, *names: str) -> float:
        """How long the next attempt of any of these must wait, in seconds; 0: not at all."""
        with self._lock:
            return max((self._wait_of(name) for name in names), default=0.0)

    def begin(self, *names: str) -> float:
        """Begin an attempt, which counts as failed until its success is noted. Gives 0, or how long it must wait, s.

        So attempts that are made at once cannot all be under way before the first one has failed.
        """
        with self._lock:
            wait_s = max((self._wait_of(name) for name in names), default=0.0)
            if not wait_s:
                self._count(names)
            return wait_s

    def note_failure(self, *names: str) -> None:
        """Count a failed attempt."""
        with self._lock:
            self._count(names)

    def note_limited(self, *names: str) -> bool:
        """Note which of these must wait by now. True when that is new for one of them, so once for each."""
        with self._lock:
            found = {name: self._failures[name] for name in names if name in self._failures}
            new = [name for name, one in found.items() if one.number >= FREE_FAILURES and not one.is_noted]
            for name in new:
                self._failures[name] = found[name]._replace(is_noted=True)
            return bool(new)

    def note_success(self, *names: str) -> None:
        """Forget the failures of these."""
        with self._lock:
            for name in names:
                self._failures.pop(name, None)

    def _count(self, names: Iterable[str]) -> None:
        now_ticks = self._clock()
        for name in names:
            old = self._failures.pop(name, _Failures(0, now_ticks))
            if now_ticks - old.last_at_ticks >= COUNTS_S:
                old = _Failures(0, now_ticks)
            self._failures[name] = old._replace(number=old.number + 1, last_at_ticks=now_ticks)
        while len(self._failures) > MAX_NAMES:
            self._failures.popitem(last=False)

    def _wait_of(self, name: str) -> float:
        count, last_at_ticks, _ = self._failures.get(name, _Failures(0, 0.0))
        passed_s = self._clock() - last_at_ticks
        if count < FREE_FAILURES or passed_s >= COUNTS_S:
            return 0.0
        wait_s: float = min(FIRST_WAIT_S * 2.0 ** min(count - FREE_FAILURES, 20), LONGEST_WAIT_S)
        return max(0.0, wait_s - passed_s)

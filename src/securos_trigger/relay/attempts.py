"""The attempts to serve each target: `deliver` repeats one that fails, and after some of them a person must look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

#: A target for which this many attempts have failed in a row cannot be served.
FAILED_TIMES: Final = 5
#: An attempt that has served its target for this long is a success, however it ends. One that fails ends earlier, also
#: where nothing of what stands before an event of a newer version ends (`target_session.STANDS_STILL_AFTER_S`).
SERVED_FOR_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Unserved:
    """Why a target cannot be served, and since when (Unix seconds).

    With `is_ended` it is served, but the cluster refuses to store what has ended.
    """

    reason: str
    since_s: float
    is_ended: bool = False


@dataclass(slots=True)
class _Failed:
    """Attempts that failed in a row. `taken_at_ticks`: when the latest began to serve; None: it does not serve."""

    since_s: float
    count: int = 0
    reason: str = ""
    reported: str = ""
    taken_at_ticks: float | None = None


class Attempts:
    """How the attempts go. One thread notes them; `unserved` is for any thread. `ticks` gives seconds."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._failed: dict[str, _Failed] = {}
        self._owners: dict[str, tuple[str, float]] = {}  # and since when it has had the target without a break
        self._refused: dict[str, Unserved] = {}

    def have_failed(self, target: str) -> bool:
        """True when the last attempt for a target has failed."""
        return target in self._failed

    def note_failed(self, target: str, reason: str) -> bool:
        """Note that an attempt has failed. True: it is to be reported, as the first or for another reason."""
        with self._lock:
            self._owners.pop(target, None)
            self._refused.pop(target, None)
            failed = self._failed.get(target)
            if failed is None or self._is_served(failed):
                failed = self._failed[target] = _Failed(time.time())
            failed.count, failed.reason, failed.taken_at_ticks = failed.count + 1, reason, None
            is_new, failed.reported = failed.reported != reason, reason
            return is_new

    def note_taken(self, target: str) -> None:
        """Note that an attempt serves its target now; if it fails after that, this is to be reported."""
        with self._lock:
            self._owners.pop(target, None)
            if (failed := self._failed.get(target)) is not None:
                failed.taken_at_ticks, failed.reported = self._ticks(), ""

    def note_well(self, target: str) -> None:
        """Note that an attempt has ended as is meant."""
        with self._lock:
            self._forget(target)

    def note_stands_by(self, target: str, owner: str) -> None:
        """Note that `owner`, another process, has a target. Empty: none is known.

        What has failed counts on until this one has served it for a while: it may fail as this process did.
        """
        with self._lock:
            known, since_ticks = self._owners.pop(target, ("", 0.0))
            if not owner:
                return
            self._refused.pop(target, None)
            if owner != known:
                since_ticks = self._ticks()
            elif self._ticks() - since_ticks >= SERVED_FOR_S:
                self._failed.pop(target, None)
            self._owners[target] = owner, since_ticks

    def _forget(self, target: str) -> None:
        self._failed.pop(target, None)
        self._owners.pop(target, None)
        self._refused.pop(target, None)

    def note_refused(self, target: str, reason: str) -> bool:
        """Note why the cluster refuses what has ended at a target that is served; empty: it does not any more.

        True: it is to be reported, as news or for another reason.
        """
        with self._lock:
            before = self._refused.pop(target, None)
            if reason:
                since_s = time.time() if before is None else before.since_s
                self._refused[target] = Unserved(reason, since_s, is_ended=True)
            return reason != (before.reason if before else "")

    def forget(self) -> None:
        """Forget all: the connection has ended, and what another one brings is to be reported again."""
        with self._lock:
            self._failed.clear()
            self._owners.clear()
            self._refused.clear()

    def owner_of(self, target: str) -> str:
        """Which other process serves a target; empty: none is known."""
        with self._lock:
            return self._owners.get(target, ("", 0.0))[0]

    def unserved(self) -> dict[str, Unserved]:
        """The targets that cannot be served, and those of which what has ended is refused."""
        with self._lock:
            return self._refused | {
                target: Unserved(failed.reason, failed.since_s)
                for target, failed in self._failed.items()
                if failed.count >= FAILED_TIMES and not self._is_served(failed)
            }

    def failing(self) -> dict[str, Unserved]:
        """The targets that this process does not serve after attempts that failed, and too few to be `unserved`."""
        with self._lock:
            return {
                target: Unserved(failed.reason, failed.since_s)
                for target, failed in self._failed.items()
                if failed.count < FAILED_TIMES and failed.taken_at_ticks is None
            }

    def _is_served(self, failed: _Failed) -> bool:
        return failed.taken_at_ticks is not None and self._ticks() - failed.taken_at_ticks >= SERVED_FOR_S

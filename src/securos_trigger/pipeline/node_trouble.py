"""The trouble of one node: whether its share of failures makes a person act. Pure but for its clock."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

#: A node fails when it has failed on this many frames in a row, or in the window and on this part of them.
FAILS_AFTER_FRAMES: Final = 3
FAILS_ON_PART: Final = 0.1
#: The window: the last seconds, or the last frames where those are longer ago.
WINDOW_S: Final = 30.0
WINDOW_FRAMES: Final = 20
#: It is a trouble for a person when it has failed so for this long.
SERIOUS_AFTER_S: Final = 5.0
#: It is none any more when it has failed on less than this part for the time below.
WORKS_BELOW_PART: Final = 0.05
#: A trouble is over when the node has worked on this many frames in a row, and failed on none for this long.
OVER_AFTER_FRAMES: Final = 5
OVER_AFTER_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class FailingNode:
    """A node in trouble: it failed on `frames` of the `of_frames` that it worked on since then (Unix seconds).

    `reason` is that of the last, `fix` what to do about it. `is_unfinished`: it failed when it was closed.
    `is_serious`: a person must act. `last_s` is when it failed last (Unix seconds).
    """

    frames: int
    of_frames: int
    since_s: float
    reason: str
    fix: str = ""
    is_unfinished: bool = False
    is_serious: bool = False
    last_s: float = 0.0


@dataclass(slots=True)
class _Second:
    """The frames of one second on which the node failed and worked."""

    at_ticks: float
    failed: int = 0
    worked: int = 0


@dataclass(slots=True)
class NodeTrouble:
    """It begins with the first fault. All times are those of one clock in seconds, as `time.monotonic()`."""

    began_at_ticks: float
    since_s: float = field(default_factory=time.time)
    last_at_ticks: float = 0.0
    last_s: float = 0.0
    frames: int = 0
    of_frames: int = 0
    reason: str = ""
    fix: str = ""
    is_unfinished: bool = False
    was_serious: bool = False
    is_over: bool = False
    _is_serious: bool = False
    # The window, and its sums: on how many frames it failed, and of how many.
    _seconds: deque[_Second] = field(default_factory=deque)
    _failed: int = 0
    _of: int = 0
    _failed_in_a_row: int = 0
    _row_began_at_ticks: float = 0.0
    _worked_in_a_row: int = 0
    _bad_since_ticks: float | None = None
    _works_since_ticks: float | None = None

    @property
    def is_serious(self) -> bool:
        """True when a person must act: it has failed often for some seconds, or could not be finished."""
        return self._is_serious or self.is_unfinished

    @property
    def is_bad(self) -> bool:
        """True when it fails often now, however short that is, or could not be finished."""
        return self.is_serious or self._bad_since_ticks is not None

    def shown(self) -> FailingNode:
        """As it stands now, with its begin in Unix seconds."""
        state = self.is_unfinished, self.is_serious, self.last_s
        return FailingNode(self.frames, self.of_frames, self.since_s, self.reason, self.fix, *state)

    def note_fault(self, now_s: float, frames: int, reason: str, fix: str, *, is_closing: bool) -> None:
        """It has failed on `frames`, or when it was closed."""
        self.reason, self.fix, self.last_at_ticks, self.last_s = reason, fix, now_s, time.time()
        self.is_unfinished |= is_closing
        if not self._failed_in_a_row:
            self._row_began_at_ticks = now_s
        self._failed_in_a_row += frames
        self._worked_in_a_row = 0
        self._count(now_s, frames, 0)
        self._judge(now_s)
        bad_since = now_s if self._bad_since_ticks is None else self._bad_since_ticks
        if not self._is_serious and now_s - bad_since >= SERIOUS_AFTER_S:
            self._begin(now_s)
        self.was_serious |= self.is_serious

    def note_success(self, now_s: float) -> None:
        """It has worked on a frame."""
        self._failed_in_a_row = 0
        self._worked_in_a_row += 1
        self._count(now_s, 0, 1)
        self._judge(now_s)
        if self.is_unfinished:
            return
        is_quiet = now_s - self.last_at_ticks >= OVER_AFTER_S
        self.is_over = is_quiet and self._worked_in_a_row >= OVER_AFTER_FRAMES
        works_s = 0.0 if self._works_since_ticks is None else now_s - self._works_since_ticks
        if self._is_serious and works_s >= OVER_AFTER_S:
            self._is_serious = False

    def _begin(self, now_s: float) -> None:
        """A person must act from now on: its counts and its begin are those of this window, not of days before."""
        self._is_serious = True
        if now_s - self._row_began_at_ticks >= SERIOUS_AFTER_S and self._failed_in_a_row >= FAILS_AFTER_FRAMES:
            began, self.frames, self.of_frames = self._row_began_at_ticks, self._failed_in_a_row, self._failed_in_a_row
        else:
            began = next(one.at_ticks for one in self._seconds if one.failed)
            self.frames, self.of_frames = self._failed, self._of
        self.since_s += began - self.began_at_ticks
        self.began_at_ticks = began

    def _count(self, now_s: float, failed: int, worked: int) -> None:
        self.frames += failed
        self.of_frames += failed + worked
        if not self._seconds or now_s - self._seconds[-1].at_ticks >= 1.0:
            self._seconds.append(_Second(now_s))
        self._seconds[-1].failed += failed
        self._seconds[-1].worked += worked
        self._failed += failed
        self._of += failed + worked
        while now_s - (first := self._seconds[0]).at_ticks > WINDOW_S:
            if self._of - first.failed - first.worked < WINDOW_FRAMES:
                return
            self._failed -= first.failed
            self._of -= first.failed + first.worked
            self._seconds.popleft()

    def _judge(self, now_s: float) -> None:
        failed, of_frames = self._failed, self._of
        is_row = self._failed_in_a_row >= FAILS_AFTER_FRAMES
        if is_row or (failed >= FAILS_AFTER_FRAMES and failed >= FAILS_ON_PART * of_frames):
            if self._bad_since_ticks is None:
                self._bad_since_ticks = self._row_began_at_ticks if is_row else now_s
        else:
            self._bad_since_ticks = None
        if is_row or failed >= WORKS_BELOW_PART * of_frames:
            self._works_since_ticks = None
        elif self._works_since_ticks is None:
            self._works_since_ticks = now_s

"""Judges the time stamps of a source's frames against the time at which they came. Pure: no clock."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Final

from securos_trigger.model.media_time import MediaClock

#: Stamps that have stood still for this long cannot be used, in seconds; and on this many frames at least.
STILL_AFTER_S: Final = 5.0
STILL_FRAMES: Final = 5
# A source gives no frame within less than this of the one before, in seconds: stamps that rise by less stand still.
_LEAST_STEP_S: Final = 0.001
# Stamps that jump this often within a minute, elsewhere and for good each time, are no clock.
_MOST_JUMPS: Final = 5
_JUMPS_WITHIN_S: Final = 60.0
#: Speeds of the stamps, as shares of the clock's, that are right.
SLOWEST, FASTEST = 0.8, 1.25
# Speeds are measured over blocks of this many seconds and frames. A network that holds frames up, and gives them all at
# once, makes one or two wrong ones in a row.
_BLOCK_S: Final = 10.0
_BLOCK_FRAMES: Final = 10
_WRONG_BLOCKS: Final = 12
_RIGHT_BLOCKS: Final = 3
# Frames that come after more seconds than this: a pause or a gap, of which the stamps may show any part.
_PAUSE_S: Final = 1.0


class StampWatch:
    """Says in `reason` why the stamps of a live source cannot be used as its time; empty: they can.

    They cannot be when they stand still for 5 s (also when a few values repeat), jump five times within a minute, or
    run at less than 0.8 or more than 1.25 times the clock's speed for two minutes. They can again after 30 s in which
    they do nothing of that. Pauses, gaps, stray stamps, frames that the network holds up and sparse sources are none.
    Of a source that is not live only standing still counts: it is read as fast as it can be.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.is_live = True
        self._jumps_at_s: deque[float] = deque(maxlen=_MOST_JUMPS)
        self.begin()

    def begin(self) -> None:
        """The source begins again, elsewhere. What is known of its stamps stays, until they show something else."""
        self._clock = MediaClock()
        self._jumps = 0
        self._came_at_s: float | None = None
        self._stamp = 0.0
        self._moved_stamp: float | None = None  # the highest one, when it came, and the frames since
        self._moved_at_s, self._still_frames = 0.0, 0
        self._lead_s = self._paused_lead_s = -float("inf")  # of the block: by how much stamps are ahead, at most
        self._leads_before: tuple[float, float] | None = None
        self._paused_s = 0.0
        self._block_at_s, self._block_paused_s, self._block_frames = 0.0, 0.0, 0
        self._slow = self._fast = self._right = 0  # blocks in a row

    def see(self, stamp: float, came_at_s: float, captured_at: datetime) -> str:
        """Take a frame's stamp, and when it came, on a steady clock and on the wall clock. Gives `reason`."""
        self._clock.advance(stamp, captured_at)
        if self._clock.jumps != self._jumps:
            self._jumps = self._clock.jumps
            self._note_jump(came_at_s)
        is_stray = abs(stamp - self._clock.now) > _PAUSE_S
        self._look_for_still(stamp, came_at_s, is_stray=is_stray)
        self._measure(stamp, came_at_s, is_stray=is_stray)
        return self.reason

    def _note_jump(self, came_at_s: float) -> None:
        jumps = self._jumps_at_s
        jumps.append(came_at_s)
        self._right = 0
        self._moved_stamp = None
        self._leads_before = None  # a speed over a jump says nothing
        self._begin_block(came_at_s)
        if self.is_live and len(jumps) == _MOST_JUMPS and came_at_s - jumps[0] <= _JUMPS_WITHIN_S:
            self._refuse("they jump again and again")

    def _look_for_still(self, stamp: float, came_at_s: float, *, is_stray: bool) -> None:
        self._still_frames += 1
        moved_stamp, least_s = self._moved_stamp, _LEAST_STEP_S * self._still_frames
        if not is_stray and (moved_stamp is None or stamp - moved_stamp >= least_s):
            self._moved_stamp, self._moved_at_s, self._still_frames = stamp, came_at_s, 0
        elif self._still_frames >= STILL_FRAMES and came_at_s - self._moved_at_s >= STILL_AFTER_S:
            self._right = 0
            self._refuse("they stand still")

    def _measure(self, stamp: float, came_at_s: float, *, is_stray: bool) -> None:
        """Measure the speed of the stamps by how far they are ahead of the clock at most, from block to block."""
        before, self._came_at_s = self._came_at_s, came_at_s
        step_s, self._stamp = stamp - self._stamp, stamp
        if before is None:
            self._begin_block(came_at_s)
        elif came_at_s - before > _PAUSE_S:
            self._paused_s += max(0.0, came_at_s - before - max(step_s, 0.0))
        if is_stray:
            return
        self._block_frames += 1
        self._lead_s = max(self._lead_s, stamp - came_at_s)
        self._paused_lead_s = max(self._paused_lead_s, stamp - came_at_s + self._paused_s)
        if self._block_frames >= _BLOCK_FRAMES and came_at_s - self._block_at_s >= _BLOCK_S:
            self._end_block(came_at_s)

    def _end_block(self, came_at_s: float) -> None:
        """Compare the block with the one before: stamps are slow also without its pauses, and fast also with them."""
        wall_s = came_at_s - self._block_at_s
        unpaused_s = max(wall_s - (self._paused_s - self._block_paused_s), _BLOCK_S / 10)
        before, self._leads_before = self._leads_before, (self._lead_s, self._paused_lead_s)
        if before is not None:
            fastest = 1 + (self._lead_s - before[0]) / wall_s
            slowest = 1 + (self._paused_lead_s - before[1]) / unpaused_s
            self._fast = self._fast + 1 if self.is_live and fastest > FASTEST else 0
            self._slow = self._slow + 1 if self.is_live and slowest < SLOWEST else 0
            self._right = 0 if self._fast or self._slow else self._right + 1
            if max(self._fast, self._slow) >= _WRONG_BLOCKS:
                speed = fastest if self._fast else slowest
                self._refuse(f"they run at {max(speed, 0.0):.2g} times the speed of the clock")
            elif self._right >= _RIGHT_BLOCKS:
                self.reason = ""
        self._begin_block(came_at_s)

    def _begin_block(self, came_at_s: float) -> None:
        self._block_at_s, self._block_paused_s, self._block_frames = came_at_s, self._paused_s, 0
        self._lead_s = self._paused_lead_s = -float("inf")

    def _refuse(self, reason: str) -> None:
        self.reason = self.reason or reason

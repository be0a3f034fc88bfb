"""The age of deliveries on a machine whose wall clock is set, or was wrong at an earlier start.

A delivery is as old as the clock has run since its frame. What the clock was set by, and what it jumped by between two
runs, is no age. Each such shift counts for the deliveries that were kept before it: those up to a sequence. All of them
are in the file, because later starts must judge by them too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from securos_trigger.model import Delivery
from securos_trigger.system.platform import steady_s

#: A smaller difference is a correction by a time service, not a step.
_LEAST_S: Final = 1.0
#: An event whose clock was set forward by more than this after it was kept has a time that cannot be relied on.
_UNCERTAIN_FROM_S: Final = 60.0
#: No frame is older than this program: such a time is that of a clock that nothing had set.
EARLIEST_TRUE_S: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class ClockShift:
    """The wall clock moved by `shift_s` seconds without that much time passing, after `up_to_sequence` was kept.

    `step_s` is the part of it by which the clock was set while a process ran.
    """

    up_to_sequence: int
    shift_s: float
    step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Age:
    """How old a delivery is, in seconds, and whether the time of its event can be relied on."""

    age_s: float
    is_time_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment: the wall clock (Unix seconds), and one that cannot be set (seconds)."""

    wall_s: float
    steady_s: float

    def step_s(self, earlier: Reading) -> float:
        """Give the seconds by which the wall clock was set since an earlier moment; 0: it was not."""
        step_s = self.wall_s - earlier.wall_s - (self.steady_s - earlier.steady_s)
        return step_s if abs(step_s) > _LEAST_S else 0.0


@dataclass(frozen=True, slots=True)
class _State:
    """What is known at one look at the clocks; replaced as a whole, so that any thread may read it."""

    reading: Reading
    shifts: tuple[ClockShift, ...] = ()


class ClockShifts:
    """Finds the shifts, and says how old deliveries are. `age`, `shift_s`, `set_by_s` and `read`: from any thread."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float] = steady_s) -> None:
        self.wall = wall
        self._steady = steady
        self._is_begun = False
        self._state = _State(self.read())
        self._unwritten: list[ClockShift] = []
        self._kept_after_step: list[tuple[int, float]] = []  # by the commit under way: sequence, and the step

    def read(self) -> Reading:
        """Read both clocks."""
        return Reading(self.wall(), self._steady())

    def take_up(self, shifts: Iterable[ClockShift], newest: tuple[int, float] | None) -> None:
        """Take the shifts that stand in a file that was opened, instead of all others.

        `newest` is the last delivery kept in it: its sequence, and when it was kept (Unix seconds). At the first file
        the clock may have jumped since the run before: then that one is judged to have been kept just now.
        """
        sequence, kept_at_s = newest or (0, 0.0)
        self._unwritten = [one for one in self._unwritten if one.up_to_sequence <= sequence]
        self._state = _State(self._state.reading, (*shifts, *self._unwritten))
        if newest is not None and not self._is_begun:
            self._unwritten.clear()
            self._add(ClockShift(sequence, self._state.reading.wall_s - kept_at_s - self.shift_s(sequence)))

    def look(self, newest_sequence: Callable[[], int]) -> None:
        """Compare the clocks; a step counts for all that is kept. The writer does it before it keeps more."""
        self._kept_after_step.clear()  # of a commit that failed
        now, shifts = self.read(), self._state.shifts
        if step_s := now.step_s(self._state.reading):
            step = ClockShift(newest_sequence(), step_s, step_s)
            self._unwritten.append(step)
            shifts = (*shifts, step)
        self._state = _State(now, shifts)  # in one, because `age` must not miss the step or see it twice

    def note_kept(self, newest_sequence: Callable[[], int], handed_over: Reading) -> None:
        """Note that a delivery was kept. A step that came after it was handed over counts for it too."""
        if step_s := self._state.reading.step_s(handed_over):
            self._kept_after_step.append((newest_sequence(), step_s))

    def unwritten(self) -> tuple[ClockShift, ...]:
        """Shifts that are not in the file yet."""
        return tuple(self._unwritten)

    def note_written(self) -> None:
        """What was not written is in the file now, and so is what was kept."""
        self._is_begun = True
        self._unwritten.clear()
        steps_s: defaultdict[int, float] = defaultdict(float)
        for sequence, step_s in self._kept_after_step:
            steps_s[sequence] += step_s
            steps_s[sequence - 1] -= step_s  # for those the step counts already
        # Written with the next commit. Those of a run of sequences cancel each other, but for the first and the last.
        self._add(*(ClockShift(sequence, step_s, step_s) for sequence, step_s in steps_s.items()))
        self._kept_after_step.clear()

    def shift_s(self, sequence: int) -> float:
        """Seconds by which the wall clock moved, without time passing, since this one was kept."""
        return sum(shift.shift_s for shift in self._state.shifts if sequence <= shift.up_to_sequence)

    def set_by_s(self, sequence: int, since_s: float) -> float:
        """Seconds by which the wall clock was set since this one was kept, or put back, at `since_s` (Unix seconds).

        Unlike `shift_s`, time in which no process ran is none of them: a person sees since when an event waits. It
        is only where the clock was plainly wrong before: it showed a time that cannot be, or was ahead.
        """
        shifts = [shift for shift in self._state.shifts if sequence <= shift.up_to_sequence]
        if since_s < EARLIEST_TRUE_S:
            return sum(shift.shift_s for shift in shifts)
        steps_s = sum(shift.step_s for shift in shifts)
        back_s = sum(min(0.0, shift.shift_s - shift.step_s) for shift in shifts)
        # A start at 1970 is a step back. The step that ends it is longer by the time in which no process ran.
        return min(0.0, steps_s + back_s) if back_s else steps_s

    def age(self, delivery: Delivery) -> Age:
        """How old a delivery is. A person who puts it back makes it new."""
        now, state = self.read(), self._state
        shift_s = largest_step_s = now.step_s(state.reading)  # of the last second, which the writer has not seen
        for shift in state.shifts:
            if delivery.sequence <= shift.up_to_sequence:
                shift_s += shift.shift_s
                largest_step_s = max(largest_step_s, shift.step_s)
        since_s = max(delivery.captured_at_s, delivery.retried_at_s)
        was_set = largest_step_s > _UNCERTAIN_FROM_S
        return Age(now.wall_s - shift_s - since_s, delivery.captured_at_s < EARLIEST_TRUE_S or was_set)

    def _add(self, *shifts: ClockShift) -> None:
        real = tuple(shift for shift in shifts if abs(shift.shift_s) > _LEAST_S)
        self._state = _State(self._state.reading, (*self._state.shifts, *real))
        self._unwritten += real

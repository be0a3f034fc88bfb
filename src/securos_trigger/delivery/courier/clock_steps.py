"""Steps of the wall clock: setting it forward must make no event older."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: A smaller difference is a correction by a time service, not a step.
_LEAST_S: Final = 1.0


class ClockSteps:
    """Measures steps forward while this process runs, by a clock that cannot be set. Both clocks give seconds."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall = wall
        self._steady = steady
        self._wall_at_s, self._steady_at = wall(), steady()
        self._steps: list[tuple[float, float]] = []  # the wall clock before, and the size of the step

    def since(self, at_s: float) -> float:
        """Give the seconds by which the wall clock was set forward since it showed `at_s` (Unix seconds)."""
        self._look()
        return sum(step_s for before_s, step_s in self._steps if at_s <= before_s)

    def _look(self) -> None:
        wall_s, steady_at = self._wall(), self._steady()
        expected_s = self._wall_at_s + steady_at - self._steady_at
        self._wall_at_s, self._steady_at = wall_s, steady_at
        step_s = wall_s - expected_s
        if step_s > _LEAST_S:
            self._steps.append((expected_s, step_s))
        elif step_s < -_LEAST_S:
            self._take_back(-step_s)

    def _take_back(self, back_s: float) -> None:
        """Undo steps forward by the seconds that the clock was set back."""
        while self._steps and back_s > 0.0:
            before_s, step_s = self._steps.pop()
            if step_s > back_s:
                self._steps.append((before_s, step_s - back_s))
            back_s -= step_s

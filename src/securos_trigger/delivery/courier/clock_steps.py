"""How far the wall clock was set forward, so that no event grows old by that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: Less is no setting, but a clock that is kept right.
_LEAST_S: Final = 1.0


class ClockSteps:
    """Steps forward while this process runs, seen by a clock that cannot be set. Both clocks give seconds."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall = wall
        self._steady = steady
        self._wall_at_s, self._steady_at = wall(), steady()
        self._steps: list[tuple[float, float]] = []  # what the wall clock said before, and how far it went

    def since(self, at_s: float) -> float:
        """Seconds by which the wall clock was set forward since it said `at_s` (Unix seconds)."""
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
        """Set back after it was set forward: so much of the steps never was."""
        while self._steps and back_s > 0.0:
            before_s, step_s = self._steps.pop()
            if step_s > back_s:
                self._steps.append((before_s, step_s - back_s))
            back_s -= step_s

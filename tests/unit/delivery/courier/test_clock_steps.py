"""How old an event is when somebody sets the clock."""

from __future__ import annotations

from securos_trigger.delivery.courier.clock_steps import ClockSteps

DAY_S = 86_400.0


class Clocks:
    def __init__(self) -> None:
        self.wall_s, self.steady_s = 1_000_000.0, 5.0
        self.steps = ClockSteps(lambda: self.wall_s, lambda: self.steady_s)

    def run(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady_s += seconds

    def set(self, step_s: float) -> None:
        self.wall_s += step_s
        self.steps.since(0.0)


def test_time_that_passes_is_no_step() -> None:
    clocks = Clocks()
    clocks.run(30 * DAY_S)
    assert clocks.steps.since(0.0) == 0.0


def test_a_step_forward_ages_what_was_kept_before_and_not_what_is_kept_after() -> None:
    clocks = Clocks()
    before_s = clocks.wall_s
    clocks.run(10.0)
    clocks.set(20 * DAY_S)
    assert clocks.steps.since(before_s) == 20 * DAY_S
    assert clocks.steps.since(clocks.wall_s) == 0.0


def test_a_step_that_is_taken_back_never_was() -> None:
    clocks = Clocks()
    before_s = clocks.wall_s
    clocks.set(20 * DAY_S)
    clocks.set(-5 * DAY_S)
    assert clocks.steps.since(before_s) == 15 * DAY_S
    clocks.set(-40 * DAY_S)
    assert clocks.steps.since(before_s) == 0.0

"""How old a delivery is when the clock is set, or was wrong at an earlier start."""

from __future__ import annotations

import pytest

from securos_trigger.outbox.clock_shifts import EARLIEST_TRUE_S, Age, ClockShift, ClockShifts
from tests import builders

DAY_S = 86_400.0
NOW_S = EARLIEST_TRUE_S + 300 * DAY_S


class Machine:
    """A machine with its two clocks, whose outbox has kept some deliveries."""

    def __init__(self, wall_s: float = NOW_S) -> None:
        self.wall_s, self.steady_s = wall_s, 5.0
        self.kept: list[float] = []
        self.written: list[ClockShift] = []
        self.start()

    def start(self) -> None:
        """Start the process."""
        self.shifts = ClockShifts(lambda: self.wall_s, lambda: self.steady_s)
        newest = (len(self.kept), self.kept[-1]) if self.kept else None
        self.shifts.take_up(self.written, newest)
        self.write()

    def write(self) -> None:
        self.shifts.look(lambda: len(self.kept))
        self.written += self.shifts.unwritten()
        self.shifts.note_written()

    def keep(self) -> int:
        """Keep a delivery; gives its sequence."""
        self.write()
        self.kept.append(self.wall_s)
        return len(self.kept)

    def run(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady_s += seconds

    def age(self, sequence: int) -> Age:
        kept_at_s = self.kept[sequence - 1]
        return self.shifts.age(builders.delivery(sequence=sequence, captured_at_s=kept_at_s, kept_at_s=kept_at_s))

    def since(self, sequence: int) -> float:
        """Since when a delivery waits by the present clock, as a person is told it."""
        return self.kept[sequence - 1] + self.shifts.set_by_s(sequence, self.kept[sequence - 1])


def test_time_that_passes_is_age() -> None:
    machine = Machine()
    one = machine.keep()
    machine.run(30 * DAY_S)
    machine.write()
    assert machine.age(one) == Age(30 * DAY_S)


@pytest.mark.parametrize("is_written", [False, True], ids=["not seen by the writer", "seen"])
@pytest.mark.parametrize("step_s", [20 * DAY_S, -20 * DAY_S])
def test_a_step_of_the_clock_is_no_age_of_what_was_kept_before(step_s: float, is_written: bool) -> None:
    machine = Machine()
    before = machine.keep()
    machine.run(10.0)
    machine.wall_s += step_s
    if is_written:
        machine.write()
    assert machine.age(before) == Age(10.0, is_time_uncertain=step_s > 0)
    after = machine.keep()
    machine.run(3.0)
    assert machine.age(after) == Age(3.0)


@pytest.mark.parametrize(("step_s", "is_uncertain"), [(60.0, False), (59.5, False), (61.0, True)])
def test_a_time_is_uncertain_once_the_clock_was_set_forward_by_more_than_a_minute(
    step_s: float, is_uncertain: bool
) -> None:
    machine = Machine()
    before = machine.keep()
    machine.wall_s += step_s
    machine.write()
    assert machine.age(before) == Age(0.0, is_uncertain)


def test_a_step_that_is_taken_back_never_was() -> None:
    machine = Machine()
    one = machine.keep()
    for step_s in (20 * DAY_S, -5 * DAY_S, -15 * DAY_S):
        machine.wall_s += step_s
        machine.write()
    assert machine.age(one).age_s == 0.0


def test_a_person_is_told_of_the_time_in_which_no_process_ran() -> None:
    machine = Machine()
    one = machine.keep()
    machine.run(30.0)
    for _night in range(2):
        machine.wall_s += DAY_S
        machine.start()
        machine.run(60.0)
        machine.wall_s += 5 * DAY_S  # the clock is set
        machine.write()
    assert machine.since(one) == machine.wall_s - 2 * DAY_S - 150.0
    assert machine.age(one).age_s == 60.0, "it does not expire while no process runs"


@pytest.mark.parametrize("first_s", [300.0, NOW_S + 10 * 365 * DAY_S], ids=["1970", "ten years ahead"])
def test_a_person_is_told_no_age_of_years_by_a_wrong_clock(first_s: float) -> None:
    machine = Machine(first_s)
    one = machine.keep()
    machine.wall_s = NOW_S
    machine.start()
    machine.run(60.0)
    assert machine.since(one) == NOW_S


def test_a_start_before_the_clock_is_set_hides_no_age() -> None:
    machine = Machine()
    one = machine.keep()
    machine.wall_s = 300.0  # a machine without a clock of its own, after a night
    machine.start()
    machine.wall_s = NOW_S + DAY_S
    machine.write()
    assert machine.since(one) == NOW_S


@pytest.mark.parametrize("first_s", [300.0, NOW_S + 10 * 365 * DAY_S], ids=["1970", "ten years ahead"])
def test_a_backlog_of_a_wrong_clock_is_as_young_as_its_newest_at_every_later_start(first_s: float) -> None:
    machine = Machine(first_s)
    oldest = machine.keep()
    machine.run(60.0)
    machine.keep()
    machine.run(5.0)
    machine.wall_s = NOW_S
    machine.start()
    assert machine.age(oldest) == Age(60.0, is_time_uncertain=first_s == 300.0)
    fresh = machine.keep()
    machine.run(100.0)
    for _later in range(3):
        machine.wall_s += DAY_S
        machine.start()
        assert machine.age(oldest).age_s == 60.0
        assert machine.age(fresh).age_s == 0.0


def test_a_clock_that_is_set_while_a_backlog_of_the_right_time_waits_ages_it_by_what_passed() -> None:
    """The battery of the clock is empty: 2026, then 1970 at the boot, then a time server."""
    machine = Machine()
    one = machine.keep()
    machine.run(2.0)
    machine.wall_s = 20.0
    machine.start()
    machine.run(30.0)
    machine.wall_s = NOW_S + DAY_S
    machine.write()
    assert machine.age(one).age_s == 30.0
    machine.start()
    assert machine.age(one).age_s == 0.0


def test_a_shift_that_could_not_be_written_is_written_later() -> None:
    machine = Machine()
    one = machine.keep()
    machine.wall_s += DAY_S
    machine.shifts.look(lambda: 1)
    machine.shifts.take_up([], (1, NOW_S))
    assert machine.shifts.unwritten() == (ClockShift(1, DAY_S, DAY_S),)
    assert machine.age(one).age_s == 0.0
    machine.shifts.take_up([], None)
    assert machine.shifts.unwritten() == (), "a new file has other deliveries under these numbers"


def test_a_delivery_that_a_person_put_back_is_as_old_as_that() -> None:
    machine = Machine()
    machine.run(30 * DAY_S)
    delivery = builders.delivery(captured_at_s=NOW_S, retried_at_s=NOW_S + 29 * DAY_S)
    assert machine.shifts.age(delivery) == Age(DAY_S)


@pytest.mark.parametrize("step_s", [20 * DAY_S, -20 * DAY_S])
def test_a_step_is_no_age_of_what_was_handed_over_before_it_and_kept_after_it(step_s: float) -> None:
    machine = Machine()
    earlier = machine.keep()
    handed_over, captured_at_s = machine.shifts.read(), machine.wall_s
    machine.wall_s += step_s
    machine.write()
    late = machine.keep()
    machine.kept[-1] = captured_at_s
    machine.shifts.note_kept(lambda: late, handed_over)
    machine.shifts.note_written()
    after = machine.keep()
    machine.run(3.0)
    assert [machine.age(one).age_s for one in (earlier, late, after)] == [3.0, 3.0, 3.0]
    later = ClockShifts(lambda: machine.wall_s, lambda: machine.steady_s)
    later.take_up(machine.written, None)
    assert later.shift_s(late) == step_s, "a later start judges by it too"
    assert (later.shift_s(earlier), later.shift_s(after)) == (step_s, 0.0)


@pytest.mark.parametrize("step_s", [20 * DAY_S, -20 * DAY_S])
def test_a_step_while_many_deliveries_wait_to_be_kept_leaves_few_shifts(step_s: float) -> None:
    machine = Machine()
    earlier = machine.keep()
    captured_at_s, handed_over = machine.wall_s, machine.shifts.read()
    machine.wall_s += step_s
    machine.write()
    for _ in range(1000):
        machine.kept.append(captured_at_s)
        machine.shifts.note_kept(lambda: len(machine.kept), handed_over)
    machine.shifts.note_written()
    assert sorted(one.up_to_sequence for one in machine.shifts.unwritten()) == [earlier, earlier + 1000]
    after = machine.keep()
    machine.run(3.0)
    late = (earlier, earlier + 1, earlier + 500, earlier + 1000, after)
    assert [machine.age(one).age_s for one in late] == [3.0] * 5


def test_an_age_is_right_in_every_moment_of_a_look_at_the_clocks() -> None:
    """The courier asks from its own thread, also while the writer finds the step."""
    machine = Machine()
    one = machine.keep()
    machine.wall_s += 20 * DAY_S
    found: list[Age] = []

    def newest_sequence() -> int:
        found.append(machine.age(one))
        return 1

    machine.shifts.look(newest_sequence)
    found.append(machine.age(one))
    assert [age.age_s for age in found] == [0.0, 0.0]

"""Instants are compared by the clock since the machine's start where they have one start, else by the wall clock."""

from __future__ import annotations

from securos_trigger.system.boot_clock import Instant, present_instant


def test_within_one_start_of_the_machine_the_wall_clock_does_not_count() -> None:
    earlier = Instant(1_000.0, "a", 50.0)
    assert Instant(-9e9, "a", 80.0).seconds_since(earlier) == 30.0


def test_after_another_start_the_wall_clock_is_all_there_is() -> None:
    earlier = Instant(1_000.0, "a", 50.0)
    assert Instant(1_600.0, "b", 3.0).seconds_since(earlier) == 600.0
    assert Instant(400.0, "b", 3.0).seconds_since(earlier) == -600.0


def test_the_present_instants_of_a_program_have_one_start_and_go_forward() -> None:
    first, second = present_instant(), present_instant()
    assert first.boot_id == second.boot_id != ""
    assert second.boot_s >= first.boot_s

"""The media time of a lane."""

from __future__ import annotations

from securos_trigger.inputs.lane_time import LaneTime

NOW = 1_800_000_000.0


def test_the_time_of_the_source_is_taken_while_its_clock_agrees_with_ours() -> None:
    time = LaneTime()
    assert time.take(NOW - 0.2, NOW) == (NOW - 0.2, NOW - 0.2)
    assert time.take(NOW + 0.9, NOW + 1.0) == (NOW + 0.9, NOW + 0.9)
    assert time.offset_s is not None and abs(time.offset_s - 0.1) < 1e-6


def test_without_a_time_of_the_source_it_is_that_of_arrival() -> None:
    time = LaneTime()
    assert time.take(None, NOW) == (NOW, NOW)
    assert time.offset_s is None


def test_a_clock_that_is_hours_off_gives_the_steps_and_not_the_time() -> None:
    time = LaneTime()
    assert time.take(NOW - 7200.0, NOW) == (NOW, NOW)
    assert time.take(NOW - 7199.0, NOW + 1.3) == (NOW + 1.0, NOW + 1.0)  # its message was 0.3 s under way


def test_media_time_never_goes_backwards_and_the_wall_clock_stays_true() -> None:
    time = LaneTime()
    time.take(NOW, NOW)
    assert time.take(NOW - 2.0, NOW + 1.0) == (NOW, NOW - 2.0)


def test_a_tick_is_as_much_later_as_has_passed() -> None:
    time = LaneTime()
    time.take(NOW - 3.0, NOW)
    assert time.tick(NOW + 1.0).at == NOW - 2.0
    assert time.tick(NOW + 2.5).at == NOW - 0.5
    assert time.tick(NOW + 2.0).at == NOW - 0.5  # our own clock was set back a little


def test_it_goes_on_after_a_restart_unless_our_clock_was_set_back_since() -> None:
    assert LaneTime(NOW).take(None, NOW - 5.0).at == NOW
    assert LaneTime(NOW + 3600.0).take(None, NOW).at == NOW

"""Frames that are left out: many or most of half a minute, and not of a moment."""

from __future__ import annotations

from itertools import pairwise

from securos_trigger.pipeline.left_out import LeftOut

TEN_A_SECOND = 50  # in a window of five seconds


def levels(read_in_each_window: list[int]) -> list[str]:
    """The level at the end of each window of a source with ten frames a second."""
    left_out, found = LeftOut(), list[str]()
    read = lost = 0
    left_out.note(100.0, 0, 0)
    for number, one in enumerate(read_in_each_window):
        read, lost = read + one, lost + TEN_A_SECOND - one
        left_out.note(105.0 + 5 * number, read, lost)
        found.append(left_out.level)
    return found


def test_most_are_left_out_when_they_are_most_of_half_a_minute() -> None:
    assert levels([50] * 6 + [5] * 12)[6:].index("most") == 5
    assert levels([5] * 6 + [50] * 12)[6:].index("some") == 1, "a machine that takes all frames again is soon not red"
    assert levels([5] * 6 + [50] * 12)[6:].index("") == 5


def test_a_load_that_comes_and_goes_does_not_let_the_level_come_and_go() -> None:
    found = levels([5] * 6 + [6, 14] * 12)  # a part of 0.72 to 0.88 in each window
    assert set(found) == {"most"}
    assert set(levels([14, 6] * 12)[4:]) <= {"some", "most"}
    assert sum(one != other for one, other in pairwise(levels([14, 6] * 12))) <= 1


def test_a_short_load_is_not_most_of_the_frames() -> None:
    assert "most" not in levels([50] * 6 + [0] + [50] * 6)


def test_the_speeds_are_of_the_same_half_minute() -> None:
    left_out = LeftOut()
    for second in range(0, 100, 5):
        left_out.note(100.0 + second, 2 * second, 8 * second)
    assert (left_out.read_per_s, left_out.per_s) == (2.0, 8.0)


def test_a_camera_that_comes_back_after_minutes_has_its_speed_at_once() -> None:
    left_out = LeftOut()
    for second in range(0, 100, 5):
        left_out.note(100.0 + second, 10 * second, 15 * second)
    assert (left_out.read_per_s, left_out.per_s, left_out.level) == (10.0, 15.0, "some")
    for second in range(0, 30, 5):
        left_out.note(800.0 + second, 1000 + 10 * second, 1500 + 15 * second)
        assert (left_out.read_per_s, left_out.per_s, left_out.level) == (10.0, 15.0, "some")

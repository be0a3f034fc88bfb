"""Frames of a live source that are left out are announced when they are many, with how many, and once."""

from __future__ import annotations

from collections.abc import Iterable

from securos_trigger.notices import Announcer, Notice
from securos_trigger.video.left_out_watch import START_S, LeftOutWatch


def announced(seconds: Iterable[int]) -> list[str]:
    """What is announced of a source of 10 frames a second, of which so many are left out in each second."""
    heard: list[Notice] = []
    now = [100.0]
    watch = LeftOutWatch("gate", Announcer([heard.append], "yard"), lambda: now[0])
    watch.begin()
    for left_out in seconds:
        for number in range(10):
            watch.note(1 if number < left_out else 0)
            now[0] += 0.1
    return [str(notice) for notice in heard]


def test_a_source_of_which_most_frames_are_left_out_is_behind_until_they_are_taken_again() -> None:
    began, ended = announced([8] * 70 + [0] * 70)
    assert began.startswith('source_behind pipeline=yard source=gate reason="8.')
    assert ' of 10.0 frames a second are left out" fix=' in began
    assert ended.startswith("source_caught_up pipeline=yard source=gate outage_s=")


def test_some_frames_that_are_left_out_and_a_short_burst_are_no_trouble() -> None:
    assert announced([4] * 120) == []
    assert announced([0] * 25 + [10] * 10 + [0] * 60) == []


def test_frames_of_the_connection_before_do_not_count() -> None:
    heard: list[Notice] = []
    now = [100.0]
    watch = LeftOutWatch("gate", Announcer([heard.append], "yard"), lambda: now[0])
    for left_out in (1, 0):
        watch.begin()
        for _ in range(200):
            watch.note(left_out)
            now[0] += 0.1
    assert heard == []


def test_a_burst_at_the_start_of_a_connection_is_not_judged_and_a_slow_machine_is_after_it() -> None:
    """A camera sends at once what it has stored, more than the 30 s after it: 300 frames, most of them left out."""
    heard: list[Notice] = []
    now = [100.0]
    watch = LeftOutWatch("gate", Announcer([heard.append], "yard"), lambda: now[0])
    watch.begin()
    for number in range(1000):
        assert watch.is_starting == (now[0] < 100.0 + START_S)
        watch.note(1 if number < 600 else 0)
        now[0] += 0.01 if number < 600 else 0.1
    assert heard == []
    for _ in range(700):
        watch.note(1)
        now[0] += 0.1
    [behind] = heard
    assert str(behind).startswith("source_behind")

"""The clock of due instants: setting the system's clock changes no wait."""

from __future__ import annotations

import pytest

from securos_trigger.outbox import Again, Done
from securos_trigger.outbox.due_clock import DueClock


def test_a_wait_stays_as_long_as_it_was_when_the_wall_clock_is_set() -> None:
    wall_s = 1_000.0
    clock = DueClock(lambda: wall_s)
    began_s = clock.now_s()
    wall_s += 86_400.0
    due = clock.converted(Again(due_at_s=wall_s + 5.0))
    assert isinstance(due, Again)
    assert 5.0 <= due.due_at_s - began_s < 30.0
    assert began_s == pytest.approx(1_000.0, abs=5.0)


def test_what_is_due_at_once_and_what_has_ended_stays_as_it_is() -> None:
    clock = DueClock(lambda: 1_000.0)
    assert (clock.converted(Again()), clock.converted(Done())) == (Again(), Done())

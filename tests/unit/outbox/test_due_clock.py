"""The clock of due instants: setting the system's clock changes no wait."""

from __future__ import annotations

import pytest

from securos_trigger.outbox.due_clock import DueClock


def test_it_begins_with_the_wall_clock_and_does_not_follow_one_that_is_set() -> None:
    wall_s = 1_000.0
    clock = DueClock(lambda: wall_s)
    began_s = clock.now_s()
    wall_s += 86_400.0
    assert began_s == pytest.approx(1_000.0, abs=30.0)
    assert 0.0 <= clock.now_s() - began_s < 3_600.0

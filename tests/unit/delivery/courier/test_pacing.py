"""How fast late events leave."""

from __future__ import annotations

import pytest

from securos_trigger.delivery.courier.pacing import Pacing


def leaves(pacing: Pacing, *, per_s: int, for_s: float, since_s: float = 1e9) -> None:
    for number in range(int(per_s * for_s)):
        pacing.note(since_s + number / per_s)


def test_late_events_leave_evenly() -> None:
    pacing = Pacing(50.0)
    assert [pacing.take_turn(10.0) for _ in range(3)] == pytest.approx([10.0, 10.02, 10.04])
    assert pacing.take_turn(11.0) == 11.0


def test_a_target_that_gets_more_than_the_pace_catches_up_at_twice_its_rate() -> None:
    pacing = Pacing(50.0)
    leaves(pacing, per_s=70, for_s=90.0)
    assert pacing.per_s == pytest.approx(140.0, rel=0.01)


def test_a_burst_and_few_events_do_not_raise_the_pace() -> None:
    pacing = Pacing(50.0)
    leaves(pacing, per_s=400, for_s=1.0)
    assert pacing.per_s == 50.0
    leaves(pacing, per_s=10, for_s=200.0, since_s=2e9)
    assert pacing.per_s == 50.0


def test_a_clock_that_is_set_back_does_not_raise_the_pace() -> None:
    pacing = Pacing(50.0)
    leaves(pacing, per_s=40, for_s=20.0)
    leaves(pacing, per_s=40, for_s=20.0, since_s=1e9 - 3600.0)
    assert pacing.per_s == pytest.approx(80.0, rel=0.01)

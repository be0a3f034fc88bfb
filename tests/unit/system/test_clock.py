"""The monotonic clock."""

from __future__ import annotations

from securos_trigger.system.clock import monotonic_s


def test_it_never_steps_back() -> None:
    times = [monotonic_s() for _ in range(1000)]
    assert times == sorted(times)

"""The soak of a long outage sees late events that leave faster than their pace."""

from __future__ import annotations

from soak.outage import Drain

PACE_PER_S = 200.0
BEGAN_AT_S = 1_700_000_000.0


def drain(*gaps_s: float) -> Drain:
    """Deliveries that arrive this long after one another."""
    calls, at_s = [], BEGAN_AT_S
    for number, gap_s in enumerate(gaps_s):
        at_s += gap_s
        calls += [{"action": "VCA_EVENT", "name": str(number), "at_s": at_s} for _camera in range(2)]
    return Drain(PACE_PER_S, tuple(calls))


def test_an_even_pace_is_accepted_and_so_is_a_pause_before_and_within_it() -> None:
    assert drain(3.0, *[1 / PACE_PER_S] * 299, 2.0, *[1 / PACE_PER_S] * 300).broken_promises() == []


def test_a_burst_is_seen_however_long_the_receiver_was_waited_for() -> None:
    even, burst = [1 / PACE_PER_S] * 300, [0.0001] * 300
    for gaps_s in ((3.0, *burst), (3.0, *even, *burst), (0.0, 5.0, *burst)):
        [sentence] = drain(*gaps_s).broken_promises()
        assert sentence.endswith("ahead of their pace: not paced")


def test_nothing_that_arrived_is_no_burst() -> None:
    assert drain().broken_promises() == []

"""Comparisons of any two lists of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.replay.test_compare import compare, starts

TIMES = st.lists(st.integers(0, 400).map(lambda tenths: tenths / 10), max_size=30, unique=True).map(sorted)


def occasions(times: list[float], tolerance_s: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for at in times:
        if found and at - found[-1][1] <= tolerance_s:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


@given(TIMES, TIMES, st.sampled_from([0.0, 0.5, 2.0]))
def test_the_streaming_answer_is_that_of_all_pairs(before: list[float], after: list[float], tolerance_s: float) -> None:
    sides = occasions(before, tolerance_s), occasions(after, tolerance_s)

    def unmet(own: list[tuple[float, float]], other: list[tuple[float, float]]) -> list[float]:
        return [
            start
            for start, end in own
            if not any(a - end <= tolerance_s and start - b <= tolerance_s for a, b in other)
        ]

    assert starts(compare(before, after, tolerance_s)) == (unmet(*sides), unmet(sides[1], sides[0]))


@given(TIMES, TIMES)
def test_swapping_the_sides_swaps_the_answer(before: list[float], after: list[float]) -> None:
    assert starts(compare(before, after)) == starts(compare(after, before))[::-1]

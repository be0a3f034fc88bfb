"""Whatever way an object goes, its crossings are the changes of side."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.analytics.line_counter import LineCounter
from tests.unit.analytics.test_line_counter import LEVEL, walk


@given(st.lists(st.tuples(st.floats(110, 290), st.sampled_from([120.0, 149.0, 151.0, 180.0])), max_size=40))
def test_the_counts_are_the_changes_of_side(steps: list[tuple[float, float]]) -> None:
    sides = [y > 150 for _, y in steps if abs(y - 150) > 3]
    changes = [after for before, after in itertools.pairwise(sides) if before != after]
    found = walk(LineCounter(LEVEL), steps or [(200.0, 120.0)])
    assert (found["dir1_objects_crossed"], found["dir2_objects_crossed"]) == (
        changes.count(True),
        changes.count(False),
    )

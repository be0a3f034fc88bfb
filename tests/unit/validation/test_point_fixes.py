"""What to write in place of points that are none."""

from __future__ import annotations

import pytest

from securos_trigger.validation.point_fixes import fix_of_points, fix_of_zone


@pytest.mark.parametrize(
    ("place", "kind", "has_fix"),
    [
        ("pipelines[0].nodes[1].rois.yard", "too_short", True),
        ("pipelines[0].nodes[1].rois.yard[0]", "too_short", False),
        ("pipelines[0].nodes[1].rois.yard", "too_long", False),
        ("pipelines[0].nodes[1].lines.gate", "too_short", False),
    ],
)
def test_a_zone_with_too_few_corners_is_answered_with_how_many_it_needs(place: str, kind: str, has_fix: bool) -> None:
    assert ("three corners or more" in fix_of_zone(place, kind)) == has_fix


def test_numbers_in_a_row_are_written_as_points() -> None:
    assert fix_of_points([0.1, 0.2, 0.3, 0.4]) == "Write each point as a list of its own: [[0.1, 0.2], [0.3, 0.4]]."
    assert fix_of_points([0.1, 0.2]) == fix_of_points("0.1, 0.2") == ""

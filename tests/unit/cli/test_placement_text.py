"""What `cluster status` prints of each state."""

from __future__ import annotations

import pytest

from securos_trigger.cli.placement_text import text_of
from securos_trigger.operations.pipeline_place import PipelinePlace
from securos_trigger.operations.placement import PlacementReport

_SINCE = "2026-11-27T15:44:54.922Z"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (
            PipelinePlace("yard", "runs", "gpu-2", _SINCE, 1, 2, ""),
            f"yard: runs on gpu-2 since {_SINCE} (1 move, 2 starts)",
        ),
        (PipelinePlace("yard", "runs", "gpu-2", None, 0, 0, ""), "yard: runs on gpu-2"),
        (
            PipelinePlace("yard", "no_holder", "gpu-2", None, 2, 3, ""),
            "yard: no machine runs it now (2 moves, 3 starts)",
        ),
        (PipelinePlace("yard", "not_known", "", None, 0, 0, ""), "yard: it is not known whether a machine runs it"),
        (PipelinePlace("yard", "not_placed", "", None, 0, 0, ""), "yard: is not placed"),
        (
            PipelinePlace("yard", "no_place", "", None, 0, 0, "no machine of the cluster has 1 GPU"),
            "yard: has no machine now: no machine of the cluster has 1 GPU",
        ),
    ],
)
def test_a_line_says_what_is_known_and_nothing_else(place: PipelinePlace, line: str) -> None:
    assert text_of(PlacementReport((place,))) == line


def test_a_cluster_that_is_away_is_named_below() -> None:
    report = PlacementReport((PipelinePlace("yard", "runs", "a", None, 0, 0, ""),), "The cluster cannot be reached.")
    assert text_of(report) == (
        "yard: runs on a\nHow they are, and how often they moved, is not known: The cluster cannot be reached."
    )
    assert not report.is_healthy

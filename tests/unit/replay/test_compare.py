"""A comparison shows which occasions a change loses and adds; fewer events of the same occasion are no loss."""

from __future__ import annotations

from typing import Literal

import pytest

from securos_trigger.model import Action, Event
from securos_trigger.replay import Firing, ReplayComparison


def firing(position_s: float, node_id: str = "alarm", source_name: str = "yard") -> Firing:
    event = Event("id", node_id, "", "Motion", "", (), Action.EVENT, 5, position_s)
    return Firing(position_s, round(position_s * 25) + 1, source_name, event)


def compare(before: list[float], after: list[float], tolerance_s: float = 2.0) -> ReplayComparison:
    comparison = ReplayComparison(tolerance_s)
    side: Literal[0, 1]
    for at, side in sorted([(at, 0) for at in before] + [(at, 1) for at in after]):
        (comparison.add_after if side else comparison.add_before)(firing(at))
    comparison.finish()
    return comparison


def starts(comparison: ReplayComparison) -> tuple[list[float], list[float]]:
    lost, new = comparison.before.unmet, comparison.after.unmet
    return [o.first.position_s for o in lost], [o.first.position_s for o in new]


FLOOD = [10 + n / 25 for n in range(200)]


@pytest.mark.parametrize(
    ("before", "after", "lost", "new"),
    [
        ([1.0, 20.0], [1.0, 20.0], [], []),
        ([1.0, 20.0], [20.0], [1.0], []),
        ([20.0], [1.0, 20.0], [], [1.0]),
        (FLOOD, [10.0], [], []),  # the first of a flood
        (FLOOD, [14.0], [], []),  # one in its midst, as `hold` makes
        (FLOOD, [19.9], [], []),  # one shortly after its end
        (FLOOD, [20.1], [10.0], [20.1]),
        ([10.0], FLOOD, [], []),
        ([1.0], [3.0], [], []),
        ([1.0], [3.1], [1.0], [3.1]),
        ([], [], [], []),
    ],
)
def test_an_occasion_without_an_event_of_the_other_side_is_lost_or_new(
    before: list[float], after: list[float], lost: list[float], new: list[float]
) -> None:
    assert starts(compare(before, after)) == (lost, new)


def test_events_and_occasions_are_counted() -> None:
    comparison = compare([*FLOOD, 40.0], [10.0])
    assert (comparison.before.events, comparison.before.occasions, comparison.before.unmet_count) == (201, 2, 1)
    assert (comparison.after.events, comparison.after.occasions, comparison.after.unmet_count) == (1, 1, 0)


def test_nodes_and_sources_are_compared_apart() -> None:
    comparison = ReplayComparison()
    comparison.add_before(firing(1.0, "alarm"))
    comparison.add_after(firing(1.0, "gate"))
    comparison.add_after(firing(1.0, "alarm", source_name="square"))
    comparison.finish()
    assert (comparison.before.unmet_count, comparison.after.unmet_count) == (1, 2)


def test_lists_are_bounded_and_counts_are_not() -> None:
    comparison = compare([10.0 * n for n in range(1500)], [])
    assert (len(comparison.before.unmet), comparison.before.unmet_count) == (1000, 1500)

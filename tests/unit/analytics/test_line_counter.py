"""The line counter counts who crosses, once, in the right direction, and nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from securos_trigger.analytics.line_counter import LineCounter
from securos_trigger.analytics.settings import LineCounterSettings
from securos_trigger.model import Frame, Moment

Walk = Iterable[tuple[float, float]]

#: A level line from left to right: its right-hand side is below it.
LEVEL = LineCounterSettings(lines={"gate": ((100, 150), (300, 150))})


def person(x: float, y: float, track_id: int | str | None) -> dict[str, Any]:
    return {"id": track_id, "label": "person", "rect": {"left": x - 10, "top": y - 40, "width": 20, "height": 40}}


def frame(at: float, *objects: dict[str, Any]) -> Frame:
    image = SimpleNamespace(width=400, height=300)
    return Frame(Moment(at, datetime(2026, 1, 1, tzinfo=UTC), "yard"), image, {"objects": list(objects)})


def counts(node: LineCounter, seen: Frame, line: str = "gate") -> dict[str, Any]:
    node.process(seen)
    found: dict[str, Any] = seen.metadata["nodes"][node.node_id]["lines"][line]
    return found


def walk(node: LineCounter, steps: Walk, track_id: int | None = 1, start_at: float = 0.0) -> dict[str, Any]:
    """The counts after the last of these steps, one every tenth of a second."""
    found: dict[str, Any] = {}
    for number, (x, y) in enumerate(steps):
        found = counts(node, frame(start_at + number / 10, person(x, y, track_id)))
    return found


def test_a_frame_without_objects_has_counts_of_zero() -> None:
    assert counts(LineCounter(LEVEL), frame(0.0)) == {
        "total_objects_crossed_delta": 0,
        "dir1_objects_crossed_delta": 0,
        "dir2_objects_crossed_delta": 0,
        "total_objects_crossed": 0,
        "dir1_objects_crossed": 0,
        "dir2_objects_crossed": 0,
        "cur_dir1_objects": [],
        "cur_dir2_objects": [],
    }


def test_the_objects_that_cross_are_listed_on_the_frame_on_which_they_cross() -> None:
    node = LineCounter(LEVEL)
    above, below = [person(200, 100, 1), person(220, 100, "b")], [person(200, 200, 1), person(220, 200, "b")]
    seen = [counts(node, frame(at, *objects)) for at, objects in enumerate([above, below, below, [above[0]]])]
    crossed = [(found["cur_dir1_objects"], found["cur_dir2_objects"]) for found in seen]
    first, second = {"id": 1, "label": "person"}, {"id": "b", "label": "person"}
    assert crossed == [([], []), ([first, second], []), ([], []), ([], [first])]


def test_a_step_to_the_right_hand_side_counts_in_direction_one() -> None:
    node = LineCounter(LEVEL)
    assert walk(node, [(200, 140), (200, 160)])["dir1_objects_crossed_delta"] == 1
    assert counts(node, frame(0.2, person(200, 170, 1))) == {
        "total_objects_crossed_delta": 0,
        "dir1_objects_crossed_delta": 0,
        "dir2_objects_crossed_delta": 0,
        "total_objects_crossed": 1,
        "dir1_objects_crossed": 1,
        "dir2_objects_crossed": 0,
        "cur_dir1_objects": [],
        "cur_dir2_objects": [],
    }


def test_a_step_to_the_left_hand_side_counts_in_direction_two() -> None:
    found = walk(LineCounter(LEVEL), [(200, 160), (200, 140)])
    assert (found["dir1_objects_crossed"], found["dir2_objects_crossed"]) == (0, 1)


def test_two_people_on_one_frame_are_two() -> None:
    node = LineCounter(LEVEL)
    counts(node, frame(0.0, person(150, 140, 1), person(250, 160, 2)))
    found = counts(node, frame(0.1, person(150, 160, 1), person(250, 140, 2)))
    assert found["total_objects_crossed_delta"] == 2
    assert (found["dir1_objects_crossed_delta"], found["dir2_objects_crossed_delta"]) == (1, 1)


@pytest.mark.parametrize("track_id", [None, -1, True, "unknown"])
def test_objects_without_a_track_id_are_nobody(track_id: Any) -> None:
    node = LineCounter(LEVEL)
    counts(node, frame(0.0, person(150, 140, track_id), person(250, 160, track_id)))
    found = counts(node, frame(0.1, person(250, 160, track_id), person(150, 140, track_id)))
    assert found["total_objects_crossed"] == 0


def test_objects_are_counted_whose_track_ids_are_texts() -> None:
    node = LineCounter(LEVEL)
    counts(node, frame(0.0, person(150, 140, "7"), person(250, 160, "a-1")))
    found = counts(node, frame(0.1, person(250, 160, "7"), person(150, 140, "a-1")))
    assert found["total_objects_crossed"] == 2


def test_one_who_trembles_on_the_line_and_goes_back_is_not_counted() -> None:
    trembling = [(200.0, 150 + offset) for offset in (-10, -2, 2, -1, 2.5, -2, 1, -10)]
    assert walk(LineCounter(LEVEL), trembling)["total_objects_crossed"] == 0


def test_one_who_trembles_on_the_line_and_goes_on_is_counted_once_in_his_direction() -> None:
    trembling = [(200.0, 150 + offset) for offset in (-10, -2, 2, -1, 2.5, -2, 1, 10)]
    found = walk(LineCounter(LEVEL), trembling)
    assert (found["dir1_objects_crossed"], found["dir2_objects_crossed"]) == (1, 0)


def test_one_who_walks_round_the_end_of_the_line_is_not_counted() -> None:
    round_the_end = [(290.0, 140.0), (320.0, 140.0), (320.0, 160.0), (290.0, 160.0)]
    assert walk(LineCounter(LEVEL), round_the_end)["total_objects_crossed"] == 0


def test_one_who_comes_back_into_sight_on_the_other_side_crossed_the_line() -> None:
    node = LineCounter(LEVEL)
    counts(node, frame(0.0, person(200, 140, 1)))
    counts(node, frame(0.1))
    assert counts(node, frame(1.5, person(205, 165, 1)))["dir1_objects_crossed_delta"] == 1


def test_a_jump_back_in_time_that_persists_forgets_where_people_stood_and_keeps_the_totals() -> None:
    node = LineCounter(LEVEL)
    walk(node, [(200, 140), (200, 160)], start_at=100.0)
    counts(node, frame(0.0))
    counts(node, frame(0.1))
    found = counts(node, frame(0.2, person(200, 140, 1)))
    assert (found["total_objects_crossed_delta"], found["total_objects_crossed"]) == (0, 1)


def test_only_objects_with_the_wanted_label_count() -> None:
    node = LineCounter(LEVEL.model_copy(update={"labels": ["car"]}))
    assert walk(node, [(200, 140), (200, 160)])["total_objects_crossed"] == 0


def test_fractions_are_fractions_of_the_frame() -> None:
    settings = LineCounterSettings(lines={"gate": ((0.25, 0.5), (0.75, 0.5))}, units="fractions")
    assert walk(LineCounter(settings), [(200, 140), (200, 160)])["dir1_objects_crossed"] == 1


def test_the_centre_can_stand_for_the_object() -> None:
    settings = LEVEL.model_copy(update={"anchor": "centre"})
    assert walk(LineCounter(settings), [(200, 160), (200, 180)])["dir1_objects_crossed"] == 1


def test_memory_of_people_who_left_does_not_grow() -> None:
    node = LineCounter(LEVEL)
    for number in range(1000):
        counts(node, frame(number * 1.0, person(200, 140, number)))
    (line,) = node._lines
    assert len(line.stands) < 100


def test_a_malformed_object_is_passed_over() -> None:
    node = LineCounter(LEVEL)
    broken: list[Any] = [7, None, {}, {"id": 1}, {"id": 1, "rect": {"left": "x"}}, {"id": 1, "rect": None}]
    assert counts(node, frame(0.0, *broken))["total_objects_crossed"] == 0


def test_pixels_that_look_like_fractions_are_refused() -> None:
    with pytest.raises(ValidationError, match='line "gate" would be less than a pixel long'):
        LineCounterSettings(lines={"gate": ((0.1, 0.5), (0.9, 0.5))})


def test_a_line_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValidationError, match='line "gate" is too short to be crossed'):
        LineCounterSettings(lines={"gate": ((100, 20), (100.5, 20))})


def test_fractions_that_look_like_pixels_are_refused() -> None:
    with pytest.raises(ValidationError, match='line "gate" has coordinates outside 0 to 1'):
        LineCounterSettings(lines={"gate": ((10, 20), (30, 40))}, units="fractions")

"""A zone knows who is inside, and counts who comes and goes."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from securos_trigger.analytics.settings import ZoneSettings
from securos_trigger.analytics.zone import ZonePresence
from securos_trigger.model import Frame, Moment

YARD = ZoneSettings(rois={"yard": [(100, 100), (300, 100), (300, 200), (100, 200)]})
INSIDE, OUTSIDE = (200.0, 150.0), (20.0, 150.0)


def look(node: ZonePresence, at: float, *people: tuple[int | None, tuple[float, float]], roi: str = "yard") -> Any:
    objects = [
        {"id": track_id, "label": "person", "rect": {"left": x - 10, "top": y - 40, "width": 20, "height": 40}}
        for track_id, (x, y) in people
    ]
    image = SimpleNamespace(width=400, height=300)
    frame = Frame(Moment(at, datetime(2026, 1, 1, tzinfo=UTC), "yard"), image, {"objects": objects})
    node.process(frame)
    return frame.metadata["nodes"][node.node_id]["rois"][roi]


def test_an_empty_zone_says_so_on_every_frame() -> None:
    assert look(ZonePresence(YARD), 0.0) == {
        "objects_entered_delta": 0,
        "objects_exited_delta": 0,
        "objects_entered_count": 0,
        "objects_exited_count": 0,
        "current_objects_count": 0,
        "current_objects": [],
    }


def test_one_who_stays_counts_as_entered_after_the_least_presence() -> None:
    node = ZonePresence(YARD)
    assert look(node, 0.0, (7, INSIDE))["current_objects_count"] == 0
    assert look(node, 0.4, (7, INSIDE))["objects_entered_delta"] == 0
    assert look(node, 0.5, (7, INSIDE)) == {
        "objects_entered_delta": 1,
        "objects_exited_delta": 0,
        "objects_entered_count": 1,
        "objects_exited_count": 0,
        "current_objects_count": 1,
        "current_objects": [{"id": 7, "label": "person", "present_s": 0.5}],
    }
    assert look(node, 0.6, (7, INSIDE))["objects_entered_delta"] == 0


def test_one_who_leaves_counts_as_exited_after_the_crossing_buffer() -> None:
    node = ZonePresence(YARD)
    look(node, 0.0, (7, INSIDE))
    look(node, 0.5, (7, INSIDE))
    assert look(node, 1.5, (7, OUTSIDE))["objects_exited_delta"] == 0
    gone = look(node, 1.6, (7, OUTSIDE))
    assert (gone["objects_exited_delta"], gone["objects_exited_count"], gone["current_objects"]) == (1, 1, [])


def test_a_step_over_the_edge_and_back_changes_nothing() -> None:
    node = ZonePresence(YARD)
    look(node, 0.0, (7, INSIDE))
    look(node, 0.5, (7, INSIDE))
    look(node, 1.0, (7, OUTSIDE))
    back = look(node, 1.4, (7, INSIDE))
    assert (back["objects_entered_count"], back["objects_exited_count"], back["current_objects_count"]) == (1, 0, 1)


def test_one_who_only_passes_a_corner_is_never_counted() -> None:
    node = ZonePresence(YARD)
    look(node, 0.0, (7, INSIDE))
    look(node, 0.2, (7, OUTSIDE))
    found = look(node, 5.0)
    assert (found["objects_entered_count"], found["objects_exited_count"]) == (0, 0)


def test_without_a_zone_the_whole_frame_is_one() -> None:
    node = ZonePresence(ZoneSettings(min_presence_s=0))
    assert look(node, 0.0, (7, OUTSIDE), roi="fullframe")["objects_entered_delta"] == 1
    assert node.overlays == ()


def test_untracked_objects_are_nobody() -> None:
    node = ZonePresence(ZoneSettings(min_presence_s=0))
    assert look(node, 0.0, (None, INSIDE), (-1, INSIDE), roi="fullframe")["objects_entered_delta"] == 0


def test_a_jump_back_in_time_that_persists_ends_all_visits() -> None:
    node = ZonePresence(YARD)
    look(node, 100.0, (7, INSIDE))
    look(node, 100.5, (7, INSIDE))
    found = [look(node, at) for at in (0.0, 0.1, 0.2)][-1]
    assert (found["objects_exited_delta"], found["objects_exited_count"], found["current_objects_count"]) == (1, 1, 0)


def test_one_who_is_cut_off_by_the_lower_edge_stands_in_a_zone_that_ends_there() -> None:
    node = ZonePresence(ZoneSettings(rois={"yard": [(0, 0.5), (1, 0.5), (1, 1), (0, 1)]}, units="fractions"))
    for foot in (300.0, 300.1, 299.9):
        look(node, 0.0, (7, (200.0, foot)))
    assert look(node, 1.0, (7, (200.0, 300.0)))["current_objects_count"] == 1
    assert look(node, 2.0, (7, (200.0, 300.1)), (8, (200.0, 100.0)))["current_objects_count"] == 1

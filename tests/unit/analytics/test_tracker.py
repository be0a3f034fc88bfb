"""The tracker keeps ids, through noise, gaps and jumps, on media time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from securos_trigger.analytics.settings import TrackerSettings
from securos_trigger.analytics.tracker import Tracker
from securos_trigger.model import Frame

FrameMaker = Callable[..., Frame]
ObjectMaker = Callable[..., dict[str, Any]]


def ids_after(tracker: Tracker, frame: Frame) -> list[int | None]:
    tracker.process(frame)
    return [thing["id"] for thing in frame.metadata.get("objects", [])]


def test_the_second_sighting_gets_an_id(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings())
    assert ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)])) == [None]
    assert ids_after(tracker, make_frame(0.1, objects=[make_object(102, 100)])) == [1]
    assert ids_after(tracker, make_frame(0.2, objects=[make_object(104, 100)])) == [1]


def test_two_who_cross_keep_their_ids(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    for step in range(41):
        at_left, at_right = make_object(100 + step * 4, 100), make_object(260 - step * 4, 112)
        ids = ids_after(tracker, make_frame(step / 25, objects=[at_left, at_right]))
    assert ids == [1, 2]


def test_one_who_was_hidden_keeps_the_id_within_the_lost_time(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1, lost_s=2.0))
    ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)]))
    ids_after(tracker, make_frame(1.0, objects=[]))
    assert ids_after(tracker, make_frame(1.9, objects=[make_object(101, 100)])) == [1]


def test_one_who_was_away_longer_gets_a_new_id(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1, lost_s=2.0))
    ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)]))
    ids_after(tracker, make_frame(2.1, objects=[]))
    assert ids_after(tracker, make_frame(2.2, objects=[make_object(100, 100)])) == [2]


def test_the_lost_time_is_media_time_whatever_the_frame_rate(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    for frames_per_s in (5, 60):
        tracker = Tracker(TrackerSettings(confirm_frames=1, lost_s=1.0))
        ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)]))
        for step in range(1, frames_per_s):
            ids_after(tracker, make_frame(step / frames_per_s, objects=[]))
        assert ids_after(tracker, make_frame(0.99, objects=[make_object(100, 100)])) == [1]


@pytest.mark.parametrize("sightings_per_s", [4, 5, 10, 30])
def test_a_walk_through_the_image_is_one_track_at_any_frame_rate(
    sightings_per_s: int, make_frame: FrameMaker, make_object: ObjectMaker
) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    seen = set()
    for step in range(6 * sightings_per_s):
        at = step / sightings_per_s
        hidden = 3.0 < at < 3.9
        walker = [] if hidden else [make_object(20 + 40 * at, 100)]
        seen.update(ids_after(tracker, make_frame(at, objects=walker)))
    assert seen == {1}


def test_an_improbable_sighting_keeps_a_track_but_starts_none(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)]))
    doubtful = [make_object(101, 100, p=0.2), make_object(300, 100, p=0.2)]
    assert ids_after(tracker, make_frame(0.1, objects=doubtful)) == [1, None]


def test_a_car_never_continues_a_person(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)]))
    assert ids_after(tracker, make_frame(0.1, objects=[make_object(100, 100, label="car")])) == [2]


def test_a_jump_back_in_time_starts_new_tracks_with_new_ids(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    ids_after(tracker, make_frame(100.0, objects=[make_object(100, 100)]))
    assert ids_after(tracker, make_frame(0.0, objects=[make_object(100, 100)])) == [2]


def test_jitter_of_the_clock_changes_nothing(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    ids_after(tracker, make_frame(10.0, objects=[make_object(100, 100)]))
    assert ids_after(tracker, make_frame(9.5, objects=[make_object(101, 100)])) == [1]


def test_between_two_looks_of_the_detector_objects_move_on(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    for step in range(0, 60, 2):
        ids_after(tracker, make_frame(step / 10, objects=[make_object(100 + step * 2, 100)]))
    between = make_frame(5.9)
    assert ids_after(tracker, between) == [1]
    assert abs(between.metadata["objects"][0]["rect"]["left"] - (100 + 59 * 2 - 10)) < 1.5


def test_a_detector_that_has_failed_leaves_no_ghosts(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1, lost_s=2.0))
    for step in range(10):
        ids_after(tracker, make_frame(step / 10, objects=[make_object(100 + step, 100)]))
    written = []
    for step in range(10, 60):
        tracker.process(frame := make_frame(step / 10))
        written.append("objects" in frame.metadata)
    assert written == [True] * 20 + [False] * 30, "2 s after its last look nothing is known"
    assert ids_after(tracker, make_frame(6.0, objects=[make_object(109, 100)])) == [2]


def test_a_detector_that_looks_rarely_has_not_failed(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(confirm_frames=1, lost_s=2.0))
    found = []
    for step in range(40):
        looks = {"objects": [make_object(100, 100)]} if step % 10 == 0 else {}
        found.append(ids_after(tracker, make_frame(step / 2, **looks)))  # it looks every 5 s
    assert found[10:] == [[1]] * 30


def test_without_a_detector_nothing_is_written(make_frame: FrameMaker) -> None:
    frame = make_frame(0.0)
    Tracker(TrackerSettings()).process(frame)
    assert frame.metadata == {}


def test_objects_with_numbers_of_numpy_are_followed(make_frame: FrameMaker, make_object: ObjectMaker) -> None:
    tracker = Tracker(TrackerSettings(high_threshold=0.5, low_threshold=0.1))
    for step in range(3):
        sure, unsure = make_object(100 + step, 100), make_object(300, 100)
        for thing, probability in ((sure, 0.9), (unsure, 0.3)):
            thing["rect"] = {side: np.float32(value) for side, value in thing["rect"].items()}
            thing["probability"] = np.float32(probability)
        ids = ids_after(tracker, make_frame(step / 10, objects=[sure, unsure]))
    assert ids == [1, None]

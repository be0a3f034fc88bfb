"""Our tracker against the ByteTrack of the `trackers` library, on people tracked by hand (TUD, shipped by motmetrics).

A simulated detector looks at the true boxes: it trembles, misses some, doubts some and sees some that are not there.
Both trackers get the same boxes. MOTA is 1 - (misses + false boxes + identity switches) / true boxes.
"""

from __future__ import annotations

import csv
import importlib.util
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from securos_trigger.analytics.settings import TrackerSettings
from securos_trigger.analytics.tracker import Tracker
from securos_trigger.model import Frame, Moment

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")

FRAMES_PER_S = 25.0
SEEDS = range(8)
#: Ours may be worse than the library by no more than this, on each sequence, over all seeds together.
MOTA_MARGIN = 0.01
SWITCH_MARGIN = 5


@dataclass(frozen=True, slots=True)
class Box:
    """One box the simulated detector saw: left, top, width, height; `person` is None for one that is not there."""

    rect: tuple[float, float, float, float]
    probability: float
    person: int | None


@dataclass(slots=True)
class Score:
    """What a tracker got wrong."""

    true_boxes: int = 0
    misses: int = 0
    false_boxes: int = 0
    switches: int = 0
    last_ids: dict[int, int] = field(default_factory=dict)

    @property
    def mota(self) -> float:
        return 1 - (self.misses + self.false_boxes + self.switches) / self.true_boxes

    def add(self, persons: set[int], seen: list[tuple[Box, int | None]]) -> None:
        found = {box.person: track_id for box, track_id in seen if track_id is not None and box.person is not None}
        self.true_boxes += len(persons)
        self.misses += len(persons - found.keys())
        self.false_boxes += sum(1 for box, track_id in seen if box.person is None and track_id is not None)
        for person, track_id in found.items():
            self.switches += self.last_ids.get(person, track_id) != track_id
            self.last_ids[person] = track_id


def true_boxes(sequence: str) -> list[dict[int, tuple[float, float, float, float]]]:
    spec = importlib.util.find_spec("motmetrics")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("motmetrics, which ships the true boxes, is not installed")
    path = Path(spec.submodule_search_locations[0]) / "data" / sequence / "gt.txt"
    frames: dict[int, dict[int, tuple[float, float, float, float]]] = {}
    with path.open(newline="") as rows:
        for frame, person, left, top, width, height, *_ in csv.reader(rows):
            frames.setdefault(int(frame), {})[int(person)] = (float(left), float(top), float(width), float(height))
    return [frames.get(number, {}) for number in range(1, max(frames) + 1)]


def detected(people: dict[int, tuple[float, float, float, float]], chance: random.Random) -> list[Box]:
    boxes = []
    for person, (left, top, width, height) in people.items():
        if chance.random() < 0.1:
            continue
        tremble = [chance.gauss(0, 0.03) for _ in range(4)]
        rect = (
            left + tremble[0] * width,
            top + tremble[1] * height,
            width * (1 + tremble[2]),
            height * (1 + tremble[3]),
        )
        probability = chance.uniform(0.15, 0.5) if chance.random() < 0.15 else chance.uniform(0.6, 0.95)
        boxes.append(Box(rect, probability, person))
    if chance.random() < 0.1:
        boxes.append(Box((chance.uniform(0, 500), chance.uniform(0, 300), 60, 150), chance.uniform(0.3, 0.7), None))
    return boxes


def run_ours() -> Callable[[list[Box], float], list[int | None]]:
    tracker = Tracker(TrackerSettings())

    def step(boxes: list[Box], at: float) -> list[int | None]:
        objects: list[dict[str, Any]] = [
            {
                "id": None,
                "label": "person",
                "probability": box.probability,
                "rect": dict(zip(("left", "top", "width", "height"), box.rect, strict=True)),
            }
            for box in boxes
        ]
        tracker.process(Frame(Moment(at, datetime.now(UTC), "tud"), None, {"objects": objects}))
        return [thing["id"] for thing in objects]

    return step


def run_library() -> Callable[[list[Box], float], list[int | None]]:
    try:
        import supervision
        from trackers import ByteTrackTracker
    except ImportError as error:
        pytest.skip(f"the trackers library cannot be imported here (it needs a desktop's OpenCV): {error}")
    tracker = ByteTrackTracker(
        lost_track_buffer=60,
        frame_rate=FRAMES_PER_S,
        track_activation_threshold=0.5,
        minimum_consecutive_frames=2,
        minimum_iou_threshold=0.2,
        high_conf_det_threshold=0.5,
    )

    def step(boxes: list[Box], at: float) -> list[int | None]:
        corners = np.array([[x, y, x + w, y + h] for x, y, w, h in (box.rect for box in boxes)]).reshape(-1, 4)
        given = supervision.Detections(
            xyxy=corners,
            confidence=np.array([box.probability for box in boxes]),
            class_id=np.zeros(len(boxes), dtype=int),
            data={"place": np.arange(len(boxes))},
        )
        ids: list[int | None] = [None] * len(boxes)
        tracked = tracker.update(given)
        if tracked.tracker_id is not None:
            for place, track_id in zip(tracked.data.get("place", ()), tracked.tracker_id, strict=False):
                ids[int(place)] = int(track_id) if track_id >= 0 else None
        return ids

    return step


def total_score(sequence: str, start: Callable[[], Callable[[list[Box], float], list[int | None]]]) -> Score:
    total = Score()
    for seed in SEEDS:
        chance = random.Random(seed)
        step = start()
        total.last_ids.clear()
        for number, people in enumerate(true_boxes(sequence)):
            boxes = detected(people, chance)
            total.add(set(people), list(zip(boxes, step(boxes, number / FRAMES_PER_S), strict=True)))
    return total


@pytest.mark.parametrize("sequence", ["TUD-Campus", "TUD-Stadtmitte"])
def test_our_tracker_is_not_worse_than_the_library(sequence: str) -> None:
    library = total_score(sequence, run_library)
    ours = total_score(sequence, run_ours)
    figures = (
        f"{sequence}: MOTA ours {ours.mota:.3f}, library {library.mota:.3f}; "
        f"switches ours {ours.switches}, library {library.switches}"
    )
    assert ours.mota >= library.mota - MOTA_MARGIN, figures
    assert ours.switches <= library.switches + SWITCH_MARGIN, figures

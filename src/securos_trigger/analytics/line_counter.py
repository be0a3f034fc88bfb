"""Counts tracked objects that cross a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from securos_trigger.analytics.settings import LineCounterSettings
from securos_trigger.analytics.shapes import anchor_of, distance_to_the_right, path_meets_line
from securos_trigger.metadata.objects import TrackId, tracked_objects_of
from securos_trigger.model import Frame
from securos_trigger.model.media_time import MediaClock
from securos_trigger.model.overlays import Overlay, Point

# A track that was not seen for this long will not come back (longer than any tracker keeps a lost one).
_FORGET_S = 60.0


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a track was last seen clearly on one side of a line."""

    is_right: bool
    point: Point
    at: float


@dataclass(slots=True)
class _Line:
    """One line: its counts, and on which side each track stands."""

    overlay: Overlay
    dir1: int = 0
    dir2: int = 0
    stands: dict[TrackId, _Stand] = field(default_factory=dict)

    def watch(
        self, anchors: Mapping[TrackId, Point], ends: tuple[Point, Point], margin_px: float, now: float
    ) -> tuple[list[TrackId], list[TrackId]]:
        """Take where every track is now. Returns which crossed to the right, and which to the left."""
        to_right: list[TrackId] = []
        to_left: list[TrackId] = []
        for track_id, point in anchors.items():
            distance = distance_to_the_right(*ends, point)
            if abs(distance) <= margin_px:
                continue
            stand = self.stands.get(track_id)
            self.stands[track_id] = _Stand(distance > 0, point, now)
            if stand is None or stand.is_right == (distance > 0) or not path_meets_line(stand.point, point, *ends):
                continue
            (to_right if distance > 0 else to_left).append(track_id)
        self.dir1 += len(to_right)
        self.dir2 += len(to_left)
        self._forget(now)
        return to_right, to_left

    def _forget(self, now: float) -> None:
        for track_id in [key for key, stand in self.stands.items() if now - stand.at > _FORGET_S]:
            del self.stands[track_id]


class LineCounter:
    """Writes `nodes.<id>.lines.<line>` on every frame: the deltas of this frame, the objects that cross on it, and the
    totals since the start.

    A track crosses when it was clearly on one side, is clearly on the other, and the way between meets the line. So
    one that trembles on the line is not counted, nor one that walks round its end, nor anything without a track id.
    dir1 is towards the right-hand side of one who walks from the line's first point to its second. On frames of
    unknown size the margin is 0.
    """

    def __init__(self, settings: LineCounterSettings) -> None:
        self.node_id = settings.id
        self._settings = settings
        self._clock = MediaClock()
        self._lines = [
            _Line(Overlay(settings.id, name, ends, settings.units == "fractions"))
            for name, ends in settings.lines.items()
        ]

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """The lines."""
        return tuple(line.overlay for line in self._lines)

    def process(self, frame: Frame) -> None:
        """Count, and write the counts."""
        if self._clock.advance_to(frame.moment):
            for line in self._lines:
                line.stands.clear()
        size = frame.size
        tracked = tracked_objects_of(frame.metadata, self._settings.labels)
        anchors = {key: anchor_of(thing["rect"], self._settings.anchor) for key, thing in tracked.items()}
        margin_px = self._settings.margin * size[1] if size else 0.0
        counts: dict[str, Any] = {}
        for line in self._lines:
            start, end = line.overlay.in_pixels(size)
            to_right, to_left = line.watch(anchors, (start, end), margin_px, self._clock.now)
            counts[line.overlay.name] = {
                "total_objects_crossed_delta": len(to_right) + len(to_left),
                "dir1_objects_crossed_delta": len(to_right),
                "dir2_objects_crossed_delta": len(to_left),
                "total_objects_crossed": line.dir1 + line.dir2,
                "dir1_objects_crossed": line.dir1,
                "dir2_objects_crossed": line.dir2,
                "cur_dir1_objects": [{"id": key, "label": tracked[key].get("label")} for key in to_right],
                "cur_dir2_objects": [{"id": key, "label": tracked[key].get("label")} for key in to_left],
            }
        frame.metadata.setdefault("nodes", {})[self.node_id] = {"lines": counts}

    def close(self) -> None:
        """Nothing to let go of."""

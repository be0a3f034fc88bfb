"""Says which tracked objects are in a zone, and counts who comes and goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from securos_trigger.analytics.declarations import FULL_FRAME
from securos_trigger.analytics.settings import ZoneSettings
from securos_trigger.analytics.shapes import anchor_of, is_inside
from securos_trigger.metadata.objects import TrackId, tracked_objects_of
from securos_trigger.model import Frame
from securos_trigger.model.media_time import ROUNDING_S, MediaClock
from securos_trigger.model.overlays import Overlay


@dataclass(slots=True)
class _Visit:
    """One track's stay in a zone (media time, seconds). It counts from `has_entered` on."""

    label: Any
    began_at: float
    inside_at: float
    has_entered: bool = False


@dataclass(slots=True)
class _Zone:
    """One zone: who is in it, and how many came and went."""

    name: str
    overlay: Overlay | None
    visits: dict[TrackId, _Visit] = field(default_factory=dict)
    entered: int = 0
    exited: int = 0

    def watch(self, labels_inside: Mapping[TrackId, Any], settings: ZoneSettings, now: float) -> dict[str, Any]:
        """Take which tracks are inside now (their labels by id). Returns what the metadata says of the zone."""
        entered_before, exited_before = self.entered, self.exited
        for track_id, label in labels_inside.items():
            visit = self.visits.setdefault(track_id, _Visit(label, now, now))
            visit.inside_at = now
            if not visit.has_entered and now - visit.began_at >= settings.min_presence_s - ROUNDING_S:
                visit.has_entered = True
                self.entered += 1
        self.end_visits(now - settings.crossing_buffer_s - ROUNDING_S)
        return self._described(self.entered - entered_before, self.exited - exited_before, now)

    def end_visits(self, before: float) -> None:
        """End the visits of those who were last inside before that media time."""
        for track_id, visit in list(self.visits.items()):
            if visit.inside_at < before:
                self.exited += visit.has_entered
                del self.visits[track_id]

    def _described(self, entered_delta: int, exited_delta: int, now: float) -> dict[str, Any]:
        present = [
            {"id": track_id, "label": visit.label, "present_s": round(now - visit.began_at, 2)}
            for track_id, visit in self.visits.items()
            if visit.has_entered
        ]
        return {
            "objects_entered_delta": entered_delta,
            "objects_exited_delta": exited_delta,
            "objects_entered_count": self.entered,
            "objects_exited_count": self.exited,
            "current_objects_count": len(present),
            "current_objects": present,
        }


class ZonePresence:
    """Writes `nodes.<id>.rois.<roi>` on every frame. Always: entered count - exited count = objects present.

    A track counts once it was inside for `min_presence_s`, and is gone once it was outside or unseen for
    `crossing_buffer_s`: steps over the edge and back, or a blind moment of the detector, change nothing.
    """

    def __init__(self, settings: ZoneSettings) -> None:
        self.node_id = settings.id
        self._settings = settings
        self._clock = MediaClock()
        in_fractions = settings.units == "fractions"
        self._zones = [
            _Zone(name, Overlay(settings.id, name, tuple(points), in_fractions))
            for name, points in settings.rois.items()
        ] or [_Zone(FULL_FRAME, None)]

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """The zones; none when the whole frame is the zone."""
        return tuple(zone.overlay for zone in self._zones if zone.overlay)

    def process(self, frame: Frame) -> None:
        """Look who is inside, and write it."""
        has_jumped = self._clock.advance_to(frame.moment)
        now = self._clock.now
        tracked = tracked_objects_of(frame.metadata, self._settings.labels)
        rois: dict[str, Any] = {}
        for zone in self._zones:
            exited_before = zone.exited
            if has_jumped:
                zone.end_visits(float("inf"))
            rois[zone.name] = zone.watch(self._labels_inside(zone, tracked, frame), self._settings, now)
            rois[zone.name]["objects_exited_delta"] = zone.exited - exited_before
        frame.metadata.setdefault("nodes", {})[self.node_id] = {"rois": rois}

    def close(self) -> None:
        """Nothing to let go of."""

    def _labels_inside(
        self, zone: _Zone, tracked: Mapping[TrackId, dict[str, Any]], frame: Frame
    ) -> dict[TrackId, Any]:
        if zone.overlay is None:
            return {track_id: thing.get("label") for track_id, thing in tracked.items()}
        size = frame.size
        polygon = zone.overlay.in_pixels(size)
        return {
            track_id: thing.get("label")
            for track_id, thing in tracked.items()
            if is_inside(anchor_of(thing["rect"], self._settings.anchor, size), polygon)
        }

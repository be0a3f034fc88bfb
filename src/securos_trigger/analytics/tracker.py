"""Gives each object an id that stays the same from frame to frame.

The idea is ByteTrack's (Zhang and others, 2022): match probable objects first, then let improbable ones keep a known
track alive. Time is media time in seconds, never a number of frames. Why our own: docs/adr/0002-own-tracker.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from securos_trigger.analytics.decode import iou_matrix
from securos_trigger.analytics.settings import TrackerSettings
from securos_trigger.metadata.objects import make_objects_plain, objects_of
from securos_trigger.model import Frame
from securos_trigger.model.data import NoData, as_data
from securos_trigger.model.media_time import MediaClock

# How far a sighting pulls the expected place towards itself.
_PLACE_GAIN = 0.75
# How long the speed takes to follow. In seconds, so that it holds for 4 sightings a second and for 30.
_SPEED_SETTLES_S = 0.4

Box = NDArray[np.float32]  # left, top, right, bottom in pixels


@dataclass(slots=True)
class _Track:
    """One thing on its way: `corners` [4] where it was at `seen_at`, `speed` [2] in pixels a second."""

    sighting: dict[str, Any]
    corners: Box
    seen_at: float
    speed: NDArray[np.float32]
    sightings: int = 1
    track_id: int | None = None
    is_in_sight: bool = True

    def expected(self, now: float) -> Box:
        """Where it should be now, if it went on as before."""
        return self.corners + np.tile(self.speed * (now - self.seen_at), 2)

    def see(self, thing: dict[str, Any], corners: Box, now: float) -> None:
        """It was found at `corners`."""
        expected = self.expected(now)
        surprise = corners - expected
        elapsed_s = now - self.seen_at
        if elapsed_s > 0:
            gain = 1 - math.exp(-elapsed_s / _SPEED_SETTLES_S)
            self.speed += gain / elapsed_s * (surprise[:2] + surprise[2:]) / 2
        self.corners = expected + _PLACE_GAIN * surprise
        self.sighting = thing
        self.seen_at = now
        self.sightings += 1
        self.is_in_sight = True


class Tracker:
    """Sets `objects[].id`. Ids start at 1 and are never used again, not even after a jump back in time.

    On a frame without `objects` (the detector looks at every n-th) it writes the things in sight at their expected
    places, so that later nodes see smooth movement. When the detector has not looked for longer than `lost_s`, and for
    longer than two of its usual pauses, it has failed: then nothing is written, because nothing is known.
    """

    def __init__(self, settings: TrackerSettings) -> None:
        self.node_id = settings.id
        self._settings = settings
        self._clock = MediaClock()
        self._tracks: list[_Track] = []
        self._last_id = 0
        self._looked_at: float | None = None  # when the detector looked last, and how long its last pause was
        self._pause_s = 0.0

    def process(self, frame: Frame) -> None:
        """Match the frame's objects with the known tracks and write the ids."""
        if self._clock.advance_to(frame.moment):
            self._tracks.clear()
            self._looked_at = None
        now = self._clock.now
        if "objects" in frame.metadata:
            self._pause_s = 0.0 if self._looked_at is None else now - self._looked_at
            self._looked_at = now
            make_objects_plain(frame.metadata)
            self._match(objects_of(frame.metadata), now)
        elif self._looked_at is not None and now - self._looked_at <= max(self._settings.lost_s, 2 * self._pause_s):
            tracks = [track for track in self._tracks if track.is_in_sight and track.track_id is not None]
            frame.metadata["objects"] = [_moved(track, now) for track in tracks]

    def close(self) -> None:
        """Nothing to let go of."""

    def _match(self, things: list[dict[str, Any]], now: float) -> None:
        settings = self._settings
        probable = [thing for thing in things if _probability(thing) >= settings.high_threshold]
        improbable = [
            thing for thing in things if settings.low_threshold <= _probability(thing) < settings.high_threshold
        ]
        left_over, probable = _pair(self._tracks, probable, settings.least_iou, now)
        left_over, _ = _pair(left_over, improbable, settings.least_iou, now)
        for track in left_over:
            track.is_in_sight = False
        self._tracks = [track for track in self._tracks if self._is_kept(track, now)]
        self._tracks += [_Track(thing, _corners(thing), now, np.zeros(2, dtype=np.float32)) for thing in probable]
        self._write_ids()

    def _is_kept(self, track: _Track, now: float) -> bool:
        """A track without an id must be seen every time; one with an id may be out of sight for a while."""
        return track.is_in_sight or (track.track_id is not None and now - track.seen_at <= self._settings.lost_s)

    def _write_ids(self) -> None:
        for track in self._tracks:
            if track.track_id is None and track.sightings >= self._settings.confirm_frames:
                self._last_id += 1
                track.track_id = self._last_id
            if track.is_in_sight:
                track.sighting["id"] = track.track_id


def _pair(
    tracks: list[_Track], things: list[dict[str, Any]], least_iou: float, now: float
) -> tuple[list[_Track], list[dict[str, Any]]]:
    """Let each track see the thing that fits it best, for the best fit of all together. Returns who is left over."""
    if not tracks or not things:
        return tracks, things
    corners = np.stack([_corners(thing) for thing in things])
    overlap = iou_matrix(np.stack([track.expected(now) for track in tracks]), corners)
    same_label = [[track.sighting.get("label") == thing.get("label") for thing in things] for track in tracks]
    overlap = np.where(np.array(same_label) & (overlap >= least_iou), overlap, 0)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    pairs = [(row, column) for row, column in zip(rows, columns, strict=True) if overlap[row, column] > 0]
    for row, column in pairs:
        tracks[row].see(things[column], corners[column], now)
    paired_tracks, paired_things = {row for row, _ in pairs}, {column for _, column in pairs}
    return (
        [track for row, track in enumerate(tracks) if row not in paired_tracks],
        [thing for column, thing in enumerate(things) if column not in paired_things],
    )


def _corners(thing: dict[str, Any]) -> Box:
    rect = thing["rect"]
    left, top = rect["left"], rect["top"]
    return np.array([left, top, left + rect["width"], top + rect["height"]], dtype=np.float32)


def _probability(thing: dict[str, Any]) -> float:
    """The object's probability; one whose source gives none is taken at its word."""
    try:
        value = as_data(thing.get("probability"))
    except NoData:
        return 1.0
    return value if isinstance(value, int | float) else 1.0


def _moved(track: _Track, now: float) -> dict[str, Any]:
    """The track's last sighting, moved to where it should be now."""
    left, top, right, bottom = (round(float(value), 1) for value in track.expected(now))
    rect = {"left": left, "top": top, "width": round(right - left, 1), "height": round(bottom - top, 1)}
    return {**track.sighting, "rect": rect}

"""Reads what Lumeo's counting nodes have as texts or lists: lines, zones, labels, and the point of an object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

Points = list[list[float]]

_ANCHORS: Final = {"centroid": "centre", "bottom-center": "bottom"}


def lines_of(properties: Mapping[str, Any]) -> tuple[dict[str, Points], dict[str, list[str]]]:
    """The lines by name, each of two points; and, for a line of several segments, the names of its segments."""
    lines: dict[str, Points] = {}
    segments: dict[str, list[str]] = {}
    for label, points in _named(properties, "lines", "line_labels", "line"):
        if len(points) < 2:
            continue
        names = [label, *(f"{label}_{number}" for number in range(2, len(points)))]
        lines |= {name: [points[at], points[at + 1]] for at, name in enumerate(names)}
        if len(names) > 1:
            segments[label] = names
    return lines, segments


def rois_of(properties: Mapping[str, Any]) -> dict[str, Points]:
    """The zones by name, each a polygon. Two points are the corners of a box."""
    rois: dict[str, Points] = {}
    for label, points in _named(properties, "rois", "roi_labels", "roi"):
        if len(points) == 2:
            (left, top), (right, bottom) = points
            points = [[left, top], [right, top], [right, bottom], [left, bottom]]
        if len(points) >= 3:
            rois[label] = points
    return rois


def labels_of(properties: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The labels of the objects that count, and whether some were narrowed by an attribute (`car.red`)."""
    words = _words(properties.get("objects_to_track"))
    return list(dict.fromkeys(word.partition(".")[0] for word in words)), any("." in word for word in words)


def anchor_of(properties: Mapping[str, Any]) -> tuple[str, bool]:
    """The point that stands for an object, and whether that is the one that was asked for."""
    mode = properties.get("tracking_mode") or "centroid"
    return _ANCHORS.get(str(mode), "centre"), str(mode) in _ANCHORS


def units_of(points: Points) -> str:
    """Fractions when every coordinate is one, else pixels."""
    return "fractions" if points and all(0 <= value <= 1 for point in points for value in point) else "pixels"


def _named(properties: Mapping[str, Any], key: str, labels_key: str, usual: str) -> list[tuple[str, Points]]:
    """The drawings under `key`, each with its label; one without a label is `line1`, `roi2` …"""
    given = properties.get(key)
    drawn = [part for part in given.split(";") if part.strip()] if isinstance(given, str) else given or []
    labels = _words(properties.get(labels_key))
    named = []
    for number, one in enumerate(drawn if isinstance(drawn, list) else []):
        label = labels[number] if number < len(labels) else f"{usual}{number + 1}"
        named.append((label, _points(one)))
    return named


def _points(drawn: Any) -> Points:
    """The points of `10,10,100,100`, of a flat list, or of a list of points."""
    if isinstance(drawn, str):
        numbers: list[float] = [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", drawn)]
    elif isinstance(drawn, list) and all(isinstance(value, int | float) for value in drawn):
        numbers = [float(value) for value in drawn]
    elif isinstance(drawn, list):
        numbers = [float(number) for part in drawn for point in _points(part) for number in point]
    else:
        numbers = []
    whole = [int(number) if number.is_integer() else number for number in numbers]
    return [list(pair) for pair in zip(whole[::2], whole[1::2], strict=False)]


def _words(given: Any) -> list[str]:
    words = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    return [str(word).strip() for word in words if str(word).strip()]

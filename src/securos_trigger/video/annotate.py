"""Draws on a copy of a frame what the nodes saw: boxes, lines, zones, the event that fired."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from securos_trigger.metadata.objects import objects_of, track_id_of
from securos_trigger.model import Box, Event, Frame
from securos_trigger.model.overlays import Overlay, Point
from securos_trigger.video.text_layout import Font, TextLayout

_PALETTE = ((64, 196, 255), (255, 171, 64), (105, 240, 174), (255, 128, 171), (179, 136, 255), (255, 241, 118))
_UNTRACKED = (200, 200, 200)
_LINE = (255, 214, 0)
_ZONE = (0, 229, 255)
_ALARM = (211, 47, 47)
_DARK = (18, 22, 28)
_LIGHT = (245, 247, 250)
# How long the boxes that were sent are thick, in seconds of media time: one frame would not be seen.
_SENT_S = 0.6
# How far the edges of a sent box may be from those of its object, as a part of the frame: it was rounded.
_SAME_EDGE = 0.002

Colour = tuple[int, int, int]


class Annotator:
    """Draws frames one after the other; it remembers the last event for as long as its banner stays.

    Sizes follow the frame's height. An event's banner is shown for `banner_s` seconds of media time.
    """

    def __init__(self, overlays: Sequence[Overlay] = (), banner_s: float = 3.0) -> None:
        self._overlays = tuple(sorted(overlays, key=lambda overlay: overlay.is_line))  # a zone covers no line
        self._banner_s = banner_s
        self._shown: Event | None = None
        self._shown_at = 0.0
        self._sent: dict[str | int, str] = {}  # tracks whose boxes were sent, and the colour of these
        self._sent_at = 0.0
        self._fonts: dict[int, Font] = {}
        self._layout = TextLayout()

    def draw(self, frame: Frame, events: Sequence[Event]) -> Image.Image:
        """A new RGB image of the frame with everything drawn over it."""
        image: Image.Image = frame.require_image().to_image()
        canvas = ImageDraw.Draw(image, "RGBA")
        fonts = self._font(image.height / 40), self._font(image.height / 22)
        pen = _Pen(canvas, image.width, image.height, *fonts, self._layout)
        for overlay in self._overlays:
            if overlay.is_line:
                _draw_line(pen, overlay, _counts(frame, overlay, "lines"))
            else:
                _draw_zone(pen, overlay, _counts(frame, overlay, "rois"))
        things = objects_of(frame.metadata)
        for thing in things:
            _draw_box(pen, thing)
        self._draw_sent_boxes(pen, frame, events)
        for thing in things:
            _draw_label(pen, thing)
        _draw_title(pen, frame)
        self._draw_banner(pen, frame, events)
        return image

    def _draw_sent_boxes(self, pen: _Pen, frame: Frame, events: Sequence[Event]) -> None:
        """The boxes that the operator gets, on the frame that fired; then, for a moment, where their tracks are now."""
        things = objects_of(frame.metadata)
        if events:
            sent = [(box, event.box_color) for event in events for box in event.boxes]
            self._sent, self._sent_at = dict(_tracks_of(sent, things, pen)), frame.at
            for box, color in sent:
                _draw_sent_box(pen, box, color)
        elif 0 <= frame.at - self._sent_at <= _SENT_S:
            for thing in things:
                if (track_id := track_id_of(thing)) in self._sent and track_id is not None:
                    _draw_sent_box(pen, _box_of(thing, pen), self._sent[track_id])

    def _draw_banner(self, pen: _Pen, frame: Frame, events: Sequence[Event]) -> None:
        """One line at the foot of the frame: the name of the last event, and what of its description fits."""
        if events:
            self._shown, self._shown_at = events[-1], frame.at
        if self._shown is None or not 0 <= frame.at - self._shown_at <= self._banner_s:
            return
        name, description = self._shown.name, " ".join(self._shown.description.split())
        top = pen.height - pen.unit * 2.4
        pen.canvas.rectangle((0, top, pen.width, pen.height), fill=(*_ALARM, 200))
        pen.canvas.rectangle((0, top, pen.unit / 2, pen.height), fill=(*_LIGHT, 255))
        left, most_width = pen.unit * 1.4, pen.width - pen.unit * 2.8
        middle = top + pen.unit * 1.2
        pen.text((left, middle), name, pen.large, most_width)
        used_width = pen.layout.width(pen.layout.cut(name, pen.large, int(most_width)), pen.large) + pen.unit * 1.5
        if description and most_width - used_width > pen.unit * 4:
            pen.text((left + used_width, middle), description, pen.small, most_width - used_width)

    def _font(self, size: float) -> Font:
        pixels = max(10, round(size))
        if pixels not in self._fonts:
            self._fonts[pixels] = ImageFont.load_default(pixels)
        return self._fonts[pixels]


class _Pen:
    """A canvas with the sizes that fit it. `unit` is about half a line of small text, in pixels."""

    def __init__(
        self, canvas: ImageDraw.ImageDraw, width: int, height: int, small: Font, large: Font, layout: TextLayout
    ) -> None:
        self.canvas = canvas
        self.layout = layout
        self.width = width
        self.height = height
        self.small = small
        self.large = large
        self.unit = max(8.0, height / 40)
        self.stroke = max(2, round(height / 288))
        self._chips: list[tuple[float, float, float, float]] = []

    def text(self, place: Point, text: str, font: Font, most_width: float, anchor: str = "lm") -> None:
        """Light text on one line, cut to `most_width` pixels."""
        self.canvas.text(place, self.layout.cut(text, font, int(most_width)), font=font, fill=_LIGHT, anchor=anchor)

    def chip(self, left: float, bottoms: Sequence[float], text: str, colour: Colour) -> None:
        """A small label, dark text on `colour`, kept inside the frame.

        Its lower edge is the first of `bottoms` at which it covers no label that was drawn before it, else the first.
        """
        text = self.layout.cut(text, self.small, int(self.width - self.unit))
        width = self.layout.width(text, self.small) + self.unit
        height = self.unit * 1.4
        left = min(max(0.0, left), max(0.0, self.width - width))
        edges = [min(max(height, bottom), self.height) for bottom in bottoms]
        places = [(left, bottom - height, left + width, bottom) for bottom in edges]
        box = next((place for place in places if not any(_overlap(place, chip) for chip in self._chips)), places[0])
        self._chips.append(box)
        self.canvas.rounded_rectangle(box, radius=self.unit / 4, fill=(*colour, 235))
        middle = (left + self.unit / 2, box[3] - height / 2)
        self.canvas.text(middle, text, font=self.small, fill=_DARK, anchor="lm")


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _tracks_of(
    sent: Sequence[tuple[Box, str]], things: Sequence[Mapping[str, Any]], pen: _Pen
) -> Iterator[tuple[str | int, str]]:
    """The tracks whose objects have boxes that were sent, each with the colour of its box."""
    for thing in things:
        track_id, own = track_id_of(thing), _box_of(thing, pen)
        color = next((color for box, color in sent if _is_same(box, own)), None)
        if track_id is not None and color is not None:
            yield track_id, color


def _box_of(thing: Mapping[str, Any], pen: _Pen) -> Box:
    rect = thing["rect"]
    return Box(
        rect["left"] / pen.width, rect["top"] / pen.height, rect["width"] / pen.width, rect["height"] / pen.height
    )


def _is_same(one: Box, other: Box) -> bool:
    corners = ((box.left, box.top, box.left + box.width, box.top + box.height) for box in (one, other))
    return all(abs(first - second) <= _SAME_EDGE for first, second in zip(*corners, strict=True))


def _draw_sent_box(pen: _Pen, box: Box, color: str) -> None:
    """A box as the operator gets it: a thick frame in the event's colour."""
    left, top = box.left * pen.width, box.top * pen.height
    corners = (left, top, left + max(1, box.width * pen.width), top + max(1, box.height * pen.height))
    red, green, blue = map(int, color.split(",")) if color else _ALARM
    pen.canvas.rectangle(corners, outline=(red, green, blue, 255), width=pen.stroke * 2)


def _draw_box(pen: _Pen, thing: Mapping[str, Any]) -> None:
    rect = thing["rect"]
    left, top = rect["left"], rect["top"]
    box = (left, top, left + max(1, rect["width"]), top + max(1, rect["height"]))
    pen.canvas.rounded_rectangle(box, radius=pen.unit / 3, outline=(*_colour_of(thing), 255), width=pen.stroke)


def _draw_label(pen: _Pen, thing: Mapping[str, Any]) -> None:
    name, track_id = str(thing.get("label", "")), track_id_of(thing)
    text = name if track_id is None else f"{name} {track_id}"
    rect, height = thing["rect"], pen.unit * 1.4
    bottom = rect["top"] + rect["height"]
    bottoms = (rect["top"], rect["top"] + height, bottom + height, bottom, rect["top"] - height)
    pen.chip(rect["left"], bottoms, text, _colour_of(thing))


def _colour_of(thing: Mapping[str, Any]) -> Colour:
    track_id = track_id_of(thing)
    if track_id is None:
        return _UNTRACKED
    number = track_id if isinstance(track_id, int) else zlib.crc32(track_id.encode("utf-8", "replace"))
    return _PALETTE[number % len(_PALETTE)]


def _draw_line(pen: _Pen, overlay: Overlay, counts: Mapping[str, Any]) -> None:
    start, end = overlay.in_pixels((pen.width, pen.height))
    pen.canvas.line((start, end), fill=(*_LINE, 255), width=pen.stroke + 1)
    for point in (start, end):
        pen.canvas.circle(point, pen.unit / 3, fill=(*_LINE, 255))
    _draw_arrow(pen, start, end)
    first, second = (counts.get(f"dir{number}_objects_crossed", 0) for number in (1, 2))
    bottom = start[1] - pen.unit / 2
    pen.chip(
        start[0] + pen.unit, (bottom, bottom + pen.unit * 2.4), f"{overlay.name}: dir1 {first}, dir2 {second}", _LINE
    )


def _draw_arrow(pen: _Pen, start: Point, end: Point) -> None:
    """A small arrow from the line's middle in direction 1: to the right of one who walks along the line."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = (along_x**2 + along_y**2) ** 0.5
    unit_x, unit_y = along_x / length, along_y / length
    middle_x, middle_y = start[0] + along_x / 2, start[1] + along_y / 2
    half, reach = pen.unit * 0.6, pen.unit
    corners = [
        (middle_x - unit_x * half, middle_y - unit_y * half),
        (middle_x + unit_x * half, middle_y + unit_y * half),
        (middle_x - unit_y * reach, middle_y + unit_x * reach),
    ]
    pen.canvas.polygon(corners, fill=(*_LINE, 255))


def _draw_zone(pen: _Pen, overlay: Overlay, counts: Mapping[str, Any]) -> None:
    points = list(overlay.in_pixels((pen.width, pen.height)))
    present = counts.get("current_objects_count", 0)
    pen.canvas.polygon(points, fill=(*_ZONE, 55 if present else 25))
    pen.canvas.line([*points, points[0]], fill=(*_ZONE, 230), width=pen.stroke, joint="curve")
    left, top = min(points, key=lambda point: (point[1], point[0]))
    pen.chip(left, (top, top + pen.unit * 1.4), f"{overlay.name}: {present} inside", _ZONE)


def _draw_title(pen: _Pen, frame: Frame) -> None:
    height = pen.unit * 2
    pen.canvas.rectangle((0, 0, pen.width, height), fill=(*_DARK, 170))
    pen.text((pen.unit, height / 2), frame.source_name, pen.small, pen.width / 2)
    minutes, seconds = divmod(max(0.0, frame.at), 60)
    clock = "" if frame.captured_at is None else f"{frame.captured_at:%Y-%m-%d %H:%M:%S} UTC   "
    time_text = f"{clock}{int(minutes):02d}:{seconds:04.1f}"
    pen.text((pen.width - pen.unit, height / 2), time_text, pen.small, pen.width / 2, anchor="rm")


def _counts(frame: Frame, overlay: Overlay, kind: str) -> Mapping[str, Any]:
    """What the node wrote about its line or zone on this frame; empty when it did not."""
    found: Any = frame.metadata
    for key in ("nodes", overlay.node_id, kind, overlay.name):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}

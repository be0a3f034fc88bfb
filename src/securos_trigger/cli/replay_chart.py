"""Draws the timelines of a replay into a PNG file: a panel for each node, one over the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from securos_trigger.cli.replay_tables import clock_text
from securos_trigger.errors import RecordingError
from securos_trigger.errors.wording import counted
from securos_trigger.replay import Firing, NodeReport
from securos_trigger.system.output_file import Existing, OutputFile
from securos_trigger.system.reasons import reason_of

COLOURS = {
    "fired": "#2e9e5b",
    "interval": "#f0b429",
    "pause_after_loss": "#f0b429",
    "holding": "#4fb3c8",
    "not_risen": "#5b7fd1",
    "duplicate": "#5b7fd1",
    "not_boolean": "#c2559d",
    "condition_unknown": "#b79ad6",
    "condition_false": "#e3e7ec",
    "no_event": "#e3e7ec",
    "inactive_hours": "#8d6e63",
    "muted": "#8d6e63",
    "disabled": "#c9ced6",
}
_INK, _FAINT, _PAPER = "#1f2933", "#7b8794", "#ffffff"
_MARGIN, _WIDTH = 48, 1600
_TITLE_HEIGHT, _PANEL_HEIGHT = 84, 236
_MARKS_HEIGHT, _BAR_HEIGHT = 26, 88
# Distances of the marks on the axis that read well, in seconds.
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_MOST_STEPS = 12
# The first events with bounding boxes, each as a small frame with its boxes.
_MOST_FRAMES = 7
_FRAME_WIDTH, _FRAME_HEIGHT, _FRAME_GAP = 200, 112, 17
_FRAMES_HEIGHT = _FRAME_HEIGHT + 60
_FRAME_PAPER, _BOX = "#1f2933", "#f0b429"
# Events that follow each other more closely are shown once.
_APART_S = 2.0


def draw_timelines(
    path: Path,
    existing: Existing,
    reports: Sequence[NodeReport],
    changed: Sequence[NodeReport] = (),
    *,
    title: str = "",
) -> None:
    """Write the chart; nodes of a changed configuration stand below. RecordingError when it cannot be written."""
    panels = [(report, "") for report in reports] + [(report, "  (changed)") for report in changed]
    height = _TITLE_HEIGHT + sum(_height_of(report) for report, _ in panels) + _MARGIN // 2
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((_MARGIN, 30), title, font=_font(30), fill=_INK)
    top = _TITLE_HEIGHT
    for report, remark in panels:
        _Panel(pen, report, top).draw(remark)
        top += _height_of(report)
    try:
        output = OutputFile(path, existing)
        image.save(output.file, format="PNG", optimize=True)
        output.finish()
    except OSError as error:
        raise RecordingError(f"The PNG file {path} cannot be written: {reason_of(error)}") from error


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _height_of(report: NodeReport) -> int:
    return _PANEL_HEIGHT + (_FRAMES_HEIGHT if _with_boxes(report) else 0)


def _with_boxes(report: NodeReport) -> list[Firing]:
    """The first events that have boxes, without those that follow another one closely."""
    chosen: list[Firing] = []
    for firing in report.firings:
        if firing.event.boxes and (not chosen or firing.position_s - chosen[-1].position_s >= _APART_S):
            chosen.append(firing)
    return chosen[:_MOST_FRAMES]


class _Panel:
    """The timeline of one node: its events as marks, the shares of the reasons, the time, the counts, and the boxes."""

    def __init__(self, pen: ImageDraw.ImageDraw, report: NodeReport, top: int) -> None:
        self._pen = pen
        self._report = report
        self._top = top
        self._bar_top = top + 40 + _MARKS_HEIGHT
        self._length_s = max(report.length_s, report.timeline.width_s)

    def draw(self, remark: str) -> None:
        """Draw all of it."""
        report = self._report
        name = f"{report.pipeline} / {report.node_id}{remark}"
        self._pen.text((_MARGIN, self._top), name, font=_font(22), fill=_INK)
        right = f"{counted(report.events, 'event')} in {clock_text(report.length_s)}"
        self._pen.text((_WIDTH - _MARGIN, self._top), right, font=_font(22), fill=_INK, anchor="ra")
        self._draw_shares()
        self._draw_marks()
        self._draw_axis()
        self._draw_legend()
        for number, firing in enumerate(_with_boxes(self._report)):
            self._draw_frame(firing, _MARGIN + number * (_FRAME_WIDTH + _FRAME_GAP), self._top + _PANEL_HEIGHT - 4)

    def _draw_frame(self, firing: Firing, left: int, top: int) -> None:
        """An empty frame with the boxes of an event, the time and the event's name below it."""
        right, bottom = left + _FRAME_WIDTH, top + _FRAME_HEIGHT
        self._pen.rectangle((left, top, right, bottom), fill=_FRAME_PAPER)
        event = firing.event
        color = f"rgb({event.box_color})" if event.box_color else _BOX
        for box in event.boxes:
            x, y = left + box.left * _FRAME_WIDTH, top + box.top * _FRAME_HEIGHT
            corner = (min(right, x + box.width * _FRAME_WIDTH), min(bottom, y + box.height * _FRAME_HEIGHT))
            self._pen.rectangle((x, y, *corner), outline=color, width=2)
        text = f"{clock_text(firing.position_s)}  {event.name}"
        while text and self._pen.textlength(text, font=_font(15)) > _FRAME_WIDTH:
            text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
        self._pen.text((left, bottom + 6), text, font=_font(15), fill=_FAINT)

    def _x(self, position_s: float) -> float:
        return _MARGIN + min(position_s / self._length_s, 1.0) * (_WIDTH - 2 * _MARGIN)

    def _draw_shares(self) -> None:
        """One bar for each stretch, its height divided among the reasons."""
        width_s = self._report.timeline.width_s
        bottom = self._bar_top + _BAR_HEIGHT
        for index, frames in enumerate(self._report.timeline.stretches):
            whole = frames.total()
            left, right = self._x(index * width_s), self._x((index + 1) * width_s)
            y = float(bottom)
            for reason, colour in COLOURS.items():
                if frames[reason]:
                    height = frames[reason] / whole * _BAR_HEIGHT
                    self._pen.rectangle((left, round(y - height), max(left + 1, right), round(y)), fill=colour)
                    y -= height

    def _draw_marks(self) -> None:
        """A mark above the bar for each stretch in which an event fired: one stays visible in a day of frames."""
        width_s = self._report.timeline.width_s
        y = self._bar_top - 6
        for index, frames in enumerate(self._report.timeline.stretches):
            if frames["fired"]:
                x = self._x((index + 0.5) * width_s)
                self._pen.polygon([(x - 6, y - 12), (x + 6, y - 12), (x, y)], fill=COLOURS["fired"])

    def _draw_axis(self) -> None:
        y = self._bar_top + _BAR_HEIGHT
        self._pen.line((_MARGIN, y, _WIDTH - _MARGIN, y), fill=_FAINT)
        step_s = next((step for step in _STEPS_S if self._length_s / step <= _MOST_STEPS), self._length_s / _MOST_STEPS)
        for number in range(int(self._length_s / step_s) + 1):
            x = self._x(number * step_s)
            self._pen.line((x, y, x, y + 6), fill=_FAINT)
            text = clock_text(number * step_s).removesuffix(".0")
            if number == 0:
                text = f"{text} (h:min:s)" if self._length_s >= 3600 else f"{text} (min:s)"
            self._pen.text((x, y + 10), text, font=_font(16), fill=_FAINT, anchor="ma" if number else "la")

    def _draw_legend(self) -> None:
        x, y = float(_MARGIN), self._bar_top + _BAR_HEIGHT + 40
        for reason, colour in COLOURS.items():
            count = self._report.frames.get(reason, 0)
            if count:
                text = f"{reason.replace('_', ' ')}: {counted(count, 'frame')}"
                self._pen.rectangle((x, y + 2, x + 14, y + 16), fill=colour, outline=_FAINT)
                self._pen.text((x + 22, y), text, font=_font(16), fill=_INK)
                x += 22 + self._pen.textlength(text, font=_font(16)) + 32

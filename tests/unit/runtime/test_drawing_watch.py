"""Zones and lines in pixels against the size of the images that come."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.reader import parse_config
from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.drawing_watch import DrawingWatch

SITE = """
[[pipelines]]
name = "gate"
source = { type = "rtsp", url = "rtsp://192.0.2.1/gate" }

[[pipelines.nodes]]
type = "zone_presence"
id = "zones"
rois = { door = [[700, 10], [800, 10], [800, 40]], drive = [[1, 1], [60, 1], [60, 40]] }
units = "pixels"

[[pipelines.nodes]]
type = "line_counter"
id = "lines"
lines = { street = [[10, 500], [600, 500]] }
units = "pixels"
"""


def watch(folder: Path, heard: list[Notice]) -> DrawingWatch:
    settings = parse_config(SITE, base=folder)
    return DrawingWatch(settings.pipelines[0], Announcer([heard.append]))


def test_drawings_outside_of_the_images_are_announced_with_the_first_and_with_each_other_size(tmp_path: Path) -> None:
    heard: list[Notice] = []
    drawings = watch(tmp_path, heard)
    assert drawings.has_drawings and drawings.answer() == []
    drawings.see("gate", (640, 480))
    door = 'zone "door" is outside of the image: it lies right of its 640 x 480 pixels'
    street = 'line "street" is outside of the image: it lies below its 640 x 480 pixels'
    assert [(one["node"], one["reason"]) for one in drawings.answer()] == [("zones", door), ("lines", street)]
    assert [(one.name, one.fields["node"]) for one in heard] == [
        ("drawing_outside", "zones"),
        ("drawing_outside", "lines"),
    ]
    heard.clear()
    drawings.see("gate", (1280, 480))
    assert [one["node"] for one in drawings.answer()] == ["lines"]
    assert [one.name for one in heard] == ["drawing_outside", "drawings_inside"]
    heard.clear()
    drawings.see("gate", (1280, 720))
    assert drawings.answer() == []
    assert [(one.name, one.fields["node"]) for one in heard] == [("drawings_inside", "lines")]


def test_what_is_in_the_image_or_of_unknown_size_is_no_trouble(tmp_path: Path) -> None:
    heard: list[Notice] = []
    drawings = watch(tmp_path, heard)
    drawings.see("gate", None)
    drawings.see("gate", (1920, 1080))
    assert (heard, drawings.answer()) == ([], [])


def test_of_cameras_of_several_sizes_only_what_is_outside_for_each_is_a_trouble(tmp_path: Path) -> None:
    heard: list[Notice] = []
    drawings = watch(tmp_path, heard)
    drawings.see("gate", (640, 480))
    assert [one["node"] for one in drawings.answer()] == ["zones", "lines"]
    drawings.see("yard", None)
    drawings.see("attic", (640, 480))
    drawings.see("door", (1280, 400))
    reason = 'line "street" is outside of the image: it lies below its 1280 x 400 pixels'
    assert [one["reason"] for one in drawings.answer()] == [reason]
    drawings.see("door", None)
    assert [one["node"] for one in drawings.answer()] == ["zones", "lines"]
    drawings.see("yard", (1280, 720))
    assert drawings.answer() == []

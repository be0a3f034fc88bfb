"""What the nodes saw can be seen on the frame."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import av
import numpy as np
import pytest
from PIL import ImageFont

from securos_trigger.model import Action, Box, Event, Frame, Moment
from securos_trigger.model.overlays import Overlay
from securos_trigger.video.annotate import Annotator
from tests import builders

GREY = 128


def grey_frame(at: float = 0.0, width: int = 640, height: int = 360, **metadata: Any) -> Frame:
    image = av.VideoFrame(width, height, "yuv420p")
    for plane in image.planes:
        plane.update(bytes([GREY]) * plane.buffer_size)
    return Frame(Moment(at, datetime(2026, 1, 1, tzinfo=UTC), "yard"), image, metadata)


def event(description: str = "Someone crossed") -> Event:
    return builders.event(name="Line crossed", description=description, action=Action.EVENT)


def changed(image: Any, left: int, top: int, right: int, bottom: int) -> float:
    """The share of pixels in this part of the image that are not grey any more."""
    part = np.asarray(image)[top:bottom, left:right].astype(int)
    return float((np.abs(part - GREY).max(axis=2) > 12).mean())


def test_a_box_is_drawn_around_an_object() -> None:
    rect = {"left": 200, "top": 150, "width": 100, "height": 150}
    image = Annotator().draw(grey_frame(objects=[{"id": 3, "label": "person", "rect": rect}]), [])
    assert changed(image, 200, 170, 203, 290) > 0.5
    assert changed(image, 220, 170, 280, 280) == 0


def test_lines_and_zones_are_drawn() -> None:
    overlays = [
        Overlay("counter", "gate", ((100, 200), (300, 200))),
        Overlay("zone", "yard", ((400, 100), (600, 100), (600, 300), (400, 300))),
    ]
    image = Annotator(overlays).draw(grey_frame(), [])
    assert changed(image, 150, 199, 180, 202) > 0.5
    assert changed(image, 598, 150, 602, 250) > 0.3


def test_the_banner_of_an_event_stays_for_its_time() -> None:
    annotator = Annotator(banner_s=3.0)
    foot = (0, 340, 640, 360)
    assert changed(annotator.draw(grey_frame(0.0), []), *foot) == 0
    assert changed(annotator.draw(grey_frame(1.0), [event()]), *foot) > 0.9
    assert changed(annotator.draw(grey_frame(3.9), []), *foot) > 0.9
    assert changed(annotator.draw(grey_frame(4.1), []), *foot) == 0


def test_the_banner_hides_a_sixteenth_of_the_frame_and_no_more() -> None:
    image = Annotator().draw(grey_frame(1.0), [event("a long description " * 20)])
    assert changed(image, 0, 30, 640, 337) == 0
    assert changed(image, 0, 340, 640, 360) > 0.9


def test_the_boxes_that_were_sent_are_thick_for_a_moment_and_go_with_their_tracks() -> None:
    def frame(at: float, left: float, *, track: int | None = 7) -> Frame:
        person = {"id": track, "label": "", "rect": {"left": left, "top": 90, "width": 320, "height": 180}}
        return grey_frame(at, objects=[person])

    green = (0, 255, 0)
    sent = builders.event(boxes=(Box(0.25, 0.25, 0.5, 0.5),), box_color="0,255,0")
    for track, follows in ((7, True), (None, False)):
        annotator = Annotator(banner_s=0.0)
        shown = [
            annotator.draw(frame(at, left, track=track), [sent] if at == 1.0 else [])
            for at, left in ((0.9, 158), (1.0, 160), (1.5, 200), (1.7, 220))
        ]
        assert [image.getpixel((160, 200)) == green for image in shown] == [False, True, False, False]
        assert [image.getpixel((200, 200)) == green for image in shown] == [False, False, follows, False]


def test_a_sent_box_that_no_track_has_is_on_the_frame_that_fired_only() -> None:
    annotator = Annotator(banner_s=0.0)
    sent = builders.event(boxes=(Box(0.25, 0.25, 0.5, 0.5),), box_color="0,255,0")
    shown = [annotator.draw(grey_frame(at), [sent] if at == 1.0 else []) for at in (0.9, 1.0, 1.1)]
    assert [changed(image, 160, 91, 164, 200) > 0.9 for image in shown] == [False, True, False]
    assert [changed(image, 200, 100, 400, 200) for image in shown] == [0, 0, 0]


def test_labels_of_objects_that_stand_close_do_not_cover_each_other() -> None:
    rects = [{"left": 200 + 4 * number, "top": 150 + number, "width": 60, "height": 90} for number in range(3)]
    things = [{"id": number, "label": "person", "rect": rect} for number, rect in enumerate(rects)]
    image = np.asarray(Annotator().draw(grey_frame(objects=things), [])).astype(int)
    for colour in ((64, 196, 255), (255, 171, 64), (105, 240, 174)):
        is_of_label = np.abs(image - np.array(colour)).max(axis=2) < 40
        assert is_of_label.sum() > 800, colour


def test_a_jump_back_in_time_takes_the_banner_away() -> None:
    annotator = Annotator(banner_s=3.0)
    annotator.draw(grey_frame(100.0), [event()])
    assert changed(annotator.draw(grey_frame(0.0), []), 0, 335, 640, 360) == 0


def test_the_frame_keeps_its_clean_image() -> None:
    frame = grey_frame()
    image, before = frame.image, frame.require_image().to_ndarray()
    Annotator().draw(frame, [event()])
    assert frame.image is image
    assert np.array_equal(frame.require_image().to_ndarray(), before)


@pytest.mark.parametrize(
    "metadata",
    [
        {"objects": "none"},
        {"objects": [{"rect": {"left": -50, "top": -9, "width": 5000, "height": 0}, "id": "x", "label": None}]},
        {"nodes": {"counter": {"lines": 7}, "zone": {"rois": {"yard": []}}}},
        {"nodes": []},
    ],
)
def test_odd_metadata_does_not_stop_the_drawing(metadata: dict[str, Any]) -> None:
    overlays = [Overlay("counter", "gate", ((0, 0), (9, 9))), Overlay("zone", "yard", ((0, 0), (9, 0), (9, 9)))]
    image = Annotator(overlays).draw(grey_frame(**metadata), [event("多言語 " * 300)])
    assert changed(image, 0, 0, 640, 18) > 0.9  # the title, over lines and zones
    assert changed(image, 0, 340, 640, 360) > 0.9  # the banner, after the boxes


@pytest.mark.parametrize(
    "text", ["word " * 820, "W" * 4096, "i" * 4096, "多言語" * 1366, "\u0301" * 4096, "a\nb\r\nc " * 500]
)
def test_a_long_text_is_measured_a_few_times_and_not_again(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    measure = ImageFont.FreeTypeFont.getlength

    def count(self: Any, text: str, *more: Any, **named: Any) -> float:
        measured.append(len(text))
        return measure(self, text, *more, **named)

    monkeypatch.setattr(ImageFont.FreeTypeFont, "getlength", count)
    annotator = Annotator(banner_s=3.0)
    annotator.draw(grey_frame(0.0), [])
    usual = len(measured)
    annotator.draw(grey_frame(1.0), [event(text[:4096])])
    assert len(measured) - usual <= 16
    assert max(measured) <= 640
    measured.clear()
    annotator.draw(grey_frame(1.1), [])
    assert len(measured) <= 1  # the time of the frame


def test_a_label_that_is_longer_than_the_frame_is_cut() -> None:
    rect = {"left": 200, "top": 150, "width": 100, "height": 150}
    image = Annotator().draw(grey_frame(objects=[{"id": 3, "label": "person\n" * 900, "rect": rect}]), [])
    assert changed(image, 0, 140, 640, 148) > 0.9
    assert changed(image, 0, 170, 190, 330) == 0

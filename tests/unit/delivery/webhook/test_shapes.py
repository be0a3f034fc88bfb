"""Boxes as SecurOS reads them: percent of the frame with five decimals, the colour before them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.delivery.webhook import body_for
from securos_trigger.delivery.webhook.shapes import shapes_text
from securos_trigger.model import Box
from securos_trigger.model.boxes import box_on_frame
from securos_trigger.trigger.boxes import MAX_BOXES
from tests.builders import NOW_S, delivery

VECTORS = Path(__file__).parents[4] / "contract" / "vectors" / "boxes.json"
MOST_BYTES = 4096


def golden() -> list[tuple[tuple[float, float, float, float], str]]:
    """Boxes in pixels, and the text of each; a SecurOS panel holds the first."""
    document = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [(tuple(one["pixels"]), one["text"]) for one in document["boxes_of_full_hd"]]


@pytest.mark.parametrize(("pixels", "text"), golden())
def test_pixels_of_a_full_hd_frame_become_the_text_that_securos_holds(
    pixels: tuple[float, float, float, float], text: str
) -> None:
    box = box_on_frame(pixels, (1920, 1080))
    assert box is not None
    assert shapes_text([box]) == text


def test_a_colour_stands_before_what_it_colours() -> None:
    boxes = [Box(0.1, 0.2, 0.3, 0.4), Box(0, 0, 1, 1)]
    assert shapes_text(boxes, "255,160,0") == (
        "color:255,160,0;rect:10.00000,20.00000,30.00000,40.00000;rect:0.00000,0.00000,100.00000,100.00000"
    )
    assert shapes_text([], "255,160,0") == ""


def test_the_longest_text_is_far_below_what_fits() -> None:
    widest = shapes_text([Box(0, 0, 1, 1)] * MAX_BOXES, "255,255,255")
    assert len(widest) < MOST_BYTES / 4


def test_a_body_has_shapes_only_when_there_are_boxes() -> None:
    with_boxes = delivery("1", boxes=(Box(0.5, 0.5, 0.25, 0.25),), box_color="0,255,0")
    for late in (False, True):
        body = body_for(with_boxes, sent_at_s=NOW_S, late=late)
        assert body["visualization"] == "color:0,255,0;rect:50.00000,50.00000,25.00000,25.00000"
    assert "visualization" not in body_for(delivery("1"), sent_at_s=NOW_S, late=False)

"""A frame, with or without an image."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from securos_trigger.model import Frame, Moment

MOMENT = Moment(1.5, datetime(2026, 1, 1, tzinfo=UTC), "yard", "start-1")
IMAGE = SimpleNamespace(width=640, height=480)


def test_a_frame_says_when_and_where_it_was() -> None:
    frame = Frame(MOMENT)
    assert (frame.at, frame.captured_at, frame.source_name, frame.moment.start) == tuple(MOMENT)


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        (Frame(MOMENT, IMAGE), (640, 480)),
        (Frame(MOMENT, IMAGE, declared_size=(1, 1)), (640, 480)),
        (Frame(MOMENT, declared_size=(1280, 720)), (1280, 720)),
        (Frame(MOMENT), None),
    ],
)
def test_the_size_is_that_of_the_image_or_the_declared_one(frame: Frame, size: tuple[int, int] | None) -> None:
    assert frame.size == size


def test_a_frame_without_an_image_says_which_source_gives_none() -> None:
    assert Frame(MOMENT, IMAGE).require_image() is IMAGE
    with pytest.raises(ValueError, match='the source "yard" gives no images'):
        Frame(MOMENT).require_image()

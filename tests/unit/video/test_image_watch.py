"""Images that stay the same although frames come, and images of another size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle
from typing import Any

import av
import numpy as np
import pytest
from av.filter import Graph

from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice
from securos_trigger.video.image_watch import ImageWatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of the watch: its only item is the time now."""
    now_s = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    return now_s


def image(brightness: int, width: int = 90) -> av.VideoFrame:
    """An image whose lines are longer in memory than they are wide: what is right of them is no image."""
    made = av.VideoFrame(width, 48, "yuv420p")
    plane: Any = made.planes[0]
    lines = np.frombuffer(plane, np.uint8).reshape(48, plane.line_size)
    lines[:, :width] = brightness
    lines[:, width:] = next(_NOISE)
    return made


_NOISE: Iterator[int] = cycle(range(256))


def watch(frozen_after_s: float = 60.0) -> tuple[ImageWatch, SourceFigures, list[Notice]]:
    figures, notices = SourceFigures(), list[Notice]()
    return ImageWatch("yard", figures, Announcer([notices.append]), frozen_after_s), figures, notices


def test_images_that_stand_upside_down_in_memory_are_compared_too(clock: list[float]) -> None:
    """A camera that is mounted upside down: FFmpeg's vflip leaves its lines in the other direction."""
    watched, figures, _ = watch()
    for second in range(70):
        clock[0] = 1000.0 + second
        flipped = upside_down(image(70 if second < 65 else 80))
        assert flipped.planes[0].line_size < 0
        watched.see(flipped)
        assert (figures.frozen_since_at_ticks is not None) == (60 <= second < 65), second
    assert figures.moved_at_ticks == 1065.0


def upside_down(image: av.VideoFrame) -> av.VideoFrame:
    graph = Graph()
    begin = graph.add_buffer(width=image.width, height=image.height, format=image.format, time_base=Fraction(1, 10))
    flip, end = graph.add("vflip"), graph.add("buffersink")
    begin.link_to(flip)
    flip.link_to(end)
    graph.configure()
    graph.push(image)
    flipped = graph.pull()
    assert isinstance(flipped, av.VideoFrame)
    return flipped


def test_the_right_half_of_a_packed_image_is_compared_too(clock: list[float]) -> None:
    watched, figures, _ = watch()
    made = av.VideoFrame(90, 48, "yuyv422")
    plane: Any = made.planes[0]
    lines = np.frombuffer(plane, np.uint8).reshape(48, plane.line_size)
    lines[:] = 0
    for second in range(70):
        clock[0] = 1000.0 + second
        lines[:, 2 * 90 - 1] = second
        watched.see(made)
    assert (figures.frozen_since_at_ticks, figures.moved_at_ticks) == (None, 1069.0)


def test_an_image_that_stays_the_same_is_frozen_until_another_one_comes(clock: list[float]) -> None:
    watched, figures, notices = watch()
    for second in range(100):
        clock[0] = 1000.0 + second
        watched.see(image(7 if second < 90 else 8))
        assert figures.frozen_since_at_ticks == (1000.0 if 60 <= second < 90 else None), second
    assert [str(one) for one in notices] == [
        (
            'source_frozen source=yard reason="its images have been the same for 60 s" '
            'fix="look at its live image, restart the camera"'
        ),
        "source_moves_again source=yard outage_s=90.0",
    ]


@pytest.mark.parametrize("second", [31, 32])
def test_while_a_source_was_away_its_image_has_not_stood_still_and_before_and_after_count(
    clock: list[float], second: int
) -> None:
    """A camera that comes back shows what it showed before: it is frozen when that has been seen for a minute in all."""
    watched, figures, _ = watch()
    for at in (*range(30), *range(330, 330 + second)):
        clock[0] = 1000.0 + at
        watched.see(image(7))
    assert (figures.frozen_since_at_ticks is not None) == (second > 31)


def test_a_slow_source_is_frozen_too(clock: list[float]) -> None:
    watched, figures, _ = watch()
    for _ in range(5):
        watched.see(image(7))
        clock[0] += 20
    assert figures.frozen_since_at_ticks == 1000.0


def test_nothing_is_compared_where_a_generated_image_is_meant(clock: list[float]) -> None:
    watched, figures, notices = watch(frozen_after_s=0)
    for _ in range(100):
        clock[0] += 10
        watched.see(image(7))
    assert (figures.frozen_since_at_ticks, notices) == (None, [])


def test_another_size_is_announced_and_the_first_is_not() -> None:
    watched, _, notices = watch()
    for width in (90, 90, 64, 64):
        watched.see(image(7, width))
    reason = "90x48 to 64x48: lines and zones in pixels are now in other places of the scene"
    assert [str(one) for one in notices] == [
        (f'source_size_changed source=yard reason="{reason}" fix="draw lines and zones again, or in fractions"')
    ]

"""Frames and objects for the tests of analytics nodes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import av
import pytest

from securos_trigger.model import Frame, Moment

FrameMaker = Callable[..., Frame]
ObjectMaker = Callable[..., dict[str, Any]]


@pytest.fixture
def make_frame() -> FrameMaker:
    """Makes a grey frame of 400 x 300 pixels at a media time, with metadata."""

    def make(at: float = 0.0, **metadata: Any) -> Frame:
        image = av.VideoFrame(400, 300, "yuv420p")
        for plane in image.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        return Frame(Moment(at, datetime(2026, 1, 1, tzinfo=UTC), "yard"), image, metadata)

    return make


@pytest.fixture
def make_object() -> ObjectMaker:
    """Makes an object of 20 x 40 pixels whose lower middle is at (x, y)."""

    def make(x: float, y: float, track_id: int | None = None, label: str = "person", p: float = 0.9) -> dict[str, Any]:
        rect = {"left": x - 10, "top": y - 40, "width": 20, "height": 40}
        return {"id": track_id, "label": label, "class_id": 0, "probability": p, "rect": rect, "attributes": []}

    return make

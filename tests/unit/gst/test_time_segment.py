"""Running time is what GStreamer's own arithmetic gives (tests/integration/test_gstreamer.py compares the two)."""

from __future__ import annotations

import pytest

from securos_trigger.gst.time_segment import TimeSegment

SECOND = 10**9


@pytest.mark.parametrize(
    ("segment", "pts_s", "running_s"),
    [
        (TimeSegment(1.0, 0, -1, 0), 12.48, 12.48),
        (TimeSegment(1.0, 10 * SECOND, -1, 5 * SECOND), 12.0, 7.0),
        (TimeSegment(2.0, 10 * SECOND, -1, 0), 12.0, 1.0),
        (TimeSegment(-1.0, 0, 60 * SECOND, SECOND), 50.0, 11.0),
        (TimeSegment(1.0, 0, -1, 0, SECOND), 3.0, 2.0),
    ],
)
def test_running_time(segment: TimeSegment, pts_s: float, running_s: float) -> None:
    assert segment.running_time_s(int(pts_s * SECOND)) == pytest.approx(running_s)

"""Running time from a segment: the arithmetic of `gst_segment_to_running_time`, without a call into GStreamer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeSegment:
    """The part of a `GstSegment` that running time is made from. All but `rate` are in nanoseconds."""

    rate: float
    start_ns: int
    stop_ns: int
    base_ns: int
    offset_ns: int = 0

    def running_time_s(self, pts_ns: int) -> float:
        """The running time of a presentation time stamp, in seconds.

        It goes on evenly where frames are played slower, faster or backwards. Of a frame outside of the segment it is
        what it would be if the segment were longer; before its begin it is negative.
        """
        passed_ns = pts_ns - self.start_ns if self.rate > 0 else self.stop_ns - pts_ns
        return ((passed_ns - self.offset_ns) / abs(self.rate) + self.base_ns) / 1e9

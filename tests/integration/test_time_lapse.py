"""Files in which every honest frame has a gap: their times are kept, and a tracker goes on from frame to frame."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.analytics.settings import TrackerSettings
from securos_trigger.analytics.tracker import Tracker
from securos_trigger.notices import Announcer, Notice
from securos_trigger.video import open_source
from securos_trigger.video.settings import FileSourceSettings

FRAMES = 40


def write_lapse(path: Path, step_s: float, encoder_rate: int) -> None:
    """A frame every `step_s` seconds, from an encoder that says another rate."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=encoder_rate)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(FRAMES):
            image = av.VideoFrame.from_ndarray(np.full((64, 96, 3), number * 5, dtype=np.uint8), format="rgb24")
            image.pts, image.time_base = round(number * step_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("encoder_rate", [1, 25])
@pytest.mark.parametrize("name", ["yard.mp4", "yard.mkv"])
@pytest.mark.parametrize("step_s", [2, 6, 10, 60, 3600])
def test_a_time_lapse_keeps_its_times_and_its_tracks(
    tmp_path: Path, step_s: float, name: str, encoder_rate: int
) -> None:
    write_lapse(tmp_path / name, step_s, encoder_rate)
    heard: list[Notice] = []
    source = open_source(FileSourceSettings(type="file", path=tmp_path / name), Announcer([heard.append]))
    tracker = Tracker(TrackerSettings(confirm_frames=1))
    times, ids = list[float](), set[Any]()
    for frame in source.frames(threading.Event()):
        rect = {"left": 10.0, "top": 10.0, "width": 20.0, "height": 30.0}
        frame.metadata["objects"] = [{"label": "person", "probability": 0.9, "rect": rect}]
        tracker.process(frame)
        times.append(frame.moment.at)
        ids.add(frame.metadata["objects"][0]["id"])
    assert times == pytest.approx([number * step_s for number in range(FRAMES)], abs=0.002)
    assert (ids, [one.name for one in heard]) == ({1}, [])

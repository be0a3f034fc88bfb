"""A short video to play: nothing is in it but grey that changes."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np


def write_video(path: Path) -> None:
    """Write four seconds of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(40):
            pixels = np.full((240, 320, 3), number * 5, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    path.chmod(0o644)

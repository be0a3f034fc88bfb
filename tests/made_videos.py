"""Videos that tests make."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np

_ONE = 65536


def write_video(path: Path, images: list[Any], turn: tuple[float, float, float, float] = (1, 0, 0, 1)) -> Path:
    """An MP4 file of RGB arrays whose track has this display matrix, as a phone writes it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "1", "bf": "0"}
        for pixels in images:
            image = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 40  # version 0: the matrix stands after ten 32-bit fields
    a, b, c, d = (round(part * _ONE) for part in turn)
    assert struct.unpack(">9i", content[place : place + 36])[0] == _ONE
    content[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    return path

"""An image as JPEG, scaled. Scaling and encoding release the GIL, so that the video of other threads goes on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
from av.video.reformatter import VideoReformatter

#: FFmpeg's scale of quality: 2 is best, 31 is worst.
QUALITY: Final = 6


def jpeg_of(image: av.VideoFrame, max_width: int) -> bytes:
    """The image as JPEG, no wider than `max_width` pixels, its shape kept. The image itself stays as it is."""
    width, height = size_within(image.width, image.height, max_width)
    # Not `image.reformat`: the frame keeps a scaler of its own, and the pipeline's sink may use that at the same time.
    scaled = VideoReformatter().reformat(image, width=width, height=height, format="yuvj420p")
    codec: Any = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
    codec.thread_count = 1
    codec.time_base = Fraction(1, 25)
    codec.options = {"qmin": str(QUALITY), "qmax": str(QUALITY)}
    if scaled is image:  # it has the right size and format already, and belongs to the pipeline
        scaled = av.VideoFrame.from_ndarray(image.to_ndarray(), format="yuvj420p")
    scaled.pts, scaled.time_base = 0, codec.time_base
    return b"".join(bytes(packet) for packet in [*codec.encode(scaled), *codec.encode(None)])


def size_within(width: int, height: int, max_width: int) -> tuple[int, int]:
    """The even width and height of an image of this shape that is at most `max_width` wide, and never enlarged."""
    share = min(1.0, max_width / width)
    return max(2, int(width * share) // 2 * 2), max(2, int(height * share) // 2 * 2)

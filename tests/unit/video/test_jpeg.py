"""An image as JPEG, beside a pipeline that goes on using the same image."""

from __future__ import annotations

import io
import subprocess
import sys

import av
import numpy as np
from PIL import Image

from securos_trigger.video.jpeg import jpeg_of, size_within

# In a process of its own: where the two share a scaler, memory is corrupted and the process dies or hangs.
SHARED = """
import threading
import av
import numpy as np
from securos_trigger.video.jpeg import jpeg_of
image = av.VideoFrame.from_ndarray(np.zeros((576, 768, 3), dtype=np.uint8), format="rgb24").reformat(format="yuv420p")
def sink():
    for number in range(300):
        image.reformat(width=320 + 2 * (number % 50), height=240, format="rgb24")
pipeline = threading.Thread(target=sink, daemon=True)
pipeline.start()
while pipeline.is_alive():
    jpeg_of(image, 640)
print("survived")
"""


def test_the_image_is_scaled_and_keeps_its_shape() -> None:
    image = av.VideoFrame.from_ndarray(np.full((120, 200, 3), 90, dtype=np.uint8), format="rgb24")
    with Image.open(io.BytesIO(jpeg_of(image, 100))) as found:
        assert (found.format, found.size) == ("JPEG", (100, 60))
        pixel = found.convert("RGB").getpixel((50, 30))
    assert isinstance(pixel, tuple)
    assert all(abs(value - 90) < 8 for value in pixel)
    assert (image.width, image.height, image.format.name) == (200, 120, "rgb24")
    assert size_within(200, 120, 1000) == (200, 120)


def test_it_is_made_while_the_pipeline_scales_the_same_image() -> None:
    done = subprocess.run([sys.executable, "-c", SHARED], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr

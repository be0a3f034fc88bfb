"""An image becomes a tensor of any kind, and boxes come back to where they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.analytics.families.layout import BGR_0_TO_255, BGR_OF_IMAGENET, RGB_0_TO_1, LayoutError
from securos_trigger.analytics.image_input import Fit, ImageInput, image_input


@dataclass
class Given:
    """An input as onnxruntime describes it."""

    name: str
    shape: list[Any]
    type: str = "tensor(float)"


SQUARE = ImageInput("images", 416, 416, np.float32)


def test_a_wide_image_has_grey_margins_above_and_below() -> None:
    image = av.VideoFrame.from_ndarray(np.full((180, 640, 3), 255, dtype=np.uint8), format="rgb24")
    fit = Fit.of(640, 180, SQUARE, 2.0)
    pixels = fit.pixels(image, SQUARE, "rgb24")
    assert pixels.shape == (416, 416, 3)
    assert (fit.left, fit.top, fit.content_width, fit.content_height) == (0, 149, 416, 117)
    assert (pixels[:149] == 114).all() and (pixels[149 + 117 :] == 114).all()
    assert (pixels[149 : 149 + 117] >= 254).all()


def test_a_usual_image_fills_the_input() -> None:
    image = av.VideoFrame.from_ndarray(np.full((360, 640, 3), 255, dtype=np.uint8), format="rgb24")
    assert (Fit.of(640, 360, SQUARE, 2.0).pixels(image, SQUARE, "rgb24") >= 254).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([1, 3, 320, 480], ImageInput("x", 480, 320, np.float32)),
        (["batch", 3, "height", "width"], ImageInput("x", 640, 640, np.float32)),
        ([1, 320, 480, 3], ImageInput("x", 480, 320, np.float32, is_channels_last=True)),
        ([None, None, None, 3], ImageInput("x", 640, 640, np.float32, is_channels_last=True)),
        ([4, 3, 320, 480], ImageInput("x", 480, 320, np.float32, batch=4)),
        ([-1, 3, -1, -1], ImageInput("x", 640, 640, np.float32)),
    ],
)
def test_the_input_is_read_from_its_shape(shape: list[Any], expected: ImageInput) -> None:
    assert image_input([Given("x", shape)], None) == expected


def test_an_open_size_is_the_one_the_model_was_exported_with() -> None:
    found = image_input([Given("x", [1, 3, "height", "width"])], (384, 512))
    assert (found.height, found.width) == (384, 512)


@pytest.mark.parametrize(
    ("kind", "preparation", "expected"),
    [
        ("tensor(float)", RGB_0_TO_1, 51 / 255),
        ("tensor(float16)", RGB_0_TO_1, 51 / 255),
        ("tensor(float)", BGR_0_TO_255, 51),
        ("tensor(float)", BGR_OF_IMAGENET, (51 - 103.53) / 57.375),
        ("tensor(uint8)", RGB_0_TO_1, 51),
    ],
)
def test_pixels_get_the_range_and_the_type_of_the_input(kind: str, preparation: Any, expected: float) -> None:
    found = image_input([Given("x", [2, 3, 4, 6], kind)], None)
    tensor = found.tensor(np.full((4, 6, 3), 51, dtype=np.uint8), preparation)
    assert tensor.shape == (2, 3, 4, 6)
    assert str(tensor.dtype) == {"tensor(float)": "float32", "tensor(float16)": "float16"}.get(kind, "uint8")
    assert float(tensor[1, 0, 0, 0]) == pytest.approx(expected, abs=1e-3)


def test_pixels_of_an_input_with_the_channels_last_stay_in_their_order() -> None:
    pixels = np.arange(72, dtype=np.uint8).reshape(4, 6, 3)
    found = image_input([Given("x", [1, 4, 6, 3], "tensor(uint8)")], None)
    assert np.array_equal(found.tensor(pixels, RGB_0_TO_1)[0], pixels)


def test_a_second_input_gets_the_size_of_the_first() -> None:
    inputs = [Given("x", [1, 3, 320, 480]), Given("orig_target_sizes", [1, 2], "tensor(int64)")]
    found = image_input(inputs, None).extras["orig_target_sizes"]
    assert (str(found.dtype), found.tolist()) == ("int64", [[480, 320]])
    inputs[1] = Given("im_shape", ["n", 2])
    assert image_input(inputs, None).extras["im_shape"].tolist() == [[320, 480]]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ([], "it takes nothing, and a detector takes one image [1, 3, height, width]"),
        ([Given("a", [1, 10])], "it takes a [1, 10], and a detector takes one image [1, 3, height, width]"),
        (
            [Given("a", [1, 3, 8, 8]), Given("b", [1, 3, 8, 8])],
            "it takes a [1, 3, 8, 8], b [1, 3, 8, 8], and a detector takes one image [1, 3, height, width]",
        ),
        ([Given("a", [1, 1, 8, 8])], "its input a is [1, 1, 8, 8]: not an image of three colours"),
        ([Given("a", [1, 3, 20000, 20000])], "its input is 20000 x 20000 pixels, and the largest side is 8192"),
        ([Given("a", [1, 3, 8, 8], "tensor(int8)")], "its input a is of type tensor(int8)"),
        (
            [Given("a", [1, 3, 8, 8]), Given("anchors", [1, 2])],
            'what its second input "anchors" [1, 2] means is not known',
        ),
    ],
)
def test_what_is_no_input_of_a_detector_is_refused(inputs: list[Given], sentence: str) -> None:
    with pytest.raises(LayoutError) as found:
        image_input(inputs, None)
    assert str(found.value) == sentence


def test_a_mask_of_the_padding_is_one_everywhere() -> None:
    image = Given("pixel_values", [1, 3, 320, 480])
    for shape, expected in (([1, "height", "width"], (1, 320, 480)), (["batch", 64, 64], (1, 64, 64))):
        mask = image_input([image, Given("pixel_mask", shape, "tensor(int64)")], None).extras["pixel_mask"]
        assert (mask.shape, str(mask.dtype), mask.min()) == (expected, "int64", 1)

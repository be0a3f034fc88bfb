"""An image becomes the tensor that a model wants, and the model's boxes become boxes of the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from securos_trigger.analytics.decode import Floats
from securos_trigger.analytics.families.layout import Array, LayoutError, Preparation

# A model that leaves its input size open is fed what the YOLO family is trained with.
_OPEN_SIZE = 640
# No detector has a larger side, and an image of this size takes half a gigabyte.
_LARGEST_SIDE = 8192
# What models are trained with around an image that does not fill their input.
_MARGIN_GREY = 114
_TYPES: dict[str, Any] = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_EXTRA_TYPES: dict[str, Any] = {**_TYPES, "tensor(int64)": np.int64, "tensor(int32)": np.int32}


@dataclass(frozen=True, slots=True)
class ImageInput:
    """The model's input for images, and the constant values of its other inputs (`extras`)."""

    name: str
    width: int
    height: int
    dtype: Any
    is_channels_last: bool = False
    batch: int = 1
    extras: dict[str, Array] = field(default_factory=dict)

    def tensor(self, pixels: Array, preparation: Preparation) -> Array:
        """`pixels` (height, width, 3; uint8) as the model wants them. A model of bytes scales them itself."""
        if self.dtype is np.uint8:
            values = pixels
        else:
            values = pixels.astype(np.float32)
            if any(preparation.mean):
                values -= np.array(preparation.mean, dtype=np.float32)
            if preparation.spread != (1, 1, 1):
                values /= np.array(preparation.spread, dtype=np.float32)
            values = values.astype(self.dtype, copy=False)
        values = values[None] if self.is_channels_last else values.transpose(2, 0, 1)[None]
        return np.ascontiguousarray(values if self.batch == 1 else values.repeat(self.batch, axis=0))


def image_input(inputs: Sequence[Any], open_size: tuple[int, int] | None) -> ImageInput:
    """The one input of rank 4 among a session's inputs. `open_size` (height, width): where the model leaves it open.

    Raises LayoutError when there is no such input, or another one whose meaning is not known.
    """
    images = [given for given in inputs if len(given.shape) == 4]
    if len(images) != 1:
        shapes = ", ".join(f"{given.name} {given.shape}" for given in inputs)
        raise LayoutError(f"it takes {shapes or 'nothing'}, and a detector takes one image [1, 3, height, width]")
    given = images[0]
    if given.type not in _TYPES:
        raise LayoutError(f"its input {given.name} is of type {given.type}", f"Known: {', '.join(_TYPES)}.")
    is_channels_last = given.shape[1] != 3 and given.shape[3] == 3
    sides = given.shape[1:3] if is_channels_last else given.shape[2:4]
    if not is_channels_last and given.shape[1] != 3 and isinstance(given.shape[1], int):
        raise LayoutError(f"its input {given.name} is {given.shape}: not an image of three colours")
    height, width = (
        side if isinstance(side, int) and side > 0 else usual
        for side, usual in zip(sides, open_size or (_OPEN_SIZE, _OPEN_SIZE), strict=True)
    )
    if max(height, width) > _LARGEST_SIDE:
        raise LayoutError(
            f"its input is {width} x {height} pixels, and the largest side is {_LARGEST_SIDE}",
            "Export it with the size that it was trained with.",
        )
    batch = given.shape[0] if isinstance(given.shape[0], int) and given.shape[0] > 0 else 1
    extras = {other.name: _extra(other, width, height, batch) for other in inputs if other is not given}
    return ImageInput(given.name, width, height, _TYPES[given.type], is_channels_last, batch, extras)


def _extra(other: Any, width: int, height: int, batch: int) -> Array:
    """The value of an input beside the image: the size that boxes are wanted in, no scaling, or no padding."""
    name = other.name.lower()
    if name == "pixel_mask" and len(other.shape) == 3 and other.type in _EXTRA_TYPES:
        usual = (batch, height, width)
        shape = [
            side if isinstance(side, int) and side > 0 else whole
            for side, whole in zip(other.shape, usual, strict=True)
        ]
        return np.ones(shape, dtype=_EXTRA_TYPES[other.type])
    row = {
        "orig_target_sizes": [width, height],
        "orig_target_size": [width, height],
        "im_shape": [height, width],
        "image_shape": [height, width],
        "scale_factor": [1, 1],
    }.get(name)
    if row is None or other.type not in _EXTRA_TYPES or len(other.shape) != 2:
        known = "orig_target_sizes, im_shape, image_shape, scale_factor, pixel_mask"
        raise LayoutError(f'what its second input "{other.name}" {other.shape} means is not known', f"Known: {known}.")
    return np.array([row] * batch, dtype=_EXTRA_TYPES[other.type])


@dataclass(frozen=True, slots=True)
class Fit:
    """Where an image of `width` x `height` pixels lies in a model's input: `content` at (`left`, `top`), in pixels."""

    width: int
    height: int
    content_width: int
    content_height: int
    left: int = 0
    top: int = 0

    @classmethod
    def of(cls, width: int, height: int, given: ImageInput, most_stretch: float) -> Fit:
        """Stretched over the whole input, unless that changes the image's shape by more than `most_stretch`.

        Then the image keeps its shape and has grey margins at two sides.
        """
        across, down = given.width / width, given.height / height
        if max(across, down) <= most_stretch * min(across, down):
            return cls(width, height, given.width, given.height)
        scale = min(across, down)
        content_width = min(given.width, max(1, round(width * scale)))
        content_height = min(given.height, max(1, round(height * scale)))
        left, top = (given.width - content_width) // 2, (given.height - content_height) // 2
        return cls(width, height, content_width, content_height, left, top)

    def pixels(self, image: Any, given: ImageInput, pixel_format: str) -> Array:
        """The decoder's image, scaled by the decoder's own scaler, with margins: (height, width, 3), uint8."""
        scaled: Array = image.reformat(
            width=self.content_width, height=self.content_height, format=pixel_format
        ).to_ndarray()
        if (self.content_width, self.content_height) == (given.width, given.height):
            return scaled
        whole = np.full((given.height, given.width, 3), _MARGIN_GREY, dtype=np.uint8)
        whole[self.top : self.top + self.content_height, self.left : self.left + self.content_width] = scaled
        return whole

    def in_image(self, corners: Floats) -> Floats:
        """Corners [n, 4] in pixels of the input become corners in pixels of the image, cut at its edges."""
        scale = np.array([self.width / self.content_width, self.height / self.content_height] * 2)
        found = (corners - np.array([self.left, self.top] * 2)) * scale
        limited: Floats = np.clip(found, 0, np.array([self.width, self.height] * 2))
        return limited

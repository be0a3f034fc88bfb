"""What a family of models is to the detector: how an image is prepared for it, and how its outputs become boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from securos_trigger.analytics.decode import RawBoxes

Array = NDArray[Any]
#: Turns all outputs of the model, in its order, into the candidates at or above a threshold.
Decode = Callable[[Sequence[Array], float], RawBoxes]


class LayoutError(ValueError):
    """The model's outputs do not fit. The text says what was seen; `fix` what a person can do."""

    def __init__(self, what: str, fix: str = "", setting: str = "model") -> None:
        super().__init__(what)
        self.fix = fix
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Preparation:
    """Order and range of the colour values that a model was trained with: (value - mean) / spread, value 0 to 255."""

    is_bgr: bool
    mean: tuple[float, float, float]
    spread: tuple[float, float, float]


RGB_0_TO_1 = Preparation(False, (0, 0, 0), (255, 255, 255))
BGR_0_TO_255 = Preparation(True, (0, 0, 0), (1, 1, 1))
RGB_OF_IMAGENET = Preparation(False, (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
BGR_OF_IMAGENET = Preparation(True, (103.53, 116.28, 123.675), (57.375, 57.12, 58.395))


@dataclass(frozen=True, slots=True)
class Layout:
    """A recognised model.

    `n_classes` None: the outputs do not show how many classes there are; `least_classes` is how many the first run
    showed. `has_repeats` False: the model gives each object once, so overlapping boxes are two objects.
    """

    name: str
    preparation: Preparation
    decode: Decode
    n_classes: int | None
    has_repeats: bool = True
    least_classes: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run of the model on a grey image showed, and what is known beforehand.

    `n_labels`: how many class names the settings or the model's metadata give; None: none are given.
    """

    outputs: tuple[Array, ...]
    names: tuple[str, ...]
    width: int
    height: int
    n_labels: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def shapes(self) -> str:
        """The shapes of all outputs, to be shown to a person."""
        return ", ".join(str(list(output.shape)) for output in self.outputs)

    def cells(self, strides: Sequence[int]) -> int:
        """How many grid cells the input has at these strides together."""
        return sum(-(-self.width // stride) * -(-self.height // stride) for stride in strides)


def is_probability(values: Array) -> bool:
    """True when every value lies in 0 to 1 (with the tolerance of half precision)."""
    return bool(values.size == 0 or (np.isfinite(values).all() and values.min() >= -0.01 and values.max() <= 1.01))

"""Finds objects in a frame with an ONNX model, and writes them to `objects`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from securos_trigger.analytics.decode import RawBoxes, most_probable_first, without_repeats
from securos_trigger.analytics.families import Layout, LayoutError, Trial, recognise
from securos_trigger.analytics.families.layout import RGB_0_TO_1, Array
from securos_trigger.analytics.image_input import Fit, image_input
from securos_trigger.analytics.inference import open_session, run
from securos_trigger.analytics.labels import coco_labels, keep_mistakes, known_labels, label_mistakes
from securos_trigger.analytics.model_file import image_size_in
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.errors import ConfigurationError, Mistake, VideoError
from securos_trigger.model import Frame
from securos_trigger.validation.file_contents import model_mistakes

_BUNDLED_MODEL = Path(__file__).parent / "models" / "nanodet-g-416.onnx"
_TRIAL_GREY = 114
# A share of an output of many boxes, where a single box that overflows is dropped; of a few boxes, all.
_NOT_A_NUMBER = 0.1
_FEW_BOXES = 10
_NUMBERS = ("float", "double", "int")
_FIX_NOT_A_NUMBER = "export the model with float32 values (without half precision), or use another one"


class Detector:
    """Runs the model on every n-th frame. On the frames between, `objects` is not written at all.

    The model runs once at the start, on a grey image: what cannot work is refused then, with a sentence. The frame is
    scaled to the model's input by the decoder's own scaler; boxes come back in pixels of the frame.
    """

    def __init__(self, settings: DetectorSettings) -> None:
        self.node_id = settings.id
        self._settings = settings
        _refuse(label_mistakes(settings, settings.id))
        model = LoadedModel(settings)
        self._model = model
        self._labels = model.labels
        self._kept_ids = [self._labels.index(label) for label in settings.keep] or None
        self._pixel_format = "bgr24" if model.layout.preparation.is_bgr else "rgb24"
        self._fit = Fit(0, 0, 0, 0)
        self._frames_until_next = 0
        self.has_worked, self.frames_between = True, 0

    def process(self, frame: Frame) -> None:
        """Write `objects` (docs/metadata.md), ids still null. Most probable first."""
        if self._frames_until_next:
            self._frames_until_next -= 1
            self.has_worked = False
            self.frames_between += 1
            return
        self.has_worked = True
        self._frames_until_next = self._settings.every - 1
        frame.metadata["objects"] = self._objects(frame.require_image())

    def close(self) -> None:
        """Nothing to let go of but memory."""

    def _objects(self, image: Any) -> list[dict[str, Any]]:
        given = self._model.given
        if (image.width, image.height) != (self._fit.width, self._fit.height):
            self._fit = Fit.of(image.width, image.height, given, self._settings.most_stretch)
        boxes = self._model.boxes(self._fit.pixels(image, given, self._pixel_format), self._settings.threshold)
        if self._kept_ids is not None:
            boxes = boxes.taken(np.isin(boxes.class_ids, self._kept_ids))
        boxes = boxes.taken(np.flatnonzero(np.isfinite(boxes.corners).all(axis=1)))
        boxes = (
            without_repeats(boxes, self._settings.nms_iou)
            if self._model.layout.has_repeats
            else most_probable_first(boxes)
        )
        corners = self._fit.in_image(boxes.corners).round(1)
        rows = zip(corners.tolist(), boxes.probabilities.tolist(), boxes.class_ids.tolist(), strict=True)
        return [self._object(*row) for row in rows]

    def _object(self, corners: list[float], probability: float, class_id: int) -> dict[str, Any]:
        left, top, right, bottom = corners
        return {
            "id": None,
            # A model that does not show how many classes it has may give one that has no name.
            "label": self._labels[class_id] if 0 <= class_id < len(self._labels) else f"class {class_id}",
            "class_id": class_id,
            "probability": round(probability, 4),
            "rect": {"left": left, "top": top, "width": round(right - left, 1), "height": round(bottom - top, 1)},
            "attributes": [],
        }


class LoadedModel:
    """A model that has run once: its input, its layout and its labels are known and fit each other.

    Raises ConfigurationError when they do not.
    """

    def __init__(self, settings: DetectorSettings) -> None:
        path = settings.model or _BUNDLED_MODEL
        _refuse(model_mistakes(path, f"{settings.id}.model"))
        try:
            self._session = open_session(path, settings.threads)
            metadata = dict(self._session.get_modelmeta().custom_metadata_map)
            self.given = image_input(self._session.get_inputs(), image_size_in(metadata))
            labels = known_labels(settings)
            self.layout = recognise(settings.family, self._trial(metadata, len(labels) or None))
            self.labels = labels or _labels_of(self.layout)
        except LayoutError as error:
            what = f"{path} cannot be used: {error}" if error.setting == "model" else str(error)
            _refuse([Mistake(f"{settings.id}.{error.setting}", what, error.fix)])
        except ValueError as error:
            _refuse([Mistake(f"{settings.id}.model", f"{path} is not a usable ONNX model", str(error))])
        _refuse(keep_mistakes(settings.keep, self.labels, settings.id))

    def boxes(self, pixels: Array, threshold: float) -> RawBoxes:
        """The candidates at or above `threshold` in an image that fills the model's input.

        VideoError: the model gives no numbers for it, so that nothing could ever be found.
        """
        outputs = self._outputs(pixels, self.layout)
        if any(_lacks_numbers(output) for output in outputs):
            raise VideoError("the model gives not-a-number (NaN) instead of detections", _FIX_NOT_A_NUMBER)
        return self.layout.decode(outputs, threshold)

    def _outputs(self, pixels: Array, layout: Layout | None) -> list[Array]:
        preparation = layout.preparation if layout else RGB_0_TO_1
        values = {self.given.name: self.given.tensor(pixels, preparation), **self.given.extras}
        return [_readable(output) for output in run(self._session, values)]

    def _trial(self, metadata: dict[str, str], n_labels: int | None) -> Trial:
        """What one run on a grey image shows."""
        grey = np.full((self.given.height, self.given.width, 3), _TRIAL_GREY, dtype=np.uint8)
        outputs = tuple(self._outputs(grey, None))
        described = self._session.get_outputs()
        for output in described:
            if 0 in output.shape:
                raise LayoutError(f"its output {output.name} is {output.shape}: nothing can ever be found in it")
        if not any(kind in output.type for output in described for kind in _NUMBERS):
            raise LayoutError(f"its output is of type {described[0].type}, and a detector gives numbers")
        names = tuple(output.name for output in described)
        if metadata.get("task", "detect") in ("classify", "obb", "semantic"):
            raise LayoutError(f'it is a model for the task "{metadata["task"]}", not for detection')
        return Trial(outputs, names, self.given.width, self.given.height, n_labels, metadata)


def _readable(output: Any) -> Array:
    """The output as an array of float32, or of whole numbers where the model gives class numbers so.

    One of something else than numbers, such as a mask of yes and no, is nothing to a detector: empty.
    """
    values: Array = np.asarray(output)
    if values.dtype.kind not in "fiu":
        return np.empty(0, dtype=np.float32)
    return values.astype(np.float32, copy=False) if values.dtype.kind == "f" else values


def _lacks_numbers(output: Array) -> bool:
    """True when a part of an output is not-a-number that could be all probabilities, or all boxes."""
    is_suspect = output.dtype.kind == "f" and output.size and np.isnan(output.min())  # fast: all is well as a rule
    least = 1.0 if max(output.shape, default=0) <= _FEW_BOXES else _NOT_A_NUMBER
    return bool(is_suspect) and bool(np.isnan(output).mean() >= least)


def _labels_of(layout: Layout) -> tuple[str, ...]:
    """The names of a model that brings none: those of COCO when the number of classes is COCO's."""
    coco = coco_labels()
    if layout.n_classes == len(coco):
        return coco
    count = "1 class" if layout.n_classes == 1 else f"{layout.n_classes or 'an unknown number of'} classes"
    raise LayoutError(
        f"none are given, and the model has {count} and brings no names",
        'Name every class, in the model\'s order: labels = ["first", "second", …].',
        "labels",
    )


def _refuse(mistakes: list[Mistake]) -> None:
    if mistakes:
        raise ConfigurationError(mistakes)

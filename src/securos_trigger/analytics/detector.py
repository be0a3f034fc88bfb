"""Finds objects in a picture with an ONNX model, and writes them to `objects`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from securos_trigger.analytics.decode import Floats, RawBoxes, decode_nanodet, decode_yolo, without_repeats
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.model import Frame

_MODELS = Path(__file__).parent / "models"
_BUNDLED_MODEL = _MODELS / "nanodet-g-416.onnx"
_COCO_LABELS = _MODELS / "coco-labels.txt"
_NANODET_MEAN = np.array([103.53, 116.28, 123.675], dtype=np.float32)
_NANODET_SPREAD = np.array([57.375, 57.12, 58.395], dtype=np.float32)
# A model that leaves its input size open is fed what the YOLO family is trained with.
_OPEN_SIZE = 640


class Detector:
    """Runs the model on every n-th frame. On the frames between, `objects` is not written at all.

    The picture is stretched to the model's input by the decoder's own scaler; boxes come back in pixels of the frame.
    """

    def __init__(self, settings: DetectorSettings) -> None:
        self.node_id = settings.id
        self._settings = settings
        self._labels = tuple(settings.labels) or tuple(_COCO_LABELS.read_text().splitlines())
        self._kept_ids = _class_ids(settings, self._labels)
        self._session = _load(settings)
        given = self._session.get_inputs()[0]
        self._input_name = given.name
        self._height, self._width = (size if isinstance(size, int) else _OPEN_SIZE for size in given.shape[2:4])
        self._frames_until_next = 0

    def process(self, frame: Frame) -> None:
        """Write `objects` (docs/metadata.md), ids still null. Most probable first."""
        if self._frames_until_next:
            self._frames_until_next -= 1
            return
        self._frames_until_next = self._settings.every - 1
        frame.metadata["objects"] = self._objects(frame.picture)

    def close(self) -> None:
        """Nothing to let go of but memory."""

    def _objects(self, picture: Any) -> list[dict[str, Any]]:
        scaled = picture.reformat(width=self._width, height=self._height, format=self._pixel_format)
        outputs = self._session.run(None, {self._input_name: self._tensor(scaled.to_ndarray())})
        boxes = self._decode(outputs)
        if self._kept_ids is not None:
            boxes = boxes.taken(np.isin(boxes.class_ids, self._kept_ids))
        boxes = without_repeats(boxes, self._settings.nms_iou)
        scale = np.array([picture.width / self._width, picture.height / self._height] * 2)
        limit = np.array([picture.width, picture.height] * 2)
        corners = np.clip(boxes.corners * scale, 0, limit).round(1)
        rows = zip(corners.tolist(), boxes.probabilities.tolist(), boxes.class_ids.tolist(), strict=True)
        return [self._object(*row) for row in rows]

    @property
    def _pixel_format(self) -> str:
        return "bgr24" if self._settings.family == "nanodet" else "rgb24"

    def _tensor(self, pixels: Any) -> Floats:
        values = pixels.astype(np.float32)
        if self._settings.family == "nanodet":
            values -= _NANODET_MEAN
            values /= _NANODET_SPREAD
        else:
            values /= 255
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None])

    def _decode(self, outputs: list[Floats]) -> RawBoxes:
        threshold = self._settings.threshold
        if self._settings.family == "nanodet":
            return decode_nanodet(outputs, self._width, self._height, threshold)
        return decode_yolo(outputs, len(self._labels), threshold)

    def _object(self, corners: list[float], probability: float, class_id: int) -> dict[str, Any]:
        left, top, right, bottom = corners
        return {
            "id": None,
            "label": self._labels[class_id],
            "class_id": class_id,
            "probability": round(probability, 4),
            "rect": {"left": left, "top": top, "width": round(right - left, 1), "height": round(bottom - top, 1)},
            "attributes": [],
        }


def _class_ids(settings: DetectorSettings, labels: tuple[str, ...]) -> list[int] | None:
    """The classes to keep, by number; None: all."""
    if not settings.keep:
        return None
    unknown = [label for label in settings.keep if label not in labels]
    if unknown:
        raise ConfigurationError(
            [
                Mistake(f"{settings.id}.keep", f'the model knows no "{label}"', f"It knows {', '.join(labels)}.")
                for label in unknown
            ]
        )
    return [labels.index(label) for label in settings.keep]


def _load(settings: DetectorSettings) -> Any:
    path = settings.model or _BUNDLED_MODEL
    if not path.is_file():
        raise ConfigurationError([Mistake(f"{settings.id}.model", f"there is no file {path}")])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    # A spinning thread would take the core from the decoder and the courier.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base class of their own
        raise ConfigurationError(
            [Mistake(f"{settings.id}.model", f"{path} is not a usable ONNX model", str(error))]
        ) from error

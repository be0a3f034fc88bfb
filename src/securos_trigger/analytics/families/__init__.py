"""The families of detection models that the detector can read: one module each, and how a model is recognised.

layout      what a family is to the detector
nanodet     NanoDet, NanoDet-Plus, PicoDet
yolo        YOLO v5, v8, v11 and those laid out like them; v10 and v26 end to end
yolox       YOLOX
rtdetr      RT-DETR, DETR, SSD of TensorFlow, and other models that give labels, boxes and scores
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from securos_trigger.analytics.families import nanodet, rtdetr, yolo, yolox
from securos_trigger.analytics.families.layout import Layout, LayoutError, Trial
from securos_trigger.errors.wording import counted

__all__ = ["Layout", "LayoutError", "Trial", "recognise"]

_COCO_CLASSES = 80

_Recogniser = Callable[[Trial], Layout | None]

_FAMILIES: dict[str, tuple[_Recogniser, ...]] = {
    "nanodet": (nanodet.recognised,),
    "yolo": (rtdetr.triple, yolo.end_to_end, yolo.maps),
    "yolox": (yolox.on_grid, yolox.in_place),
    "rtdetr": (rtdetr.triple, rtdetr.pair, rtdetr.rows),
    "auto": (nanodet.recognised, rtdetr.triple, rtdetr.pair, yolo.end_to_end, yolox.on_grid, rtdetr.rows, yolo.maps),
}

_SHAPES = {
    "nanodet": "pairs of maps [1, cells, C] and [1, cells, 4 * bins]",
    "yolo": "[1, 4 + C, N] (version 8 and later), [1, N, 5 + C] (version 5) or [1, N, 6] (end to end)",
    "yolox": "[1, cells, 5 + C]",
    "rtdetr": "labels, boxes and scores; logits and boxes; or [1, N, 4 + C]",
}


def recognise(family: str, trial: Trial) -> Layout:
    """The layout of the model that gave these outputs, as a model of `family` ("auto": any).

    Raises LayoutError when the outputs fit no layout, or not the number of labels.
    """
    # Without names a model can be used only when it has the classes of COCO: what fits these comes first.
    likely = trial if trial.n_labels else replace(trial, n_labels=_COCO_CLASSES)
    layout = _found(_FAMILIES[family], likely) or _found(_FAMILIES[family], trial)
    if layout is None:
        raise _why_not(family, trial)
    _refuse_doubt(family, likely)
    _compare_counts(layout, trial)
    return layout


def _found(recognisers: Sequence[_Recogniser], trial: Trial) -> Layout | None:
    return next((layout for known in recognisers if (layout := known(trial)) is not None), None)


def _refuse_doubt(family: str, trial: Trial) -> None:
    """Refuse what two families export alike, or what is certainly another family than the one named."""
    if family == "yolo" and yolox.on_grid(trial) is not None:
        raise LayoutError(
            f"the model's output {trial.shapes} is laid out like YOLOX", 'Set family = "yolox".', "family"
        )
    if family == "auto" and yolox.in_place(trial) is not None:
        what = f"the model's output {trial.shapes} can be YOLOX's or YOLO v6's, which need other colours"
        raise LayoutError(what, 'Set family = "yolox" or family = "yolo".', "family")


def _compare_counts(layout: Layout, trial: Trial) -> None:
    if layout.n_classes is not None and trial.n_labels not in (None, layout.n_classes):
        raise _other_count(layout, trial)
    if layout.n_classes is None and trial.n_labels is not None and layout.least_classes > trial.n_labels:
        raise _other_count(layout, trial)


def _other_count(layout: Layout, trial: Trial) -> LayoutError:
    n_classes, least = layout.n_classes, layout.least_classes
    count = f"at least {least} classes" if n_classes is None else counted(n_classes, "class", "classes")
    what = f"{_names(trial.n_labels)} given, and the model has {count}"
    return LayoutError(what, "Name every class, in the model's order.", "labels")


def _names(count: int | None) -> str:
    return "1 name is" if count == 1 else f"{count} names are"


def _why_not(family: str, trial: Trial) -> LayoutError:
    """The sentence for outputs that fit no layout: another family, other values, another number of labels."""
    others = [name for name in _SHAPES if name != family and _found(_FAMILIES[name], trial) is not None]
    if family != "auto" and others:
        return LayoutError(_unlike(family, trial), f'Set family = "{others[0]}".', "family")
    as_probabilities = _found(_FAMILIES[family], _bounded(trial))
    if as_probabilities is not None:
        what = f"its outputs {trial.shapes} are those of {as_probabilities.name}, but its class values are not 0 to 1"
        return LayoutError(what, "Export it with the sigmoid at its end.")
    layout = _found(_FAMILIES[family], replace(trial, n_labels=None))
    if layout is not None and trial.n_labels not in (None, layout.n_classes):
        return _other_count(layout, trial)
    if _has_boxes_alone(trial):
        what = f"its output {trial.shapes} has boxes of four values, and no classes"
        return LayoutError(what, "Export the model with the scores of its classes.")
    if family == "auto":
        known = "; ".join(f"{name}: {shapes}" for name, shapes in _SHAPES.items())
        return LayoutError(f"its outputs {trial.shapes} are those of no known family", f"Known: {known}.")
    return LayoutError(_unlike(family, trial), "Leave family out to have it recognised, or export the model again.")


def _has_boxes_alone(trial: Trial) -> bool:
    """True for one map of boxes without any score: that of another task, or of a part of a detector."""
    return len(trial.outputs) == 1 and trial.outputs[0].ndim == 3 and 4 in trial.outputs[0].shape[1:]


def _bounded(trial: Trial) -> Trial:
    """The trial as it would be with class values from 0 to 1."""
    return replace(trial, outputs=tuple(np.clip(np.nan_to_num(output), 0, 1) for output in trial.outputs))


def _unlike(family: str, trial: Trial) -> str:
    count = f" with {trial.n_labels} labels" if trial.n_labels else ""
    return f"its outputs are {trial.shapes}; a {family} model{count} gives {_SHAPES[family]}"

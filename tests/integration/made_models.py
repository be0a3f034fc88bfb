"""Detection models of every family that see real things: the bundled NanoDet with another input and another output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from securos_trigger.analytics import detector

SIDE = 416
_BINS = 11
_LEVELS = (
    (8, "Identity:0", "Identity_3:0"),
    (16, "Identity_1:0", "Identity_4:0"),
    (32, "Identity_2:0", "Identity_5:0"),
)
_ELEMENT = {"float": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "uint8": TensorProto.UINT8}


class _Graph:
    """Adds nodes to a model's graph."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self._count = 0

    def constant(self, value: Any) -> str:
        array = np.asarray(value)
        self._count += 1
        name = f"made_constant{self._count}"
        self.graph.initializer.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", before: bool = False, **attributes: Any) -> str:
        self._count += 1
        name = output or f"made_value{self._count}"
        node = helper.make_node(operator, list(inputs), [name], **attributes)
        self.graph.node.append(node) if not before else self.graph.node.insert(self._before, node)
        self._before += before
        return name

    _before = 0

    def part(self, value: str, axis: int, start: int, end: int) -> str:
        numbers = (self.constant(np.array([number], dtype=np.int64)) for number in (start, end, axis))
        return self.add("Slice", value, *numbers)

    def number(self, value: float | Sequence[float]) -> str:
        return self.constant(np.array(value, dtype=np.float32))


def made_model(
    path: Path,
    layout: str,
    *,
    n_classes: int = 80,
    is_fraction: bool = False,
    n_masks: int = 0,
    element: str = "float",
    is_channels_last: bool = False,
    batch: int | str = 1,
    size: int | str = SIDE,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write the model to `path` and return it.

    `layout`: yolo8, yolo8_rows, yolo5, yolox, end_to_end, rtdetr_pair, rtdetr_triple, rtdetr_rows. `n_classes`: how
    many of the classes of COCO, from the first. `is_fraction`: boxes in 0 to 1. `element`, `is_channels_last`, `batch`, `size`: of the input.
    """
    model = onnx.load(str(detector._BUNDLED_MODEL))
    graph = _Graph(model)
    _set_input(graph, "yolox" if layout == "yolox" else "yolo", element, is_channels_last, batch, size)
    del model.graph.output[:]
    boxes, classes = _boxes(graph, n_classes)
    if is_fraction:
        boxes = graph.add("Div", boxes, graph.number(SIDE))
    _HEADS[layout](graph, boxes, classes, n_masks)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(path))
    return path


def _set_input(
    graph: _Graph, family: str, element: str, is_channels_last: bool, batch: int | str, size: int | str
) -> None:
    old = graph.graph.input[0].name
    del graph.graph.input[:]
    shape = [batch, size, size, 3] if is_channels_last else [batch, 3, size, size]
    graph.graph.input.append(helper.make_tensor_value_info("images", _ELEMENT[element], shape))
    value = "images"
    zero, one, axis = (graph.constant(np.array([number], dtype=np.int64)) for number in (0, 1, 0))
    value = graph.add("Slice", value, zero, one, axis, before=True)
    if element != "float":
        value = graph.add("Cast", value, before=True, to=TensorProto.FLOAT)
    if is_channels_last:
        value = graph.add("Transpose", value, before=True, perm=[0, 3, 1, 2])
    if family == "yolo":
        value = graph.add("Gather", value, graph.constant(np.array([2, 1, 0])), before=True, axis=1)
        if element != "uint8":
            value = graph.add("Mul", value, graph.number(255), before=True)
    mean = graph.constant(np.array([103.53, 116.28, 123.675], np.float32).reshape(1, 3, 1, 1))
    spread = graph.constant(np.array([57.375, 57.12, 58.395], np.float32).reshape(1, 3, 1, 1))
    value = graph.add("Sub", value, mean, before=True)
    graph.add("Div", value, spread, output=old, before=True)


def _boxes(graph: _Graph, n_classes: int) -> tuple[str, str]:
    """Centre and size [1, 3549, 4] in pixels, and class probabilities [1, 3549, C]."""
    all_boxes, all_classes = [], []
    for stride, scores, distances in _LEVELS:
        columns = SIDE // stride
        index = np.arange(columns**2)
        centres = (np.stack([index % columns, index // columns], axis=1) + 0.5).astype(np.float32)[None] * stride
        sides = graph.add("Reshape", distances, graph.constant(np.array([1, columns**2, 4, _BINS])))
        sides = graph.add("Softmax", sides, axis=3)
        sides = graph.add("Mul", sides, graph.constant((np.arange(_BINS) * stride).astype(np.float32)))
        sides = graph.add("ReduceSum", sides, graph.constant(np.array([3])), keepdims=0)
        left_top = graph.add("Sub", graph.constant(centres), graph.part(sides, 2, 0, 2))
        right_bottom = graph.add("Add", graph.constant(centres), graph.part(sides, 2, 2, 4))
        middle = graph.add("Mul", graph.add("Add", left_top, right_bottom), graph.number(0.5))
        extent = graph.add("Sub", right_bottom, left_top)
        all_boxes.append(graph.add("Concat", middle, extent, axis=2))
        all_classes.append(graph.part(scores, 2, 0, n_classes))
    return graph.add("Concat", *all_boxes, axis=1), graph.add("Concat", *all_classes, axis=1)


def _give(graph: _Graph, value: str, name: str, element: int = TensorProto.FLOAT) -> None:
    graph.add("Identity", value, output=name)
    graph.graph.output.append(helper.make_tensor_value_info(name, element, None))


def _objectness(graph: _Graph, classes: str) -> str:
    first = graph.part(classes, 2, 0, 1)
    return graph.add("Add", graph.add("Mul", first, graph.number(0)), graph.number(1))


def _masks(graph: _Graph, n_masks: int) -> str:
    _give(graph, graph.constant(np.zeros((1, n_masks, 104, 104), dtype=np.float32)), "output1")
    return graph.constant(np.full((1, 3549, n_masks), 0.7, dtype=np.float32))


def _yolo8(graph: _Graph, boxes: str, classes: str, n_masks: int) -> None:
    parts = [boxes, classes, *([_masks(graph, n_masks)] if n_masks else [])]
    rows = graph.add("Concat", *parts, axis=2)
    _give(graph, graph.add("Transpose", rows, perm=[0, 2, 1]), "output0")


def _yolo8_rows(graph: _Graph, boxes: str, classes: str, _n_masks: int) -> None:
    _give(graph, graph.add("Concat", boxes, classes, axis=2), "output0")


def _yolo5(graph: _Graph, boxes: str, classes: str, n_masks: int) -> None:
    parts = [boxes, _objectness(graph, classes), classes, *([_masks(graph, n_masks)] if n_masks else [])]
    _give(graph, graph.add("Concat", *parts, axis=2), "output0")


def _yolox(graph: _Graph, boxes: str, classes: str, _n_masks: int) -> None:
    grid, strides = [], []
    for stride, _, _ in _LEVELS:
        index, columns = np.arange((SIDE // stride) ** 2), SIDE // stride
        grid.append(np.stack([index % columns, index // columns], axis=1))
        strides.append(np.full((len(index), 1), stride))
    step = graph.constant(np.concatenate(strides).astype(np.float32)[None])
    cell = graph.constant(np.concatenate(grid).astype(np.float32)[None])
    offsets = graph.add("Sub", graph.add("Div", graph.part(boxes, 2, 0, 2), step), cell)
    sizes = graph.add("Log", graph.add("Div", graph.part(boxes, 2, 2, 4), step))
    _give(graph, graph.add("Concat", offsets, sizes, _objectness(graph, classes), classes, axis=2), "output")


def _selected(graph: _Graph, boxes: str, classes: str) -> tuple[str, str]:
    """Boxes [1, n, 4] and class values [1, n, C] of what is no repeat, as a model does that gives each object once."""
    turned = graph.add("Transpose", classes, perm=[0, 2, 1])
    limits = (graph.constant(np.array([300])), graph.number([0.6]), graph.number([0.3]))
    found = graph.add("NonMaxSuppression", boxes, turned, *limits, center_point_box=1)
    rows = graph.add("Squeeze", graph.part(found, 1, 2, 3), graph.constant(np.array([1])))
    return graph.add("Gather", boxes, rows, axis=1), graph.add("Gather", classes, rows, axis=1)


def _filled(graph: _Graph, rows: str, width: int) -> str:
    """300 rows: `rows` [1, n, width], then rows of zeros."""
    zeros = graph.constant(np.zeros((1, 300, width), dtype=np.float32))
    return graph.part(graph.add("Concat", rows, zeros, axis=1), 1, 0, 300)


def _corners(graph: _Graph, boxes: str) -> str:
    middle = graph.part(boxes, 2, 0, 2)
    half = graph.add("Mul", graph.part(boxes, 2, 2, 4), graph.number(0.5))
    return graph.add("Concat", graph.add("Sub", middle, half), graph.add("Add", middle, half), axis=2)


def _end_to_end(graph: _Graph, boxes: str, classes: str, n_masks: int) -> None:
    boxes, classes = _selected(graph, boxes, classes)
    best = graph.add("ReduceMax", classes, axes=[2], keepdims=1)
    kind = graph.add("Cast", graph.add("ArgMax", classes, axis=2, keepdims=1), to=TensorProto.FLOAT)
    rows = _filled(graph, graph.add("Concat", _corners(graph, boxes), best, kind, axis=2), 6)
    if n_masks:
        _masks(graph, n_masks)
        rows = graph.add("Concat", rows, graph.constant(np.full((1, 300, n_masks), 0.7, np.float32)), axis=2)
    _give(graph, rows, "output0")


def _rtdetr_pair(graph: _Graph, boxes: str, classes: str, _n_masks: int) -> None:
    boxes, classes = _selected(graph, boxes, classes)
    fractions = graph.add("Div", _filled(graph, boxes, 4), graph.number(SIDE))
    bounded = graph.add("Clip", _filled(graph, classes, 80), graph.number(1e-6), graph.number(1 - 1e-6))
    odds = graph.add("Div", bounded, graph.add("Sub", graph.number(1), bounded))
    _give(graph, graph.add("Log", odds), "logits")
    _give(graph, fractions, "pred_boxes")


def _rtdetr_triple(graph: _Graph, boxes: str, classes: str, _n_masks: int) -> None:
    boxes, classes = _selected(graph, boxes, classes)
    sizes = helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2])
    graph.graph.input.append(sizes)
    size = graph.add("Cast", "orig_target_sizes", to=TensorProto.FLOAT)
    scale = graph.add("Div", graph.add("Concat", size, size, axis=1), graph.number(SIDE))
    _give(graph, graph.add("ArgMax", classes, axis=2, keepdims=0), "labels", TensorProto.INT64)
    _give(graph, graph.add("Mul", _corners(graph, boxes), scale), "boxes")
    _give(graph, graph.add("ReduceMax", classes, axes=[2], keepdims=0), "scores")


def _rtdetr_rows(graph: _Graph, boxes: str, classes: str, _n_masks: int) -> None:
    boxes, classes = _selected(graph, boxes, classes)
    fractions = graph.add("Div", boxes, graph.number(SIDE))
    faint = graph.constant(np.full((1, 1, 84), 0.01, dtype=np.float32))
    rows = graph.add("Concat", graph.add("Concat", fractions, classes, axis=2), faint, axis=1)
    _give(graph, _filled(graph, rows, 84), "output0")


_HEADS = {
    "yolo8": _yolo8,
    "yolo8_rows": _yolo8_rows,
    "yolo5": _yolo5,
    "yolox": _yolox,
    "end_to_end": _end_to_end,
    "rtdetr_pair": _rtdetr_pair,
    "rtdetr_triple": _rtdetr_triple,
    "rtdetr_rows": _rtdetr_rows,
}

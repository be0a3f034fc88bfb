"""Decoders of every family as loops over plain numbers, written from the models' own descriptions, to compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: left, top, right, bottom, probability, class
Box = tuple[float, float, float, float, float, int]
Rows = Sequence[Sequence[float]]


def best(values: Sequence[float]) -> tuple[float, int]:
    """The largest value and its place, the first of equals."""
    place = max(range(len(values)), key=lambda n: (values[n], -n))
    return values[place], place


def of_centre(x: float, y: float, width: float, height: float, probability: float, kind: int) -> Box:
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2, probability, kind)


def yolo8(rows: Rows, n_classes: int, threshold: float) -> list[Box]:
    found = []
    for row in rows:
        probability, kind = best(row[4 : 4 + n_classes])
        if probability >= threshold:
            found.append(of_centre(row[0], row[1], row[2], row[3], probability, kind))
    return found


def yolo5(rows: Rows, n_classes: int, threshold: float) -> list[Box]:
    found = []
    for row in rows:
        probability, kind = best([row[4] * value for value in row[5 : 5 + n_classes]])
        if probability >= threshold:
            found.append(of_centre(row[0], row[1], row[2], row[3], probability, kind))
    return found


def yolox(rows: Rows, n_classes: int, threshold: float, width: int, height: int) -> list[Box]:
    found, place = [], 0
    for stride in (8, 16, 32):
        for y in range(math.ceil(height / stride)):
            for x in range(math.ceil(width / stride)):
                row = rows[place]
                place += 1
                probability, kind = best([row[4] * value for value in row[5 : 5 + n_classes]])
                if probability >= threshold:
                    across, down = math.exp(row[2]) * stride, math.exp(row[3]) * stride
                    found.append(
                        of_centre((row[0] + x) * stride, (row[1] + y) * stride, across, down, probability, kind)
                    )
    return found


def end_to_end(rows: Rows, threshold: float) -> list[Box]:
    return [(row[0], row[1], row[2], row[3], row[4], int(row[5])) for row in rows if row[4] >= threshold]


def rtdetr(boxes: Rows, logits: Rows, threshold: float, width: int, height: int) -> list[Box]:
    found = []
    for box, row in zip(boxes, logits, strict=True):
        probability, kind = best([1 / (1 + math.exp(-value)) for value in row])
        if probability >= threshold:
            x, across = box[0] * width, box[2] * width
            y, down = box[1] * height, box[3] * height
            found.append(of_centre(x, y, across, down, probability, kind))
    return found


def nanodet_level(
    scores: Rows, distances: Rows, threshold: float, stride: int, width: int, offset: float = 0.5
) -> list[Box]:
    found = []
    columns = math.ceil(width / stride)
    for cell, row in enumerate(scores):
        probability, kind = best(row)
        if probability < threshold:
            continue
        x, y = (cell % columns + offset) * stride, (cell // columns + offset) * stride
        bins = len(distances[cell]) // 4
        sides = []
        for side in range(4):
            weights = [math.exp(value) for value in distances[cell][side * bins : (side + 1) * bins]]
            sides.append(sum(n * weight for n, weight in enumerate(weights)) / sum(weights) * stride)
        found.append((x - sides[0], y - sides[1], x + sides[2], y + sides[3], probability, kind))
    return found

"""Lines and zones that lie outside of the image, so that no object is ever there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from securos_trigger.errors import Mistake

#: The settings that hold drawings, and what each of them is called.
_DRAWINGS: Final = (("lines", "line"), ("rois", "zone"))


def drawing_warnings(node: Any, size: tuple[int, int] | None) -> Iterator[Mistake]:
    """The drawings of a node that no object can meet. `size` of the frames in pixels; None: it is not known."""
    if getattr(node, "units", "") != "pixels":
        yield from _on_the_edge(node)
        return
    for setting, word in _DRAWINGS:
        for name, points in getattr(node, setting, {}).items():
            if side := _side_of(points, size):
                fix = 'Draw it on a frame of this source, or write fractions of its size: units = "fractions".'
                yield Mistake(setting, f'{word} "{name}" is outside of the image: it lies {side}', fix)


def _on_the_edge(node: Any) -> Iterator[Mistake]:
    """Lines along an edge of the image, which no object can cross."""
    for name, points in getattr(node, "lines", {}).items():
        along = [{point[axis] for point in points} for axis in (0, 1)]
        if any(values in ({0}, {1}) for values in along):
            fix = "Move it into the image."
            yield Mistake("lines", f'line "{name}" lies on the edge of the image: nothing crosses it', fix)


def _side_of(points: list[tuple[float, float]], size: tuple[int, int] | None) -> str:
    """On which side of the image all points are; empty: on none, or it is not known."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if max(xs) < 0 or max(ys) < 0:
        return "left of it" if max(xs) < 0 else "above it"
    if size is None:
        return ""
    if min(xs) > size[0] or min(ys) > size[1]:
        return ("right of" if min(xs) > size[0] else "below") + f" its {size[0]} x {size[1]} pixels"
    return ""

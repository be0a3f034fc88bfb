"""Turns frames upright that are stored lying on their side, as phones do: the file then holds a display matrix.

A player turns such a video; so does a source here, before any node sees the frame. Coordinates of zones and lines, what
a sink writes and what a person sees in a player are then the same.
"""

from __future__ import annotations

import logging
import math
import struct
from fractions import Fraction
from typing import Any

from av import VideoFrame
from av.filter import Graph

_log = logging.getLogger("securos_trigger.video")

_MATRIX = "DISPLAYMATRIX"
# By the signs of the matrix's a, b, c, d (x' = ax + cy, y' = bx + dy): the filters of FFmpeg that do the same.
_FILTERS: dict[tuple[int, int, int, int], tuple[tuple[str, str], ...]] = {
    (1, 0, 0, 1): (),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (0, 1, -1, 0): (("transpose", "dir=clock"),),
    (0, -1, 1, 0): (("transpose", "dir=cclock"),),
    (0, 1, 1, 0): (("transpose", "dir=cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "dir=clock_flip"),),
}
_BLANK = VideoFrame(2, 2)
# How far a number may be from a quarter turn's, as a part of the matrix's largest.
_TOLERANCE = 0.02


class Uprighter:
    """Turns the frames of one stream. A frame without a display matrix is handed on as it is, the same object."""

    def __init__(self, source_name: str) -> None:
        self._source_name = source_name
        self._graph: Graph | None = None
        self._made_for: tuple[object, ...] = ()
        self._has_warned = False

    def upright(self, image: Any) -> Any:
        """The image as a player shows it: itself, or a new one that is turned and has the same time stamp."""
        matrix = _matrix_of(image)
        if matrix is None:
            return image
        signs = quarter_turn(matrix)
        filters = _FILTERS.get(signs) if signs else None
        if filters is None:
            self._warn_once()
            return image
        if not filters:
            return image
        graph = self._graph_for(image, filters)
        graph.push(image)
        return graph.pull()

    def _graph_for(self, image: Any, filters: tuple[tuple[str, str], ...]) -> Graph:
        """The chain of filters for images of this size and format; made again when they change."""
        key = (image.width, image.height, image.format.name, image.time_base, filters)
        if self._graph is None or key != self._made_for:
            self._graph, self._made_for = _graph(image, filters), key
        return self._graph

    def _warn_once(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            _log.warning(
                "The video of %s asks to be turned by other than quarter turns; it is used as it is stored.",
                self._source_name,
            )


def _matrix_of(image: Any) -> bytes | None:
    """The display matrix of an image; None: it has none.

    PyAV's side data and its image hold each other, so that only the garbage collector would free the image: hundreds of
    megabytes later. So the side data is made that of a small image, once it has been read. What FFmpeg has of it stays.
    """
    found = image.side_data
    matrix = found.get(_MATRIX)
    copied = None if matrix is None else bytes(matrix)
    found.__init__(_BLANK)
    return copied


def quarter_turn(matrix: bytes) -> tuple[int, int, int, int] | None:
    """The signs of a, b, c, d of a display matrix (nine 32-bit numbers), or None when it is no quarter turn."""
    if len(matrix) < 36:
        return None
    numbers = struct.unpack("=9i", matrix[:36])
    values = (numbers[0], numbers[1], numbers[3], numbers[4])
    largest = max(abs(value) for value in values)
    if not largest:
        return None
    parts = [value / largest for value in values]
    if any(_TOLERANCE < abs(part) < 1 - _TOLERANCE for part in parts):
        return None
    a, b, c, d = (0 if abs(part) < 0.5 else int(math.copysign(1, part)) for part in parts)
    return (a, b, c, d)


def _graph(image: Any, filters: tuple[tuple[str, str], ...]) -> Graph:
    graph = Graph()
    last = graph.add_buffer(
        width=image.width, height=image.height, format=image.format, time_base=image.time_base or Fraction(1, 1_000_000)
    )
    # The turned image must not ask to be turned again.
    for name, arguments in (*filters, ("sidedata", f"mode=delete:type={_MATRIX}")):
        step = graph.add(name, arguments)
        last.link_to(step)
        last = step
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph

"""Lines and zones that an image can show."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A line (two points) or a zone (three or more) that a node watches, for what draws the image.

    `points` are pixels, or fractions of the image's size when `in_fractions` is true.
    """

    node_id: str
    name: str
    points: tuple[Point, ...]
    in_fractions: bool = False

    @property
    def is_line(self) -> bool:
        """True for a line, false for a zone."""
        return len(self.points) == 2

    def in_pixels(self, size: tuple[int, int] | None) -> tuple[Point, ...]:
        """The points in a frame of this width and height in pixels.

        Raises ValueError for fractions of a frame whose size is not known.
        """
        if not self.in_fractions:
            return self.points
        if size is None:
            raise ValueError(f'"{self.name}" is given in fractions, and the size of the frame is not known')
        width, height = size
        return tuple((x * width, y * height) for x, y in self.points)

"""Finds lines and zones that lie outside of the images: with the first image, and when their size changes."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any, Final

from securos_trigger.config.drawings import drawing_warnings
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import Mistake
from securos_trigger.notices import Announcer, kinds

_IN_PIXELS: Final = "pixels"


class DrawingWatch:
    """Compares the drawings in pixels of a pipeline with the size of its images. The pipeline's thread calls `see`.

    An input may have cameras of several sizes: then only what is outside for each of them is found.
    """

    def __init__(self, settings: PipelineSettings, announcer: Announcer) -> None:
        self._pipeline = settings.name
        self._announcer = announcer
        self._nodes: Sequence[Any] = [one for one in settings.nodes if getattr(one, "units", "") == _IN_PIXELS]
        self._sizes: dict[str, tuple[int, int]] = {}
        self._seen: set[tuple[int, int] | None] = set()
        self._found: dict[tuple[str, str], dict[str, str]] = {}

    @property
    def has_drawings(self) -> bool:
        """True when there is anything to compare."""
        return bool(self._nodes)

    def see(self, camera: str, size: tuple[int, int] | None) -> None:
        """Take the size of a camera's images from now on, in pixels. None: it is not known."""
        if size is None:
            self._sizes.pop(camera, None)
        else:
            self._sizes[camera] = size
        sizes: set[tuple[int, int] | None] = {*self._sizes.values()} or {None}
        if sizes != self._seen:
            self._seen = sizes
            self._take(self._outside(sizes))

    def _outside(self, sizes: Set[tuple[int, int] | None]) -> dict[tuple[str, str], dict[str, str]]:
        """The drawings that are outside of the images of all sizes, in the words for the largest."""
        by_size = [
            {
                (node.id, _drawing(warning)): {"node": node.id, "reason": warning.what, "fix": warning.fix}
                for node in self._nodes
                for warning in drawing_warnings(node, size)
            }
            for size in sorted(sizes, key=lambda size: size or (0, 0))
        ]
        everywhere = set.intersection(*map(set, by_size))
        return {(key[0], one["reason"]): one for key, one in by_size[-1].items() if key in everywhere}

    def _take(self, found: dict[tuple[str, str], dict[str, str]]) -> None:
        before, self._found = self._found, found
        for key, one in found.items():
            if key not in before:
                about = {"pipeline": self._pipeline, "node": one["node"]}
                self._announcer.announce(kinds.DRAWING_OUTSIDE, **about, reason=one["reason"], fix=one["fix"])
        for node in {node for node, _ in before} - {node for node, _ in found}:
            self._announcer.announce(kinds.DRAWINGS_INSIDE, pipeline=self._pipeline, node=node)

    def answer(self) -> list[dict[str, str]]:
        """`node`, `reason` and `fix` of each drawing that is outside of the images now. From any thread."""
        return list(self._found.values())


def _drawing(warning: Mistake) -> str:
    """The drawing that a warning is about, whatever the size of the image is."""
    return warning.what.rpartition(": ")[0]

"""Finds lines and zones that lie outside of the images: with the first image, and when their size changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from securos_trigger.config.drawings import drawing_warnings
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.notices import Announcer, kinds

_IN_PIXELS: Final = "pixels"


class DrawingWatch:
    """Compares the drawings in pixels of a pipeline with the size of its images. The pipeline's thread calls `see`."""

    def __init__(self, settings: PipelineSettings, announcer: Announcer) -> None:
        self._pipeline = settings.name
        self._announcer = announcer
        self._nodes: Sequence[Any] = [one for one in settings.nodes if getattr(one, "units", "") == _IN_PIXELS]
        self._found: dict[tuple[str, str], dict[str, str]] = {}

    @property
    def has_drawings(self) -> bool:
        """True when there is anything to compare."""
        return bool(self._nodes)

    def see(self, size: tuple[int, int] | None) -> None:
        """Take the size of the images from now on, in pixels. None: it is not known."""
        found = {
            (node.id, warning.what): {"node": node.id, "reason": warning.what, "fix": warning.fix}
            for node in self._nodes
            for warning in drawing_warnings(node, size)
        }
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

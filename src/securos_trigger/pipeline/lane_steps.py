"""The steps of a pipeline whose source carries several cameras: each camera has steps of its own."""

from __future__ import annotations

from collections.abc import Sequence

from securos_trigger.model import Frame
from securos_trigger.pipeline.steps import Step


class LaneSteps:
    """The steps by the name of the camera, which is that of a frame's source. `node_ids` are the same in all of them.

    A camera is added before its first frame, by the thread of the pipeline.
    """

    def __init__(self, node_ids: Sequence[str]) -> None:
        self.node_ids = tuple(node_ids)
        self._by_lane: dict[str, tuple[Step, ...]] = {}

    def add(self, lane: str, steps: Sequence[Step]) -> None:
        """Walk the frames of a camera through these steps."""
        self._by_lane[lane] = tuple(steps)

    def of(self, frame: Frame) -> tuple[Step, ...]:
        """The steps of a frame's camera."""
        return self._by_lane[frame.source_name]

    def all(self) -> tuple[Step, ...]:
        """Every step once, also one that several cameras share."""
        return tuple({id(step): step for steps in self._by_lane.values() for step in steps}.values())

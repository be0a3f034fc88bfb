"""The actor of a pipeline: what Ray places on a machine. It starts the process of the pipeline there, and answers."""

from __future__ import annotations

from typing import Any

from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.place import node_name
from securos_trigger.placement.placed_process import PlacedProcess


class PipelineActor:
    """Runs a pipeline on the machine where Ray has made it. When the machine dies, Ray makes it on another one.

    The process of the pipeline ends with the actor, however that ends. A configuration that cannot be read on this
    machine is no reason to die, because Ray would make it again at once: `report` says it, and it is tried again.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._node = node_name()
        self._process = PlacedProcess(assignment, self._node)
        self._is_stopped = False
        self._process.start()

    def report(self) -> dict[str, Any]:
        """The digest of its assignment, its machine, and the state of its process.

        The digest is empty once it was stopped: such an actor, which nothing has ended yet, is no assignment's.
        """
        digest = "" if self._is_stopped else self._assignment.digest
        known = {"pipeline": self._assignment.pipeline, "digest": digest, "node": self._node}
        return {**known, **self._process.state()}

    def stop(self) -> bool:
        """End the process as after SIGTERM. False: not within the time."""
        self._is_stopped = True
        return self._process.close()

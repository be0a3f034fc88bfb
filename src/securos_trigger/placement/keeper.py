"""The keeper of a site in Ray: after each move, and after a machine is back, it has left-over events relayed there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from securos_trigger.notices import Announcer, log_notice
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.left_over import relay_left_over
from securos_trigger.placement.place import node_name
from securos_trigger.system.worker import Worker

KEEPER: Final = "securos-trigger keeper"
#: Every machine is looked at this often, also when nothing has moved.
LOOK_AGAIN_AFTER_S: Final = 300.0
#: After a move the outbox may still be open for a while in a process that ends.
_LOOK_FOR_S: Final = 40.0
_LOOK_EVERY_S: Final = 5.0
_ANSWER_WITHIN_S: Final = 120.0

_log = logging.getLogger("securos_trigger")


def relay_here(assignment: Assignment) -> int:
    """Relay what is left over on this machine; gives how many events could not be relayed."""
    found = relay_left_over(assignment.settings(), node_name())
    for one in found:
        _log.warning(
            "%d events of pipeline %s were left here by an earlier run; %d still are.",
            one.found,
            one.pipeline,
            one.left,
        )
    return sum(one.left for one in found)


class Keeper:
    """Looks every few seconds which machines are there. A detached actor without a processor core of its own."""

    def __init__(self, assignment: Assignment, names: tuple[str, ...]) -> None:
        self._assignment = assignment
        self._watch = LeftOverWatch(assignment, names)
        self._worker = Worker("keeper", self._turn, Announcer([log_notice]))
        self._worker.start()

    def report(self) -> dict[str, Any]:
        """The digest of its assignment, and whether it works."""
        return {"digest": self._assignment.digest, "is_alive": self._worker.is_alive}

    def stop(self) -> bool:
        """End its thread."""
        return self._worker.close(1.0)

    def _turn(self, closing: threading.Event) -> None:
        self._watch.look()
        closing.wait(_LOOK_EVERY_S)


class LeftOverWatch:
    """Has what is left over relayed on every machine: for a while after each change, and once in a while.

    `names` are those of the pipelines. `ticks` gives seconds.
    """

    def __init__(
        self, assignment: Assignment, names: tuple[str, ...], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._assignment = assignment
        self._names = names
        self._ticks = ticks
        self._seen: object = None
        self._changed_at_ticks = self._looked_at_ticks = float("-inf")

    def look(self) -> None:
        """Look once which machines are there and where each pipeline is, and relay if it is time."""
        now_ticks = self._ticks()
        nodes = _alive_nodes()
        seen = (nodes, self._places())
        if seen != self._seen:
            self._seen, self._changed_at_ticks = seen, now_ticks
        is_recent = now_ticks - self._changed_at_ticks < _LOOK_FOR_S
        if is_recent or now_ticks - self._looked_at_ticks >= LOOK_AGAIN_AFTER_S:
            self._looked_at_ticks = now_ticks
            self._relay_on(nodes)

    def _places(self) -> tuple[str, ...]:
        """The machine of each pipeline, as far as its actor answers."""
        import ray

        found = []
        for name in self._names:
            try:
                found.append(str(ray.get(ray.get_actor(name).report.remote(), timeout=2.0)["node"]))
            except (ValueError, ray.exceptions.RayError):
                found.append("")
        return tuple(found)

    def _relay_on(self, nodes: tuple[str, ...]) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        task = ray.remote(relay_here)
        asked = [
            task.options(
                num_cpus=0, max_retries=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
            ).remote(self._assignment)
            for node in nodes
        ]
        done, _ = ray.wait(asked, num_returns=len(asked), timeout=_ANSWER_WITHIN_S)
        for one in done:
            try:
                if ray.get(one):
                    self._changed_at_ticks = self._ticks()  # something is left: look again soon
            except ray.exceptions.RayError as error:
                _log.warning("Left-over events could not be looked for: %s", str(error).splitlines()[0])


def _alive_nodes() -> tuple[str, ...]:
    import ray

    return tuple(sorted(str(node["NodeID"]) for node in ray.nodes() if node["Alive"]))

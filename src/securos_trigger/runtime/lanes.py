"""The lanes of a pipeline whose source carries several cameras: nodes of its own for each camera."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from securos_trigger.analytics import build
from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.config.node_mistakes import mistakes_of_nodes
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.inputs.intake import Rows
from securos_trigger.model import Address, AnalyticsNode
from securos_trigger.pipeline.lane_steps import LaneSteps
from securos_trigger.pipeline.steps import Step, TriggerStep
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.gathered_events import GatheredEvents
from securos_trigger.runtime.live_node import LiveNode

#: The store must answer within this time at a start, in seconds.
ROWS_WITHIN_S: Final = 30.0


class PipelineLanes:
    """The nodes of all cameras of one pipeline, and the store of its input. Used by the pipeline's thread only.

    A recorder is shared by all cameras: it writes one file.
    """

    def __init__(self, settings: PipelineSettings, whole: Settings, dispatch: Dispatch, *, opens_late: bool) -> None:
        self.steps = LaneSteps([node.id for node in settings.nodes])
        self._settings = settings
        self._whole = whole
        self._dispatch = dispatch
        self._identity = whole.identity.model_dump()
        self._gathered = GatheredEvents(settings.name, dispatch.events, dispatch.outbox)
        self._live: dict[str, list[LiveNode]] = {}
        self._has_others = any(not isinstance(node, TriggerSettings) for node in settings.nodes)
        self._shared: dict[str, AnalyticsNode] = {
            node.id: build(node, self._identity, opens_late=opens_late)
            for node in settings.nodes
            if isinstance(node, RecorderSettings)
        }

    @property
    def shared(self) -> Collection[AnalyticsNode]:
        """The nodes that all cameras share."""
        return self._shared.values()

    @property
    def session_name(self) -> str:
        """What this pipeline is called at a broker: as no pipeline of another outbox, also one of the same name."""
        path = os.path.realpath(self._whole.outbox.path)
        return f"{self._settings.name}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"

    def open(self, lane: str, cameras: tuple[str, ...], stored: Mapping[str, Any]) -> None:
        """Make the nodes of a camera, unless they are there: after a fault of its source they go on as they were."""
        if lane in self._live:
            return
        live = self._live[lane] = []
        steps: list[Step] = []
        for node in self._settings.nodes:
            if isinstance(node, TriggerSettings):
                made = self._trigger(node, lane, cameras, stored.get(node.id))
                live.append(made)
                steps.append(TriggerStep(node.id, made.process_frame))
            else:
                with mistakes_of_nodes(self._whole, self._settings.name):
                    steps.append(self._shared.get(node.id) or build(node, self._identity))
        self.steps.add(lane, steps)
        self._dispatch.add_lane(live)

    def to_plain(self, lane: str) -> dict[str, Any]:
        """The state of a camera's trigger nodes, by node id."""
        return {live.address.node: live.node.to_plain() for live in self._live[lane]}

    def is_waiting(self, lane: str) -> bool:
        """True while the condition of one of its nodes has not held for long enough."""
        return any(live.node.is_waiting for live in self._live[lane])

    def sees_repetitions(self, lane: str) -> bool:
        """True unless all nodes of the camera are triggers that fire for what begins."""
        return self._has_others or any(live.node.condition is not None for live in self._live[lane])

    def changes_frames(self, _lane: str) -> bool:
        """True unless all nodes are triggers, which only read."""
        return self._has_others

    def stored_rows(self) -> list[tuple[str, dict[str, Any]]]:
        """What the input has written before. OutboxError or TimeoutError: the store does not answer."""
        self._gathered.give_back()
        return self._dispatch.outbox.input_rows(self._settings.name).result(ROWS_WITHIN_S)

    def pending_ids(self) -> Sequence[str]:
        """The ids of the events that have fired since the last commit."""
        return self._gathered.ids()

    def keep(self, rows: Rows) -> str:
        """Commit rows and events together. Empty when that is done, else the reason."""
        return self._gathered.commit(rows)

    def end(self) -> None:
        """The pipeline has ended: its nodes are no more."""
        self._gathered.give_back()
        self._dispatch.remove_lanes([live for lane in self._live.values() for live in lane])

    def _trigger(
        self, node: TriggerSettings, lane: str, cameras: tuple[str, ...], stored: Mapping[str, Any] | None
    ) -> LiveNode:
        context = self._whole.context(node.id, self._settings.name)
        address = Address(self._settings.name, lane, node.id)
        live = self._dispatch.node_builder.lane_node(
            node.for_cameras(cameras).properties, context, address, self._gathered
        )
        if stored is not None:
            live.node.restore(stored)
        return live

"""Builds live nodes: a trigger node with its ledger, its heartbeat, and the way of its events to the outbox."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from securos_trigger.ledger import Ledger
from securos_trigger.model import Address
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer
from securos_trigger.runtime.event_sink import OutboxSink
from securos_trigger.runtime.first_frames import FirstFrames
from securos_trigger.runtime.gathered_events import GatheredEvents
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.trigger.properties import TriggerProperties

if TYPE_CHECKING:
    from securos_trigger.relay.pipeline_lease import PipelineLease


class NodeBuilder:
    """Builds nodes that a service does not work with yet: building may fail, and changes nothing but the ledger.

    `heartbeat` gives the heartbeat of a pipeline, or of a node that stands alone, by its name. `lease` knows what nodes
    have fired on other machines.
    """

    def __init__(
        self,
        ledger: Ledger,
        events: OutboxSink,
        announcer: Announcer,
        heartbeat: Callable[[str], Heartbeat],
        lease: PipelineLease | None = None,
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._announcer = announcer
        self._heartbeat = heartbeat
        self._lease = lease

    def node(self, properties: TriggerProperties, context: Context, pipeline: str) -> LiveNode:
        """A live node that nothing knows yet but the ledger."""
        node = TriggerSecurOSEvent.from_properties(properties, context)
        address = Address(pipeline, "", context.node_id)
        node_ledger = self._ledger.node(address, node.condition)
        first_frames = FirstFrames(node, address, self._announcer)
        heartbeat = self._heartbeat(pipeline or context.node_id)
        return self._going_on(LiveNode(node, address, self._events, self._ledger, node_ledger, heartbeat, first_frames))

    def lane_node(
        self, properties: TriggerProperties, context: Context, address: Address, gathered: GatheredEvents
    ) -> LiveNode:
        """A live node of one camera of an input; what it fires is committed by its input."""
        node = TriggerSecurOSEvent.from_properties(properties, context)
        node_ledger = self._ledger.node(address, node.condition)
        first_frames = FirstFrames(node, address, self._announcer)
        first_frames.is_over = True  # the fields of an input may be missing for long: `check` knows them
        heartbeat = self._heartbeat(address.pipeline)
        return self._going_on(
            LiveNode(node, address, self._events, self._ledger, node_ledger, heartbeat, first_frames, gathered)
        )

    def _going_on(self, live: LiveNode) -> LiveNode:
        """The node with the interval that counts from its last event on another machine."""
        if self._lease is not None:
            last = self._lease.last_fired(live.address.node, live.node.properties.camera_ids)
            if last is not None:
                live.go_on_after(last.at_s, last.event_id)
        return live

    def new_form(
        self, live: LiveNode, properties: TriggerProperties, context: Context, changed: tuple[str, ...]
    ) -> Callable[[], None]:
        """What lets a live node have these properties from its next frame on. `changed` names those that changed."""
        node = TriggerSecurOSEvent.from_properties(properties, context)
        return partial(live.change, node, FirstFrames(node, live.address, self._announcer), changed)

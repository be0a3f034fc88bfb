"""What a frame is walked through: analytics nodes, and triggers in their place among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from securos_trigger.model import AnalyticsNode, Decision, Frame

#: Decides about a frame: our node, with what the runtime does with what fired.
Trigger = Callable[[Frame], Decision]


@dataclass(frozen=True, slots=True)
class TriggerStep:
    """The trigger in its place among the nodes."""

    node_id: str
    decide: Trigger


Step = AnalyticsNode | TriggerStep

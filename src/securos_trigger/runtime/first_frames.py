"""Watches a trigger node's first frames: a condition that was unknown on all of them is reported once."""

from __future__ import annotations

from securos_trigger.model import Address, Decision, Metadata, Reason
from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.timestamps import service_clock_s
from securos_trigger.trigger.node import TriggerSecurOSEvent

#: Media time, in seconds, on which the condition must have been unknown, and the least number of frames.
WATCHED_S = 10.0
LEAST_FRAMES = 20


class FirstFrames:
    """Takes decisions until the condition was true or false once, or was reported. One thread calls `see`."""

    def __init__(self, node: TriggerSecurOSEvent, address: Address, announcer: Announcer) -> None:
        #: When the condition came into force (`service_clock_s`).
        self.since_s = service_clock_s()
        self.is_over = node.condition is None
        #: Why it was unknown on all of them, once that is reported.
        self.reason = ""
        self._condition = node.condition
        self._address = address
        self._announcer = announcer
        self._frames = 0
        self._began_at_s = 0.0

    def see(self, decision: Decision, metadata: Metadata) -> None:
        """Take the decision on one frame."""
        if decision.reason is not Reason.CONDITION_UNKNOWN:
            self.is_over = True
            return
        if not self._frames:
            self._began_at_s = decision.at
        self._frames += 1
        if decision.at - self._began_at_s < WATCHED_S or self._frames < LEAST_FRAMES:
            return
        self.is_over = True
        missing = () if self._condition is None else self._condition.missing_paths(metadata)
        self.reason = f"no {' and no '.join(missing)} in the metadata" if missing else "its values cannot be compared"
        self._announcer.announce(
            kinds.CONDITION_ALWAYS_UNKNOWN, node=self._address, count=self._frames, reason=self.reason
        )

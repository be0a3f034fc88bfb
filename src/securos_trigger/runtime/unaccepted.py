"""The receivers that answer and accept no event: since when, and what they say of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from securos_trigger.model import Accepted
from securos_trigger.notices import Notice, kinds
from securos_trigger.system.timestamps import rfc3339_of_service, service_clock_s

#: An event that was due again this long ago, in seconds, waits no more: a person has dropped, moved or purged it.
_OVER_AFTER_S: Final = 300.0
#: An event has got through, to a camera or into the cluster.
_ENDS: Final = (kinds.DELIVERY_DONE, kinds.DELIVERY_RELAYED, kinds.TARGET_RECOVERED)


@dataclass(slots=True)
class _Unaccepted:
    """Since when (Unix seconds), what the receiver said last, and when it is over without a retry (monotonic)."""

    since_s: float
    reason: str
    over_at_ticks: float


class UnacceptedEvents:
    """Observes notices. It begins with an event that goes again and that no camera has got.

    It ends with an event that a camera has got or that is with the cluster, and when no retry comes. One that is given
    up ends nothing: it may be that of a wrong camera, while the others go again. Its owner locks.
    """

    def __init__(self) -> None:
        self._of: dict[str, _Unaccepted] = {}

    def observe(self, notice: Notice) -> None:
        """Take what a notice says of an event."""
        kind, fields = notice.kind, notice.fields
        if kind is kinds.DELIVERY_RETRY and fields["accepted"] == Accepted.NO:
            self._go_on(str(fields["target"]), str(fields["reason"]), float(str(fields["wait_s"])))
        elif kind in _ENDS or (kind is kinds.DELIVERY_RETRY and fields["accepted"] == Accepted.NOW):
            self.forget(str(fields["target"]))

    def _go_on(self, target: str, reason: str, wait_s: float) -> None:
        now_ticks = time.monotonic()
        known = self._of.get(target)
        if known is None or known.over_at_ticks < now_ticks:
            known = self._of[target] = _Unaccepted(service_clock_s(), reason, now_ticks)
        known.reason = reason
        known.over_at_ticks = max(known.over_at_ticks, now_ticks + wait_s + _OVER_AFTER_S)

    def answer(self, target: str) -> dict[str, Any]:
        """`not_accepted_since` and `not_accepted_reason`; empty: it accepts events, or none is sent to it."""
        known = self._of.get(target)
        if known is None or known.over_at_ticks < time.monotonic():
            return {}
        return {"not_accepted_since": rfc3339_of_service(known.since_s), "not_accepted_reason": known.reason}

    def forget(self, target: str) -> None:
        """It is over, or what was seen of this target says nothing any more."""
        self._of.pop(target, None)

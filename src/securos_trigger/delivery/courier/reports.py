"""Reports what becomes of the deliveries of one target, as notices."""

from __future__ import annotations

import logging
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from securos_trigger.model import Accepted, Delivery
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.outbox import Again, Dead, End, Relayed

_log = logging.getLogger("securos_trigger.delivery.courier")


class DeliveryReports:
    """Reports about one target. `clock` gives Unix seconds, `captured_at_of` when the frame was, by that clock."""

    def __init__(
        self,
        target: str,
        announcer: Announcer,
        clock: Callable[[], float],
        captured_at_of: Callable[[Delivery], float] = attrgetter("captured_at_s"),
    ) -> None:
        self._target = target
        self._announcer = announcer
        self._clock = clock
        self._captured_at_of = captured_at_of

    def end(self, delivery: Delivery, end: End, *, is_late: bool, is_duplicate: bool) -> None:
        """Report that it is delivered, with a reason when something of it failed, given up, or in a cluster now."""
        if isinstance(end, Relayed):
            self._announcer.announce(kinds.DELIVERY_RELAYED, **self._about(delivery))
            return
        if isinstance(end, Dead):
            self._announcer.announce(kinds.DELIVERY_DEAD, **self._about(delivery), reason=end.reason)
            return
        level = logging.WARNING if end.reason else logging.INFO
        latency_s = round(self._clock() - self._captured_at_of(delivery), 4)
        self._announcer.announce(
            kinds.DELIVERY_DONE,
            level,
            **self._about(delivery),
            latency_s=latency_s,
            late=is_late,
            duplicate=is_duplicate,
            failed_cameras=",".join(end.failed_camera_ids),
            reason=end.reason,
        )

    def retry(self, delivery: Delivery, again: Again, accepted: Accepted) -> None:
        """Report that it will be attempted again, when, and whether a camera has the event."""
        self._announcer.announce(
            kinds.DELIVERY_RETRY,
            **self._about(delivery),
            attempts=delivery.attempts + int(again.counts_as_attempt),
            wait_s=round(again.wait_s, 3),
            accepted=accepted,
            failed_cameras=",".join(again.failed_camera_ids),
            reason=again.reason,
        )

    def bug(self, delivery: Delivery, error: BaseException) -> None:
        """Report a fault of our own, with its traceback in the log."""
        _log.error("courier_failed target=%s event_id=%s", self._target, delivery.event_id, exc_info=error)
        about = {"target": self._target, "event_id": delivery.event_id}
        self._announcer.announce(kinds.COURIER_FAILED, **about, reason=name_of_bug(error))

    def _about(self, delivery: Delivery) -> dict[str, Any]:
        return {
            "event_name": delivery.name,
            "cameras": ",".join(delivery.camera_ids),
            "target": self._target,
            "event_id": delivery.event_id,
        }

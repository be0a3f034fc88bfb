"""Whether the cluster is reached: reported at the start, when a trouble begins or changes its cause, and at its end."""

from __future__ import annotations

import time

from securos_trigger.notices import Announcer, kinds


class ClusterHealth:
    """Follows the connections of one thread."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._reason = ""
        self._since_ticks = 0.0
        self._was_reached = False

    def note_lost(self, reason: str) -> None:
        """Note that there is no connection, and why."""
        if not self._reason:
            self._since_ticks = time.monotonic()
        if reason != self._reason:
            self._announcer.announce(kinds.CLUSTER_LOST, reason=reason)
        self._reason = reason

    def note_reached(self, server: str) -> None:
        """Note that a server of the cluster answers."""
        if self._reason:
            outage_s = round(time.monotonic() - self._since_ticks, 3)
            self._announcer.announce(kinds.CLUSTER_RECOVERED, server=server, outage_s=outage_s)
        elif not self._was_reached:
            self._announcer.announce(kinds.CLUSTER_REACHED, server=server)
        self._reason, self._was_reached = "", True

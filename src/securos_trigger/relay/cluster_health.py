"""Whether the cluster is reached: reported at the start, when a trouble begins or changes its cause, and at its end."""

from __future__ import annotations

import time
from typing import Final

from securos_trigger.notices import Announcer, kinds

#: What to do, by a part of the reason in small letters; the first one that fits counts. A server that refuses can be
#: reached, so it comes before those that cannot.
_FIXES: Final = (
    ("the record of the pipeline", "do what `reason` says; other pipelines go on"),
    ("permissions violation", "give this login its rights, as in examples/nats/nats-server.conf"),
    *(
        (part, "correct the login in [relay]: user, nkey_file or credentials_file")
        for part in (
            "authorization violation",
            "authorization failed",
            "authentication expired",
            "authentication revoked",
        )
    ),
    ("certificate", "look at the servers' certificates, and at ca_file in [relay]"),
)
_OTHER_FIX: Final = "look at the servers in [relay] and the network to them"


def fix_of(reason: str) -> str:
    """What a person can do about a cluster that is not reached for this reason."""
    text = reason.lower()
    return next((fix for part, fix in _FIXES if part in text), _OTHER_FIX)


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
            self._announcer.announce(kinds.CLUSTER_LOST, reason=reason, fix=fix_of(reason))
        self._reason = reason

    def note_reached(self, server: str) -> None:
        """Note that a server of the cluster answers."""
        if self._reason:
            outage_s = round(time.monotonic() - self._since_ticks, 3)
            self._announcer.announce(kinds.CLUSTER_RECOVERED, server=server, outage_s=outage_s)
        elif not self._was_reached:
            self._announcer.announce(kinds.CLUSTER_REACHED, server=server)
        self._reason, self._was_reached = "", True

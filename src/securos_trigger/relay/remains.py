"""Relays what an outbox holds, without any pipeline: of a machine that waits, or of a pipeline that moved away."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.system.closing import Closeable

_CLOSED_WITHIN_S: Final = 5.0
#: As long as an event may wait at all.
_EXPIRE_AFTER_S: Final = 8 * 86_400.0


class Remains(Closeable):
    """An open outbox whose events are relayed. The outbox belongs to this process until `close`.

    OutboxOwnedError: another process owns the outbox. OutboxError: it cannot be used.
    """

    def __init__(self, path: Path, settings: RelaySettings, lease: PipelineLease, announcer: Announcer) -> None:
        self._outbox = Outbox(path, announcer=announcer)
        self._relay = GatewayRelay(settings, self._outbox, announcer, lease)
        self._couriers = Couriers(self._outbox, announcer=announcer, make_transport=self._relay.transport)
        for target in self._outbox.targets():
            self._couriers.add(Connection(_target_of(target), ""), self._relay.policy(_EXPIRE_AFTER_S))
        self._couriers.start()
        self._relay.start()

    @property
    def waiting(self) -> int:
        """How many events are neither relayed nor dead."""
        counts = self._outbox.counts()
        return counts[State.WAITING] + counts[State.SENDING]

    @property
    def relayed(self) -> int:
        """How many events are in the cluster and have not ended."""
        return self._outbox.counts()[State.RELAYED]

    def close(self) -> None:
        """End, and give the outbox up."""
        self._couriers.close(_CLOSED_WITHIN_S)
        self._relay.close()
        self._outbox.close(_CLOSED_WITHIN_S)


def _target_of(key: str) -> Target:
    """The target whose key in the outbox this is."""
    url = urlsplit(key)
    return Target(url.scheme, url.hostname or "", url.port or 0, url.path)

"""The relay of a gateway: its couriers publish to the cluster, and the outcomes come back into its outbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, DeliveryPolicy
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.relay.fencing import FencedTransport
from securos_trigger.relay.outcomes import OutcomeReader
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.publishing import WINDOW, Publisher, RelayTransport
from securos_trigger.relay.undelivered import UndeliveredWatch

#: An event from the future counts as late, and nothing holds it up here.
_NO_LIMIT_PER_S: Final = 1e9


class GatewayRelay:
    """What stands in the place of direct delivery.

    There is no way back to direct delivery while this runs: after a publish that was not confirmed, only the cluster
    can keep an event from being delivered twice. With `lease`, events of a time when another machine ran the pipeline
    are given up. `clock` gives the time of this machine (Unix seconds).
    """

    def __init__(
        self,
        settings: RelaySettings,
        outbox: Outbox,
        announcer: Announcer,
        lease: PipelineLease | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._announcer = announcer
        self._lease = lease
        #: What is kept from now on was kept under the lease, if there is one and it is held.
        self._before = outbox.newest() if lease is not None and lease.held.is_set() else None
        self._publisher = Publisher(settings, outbox.age, clock)
        self._watch = UndeliveredWatch(outbox, announcer)
        self._outcomes = OutcomeReader(settings, outbox, announcer, self._watch.note_ended, self._watch.targets)
        #: The targets to which the cluster delivers nothing, and for how many seconds.
        self.stalled = self._watch.stalled

    def start(self) -> None:
        """Read outcomes, and watch whether they come."""
        self._outcomes.start()
        self._watch.start()

    def close(self) -> None:
        """End both."""
        self._watch.close()
        self._outcomes.close()

    def transport(self, connection: Connection, _policy: DeliveryPolicy) -> RelayTransport | FencedTransport:
        """Make what the courier of a target posts with."""
        self._watch.add(str(connection.target))
        made = RelayTransport(str(connection.target), self._publisher)
        return made if self._lease is None else FencedTransport(made, self._lease, self._announcer, self._before)

    @staticmethod
    def policy(expire_after_s: float) -> DeliveryPolicy:
        """Say how couriers publish: nothing is late here, and each camera has one publish under way."""
        return DeliveryPolicy(
            record_max_lateness_s=float("inf"),
            expire_after_s=expire_after_s,
            max_at_once=WINDOW,
            late_per_s=_NO_LIMIT_PER_S,
            idle_check_s=0.0,
        )

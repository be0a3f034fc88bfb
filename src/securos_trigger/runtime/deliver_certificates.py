"""Looks ahead at the end of the certificates that the receivers of a `deliver` show."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection
from securos_trigger.health import HealthSettings
from securos_trigger.health.certificate_checks import CertificateChecks
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.relay.cluster_trust import known_in_cluster
from securos_trigger.runtime.target_status import certificate_answer

_DAYS: Final = HealthSettings().certificate_days
_DAY_S: Final = 86_400.0


class DeliverCertificates:
    """What HTTPS receivers show, in a thread of its own. `look` is for one thread, `answer` for any."""

    def __init__(self, connections: Iterable[Connection], relay: RelaySettings, announcer: Announcer) -> None:
        self._checks = CertificateChecks(connections, _InCluster(relay), announcer)

    def look(self) -> None:
        """Take what a look has brought, and begin one when it is time. Returns at once."""
        ending = self._checks.ending(time.time() + _DAYS * _DAY_S, is_refused_only=True)
        self._checks.go_on(time.monotonic(), ending)

    def answer(self, target: str) -> dict[str, Any] | None:
        """The certificate that a receiver has shown last, for `status`; None: it has shown none."""
        return certificate_answer(self._checks.shown.get(target), _DAYS)


class _InCluster:
    """What is remembered in the cluster. Asked from within an event loop, so it has one of its own."""

    def __init__(self, relay: RelaySettings) -> None:
        self._relay = relay

    def known(self, target: Target) -> str | None:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(known_in_cluster, self._relay, target).result()

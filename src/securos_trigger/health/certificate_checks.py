"""Checks the receivers' certificates now and then, in a thread of its own, because a receiver may not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Final

from securos_trigger.delivery import (
    Connection,
    ShownCertificate,
    TrustStore,
    UnreadableCertificateError,
    inspect_certificate,
)
from securos_trigger.errors import ConfigurationError
from securos_trigger.notices import Announcer, kinds

EVERY_S: Final = 86_400.0
#: When the target could not be reached, and when its certificate is in trouble.
SOONER_S: Final = 3_600.0

_NOTHING_SEEN: Final = MappingProxyType[str, ShownCertificate]({})
_Shown = dict[str, ShownCertificate | None]


class CertificateChecks:
    """What HTTPS targets show. `shown` has the latest look at each target that was reached. One thread uses it."""

    def __init__(
        self,
        connections: Iterable[Connection],
        store: TrustStore,
        announcer: Announcer,
        seen_before: Mapping[str, ShownCertificate] = _NOTHING_SEEN,
    ) -> None:
        self._connections = {str(one.target): one for one in connections if one.target.scheme == "https"}
        self.shown = {target: shown for target, shown in seen_before.items() if target in self._connections}
        self._store = store
        self._announcer = announcer
        self._next_at = dict.fromkeys(self._connections, float("-inf"))
        self._look: Future[_Shown] | None = None

    @property
    def has_any(self) -> bool:
        """True when there is a target that shows one."""
        return bool(self._connections)

    def go_on(self, at: float, troubled: frozenset[str]) -> None:
        """Take what a look has brought, and begin one when it is time. Returns at once. `at`: monotonic seconds.

        `troubled` are targets whose certificate is in trouble: they are looked at more often.
        """
        if self._look is not None and self._look.done():
            look, self._look = self._look, None
            for target, shown in look.result().items():
                if shown is not None:
                    self.shown[target] = shown
                    self._next_at[target] = at + EVERY_S
        due = [
            target
            for target, next_at in self._next_at.items()
            if at >= (next_at - EVERY_S + SOONER_S if target in troubled else next_at)
        ]
        if self._look is None and due:
            self._next_at.update(dict.fromkeys(due, at + SOONER_S))
            self._look = Future()
            arguments = self._look, [self._connections[target] for target in due], self._store, self._announcer
            threading.Thread(target=_run, args=arguments, name="certificates", daemon=True).start()


def _run(look: Future[_Shown], connections: list[Connection], store: TrustStore, announcer: Announcer) -> None:
    async def look_at_all() -> _Shown:
        found = await asyncio.gather(*(_look_at(connection, store, announcer) for connection in connections))
        return dict(zip((str(connection.target) for connection in connections), found, strict=True))

    try:
        look.set_result(asyncio.run(look_at_all()))
    except BaseException as error:  # noqa: BLE001  the watch raises it again, in its own thread
        look.set_exception(error)


async def _look_at(connection: Connection, store: TrustStore, announcer: Announcer) -> ShownCertificate | None:
    """None: it cannot be seen now. The courier reports an unreachable target and a damaged trust store."""
    try:
        return await inspect_certificate(connection, store)
    except UnreadableCertificateError as error:  # the expiry of the others is checked all the same
        announcer.announce(kinds.CERTIFICATE_UNREADABLE, target=connection.target, reason=error)
    except (OSError, ConfigurationError):
        pass  # see the docstring
    return None

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
    UnreadableCertificateError,
    inspect_certificate,
)
from securos_trigger.delivery.certificate_trust import KnownCertificates
from securos_trigger.errors import ConfigurationError
from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.worker import Failures

EVERY_S: Final = 86_400.0
#: When the target could not be reached, and when its certificate ends soon or has ended.
SOONER_S: Final = 3_600.0

_NOTHING_SEEN: Final = MappingProxyType[str, ShownCertificate]({})
_Shown = dict[str, ShownCertificate | UnreadableCertificateError | None]


class CertificateChecks:
    """What HTTPS targets show. `shown` has the latest look at each target that was reached. One thread uses it."""

    def __init__(
        self,
        connections: Iterable[Connection],
        store: KnownCertificates,
        announcer: Announcer,
        seen_before: Mapping[str, ShownCertificate] = _NOTHING_SEEN,
    ) -> None:
        self._connections = {str(one.target): one for one in connections if one.target.scheme == "https"}
        self.shown = {target: shown for target, shown in seen_before.items() if target in self._connections}
        self._store = store
        self._announcer = announcer
        self._begun_at = dict.fromkeys(self._connections, float("-inf"))  # the latest look at each target
        self._reached: set[str] = set()  # the targets that it has reached
        self._failing: frozenset[str] = frozenset()
        self._look: Future[_Shown] | None = None
        self._due: list[str] = []  # what it looks at
        self._failures = Failures("certificates", announcer)
        self._paused_until = float("-inf")  # monotonic seconds
        self._unreadable: set[str] = set()  # the targets whose latest certificate could not be parsed

    def of(self, connections: Iterable[Connection]) -> CertificateChecks:
        """The checks of these connections, with what was seen before."""
        made = CertificateChecks(connections, self._store, self._announcer, self.shown)
        made._unreadable = self._unreadable
        made._failures = self._failures
        return made

    @property
    def has_any(self) -> bool:
        """True when there is a target that shows one."""
        return bool(self._connections)

    def ending(self, before_unix_s: float, *, is_refused_only: bool) -> frozenset[str]:
        """The targets whose certificate ends before an instant, in Unix seconds, or has ended.

        `is_refused_only`: only those that nothing is sent to any more after that.
        """
        return frozenset(
            target
            for target, shown in self.shown.items()
            if shown.ends_at.timestamp() < before_unix_s
            and (shown.accepted_by.is_refused_when_expired or not is_refused_only)
        )

    def go_on(self, at: float, ending: frozenset[str], failing: frozenset[str] = frozenset()) -> None:
        """Take what a look has brought, and begin one when it is time. Returns at once. `at`: monotonic seconds.

        Targets whose certificate is `ending` are looked at more often, and at once when one that was `failing` is not
        any more: it may have a new one. An unexpected error in a look is announced; the next look is after a pause.
        """
        if self._look is not None and self._look.done():
            look, self._look = self._look, None
            self._take(look, at)
        if self._look is not None or at < self._paused_until:
            return
        for target in (self._failing - failing) & ending:
            self._begun_at[target] = float("-inf")
        self._failing = failing
        if due := [
            target for target, begun_at in self._begun_at.items() if at >= begun_at + self._pause_s(target, ending)
        ]:
            self._begun_at.update(dict.fromkeys(due, at))
            self._reached.difference_update(due)
            self._look, self._due = Future(), due
            arguments = self._look, [self._connections[target] for target in due], self._store, self._announcer
            threading.Thread(target=_run, args=arguments, name="certificates", daemon=True).start()

    def _take(self, look: Future[_Shown], at: float) -> None:
        """Take what a look has brought, or that it has failed."""
        if (error := look.exception()) is not None:
            self._paused_until = at + self._failures.note_failure(error)
            self._begun_at.update(dict.fromkeys(self._due, float("-inf")))
            return
        self._failures.note_success()
        for target, shown in look.result().items():
            if isinstance(shown, ShownCertificate):
                self.shown[target] = shown
                self._reached.add(target)
                if target in self._unreadable:
                    self._announcer.announce(kinds.CERTIFICATE_READABLE, target=target)
                self._unreadable.discard(target)
            elif shown is not None:
                self.shown.pop(target, None)  # it is another one than before
                self._unreadable.add(target)

    def _pause_s(self, target: str, ending: frozenset[str]) -> float:
        return SOONER_S if target in ending or target not in self._reached else EVERY_S


def _run(look: Future[_Shown], connections: list[Connection], store: KnownCertificates, announcer: Announcer) -> None:
    async def look_at_all() -> _Shown:
        found = await asyncio.gather(*(_look_at(connection, store, announcer) for connection in connections))
        return dict(zip((str(connection.target) for connection in connections), found, strict=True))

    try:
        look.set_result(asyncio.run(look_at_all()))
    except BaseException as error:  # noqa: BLE001  `go_on` announces it
        look.set_exception(error)


async def _look_at(
    connection: Connection, store: KnownCertificates, announcer: Announcer
) -> ShownCertificate | UnreadableCertificateError | None:
    """None: it cannot be seen now, or its host is no name. The courier reports that, and a damaged trust store."""
    try:
        return await inspect_certificate(connection, store)
    except UnreadableCertificateError as error:  # the expiry of the others is still checked
        announcer.announce(kinds.CERTIFICATE_UNREADABLE, target=connection.target, reason=error)
        return error
    except (
        OSError,
        ConfigurationError,
        ValueError,
    ):  # UnicodeError of a host's name, and JSONDecodeError, are of these
        pass  # see the docstring
    return None

"""Reports the state of the service to systemd: the protocol of sd_notify(3), one datagram for each message."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from securos_trigger.system.platform import send_datagram
from securos_trigger.system.reasons import reason_of

_MICROSECONDS: Final = 1_000_000


class ServiceManager:
    """The service manager that started this process, if there is one. From one thread.

    `watchdog_s` is the time within which it wants to hear `WATCHDOG=1` again, in seconds; None: it does not watch this
    process. `reason` says why the last message was not sent; empty: it was.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = f"\0{self._address[1:]}"
        self.watchdog_s = _watchdog_s(environment)
        self.reason = ""

    @property
    def is_there(self) -> bool:
        """True when it wants messages."""
        return bool(self._address)

    def notify(self, **fields: object) -> bool:
        """Send these fields, such as `READY=1`. False: there is no manager, or it cannot be reached."""
        if not self._address:
            return False
        text = "\n".join(f"{name}={' '.join(str(value).split())}" for name, value in fields.items())
        try:
            send_datagram(self._address, text.encode())  # at once: a manager that hangs must not hold the service
        except OSError as error:
            self.reason = reason_of(error)
            return False
        self.reason = ""
        return True


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """The time of the watchdog, when it is for this process."""
    interval, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not interval.isdecimal() or int(interval) == 0 or (process and process != str(os.getpid())):
        return None
    return int(interval) / _MICROSECONDS

"""Compares the clock of each gateway with that of the NATS servers: each message says when its gateway published it.

A message may wait for the network between both, so a gateway can seem to be behind. So a few in a row must agree, as
with a receiver (`delivery/webhook/receiver_clock.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from securos_trigger.delivery.webhook.receiver_clock import IN_A_ROW, READ_EVERY_S, Reading
from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.durations import apart_text

#: The name beside the lease of a target under which its holder shows what it knows (`Lease.put_beside`).
CLOCKS: Final = "clocks"
#: A publish that takes longer than this is given up and made again (`relay/batched_publishing.py`).
_ON_ITS_WAY_S: Final = 5.0
_STEP_S: Final = 5
#: A difference is said again when it has changed by more than this, in seconds.
_CHANGED_S: Final = 30
#: Of a gateway that has published nothing for this long nothing is known any more.
_KNOWN_FOR_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class ClockApart:
    """How far the clock of a gateway is ahead of the NATS servers' (seconds; below 0: behind), and since when."""

    gateway: str
    apart_s: int
    since_s: float

    @property
    def text(self) -> str:
        """`1 day ahead of the NATS servers'`."""
        return apart_text(self.apart_s, "the NATS servers'")


def clocks_text(apart: Iterable[ClockApart]) -> bytes:
    """Write clocks for the cluster."""
    return msgspec.json.encode(list(apart))


def clocks_from(content: str) -> list[ClockApart]:
    """Read them; empty when another version wrote them so that this one cannot read it."""
    try:
        return msgspec.json.decode(content, type=list[ClockApart])
    except msgspec.DecodeError:
        return []


@dataclass(slots=True)
class _Gateway:
    """What was read of one gateway. `stored_at_s`: when a server stored the message that was read last."""

    stored_at_s: float = float("-inf")
    last: Reading | None = None
    in_a_row: int = 0
    right_in_a_row: int = 0
    seen_at_ticks: float = 0.0


class GatewayClocks:
    """Follows the gateways that send to one target. One event loop notes messages; `apart` is for any thread.

    `ticks` gives seconds that only go on.
    """

    def __init__(self, target: str, announcer: Announcer, ticks: Callable[[], float] = time.monotonic) -> None:
        self._target = target
        self._announcer = announcer
        self._ticks = ticks
        self._gateways: dict[str, _Gateway] = {}
        self._apart: dict[str, ClockApart] = {}  # never changed, only replaced

    def note(self, gateway: str, published_at_s: float, stored_at_s: float, ahead_s: float = 0.0) -> None:
        """Note a message: when its gateway published it by its clock (0: not said), and when a server stored it.

        `ahead_s` is how far the server's clock is ahead of the one here. Where both differ, the gateway has a wrong
        one when it agrees with neither.
        """
        known = self._gateways.setdefault(gateway, _Gateway())
        known.seen_at_ticks = self._ticks()
        if not published_at_s or abs(stored_at_s - known.stored_at_s) < READ_EVERY_S:
            return
        least_s = min(published_at_s - stored_at_s, published_at_s - stored_at_s + ahead_s, key=abs)
        reading = Reading(least_s, least_s + _ON_ITS_WAY_S)
        is_same = known.last is not None and reading.agrees_with(known.last)
        known.in_a_row = known.in_a_row + 1 if is_same else 1
        known.stored_at_s, known.last = stored_at_s, reading
        # Each reading alone is certain of that, also where messages wait for the network for another time each.
        known.right_in_a_row = known.right_in_a_row + 1 if reading.is_apart is False else 0
        if max(known.in_a_row, known.right_in_a_row) >= IN_A_ROW:
            self._judge(gateway, reading)

    def apart(self) -> tuple[ClockApart, ...]:
        """The gateways whose clocks are wrong now, as far as is known."""
        since_ticks = self._ticks() - _KNOWN_FOR_S
        return tuple(one for name, one in self._apart.items() if self._gateways[name].seen_at_ticks >= since_ticks)

    def is_apart(self, gateway: str) -> bool:
        """True for a gateway whose clock is known to be wrong."""
        return any(one.gateway == gateway for one in self.apart())

    def _judge(self, gateway: str, reading: Reading) -> None:
        """Announce what a few readings have said, where it is news."""
        said = self._apart.get(gateway)
        apart_s = _STEP_S * round(reading.least_s / _STEP_S)  # nearly all are on their way for a moment only
        if reading.is_apart and (said is None or abs(apart_s - said.apart_s) > _CHANGED_S):
            one = ClockApart(gateway, apart_s, time.time() if said is None else said.since_s)
            self._apart = {**self._apart, gateway: one}
            about = {"gateway": gateway, "target": self._target, "apart_s": apart_s}
            self._announcer.announce(kinds.GATEWAY_CLOCK_APART, **about, reason=f"it is about {one.text}")
        elif reading.is_apart is False and said is not None:
            self._apart = {name: one for name, one in self._apart.items() if name != gateway}
            self._announcer.announce(kinds.GATEWAY_CLOCK_AGREES, gateway=gateway, target=self._target)

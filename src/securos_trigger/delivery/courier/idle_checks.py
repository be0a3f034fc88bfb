"""Checks of a target to which nothing is sent: else a receiver that is down is noticed with its next event only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from securos_trigger.delivery.back_off import Random
from securos_trigger.delivery.courier.target_health import TargetHealth
from securos_trigger.delivery.courier.transports import Transports
from securos_trigger.model import Retry

#: A change of the settings is seen after this time, in seconds.
_LOOK_AGAIN_S: Final = 5.0


class IdleChecks:
    """Connects to the target of one courier when no attempt was made for some time. One event loop uses it.

    `every_s` gives that time in seconds (0: never), `is_busy` whether deliveries are at hand, and `knows_receiver`
    whether the target is the receiver of this package, which is asked for its health, too. `on_recovery` is called when
    a check has ended a trouble.
    """

    def __init__(
        self,
        transports: Transports,
        health: TargetHealth,
        random: Random,
        *,
        every_s: Callable[[], float],
        is_busy: Callable[[], bool],
        knows_receiver: Callable[[], bool],
        on_recovery: Callable[[], object],
    ) -> None:
        self._transports = transports
        self._health = health
        self._random = random
        self._every_s = every_s
        self._is_busy = is_busy
        self._knows_receiver = knows_receiver
        self._on_recovery = on_recovery
        self._quiet_since_at_ticks: float | None = None
        self._jitter = 0.0

    def note_attempt(self) -> None:
        """Note that an attempt begins or has ended: it says more than a check."""
        self._quiet_since_at_ticks = asyncio.get_running_loop().time()

    def check_soon(self) -> None:
        """Check a failing target within some seconds: what it failed with has changed."""
        if self._health.is_failing:
            self._quiet_since_at_ticks = float("-inf")

    async def step(self) -> None:
        """Wait for some time, and check the target if it is due."""
        now_ticks = asyncio.get_running_loop().time()
        if self._quiet_since_at_ticks is None:
            self._quiet_since_at_ticks = now_ticks
        every_s = self._every_s()
        left_s = self._quiet_since_at_ticks + every_s * (1.0 + self._jitter) - now_ticks
        if not every_s or self._is_busy() or self._health.is_resting:
            await asyncio.sleep(_LOOK_AGAIN_S)
        elif left_s > 0:
            await asyncio.sleep(min(left_s, _LOOK_AGAIN_S))
        else:
            await self._check(now_ticks)

    async def _check(self, began_at_ticks: float) -> None:
        """Check the target now. While it fails, the pause after it is up to twice as long: senders drift apart."""
        self._quiet_since_at_ticks = began_at_ticks
        asks_health = self._knows_receiver() or self._health.is_seen_by_attempts
        found = await self._transports.check(asks_health=asks_health)
        if found is None or self._quiet_since_at_ticks != began_at_ticks:  # an attempt was made meanwhile
            return
        if isinstance(found, Retry):
            self._health.note_failed_check(found, began_at_ticks)
        elif self._health.note_reach(found):
            self._on_recovery()
        self._jitter = self._random() if self._health.is_failing else 0.0

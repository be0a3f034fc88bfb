"""All couriers of a process, in one thread with one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterable

from securos_trigger.delivery.courier.courier import Courier
from securos_trigger.delivery.courier.orphans import OrphanedDeliveries
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.retry import Random
from securos_trigger.delivery.trust import TrustStore
from securos_trigger.delivery.webhook import Connection, Webhook
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, State

_GRACE_S = 2.0


class Couriers:
    """One courier for each target. A dead target blocks no other.

    `connections` are served with `policy`, and so is what waits for a target that nobody serves; `add` serves a target
    with a policy of its own. `trust_store` remembers certificates; without it, a certificate that no CA has signed must
    be pinned. `clock` gives Unix seconds.
    Raises `ConfigurationError` when a connection cannot be used at all.
    """

    def __init__(
        self,
        outbox: Outbox,
        connections: Iterable[Connection] = (),
        *,
        announcer: Announcer,
        trust_store: TrustStore | None = None,
        policy: DeliveryPolicy | None = None,
        clock: Callable[[], float] = time.time,
        random: Random = random.random,
    ) -> None:
        self._outbox = outbox
        self._announcer = announcer
        self._trust_store = trust_store
        self._policy = policy or DeliveryPolicy()
        self._clock = clock
        self._random = random
        self._couriers: list[Courier] = []
        self._orphans: list[OrphanedDeliveries] = []
        self._orphan_tasks: list[asyncio.Task[None]] = []
        self._thread = threading.Thread(target=self._run, name="couriers", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main_task: asyncio.Task[None] | None = None
        self._is_ready = threading.Event()
        for connection in connections:
            self.add(connection)

    def add(self, connection: Connection, policy: DeliveryPolicy | None = None) -> None:
        """Serve one more target, before `start`. `policy` is that of all targets unless given."""
        policy = policy or self._policy
        webhook = Webhook(
            connection,
            announcer=self._announcer,
            trust_store=self._trust_store,
            max_connections=policy.max_at_once,
            clock=self._clock,
        )
        courier = Courier(
            webhook, self._outbox, announcer=self._announcer, policy=policy, clock=self._clock, random=self._random
        )
        self._couriers.append(courier)

    def start(self) -> None:
        """Begin to deliver. Announces deliveries that nobody serves, and passwords that go in clear."""
        served = {courier.target for courier in self._couriers}
        for target in served:
            if target.startswith("http:"):
                self._announcer.announce(kinds.PASSWORD_IN_CLEAR, target=target)
        for target in self._outbox.targets():
            if target not in served:
                self._announcer.announce(kinds.TARGET_NOT_SERVED, target=target)
                self._orphans.append(
                    OrphanedDeliveries(
                        target, self._outbox, announcer=self._announcer, policy=self._policy, clock=self._clock
                    )
                )
        self._thread.start()
        self._is_ready.wait()

    def idle(self, timeout_s: float) -> bool:
        """Wait until nothing is left to deliver. False: not within the time."""
        deadline_at = time.monotonic() + timeout_s
        while (left_s := deadline_at - time.monotonic()) > 0:
            if self._has_nothing_left() and self._outbox.flush(left_s) and self._has_nothing_left():
                return True
            time.sleep(min(0.01, left_s))
        return False

    def _has_nothing_left(self) -> bool:
        counts = self._outbox.counts()
        return counts[State.WAITING] + counts[State.SENDING] == 0

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Take nothing more and wait for attempts under way. False: some were cut off; they go again later."""
        loop, main_task = self._loop, self._main_task
        if loop is None or main_task is None or not self._thread.is_alive():
            return True
        with contextlib.suppress(RuntimeError):  # the loop has just closed
            loop.call_soon_threadsafe(self._stop_all)
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            return True
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(main_task.cancel)
        self._thread.join(_GRACE_S)
        return False

    def _stop_all(self) -> None:
        for courier in self._couriers:
            courier.stop()
        for task in self._orphan_tasks:
            task.cancel()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._main_task = asyncio.current_task()
        self._is_ready.set()
        async with asyncio.TaskGroup() as group:
            for courier in self._couriers:
                group.create_task(courier.run())
            self._orphan_tasks += [group.create_task(one.run()) for one in self._orphans]

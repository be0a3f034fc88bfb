"""All couriers of a process, in one supervised thread with one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from securos_trigger.delivery.back_off import Random
from securos_trigger.delivery.certificate_trust import TrustStore
from securos_trigger.delivery.courier.courier import Courier
from securos_trigger.delivery.courier.orphans import OrphanedDeliveries
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.courier.supervised import repeat
from securos_trigger.delivery.webhook import Connection, Webhook
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, State
from securos_trigger.system.worker import Failures, Worker

_GRACE_S: Final = 2.0

#: `start` waits no longer for the event loop.
_START_LIMIT_S: Final = 5.0

#: Makes what a courier posts with, for one connection. See `Courier`.
MakeTransport = Callable[[Connection, DeliveryPolicy], Webhook]


class Couriers:
    """One courier for each target. A failing target, and a bug in the courier of one, blocks no other.

    `connections` are served with `policy`, and so are deliveries for a target without a courier; `add` serves a target
    with a policy of its own. `trust_store` remembers certificates; without it, a certificate that no CA has signed must
    be pinned. `make_transport` replaces the webhook. `clock` gives Unix seconds.

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
        make_transport: MakeTransport | None = None,
        clock: Callable[[], float] = time.time,
        random: Random = random.random,
    ) -> None:
        self._outbox = outbox
        self._announcer = announcer
        self._trust_store = trust_store
        self._policy = policy or DeliveryPolicy()
        self._make_transport = make_transport or self._make_webhook
        self._clock = clock
        self._random = random
        self._couriers: list[Courier] = []
        self._orphans: list[OrphanedDeliveries] = []
        self._orphan_tasks: list[asyncio.Task[None]] = []
        self._worker = Worker("couriers", self._run_loop, announcer)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main_task: asyncio.Task[None] | None = None
        self._was_tried = threading.Event()  # the event loop runs, or could not be made
        for connection in connections:
            self.add(connection)

    def add(self, connection: Connection, policy: DeliveryPolicy | None = None) -> None:
        """Serve one more target, before `start`. `policy` is that of all targets unless given."""
        policy = policy or self._policy
        courier = Courier(
            self._make_transport(connection, policy),
            self._outbox,
            announcer=self._announcer,
            policy=policy,
            clock=self._clock,
            random=self._random,
        )
        self._couriers.append(courier)

    def _make_webhook(self, connection: Connection, policy: DeliveryPolicy) -> Webhook:
        return Webhook(
            connection,
            announcer=self._announcer,
            trust_store=self._trust_store,
            max_connections=policy.max_at_once,
            clock=self._clock,
        )

    def start(self) -> None:
        """Begin to deliver. Announces deliveries for targets without a courier, and tokens that go in clear.

        When the event loop cannot be made (no descriptors are left, say), that is announced as `thread_failed`, this
        returns all the same, and the thread tries again after a pause.
        """
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
        self._worker.start()
        self._was_tried.wait(_START_LIMIT_S)

    def drain(self, timeout_s: float) -> bool:
        """Wait until every delivery is delivered or dead, however long it has to wait. False: not within the time.

        This includes deliveries that are not due yet, and those for a target without a courier.
        """
        deadline_at_ticks = time.monotonic() + timeout_s
        while (left_s := deadline_at_ticks - time.monotonic()) > 0:
            if self._has_nothing_left() and self._outbox.flush(left_s) and self._has_nothing_left():
                return True
            time.sleep(min(0.01, left_s))
        return False

    def _has_nothing_left(self) -> bool:
        counts = self._outbox.counts()
        return counts[State.WAITING] + counts[State.SENDING] == 0

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Take nothing more and wait for attempts under way. False: some were cut off; they go again later."""
        self._worker.request_close()
        self._call_in_loop(self._stop_all)
        if self._worker.close(timeout_s):
            return True
        if self._main_task is not None:
            self._call_in_loop(self._main_task.cancel)
        self._worker.close(_GRACE_S)
        return False

    def _call_in_loop(self, call: Callable[[], object]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed
                self._loop.call_soon_threadsafe(call)

    def _stop_all(self) -> None:
        for courier in self._couriers:
            courier.stop()
        for task in self._orphan_tasks:
            task.cancel()

    def _run_loop(self, closing: threading.Event) -> bool:
        """Run the event loop to its end; gives False, because there is nothing to do after it."""
        try:
            with asyncio.Runner() as runner, contextlib.suppress(asyncio.CancelledError):
                runner.run(self._main(closing))
        finally:
            self._was_tried.set()
        return False

    async def _main(self, closing: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._main_task = asyncio.current_task()
        self._was_tried.set()
        self._worker.failures.note_success()
        async with asyncio.TaskGroup() as group:
            for courier in self._couriers:
                group.create_task(repeat(courier.run, Failures(f"courier {courier.target}", self._announcer)))
            self._orphan_tasks = [
                group.create_task(repeat(orphans.run_once, Failures(orphans.name, self._announcer)))
                for orphans in self._orphans
            ]
            if closing.is_set():  # `stop` came before there was a loop to call
                self._stop_all()

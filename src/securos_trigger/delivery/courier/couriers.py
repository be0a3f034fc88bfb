"""All couriers of a process, in one supervised thread with one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from securos_trigger.delivery.back_off import Random
from securos_trigger.delivery.certificate_trust import TrustStore
from securos_trigger.delivery.courier.changes import Change, PreparedTarget
from securos_trigger.delivery.courier.courier import Courier
from securos_trigger.delivery.courier.orphans import OrphanedDeliveries
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.courier.supervised import repeat
from securos_trigger.delivery.transport import Transport
from securos_trigger.delivery.webhook import Connection, ReceiverClock, Webhook
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, State
from securos_trigger.system.worker import Failures, Worker

_GRACE_S: Final = 2.0

#: `start` waits no longer for the event loop.
_START_LIMIT_S: Final = 5.0
#: `change` waits no longer for the event loop.
_CHANGE_LIMIT_S: Final = 10.0

#: Makes what a courier posts with, for one connection. See `Courier`.
MakeTransport = Callable[[Connection, DeliveryPolicy], Transport]


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
        self._outbox, self._announcer, self._trust_store = outbox, announcer, trust_store
        #: Of deliveries for a target without a courier, and of those that `add` is given none for.
        self.policy = policy or DeliveryPolicy()
        self._make_transport = make_transport or self._make_webhook
        self._clock = clock
        self._random = random
        self._couriers: dict[str, Courier] = {}  # by target, as are the next two
        self._orphans: dict[str, OrphanedDeliveries] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._receiver_clocks: dict[str, ReceiverClock] = {}  # each outlasts the webhooks to its target
        self._changes: deque[Change] = deque()  # that were not made yet
        self._worker = Worker("couriers", self._run_loop, announcer)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main_task: asyncio.Task[None] | None = None
        self._set_up_events()
        self._was_tried = threading.Event()  # the event loop runs, or could not be made
        for connection in connections:
            self.add(connection)

    @property
    def not_served(self) -> tuple[str, ...]:
        """The targets that had deliveries, or a courier, and have no courier now."""
        return tuple(self._orphans)

    def waiting_since(self) -> dict[str, float]:
        """The targets that do not fail and have an attempt under way, and when it began (monotonic seconds)."""
        found = [(one.target, one.health.waiting_since_at_ticks) for one in tuple(self._couriers.values())]
        return {target: since for target, since in found if since is not None}

    def tries(self) -> dict[str, tuple[float, float]]:
        """The targets that fail, when an attempt failed last, and when the next may begin (monotonic seconds)."""
        found = [(one.target, one.health.tries_at_ticks) for one in tuple(self._couriers.values())]
        return {target: tries for target, tries in found if tries is not None}

    def add(self, connection: Connection, policy: DeliveryPolicy | None = None) -> None:
        """Serve one more target, before `start`. `policy` is that of all targets unless given."""
        made = self.prepare(connection, policy)
        self._couriers[made.target] = self._courier(made)

    def prepare(self, connection: Connection, policy: DeliveryPolicy | None = None) -> PreparedTarget:
        """Make what `change` needs to serve a target. `ConfigurationError` when the connection cannot be used."""
        policy = policy or self.policy
        return PreparedTarget(str(connection.target), self._make_transport(connection, policy), policy)

    def change(self, served: Iterable[PreparedTarget] = (), removed: Iterable[str] = ()) -> bool:
        """Serve targets that are new or reached otherwise, and `removed` ones no more; after `start`.

        What waits for a repeat at a served target is due at once. What waits for a removed one stays in the outbox.
        False: the event loop is busy, and makes the change later.
        """
        change = Change(tuple(served), tuple(removed))
        if not (change.served or change.removed):
            return True
        for one in change.served:
            if one.target not in self._couriers:
                self._announce_in_clear(one.target)
        self._changes.append(change)
        self._call_in_loop(self._wake)
        with contextlib.suppress(TimeoutError):
            change.is_made.result(_CHANGE_LIMIT_S)
        return change.is_made.done()

    def _courier(self, made: PreparedTarget) -> Courier:
        return Courier(
            made.transport,
            self._outbox,
            announcer=self._announcer,
            policy=made.policy,
            clock=self._clock,
            random=self._random,
        )

    def _orphaned(self, target: str) -> OrphanedDeliveries:
        present = lambda: self.policy  # noqa: E731  it may be set again
        return OrphanedDeliveries(target, self._outbox, announcer=self._announcer, policy=present, clock=self._clock)

    def _announce_in_clear(self, target: str) -> None:
        if target.startswith("http:"):
            self._announcer.announce(kinds.PASSWORD_IN_CLEAR, target=target)

    def _make_webhook(self, connection: Connection, policy: DeliveryPolicy) -> Webhook:
        target = str(connection.target)
        return Webhook(
            connection,
            announcer=self._announcer,
            trust_store=self._trust_store,
            max_connections=policy.max_at_once,
            clock=self._clock,
            receiver_clock=self._receiver_clocks.setdefault(
                target, ReceiverClock(target, self._announcer, self._clock)
            ),
        )

    def start(self) -> None:
        """Begin to deliver. Announces deliveries for targets without a courier, and tokens that are sent unencrypted.

        When the event loop cannot be made (no descriptors are left, say), that is announced as `thread_failed`, this
        still returns, and the thread tries again after a pause.
        """
        for target in self._couriers:
            self._announce_in_clear(target)
        for target in self._outbox.targets():
            if target not in self._couriers:
                self._announcer.announce(kinds.TARGET_NOT_SERVED, target=target)
                self._orphans[target] = self._orphaned(target)
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

    def close(self, timeout_s: float = 10.0) -> bool:
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
        for courier in self._couriers.values():
            courier.request_close()
        for target in self._orphans:
            self._tasks[target].cancel()
        self._is_stopping.set()

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
        self._set_up_events()
        async with asyncio.TaskGroup() as self._group:
            self._tasks.clear()
            for target in (*self._couriers, *self._orphans):
                self._begin(target)
            changing = self._group.create_task(repeat(self._make_changes, Failures("couriers change", self._announcer)))
            if closing.is_set():  # `stop` came before there was a loop to call
                self._stop_all()
            await self._is_stopping.wait()
            changing.cancel()

    # -- in the event loop

    def _set_up_events(self) -> None:
        """Make what belongs to one event loop."""
        self._is_stopping = asyncio.Event()
        self._has_changes = asyncio.Event()
        if self._changes:
            self._has_changes.set()

    def _wake(self) -> None:
        self._has_changes.set()

    async def _make_changes(self) -> None:
        """Wait for changes, and make them."""
        await self._has_changes.wait()
        self._has_changes.clear()
        while self._changes:
            change = self._changes.popleft()
            try:
                await self._make(change)
            finally:
                change.is_made.set_result(None)

    async def _make(self, change: Change) -> None:
        for target in change.removed:
            self._couriers.pop(target).request_close()
            self._receiver_clocks.pop(target, None)
            self._orphans[target] = self._orphaned(target)
            self._begin(target)
        for one in change.served:
            if (courier := self._couriers.get(one.target)) is not None:
                await courier.change(one.transport, one.policy)
                continue
            if self._orphans.pop(one.target, None) is not None:
                self._tasks[one.target].cancel()
            self._couriers[one.target] = self._courier(one)
            self._begin(one.target)

    def _begin(self, target: str) -> None:
        """Begin to serve the target, or to let what waits for it expire, when what was done before has ended."""
        courier, before = self._couriers.get(target), self._tasks.get(target)
        if courier is not None:
            step: Callable[[], Awaitable[bool | None]] = courier.run
            failures = Failures(f"courier {target} loop", self._announcer)
        else:
            step = self._orphans[target].run_once
            failures = Failures(self._orphans[target].name, self._announcer)
        self._tasks[target] = self._group.create_task(self._work(target, before, step, failures))

    async def _work(
        self,
        target: str,
        before: asyncio.Task[None] | None,
        step: Callable[[], Awaitable[bool | None]],
        failures: Failures,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
            self._outbox.wake(target)
        await repeat(step, failures)

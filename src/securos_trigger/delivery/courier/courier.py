"""One courier: claims what is due for one target and posts it, cameras side by side, each camera in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from securos_trigger.delivery.back_off import Random
from securos_trigger.delivery.courier.claims import claim
from securos_trigger.delivery.courier.idle_checks import IdleChecks
from securos_trigger.delivery.courier.pacing import Pacing
from securos_trigger.delivery.courier.partly_served import PartlyServed
from securos_trigger.delivery.courier.poison import PoisonMessages, may_be_its_own
from securos_trigger.delivery.courier.reports import DeliveryReports
from securos_trigger.delivery.courier.settlement_batch import SettlementBatch
from securos_trigger.delivery.courier.settling import Answered, DeliveryPolicy, settlement_for
from securos_trigger.delivery.courier.supervised import repeat
from securos_trigger.delivery.courier.target_health import TargetHealth
from securos_trigger.delivery.courier.transports import Transports
from securos_trigger.delivery.transport import DeliverySource, Transport
from securos_trigger.model import Delivered, Delivery, Partial, Retry, Unauthorized
from securos_trigger.notices import Announcer
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.outbox import Again, Dead, Done, End, Settlement
from securos_trigger.system.worker import Failures


class Courier:
    """Serves one target; everything runs in one event loop. `clock` gives Unix seconds.

    `transport` is what it posts with, `outbox` where the deliveries come from.
    """

    def __init__(
        self,
        transport: Transport,
        outbox: DeliverySource,
        *,
        announcer: Announcer,
        policy: DeliveryPolicy,
        clock: Callable[[], float],
        random: Random,
    ) -> None:
        self.target = transport.target
        self._transports = Transports(transport)
        self._outbox = outbox
        self._announcer = announcer
        self._policy = policy
        self._clock = clock
        self._random = random
        self._reports = DeliveryReports(self.target, announcer, clock, policy.captured_at_of)
        self._health = TargetHealth(self.target, announcer, policy.back_off, random)
        #: Failures in a row at a healthy target, by the sequence of the delivery.
        self._failures: dict[int, int] = {}
        self._poison = PoisonMessages(policy.give_up_after, policy.give_up_unanswered_after)
        self._partly_served = PartlyServed()
        #: Deliveries that go again because the receiver said of some step that it failed: it does that step again.
        self._has_failed_steps: set[int] = set()
        #: The last answer gave the event's id back: the receiver sees a repeated delivery as the same one.
        self._knows_event_ids = False
        #: Claimed deliveries that are not settled: under way, or at hand.
        self._claimed = 0
        self._batch = SettlementBatch(outbox)
        self._pacing = Pacing(policy.late_per_s)
        self._is_stopping = False
        self._idle_checks = self._new_idle_checks()
        self._set_up_queues()

    def _new_idle_checks(self) -> IdleChecks:
        return IdleChecks(
            self._transports,
            self._health,
            self._random,
            every_s=lambda: self._policy.idle_check_s,
            is_busy=lambda: self._claimed > 0,
            knows_receiver=lambda: self._knows_event_ids,
            on_recovery=lambda: self._outbox.wake(self.target),
        )

    def _set_up_queues(self) -> None:
        """Make what belongs to one event loop."""
        self._at_hand: asyncio.Queue[tuple[Delivery, bool]] = asyncio.Queue()  # with whether it is a probe
        self._space = asyncio.Event()
        self._stop = asyncio.Event()
        if self._is_stopping:
            self._stop.set()

    async def run(self) -> bool:
        """Deliver until `stop`; then wait for the attempts under way. Gives False: there is nothing to do after it.

        The claim loop and each sender are supervised: a bug in one stops none of the others.
        """
        self._set_up_queues()
        name = f"courier {self.target}"
        try:
            async with asyncio.TaskGroup() as group:
                claiming = group.create_task(repeat(self._claim_once, Failures(name, self._announcer)))
                checking = group.create_task(
                    repeat(self._idle_checks.step, Failures(f"{name} checks", self._announcer))
                )
                senders = [
                    group.create_task(repeat(self._deliver_next, Failures(f"{name} sender {number}", self._announcer)))
                    for number in range(1, self._policy.max_at_once + 1)
                ]
                await self._stop.wait()
                claiming.cancel()
                checking.cancel()
                await self._at_hand.join()
                for sender in senders:
                    sender.cancel()
        finally:
            while not self._at_hand.empty():  # cut off before a sender took them
                self._claimed -= 1
                self._batch.add(self._at_hand.get_nowait()[0], Again(), is_last=False)
            self._batch.write()
            await self._transports.close()
        return False

    @property
    def health(self) -> TargetHealth:
        """The state of its target."""
        return self._health

    def request_close(self) -> None:
        """Claim no more."""
        self._is_stopping = True
        self._stop.set()

    async def change(self, transport: Transport, policy: DeliveryPolicy) -> None:
        """Post with another transport to the same target from now on; what waits for a repeat is due at once."""
        if policy.late_per_s != self._policy.late_per_s:
            self._pacing = Pacing(policy.late_per_s)
        self._policy = policy
        self._health.probe_at_once()
        self._idle_checks.check_soon()
        self._outbox.wake(self.target)
        await self._transports.replace(transport)

    # -- what is due

    async def _claim_once(self) -> None:
        await self._health.rest()
        is_probe = self._health.is_failing
        limit = self._limit(is_probe)
        if limit <= 0:
            self._space.clear()
            await self._space.wait()
            return
        claimed = await self._claim(limit, is_probe)
        try:
            while claimed:
                self._at_hand.put_nowait((claimed[0], is_probe))
                self._claimed += 1
                del claimed[0]
        finally:
            for delivery in claimed:  # after a bug: what no sender gets must not be under way for ever
                self._outbox.settle(delivery, Again())

    def _limit(self, is_probe: bool) -> int:
        """Say how many deliveries to claim now.

        As many are held at hand as are under way, so that no sender waits while the outbox works; a claim is made when
        most of them are used up, because every claim wakes the writer thread.
        """
        if is_probe:
            return 1 - self._claimed
        at_once = self._policy.max_at_once
        space = 2 * at_once - self._claimed
        return space if space >= max(1, at_once * 3 // 4) else 0

    async def _claim(self, limit: int, is_probe: bool) -> list[Delivery]:
        self._batch.write()
        return await claim(self._outbox, self.target, limit, least_tried_first=is_probe)

    # -- one delivery

    async def _deliver_next(self) -> None:
        """Take and deliver one: the step of a sender, which has one request under way at a time."""
        delivery, is_probe = await self._at_hand.get()
        settlement: Settlement = Again()  # unless it is attempted, and the attempt is not cancelled
        try:
            if not self._is_stopping and (is_probe or not self._health.is_failing):
                settlement = await self._attempt(delivery)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  the bulkhead of an attempt: a bug delays one delivery
            settlement = self._after_bug(delivery, error)
        finally:
            self._settle(delivery, settlement)

    def _settle(self, delivery: Delivery, settlement: Settlement) -> None:
        self._claimed -= 1
        self._at_hand.task_done()
        try:
            if not isinstance(settlement, Again):
                self._failures.pop(delivery.sequence, None)
                self._partly_served.forget(delivery.sequence)
                self._has_failed_steps.discard(delivery.sequence)
                self._poison.clear(delivery.sequence)
            self._batch.add(delivery, settlement, is_last=self._claimed == 0)
        except BaseException:
            self._outbox.settle(delivery, Again())  # past what has failed: it must not be under way for ever
            raise
        finally:
            if self._limit(self._health.is_failing) > 0:
                self._space.set()

    async def _attempt(self, delivery: Delivery) -> Settlement:
        """Send a delivery once, when it is its turn, unless it has expired; gives what becomes of it."""
        age = self._outbox.age(delivery)
        if self._policy.is_expired(age.age_s):
            return self._end(delivery, Dead("expired", counts_as_attempt=False), is_late=True)
        is_late = self._policy.is_late(delivery, self._clock())
        if is_late:
            await self._wait_for_turn()
        if age.is_time_uncertain:
            delivery = replace(delivery, is_time_uncertain=True)
        began_at_ticks = self._health.begin_attempt(delivery.sequence)
        try:
            self._idle_checks.note_attempt()
            outcome = await self._transports.attempt(delivery, late=is_late)
            self._idle_checks.note_attempt()
            if outcome is None:
                return Again()
            if isinstance(outcome, Unauthorized | Retry):
                return await self._after_failure(delivery, outcome, began_at_ticks)
            return self._after_answer(delivery, outcome, is_late=is_late)
        finally:
            self._health.end_attempt(delivery.sequence)

    def _after_answer(self, delivery: Delivery, answer: Answered, *, is_late: bool) -> Settlement:
        """Settle a delivery that the receiver has answered: it ends, or goes again for what failed."""
        self._poison.clear(delivery.sequence)
        if isinstance(answer, Delivered | Partial):
            self._knows_event_ids = answer.knows_event_ids
        if self._health.note_answer():
            self._outbox.wake(self.target)
        wait_s = self._lengthen_wait(delivery) if isinstance(answer, Partial) else 0.0
        settlement = settlement_for(answer, delivery, now_s=self._clock(), wait_s=wait_s, policy=self._policy)
        if isinstance(settlement, Again):
            self._has_failed_steps.add(delivery.sequence)
            accepted = self._partly_served.note(delivery.sequence, answer, settlement)
            self._reports.retry(delivery, settlement, accepted)
            return settlement
        had_failed = delivery.sequence in self._has_failed_steps
        is_duplicate = isinstance(answer, Delivered) and answer.duplicate and not had_failed
        return self._end(delivery, settlement, is_late=is_late, is_duplicate=is_duplicate)

    async def _after_failure(
        self, delivery: Delivery, failure: Unauthorized | Retry, began_at_ticks: float
    ) -> Settlement:
        """Settle a failed attempt: an outage uses up no attempts, and a failure at a healthy target does."""
        is_own = isinstance(failure, Retry) and may_be_its_own(failure) and await self._probe_health(began_at_ticks)
        if isinstance(failure, Retry) and is_own:
            why = self._poison.note(delivery.sequence, failure, knows_event_ids=self._knows_event_ids)
            if why:
                return self._end(delivery, Dead(why), is_late=True)
        else:
            self._poison.clear(delivery.sequence)
        if self._health.has_answered_since(began_at_ticks):
            asked_s = failure.retry_after_s if isinstance(failure, Retry) else None
            again = Again(self._lengthen_wait(delivery, asked_s), failure.message, counts_as_attempt=is_own)
            self._reports.retry(delivery, again, self._partly_served.accepted(delivery.sequence))
            return again
        wait_s = self._health.note_failure(failure, began_at_ticks)
        return Again(wait_s, failure.message, counts_as_attempt=is_own)

    async def _probe_health(self, began_at_ticks: float) -> bool:
        """Ask the target for its health, unless it has answered another delivery since then. True: it is healthy."""
        if self._health.has_answered_since(began_at_ticks):
            return True
        status = await self._transports.current.health()
        if status is not None and status.get("receiver") == "securos-trigger":
            self._knows_event_ids = True  # ours, of any version
        return status is not None

    def _after_bug(self, delivery: Delivery, error: BaseException) -> Settlement:
        self._reports.bug(delivery, error)
        return Again(self._lengthen_wait(delivery), f"an unexpected error in the courier: {name_of_bug(error)}")

    def _lengthen_wait(self, delivery: Delivery, asked_s: float | None = None) -> float:
        """Count a failure of this delivery; gives the seconds until its next attempt."""
        failures = self._failures[delivery.sequence] = self._failures.get(delivery.sequence, 0) + 1
        return self._policy.back_off.wait_s(failures, self._random, asked_s)

    async def _wait_for_turn(self) -> None:
        """Wait for the turn of a late delivery: they leave at an even rate."""
        now_ticks = asyncio.get_running_loop().time()
        await asyncio.sleep(self._pacing.take_turn(now_ticks) - now_ticks)

    def _end(self, delivery: Delivery, end: End, *, is_late: bool, is_duplicate: bool = False) -> End:
        """Report the end, and give it. What one camera has got is delivered, although the others never get it."""
        unserved = self._partly_served.unserved(delivery.sequence)
        if isinstance(end, Dead) and unserved is not None:
            end = Done(end.reason, unserved)
        self._pacing.note(delivery.kept_at_s)
        self._reports.end(delivery, end, is_late=is_late, is_duplicate=is_duplicate)
        return end

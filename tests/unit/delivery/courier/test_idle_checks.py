"""A target to which nothing is sent is checked once in a while: what is down is known before the next event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from securos_trigger.delivery.back_off import BackOff
from securos_trigger.delivery.courier.idle_checks import IdleChecks
from securos_trigger.delivery.courier.target_health import TargetHealth
from securos_trigger.delivery.courier.transports import Transports
from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Delivered, Delivery, Outcome, Retry, RetryKind, Unauthorized
from securos_trigger.notices import Announcer, Notice
from tests.unit.delivery.courier.skipped_time import run

REFUSED = Retry(RetryKind.UNREACHABLE, "connection refused")
NOT_READY = Retry(RetryKind.NOT_READY, "SecurOS is not ready")
EVERY_S = 60.0


class CheckedTransport:
    """What a check finds is set; each check takes a second."""

    target = "https://vms:3443"

    def __init__(self) -> None:
        self.finds: Reach | Retry = Reach.CONNECTED
        self.checks: list[tuple[float, bool]] = []  # when, and with the question for its health

    async def check(self, *, asks_health: bool) -> Reach | Retry:
        self.checks.append((now(), asks_health))
        await asyncio.sleep(1)
        return self.finds

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome:
        return Delivered(())

    async def health(self) -> dict[str, object] | None:
        return None

    async def close(self) -> None:
        pass


class Site:
    """The checks of one target, with what was announced of it."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self.every_s = every_s
        self.is_busy = self.knows_receiver = False
        self.recoveries = 0
        self.notices: list[Notice] = []
        self.transport = CheckedTransport()
        self.transports = Transports(self.transport)
        back_off = BackOff(first_s=1.0, longest_s=8.0)
        self.health = TargetHealth("https://vms:3443", Announcer([self.notices.append]), back_off, lambda: 1.0)
        self.checks = IdleChecks(
            self.transports,
            self.health,
            lambda: 0.5,
            every_s=lambda: self.every_s,
            is_busy=lambda: self.is_busy,
            knows_receiver=lambda: self.knows_receiver,
            on_recovery=self._note_recovery,
        )

    def _note_recovery(self) -> None:
        self.recoveries += 1

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self.checks.step()

    async def for_s(self, seconds: float) -> None:
        end_at = now() + seconds
        await self.until(lambda: now() >= end_at)

    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_target_that_goes_away_while_nothing_is_sent_fails_within_the_time_and_recovers() -> None:
    async def outage() -> Site:
        site = Site()
        await site.for_s(150)
        assert [at for at, _ in site.transport.checks] == [60, 120]
        assert site.names() == []
        site.transport.finds = REFUSED
        await site.for_s(60)
        assert site.health.is_failing
        site.transport.finds = Reach.CONNECTED
        await site.for_s(91)
        return site

    site = run(outage())
    assert site.names() == ["target_unreachable", "target_recovered"]
    assert (site.health.is_failing, site.recoveries) == (False, 1)


def test_while_it_fails_the_checks_are_further_apart_and_the_trouble_is_said_once() -> None:
    async def outage() -> Site:
        site = Site()
        site.transport.finds = REFUSED
        await site.for_s(600)
        return site

    site = run(outage())
    assert [at for at, _ in site.transport.checks] == [60, 150, 240, 330, 420, 510]
    assert site.names() == ["target_unreachable"]


def test_the_next_delivery_does_not_wait_for_a_check_that_failed() -> None:
    async def outage() -> float:
        site = Site()
        site.health.note_failure(Retry(RetryKind.BUSY, "busy", retry_after_s=600.0), now())
        site.health.note_answer()
        site.transport.finds = REFUSED
        await site.until(lambda: site.health.is_failing)
        began_at = now()
        await site.health.rest()
        return now() - began_at

    assert run(outage()) == 0


def test_attempts_take_the_place_of_checks() -> None:
    async def traffic() -> tuple[Site, Site]:
        site, busy = Site(), Site()
        for _ in range(10):
            site.checks.note_attempt()
            await site.for_s(50)
        busy.is_busy = True
        await busy.for_s(500)
        return site, busy

    site, busy = run(traffic())
    assert site.transport.checks == busy.transport.checks == []


def test_what_a_check_finds_counts_for_nothing_when_an_attempt_was_made_meanwhile() -> None:
    async def with_attempt() -> Site:
        site = Site()
        site.transport.finds = REFUSED
        checking = asyncio.ensure_future(site.for_s(70))
        await asyncio.sleep(60.5)
        assert len(site.transport.checks) == 1
        site.checks.note_attempt()
        site.health.note_answer()
        await checking
        return site

    assert run(with_attempt()).names() == []


def test_a_refused_password_ends_with_an_answer_only_whatever_a_check_finds() -> None:
    async def refused() -> Site:
        site = Site()
        site.health.note_failure(Unauthorized("wrong"), now())
        for found in (Reach.CONNECTED, Reach.READY):
            site.transport.finds = found
            await site.for_s(200)
        return site

    site = run(refused())
    assert site.health.is_failing
    assert {asks_health for _, asks_health in site.transport.checks} == {True}


def test_a_refused_password_is_reported_again_when_a_check_reaches_the_receiver_after_an_outage() -> None:
    async def reached(reach: Reach) -> Site:
        site = Site()
        site.health.note_failure(Unauthorized("wrong"), now())
        site.health.note_failed_check(REFUSED, now())
        assert not site.health.note_reach(reach)
        assert not site.health.note_reach(reach)
        site.health.note_failure(Unauthorized("wrong"), now())
        return site

    for reach in (Reach.CONNECTED, Reach.READY):
        site = run(reached(reach))
        assert site.health.is_failing
        assert site.names() == ["target_unauthorized", "target_unreachable", "target_unauthorized"]


def test_what_an_attempt_has_found_too_is_not_over_when_a_check_connects() -> None:
    async def found() -> Site:
        site = Site()
        site.health.note_failure(Unauthorized("wrong"), now())
        site.health.note_failed_check(REFUSED, now())
        site.health.note_failure(REFUSED, now())
        site.health.note_failed_check(REFUSED, now())
        assert not site.health.note_reach(Reach.CONNECTED)
        return site

    assert run(found()).names() == ["target_unauthorized", "target_unreachable"]


def test_a_delivery_that_found_no_receiver_needs_its_health_and_not_a_connection_alone() -> None:
    async def found(reach: Reach) -> bool:
        site = Site()
        site.health.note_failure(REFUSED, now())
        site.transport.finds = reach
        await site.for_s(200)
        return site.health.is_failing

    assert run(found(Reach.CONNECTED))
    assert not run(found(Reach.READY))


def test_a_receiver_of_ours_is_asked_for_its_health() -> None:
    async def asked() -> Site:
        site = Site()
        site.knows_receiver = True
        site.transport.finds = NOT_READY
        await site.for_s(62)
        return site

    site = run(asked())
    assert site.transport.checks == [(60, True)]
    assert [(notice.name, notice.fields["reason"]) for notice in site.notices] == [
        ("target_unreachable", "SecurOS is not ready")
    ]


def test_zero_switches_the_checks_off_and_another_time_is_in_force_soon() -> None:
    async def off() -> Site:
        site = Site(every_s=0.0)
        await site.for_s(1_000)
        assert site.transport.checks == []
        site.every_s = 10.0
        await site.for_s(5)
        return site

    assert len(run(off()).transport.checks) == 1


def test_what_a_replaced_transport_found_counts_for_nothing_and_a_failing_target_is_checked_soon_after() -> None:
    async def replaced() -> Site:
        site = Site()
        site.transport.finds = REFUSED
        checking = asyncio.ensure_future(site.for_s(70))
        await asyncio.sleep(60.5)
        await site.transports.replace(CheckedTransport())
        await checking
        assert site.names() == []
        site.health.note_failed_check(REFUSED, now())
        site.checks.check_soon()
        await site.for_s(6)
        return site

    assert run(replaced()).names() == ["target_unreachable", "target_recovered"]

"""A failing target rests, longer each time; attempts that fail together count as one failure."""

from __future__ import annotations

import asyncio

import pytest

from securos_trigger.delivery.back_off import BackOff
from securos_trigger.delivery.courier.target_health import TargetHealth
from securos_trigger.model import Retry, RetryKind, Unauthorized
from securos_trigger.notices import Announcer, Notice
from tests.unit.delivery.courier.skipped_time import run

REFUSED = Retry(RetryKind.UNREACHABLE, "connection refused")


class Watched:
    """The health of one target, with what was announced. Back-off: exactly 1, 2, 4 … 8 seconds."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.health = TargetHealth(
            "https://vms:3443", Announcer([self.notices.append]), BackOff(first_s=1.0, longest_s=8.0), lambda: 1.0
        )

    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]


def now() -> float:
    return asyncio.get_running_loop().time()


def test_each_failed_probe_makes_the_rest_longer() -> None:
    async def probes() -> list[float]:
        watched, rests = Watched(), []
        for _ in range(6):
            watched.health.note_failure(REFUSED, now())
            began_at = now()
            await watched.health.rest()
            rests.append(now() - began_at)
        return rests

    assert run(probes()) == pytest.approx([1, 2, 4, 8, 8, 8])


def test_a_failing_target_says_when_it_was_tried_last_and_when_it_is_tried_next() -> None:
    async def tries() -> list[tuple[float, float] | None]:
        watched = Watched()
        seen = [watched.health.tries_at_ticks]
        watched.health.note_failed_check(REFUSED, now())
        seen.append(watched.health.tries_at_ticks)  # nothing was sent
        for _ in range(3):
            await asyncio.sleep(10)
            watched.health.note_failure(REFUSED, now())
        tried_at, next_at = watched.health.tries_at_ticks or (0.0, 0.0)
        seen.append((tried_at - now(), next_at - now()))
        watched.health.note_answer()
        return [*seen, watched.health.tries_at_ticks]

    assert run(tries()) == [None, None, (0.0, 4.0), None]


def test_attempts_that_fail_together_count_once() -> None:
    async def burst() -> list[float]:
        watched, waits = Watched(), []
        began_at = now()
        await asyncio.sleep(0.5)
        for _ in range(16):  # all under way since before the first of them failed
            waits.append(watched.health.note_failure(REFUSED, began_at))
            await asyncio.sleep(0.01)
        await watched.health.rest()
        waits.append(watched.health.note_failure(REFUSED, now()))
        return waits

    *together, after = run(burst())
    assert together == pytest.approx([1 - number * 0.01 for number in range(16)])
    assert after == pytest.approx(2)


def test_what_the_target_asks_for_is_waited_for() -> None:
    async def asked() -> float:
        busy = Retry(RetryKind.BUSY, "busy", retry_after_s=60.0)
        return Watched().health.note_failure(busy, now())

    assert run(asked()) == pytest.approx(61)


def test_an_answer_ends_the_rest_at_once_and_the_next_trouble_begins_small() -> None:
    async def recovery() -> tuple[float, float, list[str], bool]:
        watched = Watched()
        for _ in range(4):
            watched.health.note_failure(REFUSED, now())
            await watched.health.rest()
        watched.health.note_failure(REFUSED, now())
        resting = asyncio.ensure_future(watched.health.rest())
        await asyncio.sleep(1.0)
        assert watched.health.note_answer()
        answered_at = now()
        await resting
        took_s = now() - answered_at
        again_s = watched.health.note_failure(REFUSED, now())
        return took_s, again_s, watched.names(), watched.health.is_failing

    took_s, again_s, names, is_failing = run(recovery())
    assert took_s <= 0.25
    assert again_s == pytest.approx(1)
    assert names == ["target_unreachable", "target_recovered", "target_unreachable"]
    assert is_failing


def test_a_healthy_target_does_not_rest_and_its_answers_are_no_news() -> None:
    async def healthy() -> tuple[float, bool, list[str]]:
        watched = Watched()
        await watched.health.rest()
        return now(), watched.health.note_answer(), watched.names()

    assert run(healthy()) == (0.0, False, [])


def test_the_outage_is_as_long_as_from_the_first_failure_to_the_answer() -> None:
    async def outage() -> object:
        watched = Watched()
        for _ in range(3):
            watched.health.note_failure(REFUSED, now())
            await asyncio.sleep(10.0)
        watched.health.note_answer()
        return watched.notices[-1].fields["outage_s"]

    assert run(outage()) == 30.0


def test_two_causes_that_take_turns_are_announced_once_a_minute_each() -> None:
    async def turns() -> list[str]:
        watched = Watched()
        for _ in range(8):
            watched.health.note_failure(REFUSED, now())
            watched.health.note_failure(Unauthorized("401"), now())
            await asyncio.sleep(20.0)
        return watched.names()

    names = run(turns())
    assert names[:2] == ["target_unreachable", "target_unauthorized"]
    assert 3 <= len(names) <= 6


def test_a_target_that_is_only_busy_changes_no_cause() -> None:
    async def busy() -> list[str]:
        watched = Watched()
        watched.health.note_failure(REFUSED, now())
        watched.health.note_failure(Retry(RetryKind.BUSY, "busy"), now())
        return watched.names()

    assert run(busy()) == ["target_unreachable"]


def test_an_answer_counts_for_attempts_that_began_before_it() -> None:
    async def answered() -> list[bool]:
        watched = Watched()
        await asyncio.sleep(5.0)
        before = watched.health.has_answered_since(4.0)
        watched.health.note_answer()
        return [before, watched.health.has_answered_since(4.0), watched.health.has_answered_since(5.0)]

    assert run(answered()) == [False, True, False]


def test_a_trouble_begins_with_the_attempt_that_failed_first() -> None:
    async def hung() -> tuple[Watched, list[float | None]]:
        watched, began_at = Watched(), now()
        watched.health.begin_attempt(1)
        await asyncio.sleep(2)
        assert watched.health.begin_attempt(2) == began_at + 2
        seen = [watched.health.waiting_since_at_ticks]
        await asyncio.sleep(13)
        watched.health.note_failure(REFUSED, began_at)
        seen.append(watched.health.waiting_since_at_ticks)  # now it is known to fail
        watched.health.end_attempt(1)
        watched.health.end_attempt(2)
        await asyncio.sleep(5)
        watched.health.note_answer()
        return watched, [*(None if at is None else at - began_at for at in seen), watched.health.waiting_since_at_ticks]

    watched, waiting = run(hung())
    assert waiting == [0.0, None, None]
    assert [notice.fields.get("outage_s") for notice in watched.notices] == [15.0, 20.0]


def test_a_refusal_at_once_has_not_lasted() -> None:
    async def refused() -> Watched:
        watched = Watched()
        watched.health.note_failure(REFUSED, now())
        return watched

    [notice] = run(refused()).notices
    assert notice.fields["outage_s"] == ""

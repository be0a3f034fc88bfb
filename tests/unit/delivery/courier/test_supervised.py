"""A supervised task: a bug in it is reported, it goes on after a pause, and it ends when it is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from securos_trigger.delivery.courier import supervised
from securos_trigger.delivery.courier.supervised import repeat
from securos_trigger.notices import Announcer, Notice
from securos_trigger.system import worker
from securos_trigger.system.worker import Failures
from tests.unit.delivery.courier.skipped_time import run


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.001)


def test_a_bug_costs_one_turn_and_the_recovery_is_announced() -> None:
    notices: list[Notice] = []
    turns: list[int] = []

    async def step() -> bool:
        turns.append(len(turns))
        if len(turns) == 2:
            raise ZeroDivisionError
        return len(turns) < 4

    asyncio.run(repeat(step, Failures("sender 1", Announcer([notices.append]))))
    assert turns == [0, 1, 2, 3]
    assert [(notice.name, notice.fields["thread"]) for notice in notices] == [
        ("thread_failed", "sender 1"),
        ("thread_recovered", "sender 1"),
    ]


def test_a_task_that_is_cancelled_ends_also_in_its_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 1000.0)
    failures = Failures("sender 1", Announcer(), longest_pause_s=1000.0)

    async def step() -> None:
        raise ZeroDivisionError

    async def cancelled() -> None:
        task = asyncio.create_task(repeat(step, failures))
        while not failures.count:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())


def test_the_recovery_is_announced_while_a_long_step_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "WORKS_AFTER_S", 0.01)
    notices: list[Notice] = []
    turns: list[int] = []

    async def step() -> bool:
        turns.append(len(turns))
        if len(turns) == 1:
            raise ZeroDivisionError
        while len(notices) < 2:  # as a claim waits for its next delivery; the test's own time limit ends this
            await asyncio.sleep(0.001)
        return False

    asyncio.run(repeat(step, Failures("courier", Announcer([notices.append]))))
    assert [notice.name for notice in notices] == ["thread_failed", "thread_recovered"]


def test_a_step_that_is_under_way_for_a_second_after_a_failure_works_again() -> None:
    notices: list[Notice] = []
    announced: list[list[str]] = []

    async def step() -> bool:
        if not notices:
            raise ZeroDivisionError
        for wait_s in (0.9, 0.2):
            await asyncio.sleep(wait_s)
            announced.append([notice.name for notice in notices])
        return False

    run(repeat(step, Failures("courier", Announcer([notices.append]))))
    assert announced == [["thread_failed"], ["thread_failed", "thread_recovered"]]

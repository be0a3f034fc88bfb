"""Turns of requests that ask the service, and answers that several share."""

from __future__ import annotations

import asyncio
import threading

import pytest
from fastapi import HTTPException

from securos_trigger.console.turns import Turns
from securos_trigger.errors import OutboxError


def test_who_gets_no_turn_in_time_and_who_is_one_too_many_are_refused_and_the_next_one_is_not() -> None:
    async def ask() -> None:
        turns = Turns(1, 1, 0.05)
        async with turns.turn():
            waiting = asyncio.create_task(turns.run(int, "1"))
            await asyncio.sleep(0)
            with pytest.raises(HTTPException) as caught:  # one asks, one waits
                await turns.run(int, "2")
            assert caught.value.status_code == 503
            with pytest.raises(HTTPException) as caught:
                await waiting
            assert "does not answer" in caught.value.detail
        assert await turns.run(int, "3") == 3
        with pytest.raises(ValueError, match="invalid literal"):
            await turns.run(int, "x")
        assert await turns.run(int, "4") == 4, "a failure gives its turn back"

    asyncio.run(ask())


def test_equal_questions_under_way_are_one_also_when_its_first_caller_leaves() -> None:
    asked, may_answer = [], threading.Event()

    def answer() -> int:
        asked.append(1)
        assert may_answer.wait(60)
        return len(asked)

    async def ask() -> None:
        turns = Turns()
        first = asyncio.create_task(turns.shared("status", answer))
        others = [asyncio.create_task(turns.shared("status", answer)) for _ in range(50)]
        while not asked:
            await asyncio.sleep(0.001)
        first.cancel()
        may_answer.set()
        assert set(await asyncio.gather(*others)) == {1}
        assert await turns.shared("status", answer) == 2, "who comes later asks again"

    asyncio.run(ask())


def test_all_who_share_a_question_get_its_failure_and_none_is_left_over() -> None:
    said = []

    def fail() -> None:
        raise OutboxError("the service does not answer")

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))
        turns = Turns()
        found = await asyncio.gather(*(turns.shared("status", fail) for _ in range(5)), return_exceptions=True)
        assert {str(one) for one in found} == {"the service does not answer"}
        assert len(found) == 5

    asyncio.run(ask())
    assert not said

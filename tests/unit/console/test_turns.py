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
        async with turns.turn("anna"):
            waiting = asyncio.create_task(turns.run("bert", int, "1"))
            await asyncio.sleep(0)
            with pytest.raises(HTTPException) as caught:  # one asks, one waits
                await turns.run("carl", int, "2")
            assert caught.value.status_code == 503
            with pytest.raises(HTTPException) as caught:
                await waiting
            assert "does not answer" in caught.value.detail
        assert await turns.run("bert", int, "3") == 3
        with pytest.raises(ValueError, match="invalid literal"):
            await turns.run("bert", int, "x")
        assert await turns.run("bert", int, "4") == 4, "a failure gives its turn back"
        assert not turns._shares, "nothing is kept of who is gone, nor of who got no turn"

    asyncio.run(ask())


def test_one_user_has_half_of_the_turns_and_keeps_nobody_else_waiting() -> None:
    async def ask() -> None:
        turns, may_end = Turns(4, 4, 0.2), asyncio.Event()

        async def hold() -> None:
            async with turns.turn("anna"):
                await may_end.wait()

        held = [asyncio.create_task(hold()) for _ in range(20)]
        await asyncio.sleep(0)
        assert sum(one.done() for one in held) == 16, "two ask, two wait"
        assert [await turns.run("otto", int, "1") for _ in range(5)] == [1] * 5
        await asyncio.wait(held, timeout=60, return_when=asyncio.FIRST_EXCEPTION)
        await asyncio.sleep(0.3)
        assert sum(one.done() for one in held) == 18, "no turn came in time"
        may_end.set()
        found = await asyncio.gather(*held, return_exceptions=True)
        assert found.count(None) == 2
        assert {one.status_code for one in found if isinstance(one, HTTPException)} == {503}
        assert not turns._shares, "who has left is forgotten"

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


def test_a_shared_question_that_hangs_is_refused_and_answered_again_when_it_hangs_no_more() -> None:
    hangs = threading.Event()

    async def ask() -> None:
        turns = Turns(shared_within_s=0.05)
        for _ in range(3):
            with pytest.raises(HTTPException) as refused:
                await turns.shared("overview", hangs.wait)
            assert refused.value.status_code == 503
        hangs.set()
        assert await turns.shared("overview", hangs.wait)

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

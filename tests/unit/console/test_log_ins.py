"""Log-ins that wait."""

from __future__ import annotations

import asyncio
import threading

import pytest
from fastapi import HTTPException

from securos_trigger.console.log_ins import LogIns


def test_few_log_ins_wait_in_a_thread_of_their_own_and_one_more_is_told_when_to_try_again() -> None:
    async def scenario() -> None:
        log_ins, goes_on = LogIns(4), threading.Event()

        def log_in(name: str) -> str:
            assert goes_on.wait(30)
            return f"{name} in {threading.current_thread().name}"

        waiting = []
        for name, network in (("anna", "one"), ("bert", "one"), ("carl", "other")):
            log_ins.require_place(network)
            waiting.append(asyncio.create_task(log_ins.run(network, log_in, name)))
            await asyncio.sleep(0)
        with pytest.raises(HTTPException):
            log_ins.require_place("one")  # it has half of the places
        log_ins.require_place("other")
        waiting.append(asyncio.create_task(log_ins.run("other", log_in, "dora")))
        await asyncio.sleep(0)
        with pytest.raises(HTTPException) as refused:
            log_ins.require_place("third")
        assert (refused.value.status_code, refused.value.headers) == (503, {"Retry-After": "2"})
        waiting[1].cancel()
        await asyncio.sleep(0)
        with pytest.raises(HTTPException):
            log_ins.require_place("third")
        goes_on.set()
        assert await waiting[0] == "anna in log-in_0"
        while log_ins._waiting:
            await asyncio.sleep(0.01)
        log_ins.require_place("one")
        log_ins.close()

    asyncio.run(scenario())

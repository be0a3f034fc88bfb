"""What blocks holds up neither the loop nor its end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from securos_trigger.system.daemon_threads import use_daemon_threads


def test_the_loop_ends_while_a_call_still_blocks() -> None:
    ending, began, gave_up = threading.Event(), threading.Event(), threading.Event()

    def block() -> None:
        began.set()
        if not ending.wait(60):
            gave_up.set()

    async def run() -> int:
        use_daemon_threads()
        waiting = asyncio.get_running_loop().run_in_executor(None, block)
        found = await asyncio.to_thread(int, "7")
        assert await asyncio.to_thread(began.wait, 60)
        waiting.cancel()
        return found

    assert asyncio.run(run()) == 7
    assert not gave_up.is_set()
    ending.set()


def test_an_error_reaches_the_caller() -> None:
    async def run() -> None:
        use_daemon_threads()
        await asyncio.to_thread(int, "seven")

    with pytest.raises(ValueError, match="seven"):
        asyncio.run(run())

"""Calls of one kind take their turn, so that a service that hangs holds a few threads of the console and not all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool

#: Threads that ask for frames. All other requests have the rest, which starlette bounds by 40.
AT_ONCE: Final = 16
MAX_WAITING: Final = 64

_Result = TypeVar("_Result")


class Turns:
    """Lets `at_once` calls run and `max_waiting` more wait. Used in the event loop of the console."""

    def __init__(self, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._left = at_once + max_waiting

    async def run(self, call: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of a call in a thread. 503: too many wait already."""
        if self._left <= 0:
            raise HTTPException(503, "The service answers too slowly: too many images are asked for. Ask again later.")
        self._left -= 1
        try:
            async with self._free:
                return await run_in_threadpool(call, *arguments)
        finally:
            self._left += 1

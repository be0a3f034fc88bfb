"""What asks the service takes its turn, so that one that hangs holds a few threads of the console and not all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool

#: Requests that ask the service. All others have the rest of the threads, which starlette bounds by 40.
AT_ONCE: Final = 16
MAX_WAITING: Final = 64
#: A request waits this long for its turn.
TURN_WITHIN_S: Final = 5.0

_TOO_SLOW: Final = "The service does not answer, or too slowly: too many requests wait for it. Ask again later."
_Result = TypeVar("_Result")


class Turns:
    """Lets `at_once` requests ask, and `max_waiting` more wait. Used in the event loop of the console."""

    def __init__(
        self, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING, turn_within_s: float = TURN_WITHIN_S
    ) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._left = at_once + max_waiting
        self._turn_within_s = turn_within_s
        self._asked: dict[str, asyncio.Task[Any]] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One turn; not to be nested. 503: too many wait already, or it did not come in time."""
        if self._left <= 0:
            raise HTTPException(503, _TOO_SLOW)
        self._left -= 1
        try:
            try:
                await asyncio.wait_for(self._free.acquire(), self._turn_within_s)
            except TimeoutError:
                raise HTTPException(503, _TOO_SLOW) from None
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._left += 1

    async def run(self, call: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of a call in a thread, in its turn. 503 as for `turn`."""
        async with self.turn():
            return await run_in_threadpool(call, *arguments)

    async def shared(self, question: str, call: Callable[[], _Result]) -> _Result:
        """The answer to a question that all ask in the same words: while it is under way, all wait for the same one.

        It takes one thread and no turn. A caller that waits no longer leaves it to the others.
        """
        task = self._asked.get(question)
        if task is None:
            task = self._asked[question] = asyncio.create_task(run_in_threadpool(call))
            task.add_done_callback(lambda done: self._forget(question, done))
        result: _Result = await asyncio.shield(task)
        return result

    def _forget(self, question: str, done: asyncio.Task[Any]) -> None:
        del self._asked[question]
        if not done.cancelled():
            done.exception()  # who still waits gets it; when all have left, it is no failure of the event loop

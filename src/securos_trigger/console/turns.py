"""What takes long takes its turn: neither a service that hangs nor one user holds all threads of the console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeVar

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool

#: Requests of one kind; of one user half of them. All kinds together leave some of the threads, which starlette bounds
#: by 40: for log-ins, and for what needs none.
AT_ONCE: Final = 16
MAX_WAITING: Final = 64
#: A request waits this long for its turn.
TURN_WITHIN_S: Final = 5.0
#: The same for the answer to a question that all share. A service that hangs is waited for up to 8 s.
SHARED_WITHIN_S: Final = 20.0

_TOO_SLOW: Final = "The service does not answer, or too slowly: too many requests wait for it. Ask again later."
#: The same where the service is not asked.
TOO_MANY: Final = "Too many requests are under way. Ask again later."
_Result = TypeVar("_Result")


class _Share:
    """What one user has of the turns."""

    def __init__(self, at_once: int) -> None:
        self.free = asyncio.Semaphore(at_once)
        self.count = 0  # that have a turn, or wait for one


class Turns:
    """Lets `at_once` requests ask, and `max_waiting` more wait; of one user half of each. Used in the event loop."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        max_waiting: int = MAX_WAITING,
        turn_within_s: float = TURN_WITHIN_S,
        refusal: str = _TOO_SLOW,
        *,
        shared_within_s: float = SHARED_WITHIN_S,
    ) -> None:
        self._shared_within_s = shared_within_s
        self._free = asyncio.Semaphore(at_once)
        self._left = at_once + max_waiting
        self._at_once_of_one = max(1, at_once // 2)
        self._most_of_one = max(1, self._left // 2)
        self._turn_within_s = turn_within_s
        self._refusal = refusal
        self._shares: dict[str, _Share] = {}
        self._asked: dict[str, asyncio.Task[Any]] = {}

    @asynccontextmanager
    async def turn(self, user: str) -> AsyncIterator[None]:
        """One turn of a user; not to be nested. 503: too many wait already, or it did not come in time."""
        share = self._shares.get(user) or _Share(self._at_once_of_one)
        if self._left <= 0 or share.count >= self._most_of_one:
            raise HTTPException(503, self._refusal)
        self._shares[user] = share
        self._left -= 1
        share.count += 1
        try:
            async with AsyncExitStack() as held:
                try:
                    async with asyncio.timeout(self._turn_within_s):
                        await held.enter_async_context(share.free)  # first: a user with too many keeps no other waiting
                        await held.enter_async_context(self._free)
                except TimeoutError:
                    raise HTTPException(503, self._refusal) from None
                yield
        finally:
            self._left += 1
            share.count -= 1
            if not share.count:
                del self._shares[user]

    async def run(self, user: str, call: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of a call in a thread, in a turn of the user. 503 as for `turn`."""
        async with self.turn(user):
            return await run_in_threadpool(call, *arguments)

    async def shared(self, question: str, call: Callable[[], _Result]) -> _Result:
        """The answer to a question that all ask in the same words: while it is under way, all wait for the same one.

        It takes one thread and no turn. A caller that waits no longer leaves it to the others. 503: no answer in time.
        """
        task = self._asked.get(question)
        if task is None:
            task = self._asked[question] = asyncio.create_task(run_in_threadpool(call))
            task.add_done_callback(lambda done: self._forget(question, done))
        try:
            async with asyncio.timeout(self._shared_within_s):
                result: _Result = await asyncio.shield(task)
        except TimeoutError:
            raise HTTPException(503, self._refusal) from None
        return result

    def _forget(self, question: str, done: asyncio.Task[Any]) -> None:
        del self._asked[question]
        if not done.cancelled():
            done.exception()  # who still waits gets it; when all have left, it is no failure of the event loop

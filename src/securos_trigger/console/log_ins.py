"""Few log-ins with a password wait, and in a thread of their own: anyone may ask for one, and each takes a while."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from fastapi import HTTPException

#: With that under way: a few seconds of work. Of one network half of them.
MOST_WAITING: Final = 8
_RETRY_AFTER_S: Final = 2
_TOO_MANY: Final = "Too many people or programs log in at this moment. Try again in a few seconds."
_Result = TypeVar("_Result")


class LogIns:
    """One log-in after another, while all other routes have their own threads. Used in the event loop."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._most_of_one = max(1, most_waiting // 2)
        self._waiting: Counter[str] = Counter()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log-in")

    def require_place(self, network: str) -> None:
        """503: too many wait already, or too many of this network."""
        if self._waiting.total() >= self._most_waiting or self._waiting[network] >= self._most_of_one:
            raise HTTPException(503, _TOO_MANY, headers={"Retry-After": str(_RETRY_AFTER_S)})

    async def run(self, network: str, call: Callable[..., _Result], *arguments: object) -> _Result:
        """The result of a call, when its turn comes. A caller that waits no longer still has its place until then."""
        self._waiting[network] += 1
        running = asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
        running.add_done_callback(partial(self._leave, network))
        return await asyncio.shield(running)

    def close(self) -> None:
        """Forget those that wait."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _leave(self, network: str, done: asyncio.Future[_Result]) -> None:
        self._waiting[network] -= 1
        if not self._waiting[network]:
            del self._waiting[network]
        if not done.cancelled():
            done.exception()  # who still waits gets it

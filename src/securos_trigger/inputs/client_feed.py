"""Runs the network client of a camera or a recorder as the feed of an input.

How to plug a client in
-----------------------
A client is an object with `messages()`, an asynchronous generator of `Message`; its connection lasts as long as the
iteration. `ClientFeed` makes it with its `ConnectionState`: the client calls `note_connected()` of it when it has
logged in, because the first message may come hours later. The feed runs the client in a thread of its own with an event
loop of its own, and takes the next message only when there is space for it (back-pressure).

A client that cannot go on raises `FeedLostError` with the reason in words (the login is refused, the host is silent):
the feed announces `source_lost`, waits, and calls `messages()` again. Anything else that it raises is a bug: it is
logged with its traceback, and the client is started again as well. When the feed closes, the iteration is cancelled:
close connections in `finally`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final, Protocol

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.retry_pause import RetryPause
from securos_trigger.notices import Announcer
from securos_trigger.system.worker import Worker

#: The pause before the next try, in seconds: it doubles with each failure in a row (after a refused login longer).
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
_SPACE_WITHIN_S: Final = 0.5
_CLOSE_WITHIN_S: Final = 5.0


class MessageClient(Protocol):
    """The network client of a camera or a recorder."""

    def messages(self) -> AsyncGenerator[Message, None]:
        """The messages, from a new connection. Raises FeedLostError when there is none or when it ends."""


class ClientFeed:
    """The feed of an input whose messages a client pulls. Nothing is acknowledged: a camera sends nothing again.

    `first_pause_s` is the pause before the first new try, in seconds.
    """

    def __init__(
        self,
        source_name: str,
        make_client: Callable[[ConnectionState], MessageClient],
        announcer: Announcer,
        *,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.queue = ArrivalQueue()
        self.state = ConnectionState(source_name, announcer)
        self._client = make_client(self.state)
        self._pause = RetryPause(first_pause_s, LONGEST_PAUSE_S)
        self._worker = Worker(f"input-{source_name}", self._turn, announcer)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def close(self) -> None:
        """End the iteration and the thread."""
        self._worker.request_close()
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)
        self._worker.close(_CLOSE_WITHIN_S)

    def _turn(self, closing: threading.Event) -> bool | None:
        """One connection, and the pause after it."""
        failure: FeedLostError | None = None
        try:
            asyncio.run(self._read(closing))
        except FeedLostError as error:
            failure = error
        except Exception as error:
            self.state.note_lost(f"an unexpected error in the client: {type(error).__name__}")
            raise
        if not closing.is_set():
            self.state.note_lost("the connection has ended" if failure is None else str(failure))
            closing.wait(self._pause.after(failure))
        return not closing.is_set()

    async def _read(self, closing: threading.Event) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.ensure_future(self._pass_on(closing))
        if closing.is_set():
            self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _pass_on(self, closing: threading.Event) -> None:
        async with aclosing(self._client.messages()) as messages:
            async for message in messages:
                self.state.note_connected()
                self._pause.reset()
                while not self.queue.put(Arrival(message)):
                    if closing.is_set():
                        return
                    await asyncio.to_thread(self.queue.wait_for_space, _SPACE_WITHIN_S)

"""Pulls the messages of a consumer as they come, with a request for more always under way."""

from __future__ import annotations

import asyncio
import json
import time
from types import TracebackType
from typing import Final, Self

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from securos_trigger.relay.connection import ClusterConnection

#: The server answers a request for more after this long, also when there is nothing.
_EXPIRES_S: Final = 5.0
#: Without any word for this long the request is lost, as after a change of the leader.
_LOST_AFTER_S: Final = _EXPIRES_S + 2.0
#: There may be 30 such requests a second, and a consumer keeps no more than 512 requests.
_ASKED_ON_FOR_S: Final = 1.0
#: Where no server leads the consumer now, or there is none, the server refuses at once: it is asked again after this.
_ASK_AGAIN_S: Final = 0.5
_NOT_THERE: Final = "503"
_NANOSECONDS: Final = 1_000_000_000


class ConsumerLostError(Exception):
    """The consumer was deleted: another process serves the target now, or a person has deleted the stream."""


class Puller:
    """Pulls from one consumer, up to `batch` messages ahead. One event loop uses it, as an async context manager."""

    def __init__(self, connection: ClusterConnection, stream: str, consumer: str, batch: int) -> None:
        self._connection = connection
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._batch = batch
        self._asked = 0  # messages that the server may still send
        self._heard_at_ticks = time.monotonic()
        self._ask_at_ticks = float("-inf")
        self._absent_since_ticks: float | None = None
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._inbox = connection.new_inbox()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        self._subscription = await self._connection.subscribe(self._inbox, self._take)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._subscription is not None and not self._connection.lost.is_set():
            await self._subscription.unsubscribe()

    async def messages(self, within_s: float = 1.0) -> list[Msg]:
        """Wait for messages, and give all that are there; none when nothing came within the time, or can come.

        Raises `ConsumerLostError`.
        """
        await self._ask()
        if not self._asked:  # the server has refused: to ask it again is sooner than any message
            within_s = min(within_s, max(0.0, self._ask_at_ticks - time.monotonic()))
        try:
            async with asyncio.timeout(within_s):
                found = [await self._arrived.get()]
        except TimeoutError:
            return []
        while not self._arrived.empty():
            found.append(self._arrived.get_nowait())
        messages = [message for message in found if not self._is_status(message)]
        await self._ask()
        return messages

    async def ask_on(self) -> None:
        """Ask for one more at once, after messages were purged.

        A consumer that has given out all that may be unacknowledged goes on after an acknowledgement or a request, but
        not after a purge: what stood in the stream came when the last request had expired, seconds later.
        """
        self._asked += 1
        await self._request(1, _ASKED_ON_FOR_S)

    async def _take(self, message: Msg) -> None:
        self._arrived.put_nowait(message)

    async def _ask(self) -> None:
        """Ask for more when less than half of a batch is under way."""
        if time.monotonic() < self._ask_at_ticks:
            return
        if time.monotonic() - self._heard_at_ticks > _LOST_AFTER_S:
            self._asked, self._heard_at_ticks = 0, time.monotonic()
        more = self._batch - self._asked
        if more * 2 >= self._batch:
            self._asked += more
            await self._request(more, _EXPIRES_S)

    async def _request(self, number: int, expires_s: float) -> None:
        request = json.dumps({"batch": number, "expires": int(expires_s * _NANOSECONDS)})
        await self._connection.publish(self._subject, request.encode(), self._inbox)

    def _is_status(self, message: Msg) -> bool:
        """Count a message; True when it is the server's word about a request, not a message of the stream."""
        self._heard_at_ticks = time.monotonic()
        headers = message.headers or {}
        if (status := headers.get("Status")) is None:
            self._asked = max(0, self._asked - 1)
            self._absent_since_ticks = None
            return False
        description = headers.get("Description", "")
        if status == "409" and "Consumer Deleted" in description:
            raise ConsumerLostError("its consumer in the cluster was deleted")
        if status == _NOT_THERE:
            self._note_absent()
            return True
        self._absent_since_ticks = None
        self._asked = max(0, self._asked - int(headers.get("Nats-Pending-Messages", self._asked)))
        return True

    def _note_absent(self) -> None:
        """Note that the consumer does not answer: for a moment while its leader changes, else it is lost."""
        now_ticks = time.monotonic()
        self._asked, self._ask_at_ticks = 0, now_ticks + _ASK_AGAIN_S
        self._absent_since_ticks = self._absent_since_ticks or now_ticks
        if now_ticks - self._absent_since_ticks > _LOST_AFTER_S:
            raise ConsumerLostError("its consumer in the cluster does not answer")

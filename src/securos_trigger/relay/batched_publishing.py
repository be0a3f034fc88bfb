"""Publishes to one stream over one connection. What comes while others wait for the disk is stored together.

A stream on one server waits for its disk once for each event (`sync_interval: always`). An atomic batch waits about
four times, however many events are in it, and all of them are stored or none. So events go singly while the disk keeps
up, and together as soon as they queue behind it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from nats.errors import MaxPayloadError
from nats.js.errors import APIError

from securos_trigger.relay.connection import ClusterConnection
from securos_trigger.relay.names import MESSAGE_ID

_CONFIRMED_WITHIN_S: Final = 5.0
#: Groups under way: one waits for the disk while the next one is on its way.
_AT_ONCE: Final = 2
#: Fewer are published singly: a batch waits for the disk four times.
_WORTH_A_BATCH: Final = 8
#: The server takes up to 1,000 unless it is configured otherwise.
_MOST_TOGETHER: Final = 256
_BATCH_ID: Final = "Nats-Batch-Id"
_BATCH_SEQUENCE: Final = "Nats-Batch-Sequence"
_BATCH_COMMIT: Final = "Nats-Batch-Commit"
#: No batch will be taken: the stream was made without `allow_atomic`; 2.12.0 takes none whose messages have ids.
_NO_BATCHES: Final = frozenset({10174, 10177})
#: Then a person may have set it, or updated the server.
_AGAIN_AFTER_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Message:
    subject: str
    content: bytes
    key: str
    stored: asyncio.Future[None]

    def end(self, error: Exception | None = None) -> None:
        """Answer the one who waits, unless it waits no longer."""
        if self.stored.done():
            return
        if error is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(error)


class BatchedPublishing:
    """Publishes messages whose order does not matter. One event loop uses it."""

    def __init__(self, connection: ClusterConnection, stream: str) -> None:
        self._connection = connection
        self._stream = stream
        self._waiting: deque[_Message] = deque()
        self._sending: set[asyncio.Task[None]] = set()
        self._refused_at_ticks = float("-inf")

    async def publish(self, subject: str, content: bytes, key: str) -> None:
        """Publish a message with this id, and wait until it is stored. Raises one of `CLUSTER_FAULTS`."""
        message = _Message(subject, content, key, asyncio.get_running_loop().create_future())
        self._waiting.append(message)
        self._send_waiting()
        await message.stored

    @property
    def takes_batches(self) -> bool:
        """False while the stream, or its server, is known to take none."""
        return time.monotonic() >= self._refused_at_ticks + _AGAIN_AFTER_S

    def _send_waiting(self) -> None:
        while self._waiting and (len(self._sending) < _AT_ONCE or not self.takes_batches):
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_TOGETHER))]
            task = asyncio.create_task(self._send(group))
            self._sending.add(task)
            task.add_done_callback(self._note_sent)

    def _note_sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._send_waiting()

    async def _send(self, group: Sequence[_Message]) -> None:
        try:
            if len(group) < _WORTH_A_BATCH or not self.takes_batches or not await self._are_stored_together(group):
                await asyncio.gather(*map(self._send_one, group))
        except Exception as error:  # noqa: BLE001  it is raised where each of them is waited for
            for message in group:
                message.end(error)

    async def _send_one(self, message: _Message) -> None:
        try:
            await self._publish(message, {})
        except Exception as error:  # noqa: BLE001  it is raised where this one is waited for
            message.end(error)
        else:
            message.end()

    async def _are_stored_together(self, group: Sequence[_Message]) -> bool:
        """Publish an atomic batch. False: none of it is stored, as when one is there already, or is too large."""
        batch = uuid4().hex
        commit = {_BATCH_ID: batch, _BATCH_SEQUENCE: str(len(group)), _BATCH_COMMIT: "1"}
        try:
            for number, message in enumerate(group[:-1], 1):
                headers = {MESSAGE_ID: message.key, _BATCH_ID: batch, _BATCH_SEQUENCE: str(number)}
                await self._connection.publish(message.subject, message.content, headers=headers)
            confirmed = await self._publish(group[-1], commit)
        except MaxPayloadError:
            return False
        except APIError as error:
            if error.err_code in _NO_BATCHES:
                self._refused_at_ticks = time.monotonic()
            return False
        if confirmed != (batch, len(group)):  # a server before 2.12 knows none, and has stored each of them
            self._refused_at_ticks = time.monotonic()
            return False
        for message in group:
            message.end()
        return True

    async def _publish(self, message: _Message, headers: dict[str, str]) -> tuple[str | None, int | None]:
        """Publish one message, and wait for its confirmation; gives the batch that it confirms, and its length."""
        confirmed = await self._connection.jetstream.publish(  # not `publish_async`: it raises no refusal
            message.subject,
            message.content,
            timeout=_CONFIRMED_WITHIN_S,
            stream=self._stream,
            headers={MESSAGE_ID: message.key, **headers},
        )
        return confirmed.batch_id, confirmed.batch_size

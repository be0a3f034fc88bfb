"""Removes finished events from the stream: one request for many, or an acknowledgement for each.

A stream on one server writes a mark for every acknowledged event, and waits for its disk each time (`sync_interval:
always`). A purge of all events of the receiver before a place waits once. It is used only where it is cheap and safe:
on a stream with one copy (with several, the servers gather the marks by themselves) that is small, since a purge looks
through all blocks of the stream in which the receiver has events.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nats.aio.msg import Msg

from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterConnection
from securos_trigger.relay.pulling import ConsumerLostError

#: Fewer are acknowledged: a purge may wait for the disk twice.
_WORTH_A_PURGE: Final = 4
#: In a larger stream there is a backlog: then what counts is throughput.
_SMALL_BYTES: Final = 16 * 1024**2
_LOOK_EVERY_S: Final = 5.0
#: After a purge that was refused or not answered, each is acknowledged for this long.
_PURGE_AGAIN_AFTER_S: Final = 300.0


class Removal:
    """Removes the messages of one consumer, which is alone with its subject. One event loop uses it.

    `on_purged` is called after each purge (`Puller.ask_on`).
    """

    def __init__(
        self, connection: ClusterConnection, stream: str, subject: str, on_purged: Callable[[], Awaitable[None]]
    ) -> None:
        self._on_purged = on_purged
        self._connection = connection
        self._stream = stream
        self._subject = subject
        self._open: set[int] = set()  # places in the stream of what was pulled and is not finished
        self._pulled = 0
        self._purge_again_at_ticks = float("-inf")
        self._is_small = False
        self._look_at_ticks = float("-inf")

    def note_pulled(self, message: Msg) -> None:
        """Note a message of the consumer. Raises `ConsumerLostError` when one before it did not arrive.

        What did not arrive is not finished, and must not be purged: another consumer brings it again.
        """
        sequence = message.metadata.sequence
        self._pulled += 1
        if sequence.consumer != self._pulled:
            raise ConsumerLostError(f"message {self._pulled} of its consumer in the cluster did not arrive")
        self._open.add(sequence.stream)

    async def remove(self, messages: Sequence[Msg]) -> None:
        """Remove finished messages. What is not removed after a fault comes again."""
        self._open.difference_update(one.metadata.sequence.stream for one in messages)
        left = messages
        if len(messages) >= _WORTH_A_PURGE and await self._can_purge():
            first_open = min(self._open, default=max(one.metadata.sequence.stream for one in messages) + 1)
            before = [one for one in messages if one.metadata.sequence.stream < first_open]
            if len(before) >= _WORTH_A_PURGE and await self._purged(first_open):
                left = [one for one in messages if one.metadata.sequence.stream >= first_open]
        for one in left:
            await one.ack()

    async def _can_purge(self) -> bool:
        """Say whether a purge is cheap and safe now. False also when the stream cannot be asked: no purge is needed."""
        if time.monotonic() < self._purge_again_at_ticks:
            return False
        if time.monotonic() >= self._look_at_ticks:
            self._look_at_ticks = time.monotonic() + _LOOK_EVERY_S
            try:
                info = await self._connection.jetstream.stream_info(self._stream)
            except CLUSTER_FAULTS:
                self._is_small = False
            else:
                self._is_small = (info.config.num_replicas or 1) == 1 and info.state.bytes <= _SMALL_BYTES
        return self._is_small

    async def _purged(self, first_open: int) -> bool:
        """Purge all before a place. False: it is not allowed or not answered; it is tried again later."""
        try:
            await self._connection.jetstream.purge_stream(self._stream, subject=self._subject, seq=first_open)
        except CLUSTER_FAULTS:
            self._purge_again_at_ticks = time.monotonic() + _PURGE_AGAIN_AFTER_S
            return False
        await self._on_purged()
        return True

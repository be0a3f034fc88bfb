"""The dead letters in the cluster, also those of a gateway that is gone: read them, send them again, delete them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from nats.errors import TimeoutError as NothingMoreError
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterConnection, ClusterUnavailableError, connected
from securos_trigger.relay.messages import DeadLetter, RelayedEvent, UnreadableMessageError, decoded, encoded
from securos_trigger.relay.names import MESSAGE_ID, Names, message_id

_BATCH: Final = 256
_FORGOTTEN_AFTER_S: Final = 30.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """A dead letter with its number in the stream."""

    number: int
    letter: DeadLetter


def read_letters(settings: RelaySettings) -> list[FoundLetter]:
    """Give all dead letters, oldest first. Raises `ClusterUnavailableError`."""

    async def work(connection: ClusterConnection) -> list[FoundLetter]:
        return [found async for found in _letters(connection, Names(settings.stream))]

    return _done(settings, work)


def send_again(settings: RelaySettings, letters: Sequence[FoundLetter]) -> int:
    """Put events behind all that waits for their receivers, and let their time to expire begin again; gives how many.

    A crash in between may leave a letter whose event is on its way: sent again, the receiver knows it by its id. A
    letter whose message could not be read is left alone. Raises `ClusterUnavailableError`.
    """

    async def work(connection: ClusterConnection) -> int:
        names, count = Names(settings.stream), 0
        for found in letters:
            if (event := found.letter.event) is None:
                continue
            delivery = replace(event.delivery, attempts=0, retried_at_s=round(time.time(), 3))
            await connection.jetstream.publish(
                names.event_subject(delivery.target),
                encoded(RelayedEvent(event.gateway, delivery, 0.0)),
                stream=names.events,
                headers={MESSAGE_ID: message_id(delivery)},
            )
            await _delete(connection, names, found)
            count += 1
        return count

    return _done(settings, work)


def delete_letters(settings: RelaySettings, letters: Sequence[FoundLetter]) -> int:
    """Delete dead letters for good; gives how many. Raises `ClusterUnavailableError`."""

    async def work(connection: ClusterConnection) -> int:
        for found in letters:
            await _delete(connection, Names(settings.stream), found)
        return len(letters)

    return _done(settings, work)


async def _delete(connection: ClusterConnection, names: Names, found: FoundLetter) -> None:
    await connection.jetstream.delete_msg(names.dead, found.number)


async def _letters(connection: ClusterConnection, names: Names) -> AsyncIterator[FoundLetter]:
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=_FORGOTTEN_AFTER_S)
    reading = await connection.jetstream.pull_subscribe(f"{names.prefix}.dead.*", stream=names.dead, config=config)
    left = (await reading.consumer_info()).num_pending or 0
    while left > 0:
        try:
            messages = await reading.fetch(min(left, _BATCH), timeout=5)
        except NothingMoreError:  # others have deleted letters meanwhile
            return
        left -= len(messages)
        for message in messages:
            try:
                letter = _understood(decoded(message.data, DeadLetter))
            except UnreadableMessageError as error:
                content = message.data.decode("utf-8", "replace")
                letter = DeadLetter(None, f"the letter cannot be read: {error}", 0.0, content)
            yield FoundLetter(message.metadata.sequence.stream, letter)


def _understood(letter: DeadLetter) -> DeadLetter:
    """The letter, with its event where an older version could not read it and this one can."""
    if letter.event is not None:
        return letter
    try:
        return replace(letter, event=decoded(letter.content.encode(), RelayedEvent))
    except UnreadableMessageError:
        return letter


def _done(settings: RelaySettings, work: Callable[[ClusterConnection], Awaitable[_T]]) -> _T:
    async def main() -> _T:
        async with connected(settings, "dead letters") as connection:
            try:
                return await work(connection)
            except NotFoundError as error:
                what = f"it has no streams named {settings.stream}: no gateway and no deliver was connected yet"
                raise ClusterUnavailableError(f"The cluster {connection.server}: {what}.") from error
            except CLUSTER_FAULTS as error:
                raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error

    return asyncio.run(main())

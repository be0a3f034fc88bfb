"""The consumers of a stream, all pages of them."""

from __future__ import annotations

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError


async def consumers_of(jetstream: JetStreamContext, stream: str) -> list[ConsumerInfo]:
    """Give every consumer of a stream."""
    found: list[ConsumerInfo] = []
    while True:
        try:
            page = await jetstream.consumers_info(stream, offset=len(found))
        except NotFoundError:
            return found
        if not page:
            return found
        found += page

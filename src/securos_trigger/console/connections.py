"""Connections of the console: one that sends no whole request, or reads no answer, in time is closed.

Idle ones keep no person out: where they become many, those that wait longest for a request are closed. Those that have
not begun, which with HTTPS takes a handshake, are counted by `door`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from securos_trigger.console.door import Door
from securos_trigger.console.networks import network_of

#: A request must be there, body and all, within one to two times this, in seconds; and an answer must be read on.
PATIENCE_S: Final = 15.0
#: A client that waits for an answer must read at least this much of it in that time, in bytes.
_LEAST_READ_BYTES: Final = 16_384
#: Connections of one address, and all: for one more, one that waits for a request is closed. Open pages have up to 100.
MAX_OF_ONE: Final = 150
MAX_OPEN: Final = 250
#: Requests at once, also those whose connection was closed meanwhile; one more is answered 503.
MAX_REQUESTS: Final = 400


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, which itself waits without end: for a request, and for a client that reads."""

    patience_s = PATIENCE_S
    max_of_one = MAX_OF_ONE
    max_open = MAX_OPEN
    door: Door | None = None
    waits_since_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection; with HTTPS after its handshake."""
        super().connection_made(transport)
        if self.door is not None:
            self.door.has_come_in(transport.get_extra_info("socket").fileno())
        self.waits_since_s = time.monotonic()
        self._make_room()
        self._look_later()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.waits_since_s = time.monotonic()
        super().on_response_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """No line in the log: any stranger may ask for a WebSocket, as often as they want. There is none here."""

    def pause_writing(self) -> None:
        """Wait for a client that reads slowly; one that does not read on loses its connection."""
        super().pause_writing()
        self._look_at_reading_later()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self._unread_limit.cancel()
        super().resume_writing()

    def _make_room(self) -> None:
        """Close the connection that has waited longest for a request, where there are too many.

        First those of the same address, then those of the one that has the most. Where none of an address waits, its
        new one is closed.
        """
        open_ = [
            one for one in self.connections if isinstance(one, ImpatientProtocol) and not one.transport.is_closing()
        ]
        own = [one for one in open_ if one.network == self.network]
        if len(own) <= self.max_of_one:
            if len(open_) <= self.max_open:
                return
            [(most, _)] = Counter(one.network for one in open_).most_common(1)
            own = [one for one in open_ if one.network == most]
        closed = _longest_waiting(own, self)
        self.connections.discard(closed)  # at once: it is not counted among those that are served
        closed.transport.abort()

    @property
    def network(self) -> str:
        """What counts as its address."""
        return network_of(self.client[0] if self.client else "")

    @property
    def is_waiting(self) -> bool:
        """True when the other side has to send something: a request, or the rest of its body."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def _look_at_reading_later(self) -> None:
        unread_bytes = self.transport.get_write_buffer_size()
        self._unread_limit = self.loop.call_later(self.patience_s, self._look_at_reading, unread_bytes)

    def _look_at_reading(self, before_bytes: int) -> None:
        """Close the connection when the client has read next to nothing since the last look."""
        if before_bytes - self.transport.get_write_buffer_size() < _LEAST_READ_BYTES:
            self.transport.abort()
        else:
            self._look_at_reading_later()

    def _look_later(self) -> None:
        waits_for = (self.cycle, self.is_waiting)
        self.loop.call_later(self.patience_s, self._look, waits_for)

    def _look(self, waited_for: tuple[Any, bool]) -> None:
        """Close the connection when it still waits for the same request as at the last look."""
        if self.transport.is_closing():
            return
        if self.is_waiting and waited_for == (self.cycle, True):
            self.transport.close()
        else:
            self._look_later()


def _longest_waiting(connections: Iterable[ImpatientProtocol], new: ImpatientProtocol) -> ImpatientProtocol:
    """The one that has waited longest for a request; `new` where none other waits."""
    waiting = [one for one in connections if one is not new and one.is_waiting]
    return min(waiting, key=lambda one: one.waits_since_s, default=new)

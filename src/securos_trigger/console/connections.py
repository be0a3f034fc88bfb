"""Connections of the console: one that sends no whole request, or reads no answer, in time is closed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

#: A request must be there, body and all, within one to two times this, in seconds; and an answer must be read on.
PATIENCE_S: Final = 15.0
#: A client that waits for an answer must read at least this much of it in that time, in bytes.
_LEAST_READ_BYTES: Final = 16_384


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, which itself waits without end: for a request, and for a client that reads."""

    patience_s = PATIENCE_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection."""
        super().connection_made(transport)
        self._look_later()

    def pause_writing(self) -> None:
        """Wait for a client that reads slowly; one that does not read on loses its connection."""
        super().pause_writing()
        self._look_at_reading_later()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self._unread_limit.cancel()
        super().resume_writing()

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
        waits_for = (self.cycle, self._is_waiting())
        self.loop.call_later(self.patience_s, self._look, waits_for)

    def _look(self, waited_for: tuple[Any, bool]) -> None:
        """Close the connection when it still waits for the same request as at the last look."""
        if self.transport.is_closing():
            return
        if self._is_waiting() and waited_for == (self.cycle, True):
            self.transport.close()
        else:
            self._look_later()

    def _is_waiting(self) -> bool:
        """True when the other side has to send something: a request, or the rest of its body."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

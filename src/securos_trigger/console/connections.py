"""Connections of the console: one that sends no whole request in time is closed, so that they are not all held."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

#: A request must be there, body and all, within one to two times this, in seconds.
PATIENCE_S: Final = 15.0


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, which itself waits for a request without end."""

    patience_s = PATIENCE_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection."""
        super().connection_made(transport)
        self._look_later()

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

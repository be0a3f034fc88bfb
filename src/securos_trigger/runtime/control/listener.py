"""Accepts connections and reads one line from each, all in one thread: a silent one keeps no other from its answer."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.runtime.control.sockets import MAX_LINE_BYTES
from securos_trigger.system.local_channel import ChannelServer
from securos_trigger.system.reasons import reason_of

#: This many connections may be silent at once; one more ends the one that has been silent for longest.
MAX_SILENT: Final = 32
#: A request is read within this time, and an answer is sent within it, in seconds.
WITHIN_S: Final = 5.0

_LOOK_EVERY_S: Final = 0.5

_log = logging.getLogger("securos_trigger")


@dataclass(slots=True)
class _Talk:
    """A connection whose line is not complete."""

    connection: socket.socket
    ends_at_ticks: float
    line: bytearray = field(default_factory=bytearray)


class Listener:
    """Reads from the connections to a channel. `look` is one turn of its thread; `on_line` gets each with its line.

    The line is None when there is none within the limit, or the other side ended before. `on_line` owns the connection
    from then on, and must not block.
    """

    def __init__(
        self, channel: ChannelServer, announcer: Announcer, on_line: Callable[[socket.socket, bytes | None], None]
    ) -> None:
        self._announcer = announcer
        self._on_line = on_line
        self._talks: dict[int, _Talk] = {}
        self._channel = channel
        self._socket = channel.socket
        self._is_out_of_place = False  # True: the socket was removed, and could not be made again
        self._waking, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def look(self, closing: threading.Event) -> None:
        """Wait a moment for connections and their bytes, and end what was silent for too long.

        A channel that another program has removed is made again.
        """
        self._keep_place()
        for key, _ in self._selector.select(_LOOK_EVERY_S):
            if closing.is_set():
                return
            if key.fileobj is self._socket:
                self._accept()
            elif key.fd in self._talks:
                self._read(self._talks[key.fd])
        for talk in list(self._talks.values()):
            if time.monotonic() >= talk.ends_at_ticks:
                self._give_up(talk, "the line took too long")

    def _keep_place(self) -> None:
        if self._channel.is_in_place():
            self._is_out_of_place = False
            return
        self._selector.unregister(self._socket)
        try:
            self._channel.renew()
        except OSError as error:
            if not self._is_out_of_place:
                _log.error("The control socket was removed, and cannot be made again: %s.", reason_of(error))
            self._is_out_of_place = True
        else:
            _log.warning("The control socket was removed by another program. It is made again.")
        finally:
            self._socket = self._channel.socket
            self._selector.register(self._socket, selectors.EVENT_READ)

    def wake(self) -> None:
        """End the present wait; from any thread."""
        self._waking.send(b"x")

    def close(self) -> None:
        """Close everything; after the last `look`."""
        for talk in list(self._talks.values()):
            self._release(talk).close()
        self._selector.close()
        self._channel.close()
        self._waking.close()
        self._woken.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except BlockingIOError:  # the client has left
            return
        connection.setblocking(False)
        if len(self._talks) >= MAX_SILENT:
            self._give_up(next(iter(self._talks.values())), "too many connections are silent")
        talk = _Talk(connection, time.monotonic() + WITHIN_S)
        self._selector.register(connection, selectors.EVENT_READ)
        self._talks[connection.fileno()] = talk

    def _read(self, talk: _Talk) -> None:
        try:
            piece = talk.connection.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._give_up(talk, reason_of(error))
            return
        talk.line += piece
        is_complete = talk.line.endswith(b"\n")
        is_over = is_complete or not piece or len(talk.line) > MAX_LINE_BYTES
        if is_over:
            is_line = is_complete and len(talk.line) <= MAX_LINE_BYTES
            self._on_line(self._release(talk), bytes(talk.line) if is_line else None)

    def _give_up(self, talk: _Talk, reason: str) -> None:
        self._release(talk).close()
        self._announcer.announce(kinds.CONTROL_REQUEST_FAILED, reason=reason)

    def _release(self, talk: _Talk) -> socket.socket:
        self._selector.unregister(talk.connection)
        del self._talks[talk.connection.fileno()]
        return talk.connection

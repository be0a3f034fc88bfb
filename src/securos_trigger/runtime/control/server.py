"""The owner's side: a socket beside the outbox file, for the same user on the same machine only."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from pathlib import Path
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.control.requests import answered_line
from securos_trigger.runtime.control.sockets import MAX_LINE_BYTES, reachable, read_line, socket_path

_TIMEOUT_S: Final = 5.0
_PEER: Final = struct.Struct("3i")  # process, user and group of the other side


class ControlServer:
    """Answers one request for each connection, one connection at a time, until `close`.

    Made by the process that owns the outbox. Without a socket everything else works: that is announced, not raised.
    """

    def __init__(self, outbox: Outbox, announcer: Announcer) -> None:
        self._outbox = outbox
        self._announcer = announcer
        self._path = socket_path(outbox.path)
        self._closing = threading.Event()
        self._socket: socket.socket | None = None
        try:
            self._socket = _listening(self._path)
        except OSError as error:
            announcer.announce(kinds.CONTROL_UNAVAILABLE, path=self._path, reason=error.strerror or error)
            return
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), name="outbox-control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more, and remove the socket. To be called before the outbox is given up."""
        if self._socket is None:
            return
        self._closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._thread.join(2 * _TIMEOUT_S)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _serve(self, listening: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                if self._closing.is_set():
                    return
                raise
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(_TIMEOUT_S)
        _, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        try:
            if user not in (0, os.geteuid()):
                answer = {"error": "Only the user who runs securos-trigger may ask."}
            elif (line := read_line(connection, MAX_LINE_BYTES, _TIMEOUT_S)) is None:
                answer = {"error": f"A request is one line of at most {MAX_LINE_BYTES} bytes."}
            else:
                answer = answered_line(self._outbox, line)
            connection.sendall(json.dumps(answer).encode("ascii") + b"\n")
        except OSError as error:  # the asker went, or was too slow: the next one's turn
            self._announcer.announce(kinds.CONTROL_REQUEST_FAILED, reason=error.strerror or error)


def _listening(path: Path) -> socket.socket:
    """A listening socket at `path`. One that a killed process left there is in the way of nobody: we own the outbox."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listening.fileno(), 0o600)  # before `bind`, so that there is no moment without it
        with reachable(path) as address:
            listening.bind(address)
        listening.listen(4)
    except BaseException:
        listening.close()
        raise
    return listening

"""The service's side: a socket beside the outbox file, for the same user on the same machine only."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.runtime.control.registry import answered, read_request
from securos_trigger.runtime.control.request_base import Answer, Request, Service
from securos_trigger.runtime.control.sockets import MAX_LINE_BYTES, reachable, read_line, socket_path
from securos_trigger.system.worker import Worker

#: So many requests are answered at once, each by a thread of its own.
AT_ONCE: Final = 4
#: So many of them may wait for the outbox: the others are answered while the disk hangs.
ASK_OUTBOX_AT_ONCE: Final = 2

_TIMEOUT_S: Final = 5.0
_ACCEPT_WITHIN_S: Final = 1.0
_CLOSE_WITHIN_S: Final = 10.0
_PEER: Final = struct.Struct("3i")  # process, user and group of the other side


class ControlServer:
    """Answers one request for each connection until `close`.

    Made by the process that owns the outbox. Without a socket everything else works: that is announced, not raised.
    """

    def __init__(self, service: Service, announcer: Announcer) -> None:
        self._service = service
        self._announcer = announcer
        self._path = socket_path(service.outbox.path)
        self._may_ask_outbox = threading.BoundedSemaphore(ASK_OUTBOX_AT_ONCE)
        self._socket: socket.socket | None = None
        self._workers: tuple[Worker, ...] = ()
        try:
            self._socket = _listening(self._path)
        except OSError as error:
            announcer.announce(kinds.CONTROL_UNAVAILABLE, path=self._path, reason=error.strerror or error)
            return
        self._workers = tuple(Worker(f"control-{n}", self._serve_one, announcer) for n in range(1, AT_ONCE + 1))
        for worker in self._workers:
            worker.start()

    def close(self) -> None:
        """Answer no more, and remove the socket. To be called before the outbox is given up."""
        if self._socket is None:
            return
        for worker in self._workers:
            worker.request_close()
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        ends_at_ticks = time.monotonic() + _CLOSE_WITHIN_S
        for worker in self._workers:
            worker.close(max(0.0, ends_at_ticks - time.monotonic()))
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _serve_one(self, closing: threading.Event) -> None:
        """One turn of a worker: wait for a connection and answer it."""
        assert self._socket is not None, "a worker starts when there is a socket"
        try:
            connection, _ = self._socket.accept()
        except TimeoutError:  # nobody asks; a worker that had failed is seen to work again
            return
        except OSError:
            if closing.is_set():
                return
            raise
        with connection:
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(_TIMEOUT_S)
        _, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        fault: BaseException | None = None
        try:
            line = read_line(connection, MAX_LINE_BYTES, _TIMEOUT_S)  # also a stranger's, or its answer would be lost
            if user not in (0, os.geteuid()):
                answer: Answer = {"error": "Only the user who runs securos-trigger may ask."}
            elif line is None:
                answer = {"error": f"A request is one line of at most {MAX_LINE_BYTES} bytes."}
            else:
                answer, fault = self._answer(line)
            connection.sendall(json.dumps(answer).encode("ascii") + b"\n")
        except OSError as error:  # the client left, or was too slow: the next one's turn
            self._announcer.announce(kinds.CONTROL_REQUEST_FAILED, reason=error.strerror or error)
        if fault is not None:
            raise fault

    def _answer(self, line: bytes) -> tuple[Answer, BaseException | None]:
        """The answer, and the bug that took its place if there was one."""
        request = read_request(line)
        if isinstance(request, str):
            return {"error": request}, None
        try:
            return (self._asked_outbox(request) if request.asks_outbox else answered(self._service, request)), None
        except BaseException as error:  # noqa: BLE001  it is answered, then raised into the worker
            return {"error": "The service has a fault: its log has the traceback."}, error

    def _asked_outbox(self, request: Request) -> Answer:
        if not self._may_ask_outbox.acquire(timeout=_TIMEOUT_S):
            return {"error": "The outbox is busy with other requests: its disk may hang. Ask again later."}
        try:
            return answered(self._service, request)
        finally:
            self._may_ask_outbox.release()


def _listening(path: Path) -> socket.socket:
    """A listening socket at `path`. What a killed process left there is removed: this process owns the outbox."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listening.fileno(), 0o600)  # before `bind`, so that there is no moment without it
        with reachable(path) as address:
            listening.bind(address)
        listening.listen(16)
        listening.settimeout(_ACCEPT_WITHIN_S)
    except BaseException:
        listening.close()
        raise
    return listening

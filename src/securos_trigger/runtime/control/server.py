"""The service's side: a socket beside the outbox file, for the same user on the same machine only."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.runtime.control.listener import WITHIN_S, Listener
from securos_trigger.runtime.control.registry import answered, read_request
from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.service import Answer, Service
from securos_trigger.runtime.control.sockets import GO, MAX_LINE_BYTES, READY, socket_path
from securos_trigger.system.local_channel import ChannelServer
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.worker import Worker

#: Threads that answer requests about the service, and threads that answer those that wait for the outbox.
ANSWERING: Final = 2
ASKING_OUTBOX: Final = 2

_CLOSE_WITHIN_S: Final = 10.0
_TURN_S: Final = 1.0
_FAULT: Final = {"error": "The service has had an unexpected error: its log has the traceback."}
_BEGUN_FAULT: Final = {"error": f"{_FAULT['error']} It is not known whether this was done.", "has_begun": True}
_NO_ASKER: Final = "An order was not followed: its asker had gone, or did not say that it still waits."


@dataclass(frozen=True, slots=True)
class _Question:
    """A request that waits for a thread."""

    connection: socket.socket
    request: Request
    ends_at_ticks: float


class ControlServer:
    """Answers one request for each connection until `close`.

    Made by the process that owns the outbox; one without an outbox gives a file name beside which the socket stands
    (`place`). Without a socket everything else works: that is announced, not raised. A thread reads requests; others
    answer them. Those for the outbox have threads of their own, so that the rest is answered while the disk hangs.
    """

    def __init__(self, service: Service, announcer: Announcer, place: Path | None = None) -> None:
        self._service = service
        self._announcer = announcer
        self._path = socket_path(place or service.outbox.path)
        self._about_service: SimpleQueue[_Question | None] = SimpleQueue()
        self._about_outbox: SimpleQueue[_Question | None] = SimpleQueue()
        self._workers: tuple[Worker, ...] = ()
        try:
            self._channel = ChannelServer(self._path)
        except OSError as error:
            announcer.announce(kinds.CONTROL_UNAVAILABLE, path=self._path, reason=reason_of(error))
            return
        self._listener = Listener(self._channel, announcer, self._take)
        self._workers = (
            Worker("control", self._listen, announcer),
            *(self._answering(f"control-{n}", self._about_service) for n in range(1, ANSWERING + 1)),
            *(self._answering(f"control-outbox-{n}", self._about_outbox) for n in range(1, ASKING_OUTBOX + 1)),
        )
        for worker in self._workers:
            worker.start()

    def close(self) -> None:
        """Answer no more, and remove the socket. To be called before the outbox is given up."""
        if not self._workers:
            return
        for worker in self._workers:
            worker.request_close()
        self._listener.wake()
        for _ in range(ANSWERING):
            self._about_service.put(None)
        for _ in range(ASKING_OUTBOX):
            self._about_outbox.put(None)
        ends_at_ticks = time.monotonic() + _CLOSE_WITHIN_S
        for worker in self._workers:
            worker.close(max(0.0, ends_at_ticks - time.monotonic()))
        self._listener.close()

    # -- in the thread that reads requests

    def _listen(self, closing: threading.Event) -> None:
        self._listener.look(closing)
        self._end_late_questions()

    def _take(self, connection: socket.socket, line: bytes | None) -> None:
        """Put a request into the queue of those that answer it; one that cannot be read is answered at once."""
        try:
            if line is None:
                request: Request | str = f"A request is one line of at most {MAX_LINE_BYTES} bytes."
            elif (admitted := self._channel.admitted(connection, line)) is None:
                request = "Only the user who runs securos-trigger may ask."
            else:
                request = read_request(admitted)
        except BaseException:
            self._reply(connection, _FAULT)
            raise
        if isinstance(request, str):
            self._reply(connection, {"error": request})
            return
        questions = self._about_outbox if request.asks_outbox else self._about_service
        questions.put(_Question(connection, request, time.monotonic() + WITHIN_S))

    def _end_late_questions(self) -> None:
        """Answer what has waited for too long: all threads that ask the outbox wait for it."""
        for _ in range(self._about_outbox.qsize()):
            try:
                question = self._about_outbox.get_nowait()
            except Empty:
                return
            if question is not None and time.monotonic() >= question.ends_at_ticks:
                busy = "The outbox is busy with other requests: its disk may hang. Ask again later."
                self._reply(question.connection, {"error": busy})
            else:
                self._about_outbox.put(question)

    # -- in the threads that answer

    def _answering(self, name: str, questions: SimpleQueue[_Question | None]) -> Worker:
        return Worker(name, lambda _closing: self._answer_next(questions), self._announcer)

    def _answer_next(self, questions: SimpleQueue[_Question | None]) -> None:
        try:
            question = questions.get(timeout=_TURN_S)
        except Empty:  # there is nothing to answer; a thread that had failed is seen to work again
            return
        if question is None:
            return
        is_change = question.request.is_change
        if is_change and not self._is_still_wanted(question.connection):
            self._announcer.announce(kinds.CONTROL_ORDER_LEFT, order=question.request.do)
            self._reply(question.connection, {"error": _NO_ASKER})
            return
        try:
            answer = answered(self._service, question.request)
        except BaseException:
            self._reply(question.connection, _BEGUN_FAULT if is_change else _FAULT)
            raise
        self._reply(question.connection, answer)

    @staticmethod
    def _is_still_wanted(connection: socket.socket) -> bool:
        """False where the asker of an order has given up: this process stood still, or its threads were busy."""
        try:
            connection.settimeout(WITHIN_S)
            connection.sendall(READY)
            return connection.recv(len(GO)) == GO
        except OSError:
            return False

    def _reply(self, connection: socket.socket, answer: Answer) -> None:
        """Send the answer, and end the connection. A client that left, or is too slow, is announced."""
        with connection:
            try:
                connection.settimeout(WITHIN_S)
                connection.sendall(self._channel.answer_line(json.dumps(answer).encode("ascii")))
            except OSError as error:
                self._announcer.announce(kinds.CONTROL_REQUEST_FAILED, reason=reason_of(error))

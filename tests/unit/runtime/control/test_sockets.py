"""How long an answer is waited for: long while the process answers other questions, and no longer when it hangs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from securos_trigger.runtime.control import sockets as module
from securos_trigger.runtime.control.sockets import exchange, socket_path
from securos_trigger.system.local_channel import ChannelServer


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SILENT_AFTER_S", 0.05)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def channel(outbox: Path) -> Iterator[ChannelServer]:
    with closing(ChannelServer(socket_path(outbox))) as server:
        yield server


def test_a_process_that_answers_nothing_at_all_is_not_waited_for(
    outbox: Path, channel: ChannelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ALIVE_WITHIN_S", 0.05)
    with pytest.raises(TimeoutError, match="it hangs, or this machine is too busy"):
        exchange(outbox, b'{"do": "status"}', 100.0)


def test_a_long_answer_is_waited_for_while_other_questions_are_answered(outbox: Path, channel: ChannelServer) -> None:
    channel.socket.setblocking(True)
    asked: list[bytes] = []

    def serve() -> None:
        slow, _ = channel.socket.accept()
        with slow:
            asked.append(slow.recv(1000))
            for _ in range(3):  # each time that it is asked whether it answers
                other, _ = channel.socket.accept()
                with other:
                    asked.append(other.recv(1000))
                    other.sendall(b'{"error": "no request"}\n')
            slow.sendall(b'{"is_running": true}\n')

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    assert exchange(outbox, b'{"do": "reload"}', 100.0) == b'{"is_running": true}\n'
    server.join(60)
    assert asked == [b'{"do": "reload"}\n', b"{}\n", b"{}\n", b"{}\n"]


def test_a_process_whose_queue_of_connections_is_full_hangs(outbox: Path, channel: ChannelServer) -> None:
    with ExitStack() as stack:
        with pytest.raises(BlockingIOError):
            while True:
                one = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
                one.setblocking(False)
                one.connect(str(socket_path(outbox)))
        channel.socket.accept()[0].close()  # one place is free, and the question takes it
        with pytest.raises(TimeoutError, match="it hangs, or this machine is too busy"):
            exchange(outbox, b'{"do": "status"}', 100.0)

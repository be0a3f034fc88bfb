"""Why the address of a camera gives no stream: asked at servers of all kinds that are none."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from securos_trigger.errors.source_fixes import source_fix
from securos_trigger.system.stream_address import why_no_stream

HUNG = "it takes the connection, and then sends nothing for {} s: it hangs, or is overloaded"


@contextmanager
def server(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that talks like this on its first connection; gives its address as that of a camera."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                talk(connection)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        stack.callback(thread.join, 10)
        yield f"rtsp://user:s3cret@127.0.0.1:{listening.getsockname()[1]}/yard"


def answering(answer: bytes) -> Callable[[socket.socket], object]:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(answer)

    return talk


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it answers with HTTP, and not with RTSP"),
        (b"\x15\x03\x01\x00\x02\x02\x0a", "it answers with TLS, and not with RTSP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer is not RTSP"),
        (b"", "it ends the connection without an answer"),
        (b"RTSP/1.0 200 OK\r\n\r\n", ""),
    ],
)
def test_what_listens_there_is_named(answer: bytes, why: str) -> None:
    with server(answering(answer)) as url:
        assert why_no_stream(url, 0.1, 10.0) == why
    if why:
        assert "the port in its url" in source_fix(why, "")


def test_what_takes_the_connection_and_says_nothing_hangs() -> None:
    heard = Event()
    with server(lambda _: heard.wait(10)) as url:
        assert why_no_stream(url, 10.0, 10.0) == HUNG.format(10)
        heard.set()
    assert "switch it off and on again" in source_fix(HUNG.format(10), "")


def test_where_nothing_listens_and_a_name_that_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert why_no_stream(f"rtsp://127.0.0.1:{port}/yard", 0.1, 10.0) == "Connection refused"
    assert why_no_stream("rtsp://no-such.invalid/yard", 0.1, 10.0).startswith("no-such.invalid cannot be resolved: ")
    assert why_no_stream("http://127.0.0.1:9/yard", 0.1, 10.0) == ""

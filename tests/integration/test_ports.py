"""A port that a test has reserved is given to no other program, and to its own server at any time."""

from __future__ import annotations

import errno
import socket

import pytest

from tests.ports import reserved_port


def listening(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))  # sets SO_REUSEADDR, as servers do


def test_a_reserved_port_refuses_connections_until_its_server_listens_and_again_after_it() -> None:
    port = reserved_port()
    for _ in range(2):
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
        with listening(port), socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) == 0


def test_a_reserved_port_is_taken_for_every_other_program() -> None:
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", reserved_port()))  # as the system does for a connection that goes out

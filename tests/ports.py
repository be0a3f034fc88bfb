"""Ports for servers of tests that must be known before the server listens, or while it is away."""

from __future__ import annotations

import atexit
import socket


def reserved_port() -> int:
    """A TCP port of 127.0.0.1 that no other program gets, although nothing listens on it yet.

    A socket that was closed again reserves nothing: the system gives its port to the next connection of any process,
    and a test whose server starts later, or comes back, finds it taken. So the socket stays bound, without
    listening, until the process ends.
    Linux gives such a port to no one who asks for any port, lets a server listen on it that sets SO_REUSEADDR, as all
    servers of the tests do, and refuses connections to it until then.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    atexit.register(held.close)
    port: int = held.getsockname()[1]
    return port

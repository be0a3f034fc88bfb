"""A channel between programs of one user on this machine, where Python has no Unix sockets: a port and a secret.

The file at the path holds the number of a port at 127.0.0.1 and a secret, which is new for each start of the server.
A user who may read the file may ask: the permissions of its folder decide. Each side shows that it knows the secret
without sending it, so that a program which took the port of a server that was killed learns and answers nothing.
`unix_channel` has the same classes.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import socket
import sys
from pathlib import Path
from typing import Final

from securos_trigger.system.files import write_whole

_HOST: Final = "127.0.0.1"


class ChannelServer:
    """Listens at a port, and puts its number and the secret into the file at a path, which the caller owns.

    `socket` does not block. OSError when that is not possible.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._secret = secrets.token_hex(32)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":  # else another user's program could take the same port
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            self.socket.bind((_HOST, 0))
            self.socket.listen(64)
            self.socket.setblocking(False)
            self.renew()
        except BaseException:
            self.socket.close()
            raise

    def is_in_place(self) -> bool:
        """False when another program has removed the file at the path: no client finds the port any more."""
        return self._path.exists()

    def renew(self) -> None:
        """Write the file at the path again. OSError: that is not possible."""
        write_whole(self._path, f"{self.socket.getsockname()[1]} {self._secret}\n")

    def admitted(self, _connection: socket.socket, line: bytes) -> bytes | None:
        """The request in a line that a connection has brought; None: it does not show that it knows the secret."""
        proof, _, request = line.partition(b" ")
        return request if hmac.compare_digest(proof, _proof(self._secret, "request")) else None

    def answer_line(self, answer: bytes) -> bytes:
        """The line that brings an answer back."""
        return _proof(self._secret, "answer") + b" " + answer + b"\n"

    def close(self) -> None:
        """Listen no more, and remove the file."""
        self.socket.close()
        with contextlib.suppress(OSError):  # a client reads it, or the disk is read-only: the next start replaces it
            self._path.unlink(missing_ok=True)


class ChannelClient:
    """A connection to the program that listens for a path: send `request_line`, then read a line, then `answer_in` it.

    FileNotFoundError or ConnectionRefusedError: no program listens there.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        port, self._secret = _read(path)
        self.socket = socket.create_connection((_HOST, port), timeout_s)

    def request_line(self, request: bytes) -> bytes:
        """The line that brings a request."""
        return _proof(self._secret, "request") + b" " + request + b"\n"

    def answer_in(self, line: bytes) -> bytes:
        """The answer in a line. ConnectionRefusedError: another program has the port of a server that is gone."""
        proof, _, answer = line.partition(b" ")
        if not hmac.compare_digest(proof, _proof(self._secret, "answer")):
            raise ConnectionRefusedError("another program answers")
        return answer

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


def _read(path: Path) -> tuple[int, str]:
    """The port and the secret. ConnectionRefusedError: the file does not hold them."""
    port, _, secret = path.read_text(encoding="ascii", errors="replace").strip().partition(" ")
    if not port.isdecimal() or not 0 < int(port) < 65536 or not secret:
        raise ConnectionRefusedError(f"{path} does not name a port and a secret")
    return int(port), secret


def _proof(secret: str, kind: str) -> bytes:
    return hmac.new(secret.encode(), kind.encode(), hashlib.sha256).hexdigest().encode()

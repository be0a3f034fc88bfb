"""A channel between programs of one user on this machine: a Unix socket. `loopback_channel` has the same classes."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

assert sys.platform != "win32"  # so that mypy leaves this file out there

_PEER: Final = struct.Struct("3i")  # process, user and group of the other side


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """An address for `bind` and `connect`. Socket addresses hold 107 bytes, paths are longer: so by the folder's fd."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _is_listened_at(path: Path) -> bool:
    try:
        ChannelClient(path, 0.0).close()
    except BlockingIOError:  # its queue is full
        return True
    except OSError:
        return False
    return True


def _listening(path: Path) -> tuple[socket.socket, tuple[int, int]]:
    """A socket that listens at the path, and which file it is there."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listening.fileno(), 0o600)  # before `bind`, so that there is no moment without it
        with reachable(path) as address:
            listening.bind(address)
        listening.listen(64)
        listening.setblocking(False)
        return listening, _identity(path)
    except BaseException:
        listening.close()
        raise


class ChannelServer:
    """Listens at a path. What a killed process left there is removed: the caller owns the place.

    `socket` does not block. OSError when the path cannot be listened at.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.socket, self._place = _listening(path)

    def is_in_place(self) -> bool:
        """False when another program has removed or replaced what stands at the path: no client finds it any more."""
        try:
            return _identity(self._path) == self._place
        except FileNotFoundError:
            return False
        except OSError:  # the disk does not say
            return True

    def renew(self) -> None:
        """Listen at the path again, with another `socket`. OSError: that is not possible; the present one goes on.

        A program that listens there keeps the place: two would take it from each other without end.
        """
        if _is_listened_at(self._path):
            raise OSError("another program answers there")
        before = self.socket
        self.socket, self._place = _listening(self._path)
        before.close()

    def admitted(self, connection: socket.socket, line: bytes) -> bytes | None:
        """The request in a line that a connection has brought; None: it is not of this user, nor of root."""
        _, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        return line if user in (0, os.geteuid()) else None

    def answer_line(self, answer: bytes) -> bytes:
        """The line that brings an answer back."""
        return answer + b"\n"

    def close(self) -> None:
        """Listen no more, and remove what stands at the path, unless its disk is read-only by now."""
        self.socket.close()
        with suppress(OSError):  # nothing listens there any more, and the next owner takes its place
            self._path.unlink(missing_ok=True)


class ChannelClient:
    """A connection to the program that listens at a path: send `request_line`, then read a line, then `answer_in` it.

    FileNotFoundError or ConnectionRefusedError: no program listens there.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(timeout_s)
            with reachable(path) as address:
                self.socket.connect(address)
        except BaseException:
            self.socket.close()
            raise

    def request_line(self, request: bytes) -> bytes:
        """The line that brings a request."""
        return request + b"\n"

    def answer_in(self, line: bytes) -> bytes:
        """The answer in a line."""
        return line

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

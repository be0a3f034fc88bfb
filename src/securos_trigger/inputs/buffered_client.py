"""The client of paho-mqtt with a buffer in front of its socket.

paho reads a message with four calls to the system: its first byte, each byte of its length, its rest. Each call lets
the pipeline's thread take the interpreter, and waits until it is given back. With a buffer most are no calls.
"""

from __future__ import annotations

from typing import Final

import paho.mqtt.client as mqtt

_READ_AHEAD_BYTES: Final = 65_536


class BufferedClient(mqtt.Client):
    """Reads ahead. `has_read_ahead`: there is something to read although the socket may have nothing more.

    `_sock_recv` is not a public method of paho: with a version that has it no more, everything works, but slower.
    """

    _ahead = memoryview(b"")

    @property
    def has_read_ahead(self) -> bool:
        """True while bytes that came are not read yet."""
        return len(self._ahead) > 0

    def _sock_recv(self, bufsize: int) -> bytes:
        """Up to `bufsize` bytes. BlockingIOError: there are none at present. Empty: the broker has closed."""
        ahead = self._ahead
        if not ahead:
            ahead = memoryview(super()._sock_recv(_READ_AHEAD_BYTES))
        self._ahead = ahead[bufsize:]
        return bytes(ahead[:bufsize])

"""The client of paho-mqtt with a buffer in front of its socket, in both directions.

paho reads a message with four calls to the system: its first byte, each byte of its length, its rest. It sends each
acknowledgement with one. Each call lets the pipeline's thread take the interpreter, and waits until it is given back.
With buffers most are no calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

_READ_AHEAD_BYTES: Final = 65_536


class BufferedClient(mqtt.Client):
    """Reads ahead, and sends acknowledgements together.

    `_sock_recv` and `_sock_send` are not public methods of paho: with a version without them, everything works,
    but slower.
    """

    def __init__(self, *args: object, **settings: object) -> None:
        """What paho's client takes."""
        super().__init__(*args, **settings)  # type: ignore[arg-type]
        self._ahead = memoryview(b"")
        self._unsent = bytearray()
        self._is_gathering = False

    @property
    def has_read_ahead(self) -> bool:
        """True while bytes that came are not read yet; the socket may then have nothing more."""
        return len(self._ahead) > 0

    def ack_all(self, messages: Iterable[tuple[int, int]]) -> MQTTErrorCode:
        """Acknowledge messages, each by its id and its QoS, with one call to the system."""
        self._is_gathering = True
        try:
            for mid, qos in messages:
                self.ack(mid, qos)
        finally:
            self._is_gathering = False
        return self.loop_write()

    def want_write(self) -> bool:
        """True while something waits to be sent."""
        return len(self._unsent) > 0 or bool(super().want_write())

    def loop_write(self) -> MQTTErrorCode:
        """Send what waits, as far as the socket takes it."""
        if self._unsent and not self._is_gathering:
            try:
                sent = super()._sock_send(self._unsent)
            except BlockingIOError:
                return MQTTErrorCode.MQTT_ERR_SUCCESS
            except OSError:
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
            del self._unsent[:sent]
            if self._unsent:
                return MQTTErrorCode.MQTT_ERR_SUCCESS
        return super().loop_write()

    def _sock_recv(self, bufsize: int) -> bytes:
        """Up to `bufsize` bytes. BlockingIOError: there are none at present. Empty: the broker has closed."""
        ahead = self._ahead
        if not ahead:
            ahead = memoryview(super()._sock_recv(_READ_AHEAD_BYTES))
        self._ahead = ahead[bufsize:]
        return bytes(ahead[:bufsize])

    def _sock_send(self, buf: bytes | bytearray) -> int:
        """Send bytes, or keep them behind those that wait."""
        if self._is_gathering or self._unsent:
            self._unsent += buf
            return len(buf)
        return super()._sock_send(buf)

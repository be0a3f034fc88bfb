"""The client of paho-mqtt with a buffer in front of its socket, and a short way for plain messages.

paho reads a message with four calls to the system: its first byte, each byte of its length, its rest. Each call lets
the pipeline's thread take the interpreter, and waits until it is given back. With a buffer most are no calls. For each
message of MQTT 5 it makes a table of all properties that there are, which takes a third of its time; a message without
properties needs none.
"""

from __future__ import annotations

from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from securos_trigger.inputs.message import MAX_BODY_BYTES

_READ_AHEAD_BYTES: Final = 65_536
#: What is kept of a packet: a message of this length is refused whatever follows, and its topic is 64 KiB at most.
KEPT_BYTES: Final = MAX_BODY_BYTES + 2 * 65_536


class BufferedClient(mqtt.Client):
    """Reads ahead, and hands plain messages over at once.

    `_sock_recv`, `_in_packet` and `_handle_publish` are not public in paho: the tests show that its version has them.
    """

    def __init__(self, *args: object, **settings: object) -> None:
        """What paho's client takes."""
        super().__init__(*args, **settings)  # type: ignore[arg-type]
        self._ahead = memoryview(b"")
        self._is_acknowledged_by_hand = settings.get("manual_ack") is True

    @property
    def has_read_ahead(self) -> bool:
        """True while bytes that came are not read yet; the socket may then have nothing more."""
        return len(self._ahead) > 0

    def _sock_recv(self, bufsize: int) -> bytes:
        """Up to `bufsize` bytes. BlockingIOError: there are none at present. Empty: the broker has closed."""
        kept = self._in_packet["packet"]
        if len(kept) > KEPT_BYTES:
            del kept[KEPT_BYTES:]  # a broker of MQTT 3.1.1 sends packets of up to 256 MiB
        ahead = self._ahead
        if not ahead:
            ahead = memoryview(super()._sock_recv(_READ_AHEAD_BYTES))
        self._ahead = ahead[bufsize:]
        return bytes(ahead[:bufsize])

    def _handle_publish(self) -> MQTTErrorCode:
        """Hand the packet that was read to `on_message`; what is not plain is left to paho."""
        packet, callback = self._in_packet, self.on_message
        found = plain_message(packet["command"], packet["packet"], is_5=self.protocol == mqtt.MQTTv5)
        if found is None or callback is None or not self._is_acknowledged_by_hand:
            return super()._handle_publish()
        callback(self, None, found)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def plain_message(command: int, packet: bytes | bytearray, *, is_5: bool) -> mqtt.MQTTMessage | None:
    """The message of a PUBLISH packet behind its fixed header; None unless it has QoS 0 or 1 and no properties."""
    qos = command >> 1 & 3
    topic_ends = 2 + int.from_bytes(packet[:2], "big")
    begins = topic_ends + (2 if qos else 0) + (1 if is_5 else 0)
    if qos > 1 or topic_ends == 2 or len(packet) < begins or (is_5 and packet[begins - 1] != 0):
        return None
    mid = int.from_bytes(packet[topic_ends : topic_ends + 2], "big") if qos else 0
    message = mqtt.MQTTMessage(mid=mid, topic=bytes(packet[2:topic_ends]))
    message.qos, message.dup, message.retain = qos, bool(command & 8), bool(command & 1)
    message.payload = bytes(packet[begins:])
    return message

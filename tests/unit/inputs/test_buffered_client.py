"""Messages are read from a buffer in front of the socket, and none stays in it."""

from __future__ import annotations

import select
import socket

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from securos_trigger.inputs.buffered_client import BufferedClient

CONNACK = bytes([0x20, 2, 0, 0])


def published(topic: bytes, body: bytes) -> bytes:
    rest = len(topic).to_bytes(2, "big") + topic + body
    assert len(rest) < 128
    return bytes([0x30, len(rest)]) + rest


def test_many_messages_are_read_with_one_call_to_the_system() -> None:
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = BufferedClient(CallbackAPIVersion.VERSION2, client_id="a", protocol=mqtt.MQTTv311)
        client.on_message = lambda _client, _data, message: seen.append(bytes(message.payload))
        client.connect("127.0.0.1", listening.getsockname()[1])
        broker, _ = listening.accept()
        with broker:
            broker.sendall(CONNACK + b"".join(published(b"t", b"%d" % number) for number in range(50)) + b"\x30")
            own = client.socket()
            assert own is not None
            assert select.select([own], [], [], 30)[0]
            client.loop_read()
            while len(seen) < 50:
                assert client.has_read_ahead
                assert client.loop_read() == mqtt.MQTT_ERR_SUCCESS
            assert seen == [b"%d" % number for number in range(50)]
            client.loop_read()  # the first byte of the next message
            assert not client.has_read_ahead
            broker.sendall(published(b"t", b"last")[1:])
            assert select.select([own], [], [], 30)[0]
            client.loop_read()
            assert seen[-1] == b"last"
        assert select.select([own], [], [], 30)[0]
        assert client.loop_read() != mqtt.MQTT_ERR_SUCCESS  # the broker has closed: no endless reading of nothing


def test_acknowledgements_are_sent_with_one_call_and_in_order_although_the_socket_takes_a_part() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = BufferedClient(CallbackAPIVersion.VERSION2, client_id="a", protocol=mqtt.MQTTv311, manual_ack=True)
        client.connect("127.0.0.1", listening.getsockname()[1])
        broker, _ = listening.accept()
        own = client.socket()
        assert isinstance(own, socket.socket)
        slow = Slow(own)
        client._sock = slow  # type: ignore[assignment]
        with broker, own:
            slow.takes = [6, None]  # bytes of each call; None: none at present
            client.ack_all([(mid, 1) for mid in range(1, 101)])
            assert (slow.calls, client.want_write()) == (1, True)
            client.ack_all([(101, 1)])
            assert (slow.calls, client.want_write()) == (2, True)
            assert client.loop_write() == mqtt.MQTT_ERR_SUCCESS
            assert (slow.calls, client.want_write()) == (3, False)
            sent = read_exactly(broker, 4 * 101 + CONNECT_BYTES)[CONNECT_BYTES:]
            assert [sent[at : at + 4] for at in range(0, len(sent), 4)] == [
                bytes([0x40, 2, 0, n]) for n in range(1, 102)
            ]
            slow.is_broken = True
            assert client.ack_all([(102, 1)]) == mqtt.MQTT_ERR_CONN_LOST
        client._sock = None


class Slow:
    """A socket that takes what a test says."""

    def __init__(self, own: socket.socket) -> None:
        self.calls = 0
        self.takes: list[int | None] = []
        self.is_broken = False
        self._own = own

    def send(self, data: bytes) -> int:
        self.calls += 1
        if self.is_broken:
            raise BrokenPipeError
        size = self.takes.pop(0) if self.takes else len(data)
        if size is None:
            raise BlockingIOError
        return self._own.send(bytes(data[:size]))


#: The first packet of a client: 2 bytes, then "MQTT", its level, its flags, its keepalive, and a name of one letter.
CONNECT_BYTES = 2 + 10 + 3


def read_exactly(broker: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        assert select.select([broker], [], [], 30)[0]
        found += broker.recv(size - len(found))
    return found

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

"""Messages are read from a buffer in front of the socket, and none stays in it; plain ones are read as paho does."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from securos_trigger.inputs.buffered_client import BufferedClient, plain_message

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


def packets(*, is_5: bool) -> Iterator[tuple[int, bytes]]:
    """First byte and rest of PUBLISH packets, with every flag, without and with properties."""
    for command in range(0x30, 0x40):
        qos = command >> 1 & 3
        for topic in (b"t", "straße".encode(), b"a" * 300):
            for body in (b"", b"{}", b"\0" * 200):
                for properties in (b"\0", b"\x02\x01\x01") if is_5 else (b"",):
                    mid = b"\x12\x34" if qos else b""
                    yield command, len(topic).to_bytes(2, "big") + topic + mid + properties + body


@pytest.mark.parametrize("is_5", [False, True])
def test_a_plain_message_is_what_paho_makes_of_it(is_5: bool) -> None:
    protocol = MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311
    seen: list[tuple[object, ...]] = []
    ways: dict[type[mqtt.Client], list[tuple[object, ...]]] = {}
    for kind in (mqtt.Client, BufferedClient):
        seen = ways[kind] = []
        client = kind(CallbackAPIVersion.VERSION2, client_id="a", protocol=protocol, manual_ack=True)
        client.on_message = lambda _client, _data, one, seen=seen: seen.append(
            (one.topic, one.payload, one.mid, one.qos, one.dup, one.retain)
        )
        for command, rest in packets(is_5=is_5):
            if command >> 1 & 3 < 2:
                client._in_packet = {"command": command, "packet": bytearray(rest)}  # type: ignore[typeddict-item]
                assert client._handle_publish() == mqtt.MQTT_ERR_SUCCESS
    assert ways[BufferedClient] == ways[mqtt.Client]
    assert len(seen) == 8 * 3 * 3 * (2 if is_5 else 1)


def test_what_is_not_plain_is_left_to_paho() -> None:
    plain = b"\0\x01t\x12\x34\0{}"
    assert plain_message(0x32, plain, is_5=True) is not None
    assert plain_message(0x34, plain, is_5=True) is None  # QoS 2
    assert plain_message(0x32, b"\0\x01t\x12\x34\x02\x01\x01{}", is_5=True) is None  # a property
    assert plain_message(0x32, b"\0\0\x12\x34\0", is_5=True) is None  # a topic by its alias
    for size in range(6):
        assert plain_message(0x32, plain[:size], is_5=True) is None  # cut off

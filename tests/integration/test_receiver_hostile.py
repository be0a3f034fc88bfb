"""Requests that no sender should make: the receiver stays up, shows no secret and lets no stranger in."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
from collections.abc import Iterator

import pytest

from securos_trigger.vms.simulator import Simulator

REQUESTS = int(os.environ.get("HOSTILE_REQUESTS", "1500"))
TOKEN = "the-token-of-this-test"
BODY = json.dumps({"camera_id": ["1"], "event_name": "Line crossed", "event_duration": 1}).encode()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(scheme="http", token=TOKEN) as simulator:
        yield simulator


def request_bytes(token: str) -> bytes:
    head = (
        "POST /lumeoevent HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    return head.encode() + BODY


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with some bytes changed, cut out, doubled or put in."""
    text = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(text))
        match chance.randrange(4):
            case 0:
                text[place] = chance.randrange(256)
            case 1:
                del text[place : place + chance.randint(1, 20)]
            case 2:
                text[place:place] = chance.randbytes(chance.randint(1, 20))
            case _:
                text[place:place] = text[place : place + chance.randint(1, 40)]
        text = text or bytearray(b"x")
    return bytes(text)


def answer_to(data: bytes, port: int) -> bytes:
    """Everything the receiver says to `data`; empty when it just closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:
            return b""  # it closed before it had read everything


def statuses(answer: bytes) -> list[int]:
    return [int(line[9:12]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def is_up(simulator: Simulator) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", simulator.receiver_port, timeout=60)
    connection.request(
        "POST", "/lumeoevent", BODY, {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    )
    answer = json.load(connection.getresponse())
    connection.close()
    return answer["ok"] is True


@pytest.mark.parametrize("token", [TOKEN, "wrong"])
def test_no_mutilated_request_brings_it_down_or_shows_a_stack(simulator: Simulator, token: str) -> None:
    chance = random.Random(11)
    before = len(simulator.events())
    for _ in range(REQUESTS):
        answer = answer_to(mutated(request_bytes(token), chance), simulator.receiver_port)
        assert b"    at " not in answer
        assert TOKEN.encode() not in answer
        if token != TOKEN:
            assert not any(200 <= status < 300 for status in statuses(answer))
    if token != TOKEN:
        assert len(simulator.events()) == before
    assert is_up(simulator)
    assert "request_failed" not in simulator.printed()
    assert "unexpected_error" not in simulator.printed()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"camera_id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"cams":' + b'{"a":' * 40_000 + b"1" + b"}" * 40_000 + b"}",
        b'{"__proto__": {"camera_id": ["1"]}, "constructor": 1, "event_name": "x"}',
        b'{"event_duration": 1e999, "event_name": "x", "trigger_recording": true, "camera_id": ["1"]}',
        b'{"camera_id": ["__proto__", "constructor"], "event_name": "x"}',
    ],
    ids=["deep list", "deep camera", "deep cams", "prototype", "endless", "prototype camera"],
)
def test_no_odd_body_brings_it_down(simulator: Simulator, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", simulator.receiver_port, timeout=60)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request("POST", "/lumeoevent", body, headers)
    response = connection.getresponse()
    assert response.status in {200, 400}
    assert "    at " not in response.read().decode()
    connection.close()
    assert is_up(simulator)


def test_connections_of_one_address_that_say_nothing_hold_up_no_other_address(simulator: Simulator) -> None:
    address = ("127.0.0.1", simulator.receiver_port)
    silent = [socket.create_connection(address, source_address=("127.0.0.2", 0)) for _ in range(300)]
    try:
        assert is_up(simulator)
    finally:
        for connection in silent:
            connection.close()

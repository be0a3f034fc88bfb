"""The golden vectors of `contract/vectors`, sent to the real receiver. `vms/receiver/vectors.test.js` reads the same."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from securos_trigger.vms.simulator import Simulator

CONTRACT = Path(__file__).parents[2] / "contract"
FILES = sorted((CONTRACT / "vectors").glob("*.json"))
CAMERAS = [*(str(number) for number in range(1, 13)), "1.17", "1#1"]
DUE_ACTIONS = {"REC_STOP"}  # made when a recording is due, which is after the answer

Json = dict[str, Any]


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def vectors(request: pytest.FixtureRequest) -> Iterator[tuple[Json, Simulator]]:
    """One file of vectors, and a fresh simulator for it. The server's local time is UTC."""
    document: Json = json.loads(request.param.read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "UTC")
        cameras = document.get("cameras", CAMERAS)
        with Simulator(cameras, scheme="http", faults=document.get("faults")) as simulator:
            yield document, simulator


def test_the_receiver_answers_and_calls_as_the_vectors_say(vectors: tuple[Json, Simulator]) -> None:
    document, simulator = vectors
    for vector in document["vectors"]:
        for request in vector["requests"]:
            for _ in range(request.get("repeat", 1)):
                check(vector["name"], request, simulator)


def check(name: str, request: Json, simulator: Simulator) -> None:
    since = simulator.state()["sequence"]
    status, headers, answer = send(request, simulator)
    assert status == request["status"], f"{name}: {answer}"
    assert fragment_of(answer, request["answer"]) == request["answer"], name
    for header, value in request.get("answer_headers", {}).items():
        assert value == "*" or headers[header] == value, name
    calls = ordered([shown(call) for call in simulator.calls(since) if call["action"] not in DUE_ACTIONS])
    expected = ordered(request["calls"])
    assert fragment_of(calls, expected) == expected, name
    jsonschema.validate(answer, schema("answer"))


def ordered(calls: list[Json]) -> list[Json]:
    """Calls camera by camera: cameras run side by side, the order counts within one."""
    return sorted(calls, key=lambda call: str(call["id"]))


def send(request: Json, simulator: Simulator) -> tuple[int, http.client.HTTPMessage, Any]:
    headers = request.get("headers", {"Authorization": "Bearer TOKEN", "Content-Type": "application/json"})
    connection = http.client.HTTPConnection("127.0.0.1", simulator.receiver_port, timeout=60)
    try:
        body = body_of(request)
        connection.request(
            request["method"],
            request["path"],
            body=body,
            headers={header: with_token(value, simulator.token) for header, value in headers.items()},
        )
        response = connection.getresponse()
        return response.status, response.headers, json.loads(response.read())
    finally:
        connection.close()


def body_of(request: Json) -> bytes | None:
    if "raw" in request:
        return str(request["raw"]).encode()
    if "raw_base64" in request:
        return base64.b64decode(request["raw_base64"])
    if "body" not in request:
        return None
    body = request["body"]
    if "body_bytes" in request:
        empty = len(json.dumps({**body, "event_description": ""}).encode())
        body = {**body, "event_description": "x" * (request["body_bytes"] - empty)}
    return json.dumps(body).encode()


def with_token(value: str, token: str) -> str:
    value = value.replace("TOKEN", token)
    return re.sub(r"BASIC\((.*)\)", lambda match: base64.b64encode(match[1].encode()).decode(), value)


def shown(call: Json) -> Json:
    """A call as a vector writes it: the JSON text in `params.comment` becomes `comment`."""
    if "comment" not in call["params"]:
        return call
    return {**call, "comment": json.loads(call["params"]["comment"])}


def fragment_of(value: Any, expected: Any) -> Any:
    """`value` without the keys that `expected` does not name."""
    if isinstance(value, dict) and isinstance(expected, dict):
        return {key: fragment_of(value[key], expected[key]) for key in expected if key in value}
    if isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        return [fragment_of(one, other) for one, other in zip(value, expected, strict=True)]
    return value


def schema(name: str) -> Json:
    document: Json = json.loads((CONTRACT / f"{name}.schema.json").read_text(encoding="utf-8"))
    return document


def bodies(accepted: bool) -> list[Any]:
    """Every JSON body in the vectors that is sent to be delivered and is accepted, or is refused with 400."""
    status = 200 if accepted else 400
    return [
        pytest.param(request["body"], id=f"{path.stem}: {vector['name']} {number}")
        for path in FILES
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]
        for number, request in enumerate(vector["requests"])
        if "body" in request and request["status"] == status
    ]


@pytest.mark.parametrize("body", bodies(accepted=True))
def test_the_schema_of_events_takes_what_the_receiver_takes(body: Any) -> None:
    jsonschema.validate(body, schema("event"), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("body", bodies(accepted=False))
def test_the_schema_of_events_refuses_what_the_receiver_refuses(body: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, schema("event"))

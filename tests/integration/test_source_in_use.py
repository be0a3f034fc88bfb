"""A source is tried while the real service reads it: the service answers, and loses nothing to the trial."""

from __future__ import annotations

import base64
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.source_trial import try_changed_source, try_new_source
from securos_trigger.operations.status import service_status
from tests.integration.console_site import running
from tests.integration.test_named_pipe import stream_bytes
from tests.ports import reserved_port

LIMIT_S = 120.0
TRIGGER = """
[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "vms.example"
iss_password = "token"
event_source = "custom"
trigger = "false"
event_name = "x"
iss_camera_ids = "1"
"""


def _pipeline(name: str, source: str) -> str:
    return f'[[pipelines]]\nname = "{name}"\n{source}\n{TRIGGER}'


def _site(folder: Path, **sources: str) -> ConfigEditor:
    config = folder / "site.toml"
    text = '[outbox]\npath = "outbox.sqlite"\n' + "".join(_pipeline(*one) for one in sources.items())
    config.write_text(text)
    config.chmod(0o600)
    return ConfigEditor(config, [folder])


def _udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _sending(content: bytes, send: Callable[[bytes], Any]) -> Iterator[None]:
    """Send a transport stream again and again, in pieces, as long as the block runs."""
    done = threading.Event()

    def work() -> None:
        for place in cycle(range(0, len(content), 1316)):
            if done.wait(0.01):
                return
            send(content[place : place + 1316])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _wait_for(config: Path, is_so: Callable[[dict[str, Any]], bool]) -> None:
    until = time.monotonic() + LIMIT_S
    while True:
        answer = service_status(config, now=datetime.now(UTC)).answer
        states = {one["name"]: one for one in answer.get("pipelines", ())}
        if states and is_so(states):
            return
        assert time.monotonic() < until, states
        time.sleep(0.1)


def test_a_port_that_the_service_reads_is_not_called_dead(tmp_path: Path) -> None:
    port, quiet = _udp_port(), _udp_port()
    editor = _site(
        tmp_path,
        yard=f'source = {{ type = "stream", url = "udp://127.0.0.1:{port}" }}',
        quiet=f'source = {{ type = "stream", url = "udp://127.0.0.1:{quiet}" }}',
    )
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to,
        _sending(stream_bytes(tmp_path), lambda piece: to.sendto(piece, ("127.0.0.1", port))),
        running(tmp_path, "run", "site.toml", name="service"),
    ):
        _wait_for(editor.config, lambda states: states["yard"]["last_frame_age_s"] is not None)
        found = try_changed_source(editor, PartChange("yard"))
        assert found["works"] is True
        assert "pipeline yard reads it now" in found["text"]
        assert base64.b64decode(found["image"]).startswith(b"\xff\xd8")
        again = try_new_source(editor, {"type": "stream", "url": f"udp://127.0.0.1:{port}"}, {})
        assert again["works"] is True
        assert try_changed_source(editor, PartChange("quiet")) == {
            "works": False,
            "text": "It does not work: pipeline quiet reads it now, and no frame has come yet.",
        }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "live.ts")
    editor = _site(tmp_path, yard='source = { type = "file", path = "live.ts" }')
    both = os.open(tmp_path / "live.ts", os.O_RDWR | os.O_NONBLOCK)
    content = stream_bytes(tmp_path)
    kept = content[:4_000]
    os.write(both, kept)
    for found in (
        try_changed_source(editor, PartChange("yard")),
        try_new_source(editor, {"type": "file", "path": "live.ts"}, {}),
    ):
        assert found["works"] is None
        assert found["text"].startswith("It was not tried: a named pipe has one reader")
    assert os.read(both, 100_000) == kept
    os.set_blocking(both, True)
    with (  # the service reads as long as this runs, so that no write waits for ever
        running(tmp_path, "run", "site.toml", name="service"),
        _sending(content, lambda piece: os.write(both, piece)),
    ):
        _wait_for(editor.config, lambda states: states["yard"]["last_frame_age_s"] is not None)
        found = try_changed_source(editor, PartChange("yard"))
    os.close(both)
    assert found["works"] is True
    assert "pipeline yard reads it now" in found["text"]


def test_an_address_to_listen_on_is_not_opened(tmp_path: Path) -> None:
    port = reserved_port()
    source = {"type": "lumeo", "listen": f"127.0.0.1:{port}", "token": "a token of a sender"}
    written = f'source = {{ type = "lumeo", listen = "127.0.0.1:{port}", token = "a token of a sender" }}'
    editor = _site(tmp_path, cars=f'{written}\ncameras = {{ "*" = "1" }}')
    found = try_new_source(editor, source, {"*": "1"})
    assert found["works"] is None
    assert found["text"].startswith("It was not tried: it waits for a sender at an address of this machine")
    with running(tmp_path, "run", "site.toml", name="service"):
        _wait_for(editor.config, lambda states: states["cars"]["input"]["is_connected"])
        assert try_changed_source(editor, PartChange("cars")) == {
            "works": True,
            "text": "It works: pipeline cars is connected to it now.",
        }

"""The event stream of a device becomes events in SecurOS: `run` as it is typed, a small recorder, the simulator."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from securos_trigger.vms.simulator import Simulator
from tests.e2e.conftest import wait_until
from tests.unit.inputs.clients.devices import PASSWORD, USER, serving, with_digest

ALERT = (
    "--b\r\nContent-Type: application/xml\r\n\r\n<EventNotificationAlert><channelID>{channel}</channelID>"
    "<eventType>linedetection</eventType><eventState>{state}</eventState></EventNotificationAlert>\r\n"
)

SITE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "recorder"
source = {{ type = "hikvision", url = "{url}", user = "{user}", password = {{ file = "password" }}, device = "nvr" }}
cameras = {{ "nvr#1" = "1", "nvr#2" = "2" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "built_in"
{receiver}
"""


class Recorder:
    """A recorder whose streams are sent what a test says, in a thread of its own. `cut` closes all streams."""

    def __init__(self) -> None:
        self.url = ""
        self.streams: list[web.StreamResponse] = []
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._end: asyncio.Event
        self._cut: asyncio.Event
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._is_ready.wait(30)

    async def _run(self) -> None:
        self._end, self._cut = asyncio.Event(), asyncio.Event()
        async with serving(with_digest(self._stream)) as self.url:
            self._is_ready.set()
            await self._end.wait()

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        self.streams.append(response)
        cut = self._cut
        await cut.wait()
        assert request.transport is not None
        request.transport.abort()
        return response

    def send(self, channel: int, state: str) -> None:
        """Send an alert on the newest stream."""
        text = ALERT.format(channel=channel, state=state)
        asyncio.run_coroutine_threadsafe(self.streams[-1].write(text.encode()), self._loop).result(30)

    def cut(self) -> None:
        """Break the connections in the middle of an alert."""

        async def run() -> None:
            await self.streams[-1].write(b"--b\r\n\r\n<EventNotificationAlert><channelID>1</chan")
            old, self._cut = self._cut, asyncio.Event()
            old.set()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def close(self) -> None:
        """End the server."""
        self._loop.call_soon_threadsafe(self._cut.set)
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)
        self._loop.close()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    running = Recorder()
    yield running
    running.close()


def test_alerts_become_events_of_the_right_cameras_also_after_the_connection_was_cut(
    tmp_path: Path, recorder: Recorder, simulator: Simulator
) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in simulator.settings().items())
    site = SITE.format(url=recorder.url, user=USER, receiver=receiver)
    (tmp_path / "site.toml").write_text(site)
    with (tmp_path / "log").open("w") as log:
        command = [sys.executable, "-m", "securos_trigger", "run", "site.toml"]
        service = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        wait_until(lambda: len(recorder.streams) == 1, 60)
        for state in ("active", "active", "inactive"):
            recorder.send(1, state)
        recorder.send(2, "active")
        wait_until(lambda: len(simulator.events()) == 2, 60)
        recorder.cut()
        wait_until(lambda: len(recorder.streams) == 2, 60)
        recorder.send(2, "active")  # it goes on: no news
        recorder.send(1, "active")
        wait_until(lambda: len(simulator.events()) == 3, 60)
    finally:
        service.terminate()
        service.wait(60)
    log_text = (tmp_path / "log").read_text()
    cameras = [one["id"] for one in simulator.events()]
    assert (sorted(cameras[:2]), cameras[2:]) == (["1", "2"], ["1"]), log_text  # cameras do not wait for each other
    assert 'reason="the device has cut the connection"' in log_text
    assert service.returncode == 0, log_text
    assert "source_recovered" in log_text
    assert PASSWORD not in log_text

"""The event stream of a device becomes events in SecurOS: `run` as it is typed, a small recorder, the simulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.e2e.conftest import wait_until
from tests.e2e.devices import Recorder
from tests.unit.inputs.clients.devices import PASSWORD, USER

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
        service = commands.start("run", "site.toml", cwd=tmp_path, stdout=log, stderr=log)
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
    assert 'reason="the device has closed the connection"' in log_text
    assert service.returncode == 0, log_text
    assert "source_recovered" in log_text
    assert PASSWORD not in log_text

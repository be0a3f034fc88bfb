"""A receiver that goes away, or shows another certificate, while no event is due: red in time, green after it."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.vms.simulator import Simulator
from tests.e2e.test_never_green import asked
from tests.e2e.test_status import running
from tests.integration.test_stream import motion_jpeg, served

EVERY_S = 10
SITE = """\
[outbox]
path = "outbox.sqlite"
idle_check_s = {every_s}

[metrics]
port = 0

[[pipelines]]
name = "gate"
source = {{ type = "stream", url = "{address}/gate.mjpg", frozen_after_s = 0 }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "frame_time == 1"
event_name = "Person"
iss_camera_ids = "1"
{receiver}
"""


def target_until(folder: Path, is_so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The first state of the receiver in `status` that is so."""
    until_s = time.monotonic() + 120
    while True:
        answer: dict[str, Any] = json.loads(asked(folder, "status", "site.toml", "--json")[1] or "{}")
        targets = answer.get("targets") or [{}]
        if "is_healthy" in targets[0] and is_so(targets[0]):
            return dict(targets[0])
        assert time.monotonic() < until_s, answer
        time.sleep(0.3)


def metrics(folder: Path) -> str:
    url = re.findall(r"metrics_served url=(\S+)", (folder / "log.txt").read_text())[-1]
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.timeout(600)
def test_a_receiver_is_seen_to_go_and_to_come_back_although_nothing_fires(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = Simulator(("1",), home=tmp_path / "first").start()
        stack.callback(first.close)
        receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in first.settings().items())
        address = stack.enter_context(served(motion_jpeg(100_000, 0.25)))
        (tmp_path / "site.toml").write_text(SITE.format(address=address, receiver=receiver, every_s=EVERY_S))
        stack.enter_context(running(tmp_path))
        target_until(tmp_path, lambda _: True)

        first.kill_receiver()
        gone = target_until(tmp_path, lambda target: target["is_healthy"] is False)
        assert gone["trouble"] == "unreachable"
        assert "onnection refused" in gone["reason"]
        assert asked(tmp_path, "status", "site.toml", "-q")[0] == 1
        assert re.search(r"securos_trigger_target_up\{.*\} 0", metrics(tmp_path)), metrics(tmp_path)

        first.restart_receiver()
        target_until(tmp_path, lambda target: target["is_healthy"])
        assert asked(tmp_path, "status", "site.toml", "-q")[0] == 0

        first.close()
        stack.enter_context(Simulator(("1",), home=tmp_path / "second", receiver_port=first.receiver_port))
        changed = target_until(tmp_path, lambda target: target.get("trouble") == "untrusted")
        assert ", and not " in changed["reason"]
        assert asked(tmp_path, "status", "site.toml", "-q")[0] == 1
        log = (tmp_path / "log.txt").read_text()
        assert log.count("target_recovered") == 1 and "event_fired" not in log

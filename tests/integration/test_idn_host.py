"""A receiver whose host has a name outside of ASCII gets its events: the name is looked up in its form of the DNS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import json, subprocess, sys, time
from pathlib import Path
import securos_trigger
from securos_trigger.vms.simulator import Simulator

hosts = Path("hosts")
hosts.write_text("127.0.0.1 localhost xn--berwachung-8db.example\\n")
subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
with Simulator(("1",)) as simulator:
    properties = {**simulator.settings(), "iss_ip": "Überwachung.example", "iss_camera_ids": "1"}
    properties |= {"event_source": "custom", "trigger": "x > 0", "event_name": "Hello"}
    with securos_trigger.running(properties, outbox=Path("outbox.sqlite"), drain_s=60) as node:
        node.process({"x": 1})
    print(json.dumps([event["name"] for event in simulator.events(0)]))
"""


def test_an_event_reaches_a_receiver_at_a_host_with_a_name_of_its_country(tmp_path: Path) -> None:
    namespace = ["unshare", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"], check=False).returncode:
        pytest.skip("needs a mount namespace of its own (unshare)")
    done = subprocess.run(
        [*namespace, sys.executable, "-c", _PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["Hello"]

"""A receiver whose host has a name outside of ASCII gets its events: the name is looked up in its form of the DNS."""

from __future__ import annotations

from pathlib import Path

from tests.integration.mount_namespace import said_in_mount_namespace

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
    assert said_in_mount_namespace(_PROGRAM, tmp_path) == ["Hello"]

"""Large and unreadable messages through a real broker: memory is bounded, and the good ones beside them go on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.inputs.message import MAX_BODY_BYTES
from securos_trigger.inputs.mqtt_client import MAX_PACKET_BYTES
from soak.memory import memory_bytes
from tests import commands
from tests.brokers import Mosquitto, Publisher
from tests.integration.test_mqtt_input import CONFIG, person, wait_until
from tests.service_answers import status_of

#: What a broker of MQTT 3.1.1 hands out although it is larger than the largest packet of MQTT 5.
HUGE_BYTES = int(os.environ.get("MQTT_HUGE_BYTES", MAX_PACKET_BYTES + 1_000))
#: Of a packet no more than 4.1 MiB is kept, a few times over while it is read. The whole one would be 80 MB.
MAX_GROWTH_BYTES = 3 * MAX_PACKET_BYTES


def padded(number: int, size: int) -> str:
    """A good message of this size at least."""
    body = json.loads(person(number))
    body["after"]["path_data"] = "x" * size
    return json.dumps(body)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_messages_of_any_size_and_kind_cost_bounded_memory_and_hold_up_no_other(tmp_path: Path, protocol: str) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as sender:
        (tmp_path / "site.toml").write_text(CONFIG.format(broker=broker.url, protocol=protocol))
        with (
            (tmp_path / "log.txt").open("wb") as log,
            commands.start("run", "site.toml", cwd=tmp_path, stderr=log) as run,
        ):
            wait_until(lambda: source(tmp_path).get("is_connected"))
            sender.send("frigate/events", person(1))
            wait_until(lambda: verdicts(tmp_path).get("new") == 1)
            before_bytes = memory_bytes(run.pid)
            bad: list[bytes | str] = [b"\xff" * 64, "{" * 100_000, "x" * MAX_BODY_BYTES, "", padded(9, MAX_BODY_BYTES)]
            good = [padded(number, size) for number, size in enumerate((64_000, 1_000_000, 4_000_000), 2)]
            for body in (*bad, *good, padded(10, 10_000_000), padded(11, HUGE_BYTES), person(5)):
                sender.send("frigate/events", body)
            wait_until(lambda: verdicts(tmp_path)["new"] == 5)
            # A broker of MQTT 5 is told the largest packet, and leaves out what is larger.
            malformed = len(bad) + 1 + (protocol != "5")
            wait_until(lambda: verdicts(tmp_path)["malformed"] == malformed)
            grown_bytes = peak_bytes(run.pid) - before_bytes
            run.terminate()
        text = (tmp_path / "log.txt").read_text()
        assert "source_lost" not in text
        assert "message_malformed" in text
        assert grown_bytes < MAX_GROWTH_BYTES


def peak_bytes(process_id: int) -> int:
    """The most memory that a process has had."""
    [line] = [one for one in Path(f"/proc/{process_id}/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def source(folder: Path) -> dict[str, Any]:
    """What the service says of its input; empty before it is there."""
    pipelines = status_of(folder / "outbox.sqlite").get("pipelines") or [{}]
    return dict(pipelines[0].get("input") or {})


def verdicts(folder: Path) -> dict[str, int]:
    return dict(source(folder).get("messages") or {})

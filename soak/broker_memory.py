"""Messages of a real broker for a long time: the memory of the service does not grow, and each event is there once.

Things appear at the cameras of a site with Frigate, move and leave, ten messages each; the trigger node fires for every
hundredth one, a dog. The service runs with its outbox, its ledger and a real receiver. New things come all the time, so
it must forget those that have gone.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from securos_trigger.vms.simulator import Simulator
from soak.memory import memory_bytes
from soak.report import Report
from soak.waiting import status_of, wait_for
from tests.brokers import Mosquitto

CAMERAS: Final = 20
#: Messages about each thing: it is new, it moves, it leaves.
LIFE: Final = 10
#: One of this many things is a dog.
DOGS: Final = 100
#: How many messages the broker may hold for the service, and how often the memory is looked at.
AHEAD: Final = 5_000
#: How much more memory the last third of a long run may have than the second third.
MAX_GROWN_BYTES: Final = 8 * 1024**2
_LIMIT_S: Final = 300.0
_CONFIG: Final = """\
[outbox]
path = "outbox.sqlite"
[ledger]
[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "{broker}" }}
cameras = {{ {cameras} }}
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "nodes.frigate.new_delta > 0 and any(label == 'dog' for label in nodes.frigate.message.labels)"
event_name = "Dog"
event_description = "{{{{ nodes.frigate.message.object_ids[0] }}}}"
{receiver}
"""


def run(*, is_long: bool, count: int = 0) -> Report:
    """Two million messages (long), or twenty thousand."""
    count = count or (2_000_000 if is_long else 20_000)
    began_at_s = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as name,
        Simulator([str(number + 1) for number in range(CAMERAS)]) as simulator,
        Mosquitto(Path(name)) as broker,
        _service(Path(name), broker, simulator) as process,
    ):
        samples = _memory_while_sent(Path(name), broker, process.pid, count)
        expected = [thing_of(number) for number in range(count) if number // CAMERAS % LIFE == 0 and _is_dog(number)]
        wait_for(lambda: len(simulator.events()) >= len(expected), _LIMIT_S)
        found = sorted(call["description"] for call in simulator.events())
        verdicts = _input(Path(name))["messages"]
    second, last = _later_thirds(samples)
    figures: dict[str, object] = {
        "messages": count,
        "messages by verdict": ", ".join(f"{verdict} {number}" for verdict, number in sorted(verdicts.items())),
        "events expected": len(expected),
        "events in SecurOS": len(found),
        "memory in the second and the last third": f"{second / 1024**2:.1f}, {last / 1024**2:.1f} MB",
        "messages a second": round(count / (time.monotonic() - began_at_s)),
    }
    broken: tuple[str, ...] = () if found == sorted(expected) else ("the events in SecurOS are not those of the dogs",)
    if is_long and last - second > MAX_GROWN_BYTES:
        broken += (f"the memory grows: {second:.0f} bytes in the second third, {last:.0f} in the last one",)
    return Report(figures, broken)


def _memory_while_sent(folder: Path, broker: Mosquitto, process_id: int, count: int) -> list[int]:
    """The memory of the service, again and again, until it has dealt with all messages."""
    samples = []
    sender = mqtt.Client(CallbackAPIVersion.VERSION2)
    sender.connect("127.0.0.1", broker.port)
    sender.loop_start()
    try:
        for first in range(0, count, AHEAD):
            _send(sender, range(first, min(count, first + AHEAD)))
            _wait_until_dealt_with(folder, first)
            samples.append(memory_bytes(process_id))
        _wait_until_dealt_with(folder, count)
    finally:
        sender.disconnect()
        sender.loop_stop()
    return samples


def thing_of(number: int) -> str:
    """The id of the thing that a message is about: at each camera there is one at a time."""
    return f"{number // (CAMERAS * LIFE)}.{number % CAMERAS}-soak"


def body_of(number: int) -> bytes:
    """A message of `frigate/events` that is said now."""
    step, now = number // CAMERAS % LIFE, time.time()
    kind = "new" if step == 0 else "end" if step == LIFE - 1 else "update"
    after: dict[str, Any] = {
        "id": thing_of(number),
        "camera": f"camera{number % CAMERAS}",
        "label": "dog" if _is_dog(number) else "person",
        "frame_time": now,
        "start_time": now - 0.5,
        "end_time": now if kind == "end" else None,
        "score": 0.9,
        "box": [10 * step, 200, 10 * step + 80, 400],
        "current_zones": ["yard"],
        "entered_zones": ["yard"],
        "false_positive": False,
        "stationary": False,
    }
    return json.dumps({"type": kind, "before": after, "after": after}).encode()


def _is_dog(number: int) -> bool:
    return (number // (CAMERAS * LIFE) * CAMERAS + number % CAMERAS) % DOGS == 0


def _send(sender: mqtt.Client, numbers: range) -> None:
    """Publish with QoS 1, until the broker has acknowledged the last one."""
    for number in numbers:
        last = sender.publish("frigate/events", body_of(number), qos=1)
    last.wait_for_publish(_LIMIT_S)
    if not last.is_published():
        raise TimeoutError("the broker acknowledges nothing")


@contextmanager
def _service(folder: Path, broker: Mosquitto, simulator: Simulator) -> Iterator[subprocess.Popen[bytes]]:
    cameras = ", ".join(f'camera{number} = "{number + 1}"' for number in range(CAMERAS))
    text = _CONFIG.format(broker=broker.url, cameras=cameras, receiver=simulator.settings_toml())
    (folder / "site.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "securos_trigger", "run", "site.toml"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_for(lambda: bool(_input(folder).get("is_connected")), _LIMIT_S)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _input(folder: Path) -> dict[str, Any]:
    """What the service says of its input; empty before it is there."""
    pipelines = status_of(folder / "outbox.sqlite").get("pipelines") or [{}]
    return dict(pipelines[0].get("input") or {})


def _wait_until_dealt_with(folder: Path, count: int) -> None:
    wait_for(lambda: sum(_input(folder)["messages"].values()) >= count, _LIMIT_S)


def _later_thirds(samples: list[int]) -> tuple[float, float]:
    """The median of the second and of the last third of a run."""
    third = max(1, len(samples) // 3)
    return statistics.median(samples[third : 2 * third] or samples), statistics.median(samples[-third:])

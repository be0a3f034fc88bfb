"""The bridge has a trouble, and the operator reads it in SecurOS: real receivers over TLS, real disks, real processes."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import time
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger import TriggerSecurOSEvent, running
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.health import HealthSettings
from securos_trigger.notices import Announcer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.vms.receiver_init import new_certified_key
from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.e2e.conftest import Notices, wait_until

CUSTOM: dict[str, Any] = {
    "event_source": "custom",
    "trigger": "go",
    "event_name": "Alarm",
    "iss_camera_ids": "1",
    "health_camera_ids": "2",
}
QUICK = HealthSettings(frames_stopped_after_s=1.0, outbox_oldest_after_s=1.0, steady_for_s=0.5)
TIME = r"\d\d:\d\d:\d\d (?:[A-Z]+|[+-]\d+)"
SERVICE = f"Bridge {platform.node()}: "
CAMERA = "Look at the camera, its power and its network."
KEPT = "They are kept, and are sent when the receiver accepts them."
RECEIVER = "Look at the receiver's script in SecurOS, and at the network to it."


def reports(simulator: Simulator) -> list[tuple[str, str]]:
    """Name and description of what was reported to the health camera, with times and lengths of time made alike.

    The name without that of this machine, which each must have.
    """
    found = [(event["name"], alike(event["description"])) for event in simulator.events() if event["id"] == "2"]
    assert all(name.startswith(SERVICE) for name, _ in found), found
    return [("Bridge: " + name.removeprefix(SERVICE), text) for name, text in found]


def alike(text: str) -> str:
    text = re.sub(r"^\[\d{4}-\d\d-\d\d " + TIME + r"\] ", "[LATE] ", text)
    return re.sub(r"\d+ s\b", "N s", re.sub(TIME, "TIME", text))


NO_FRAMES = ("Bridge: no frames from trigger1", f"No frame since TIME (N s). Events of camera 1 are not seen. {CAMERA}")
FRAMES_AGAIN = ("Bridge: frames again from trigger1", "Back since TIME, after N s.")


def test_frames_stop_and_come_back_and_the_operator_reads_each_once(simulator: Simulator, tmp_path: Path) -> None:
    properties = {**simulator.settings(), **CUSTOM}
    health = QUICK.model_copy(update={"frames_stopped_after_s": 3.0})  # the test may be held up for longer than 1 s
    with running(properties, outbox=tmp_path / "outbox.sqlite", health=health) as node:
        node.process({"go": False})
        wait_until(lambda: reports(simulator) == [NO_FRAMES])
        node.process({"go": False})  # a single frame is not the end of it
        time.sleep(1.5)
        assert reports(simulator) == [NO_FRAMES]

        def is_back() -> bool:
            node.process({"go": False})
            return len(reports(simulator)) == 2

        wait_until(is_back)
    assert reports(simulator) == [NO_FRAMES, FRAMES_AGAIN]


def test_without_health_cameras_nothing_is_watched(simulator: Simulator, tmp_path: Path, notices: Notices) -> None:
    properties = {**simulator.settings(), **CUSTOM, "health_camera_ids": ""}
    with running(properties, outbox=tmp_path / "outbox.sqlite", health=QUICK, observers=(notices,)) as node:
        node.process({"go": False})
        time.sleep(2.5)
    assert simulator.events() == []
    assert notices.named("health_trouble") == []
    assert not (tmp_path / "outbox.health.json").exists()


def test_a_script_that_dies_tells_so_at_its_end(simulator: Simulator, tmp_path: Path) -> None:
    properties = {**simulator.settings(), **CUSTOM}
    with pytest.raises(KeyError), running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        node.process({"go": False})
        raise KeyError("a bug of the script")
    text = (
        "No frame since TIME (N s). The pipeline has failed. Events of camera 1 are not seen. See the log of the bridge, "
        "and start it again."
    )
    assert reports(simulator) == [("Bridge: no frames from trigger1", text)]


def test_a_receiver_that_is_away_is_told_at_the_other_one_at_once_and_at_itself_when_it_is_back(
    tmp_path: Path, notices: Notices
) -> None:
    # what is not looked at here begins late: to kill and to restart a receiver may hold the test up for seconds
    health = QUICK.model_copy(update={"frames_stopped_after_s": 600.0, "outbox_oldest_after_s": 5.0})
    with Simulator(("1", "2")) as away, Simulator(("1", "2")) as other:
        target = f"https://127.0.0.1:{away.receiver_port}"
        settings = OutboxSettings(path=tmp_path / "outbox.sqlite")
        status = ServiceStatus()
        with Dispatch(settings, Announcer([notices, status.observe]), health=health, status=status) as dispatch:
            nodes = [
                dispatch.add(bare.properties, bare.context, pipeline)
                for pipeline, simulator in (("gate", away), ("yard", other))
                for bare in [TriggerSecurOSEvent(node_id="alarm", **{**CUSTOM, **simulator.settings()})]
            ]
            dispatch.start()

            away.kill_receiver()
            nodes[0].process({"go": True})
            begun = (
                f"Bridge: events do not get through to {target}",
                f"The oldest has waited since TIME (N s): connection refused. {KEPT} {RECEIVER}",
            )
            wait_until(lambda: reports(other) == [begun])
            away.restart_receiver()
            ended = (f"Bridge: events get through to {target} again", "Back since TIME, after N s.")
            wait_until(lambda: reports(away) == [begun, ended])
            wait_until(lambda: reports(other) == [begun, ended])
    assert [(one.fields["trouble"], one.fields["about"]) for one in notices.named("health_trouble")] == [
        ("deliveries_old", target)
    ]


FULL_DISK = """
import json, resource, signal, sys, time
from pathlib import Path
from securos_trigger import running
from securos_trigger.health import HealthSettings
from securos_trigger.notices import log_notice

heard = []

def until(holds):
    until_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until_s, [str(notice) for notice in heard]
        time.sleep(0.05)

def is_reported():
    done = [notice for notice in heard if notice.name == "delivery_done"]
    return any("events are lost" in notice.fields["event_name"] for notice in done)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
health = HealthSettings(frames_stopped_after_s=600)
observers = (log_notice, heard.append)
with running(json.loads(sys.argv[1]), outbox=Path(sys.argv[2]), health=health, observers=observers) as node:
    node.process({"go": True}, at=0.0)
    assert node.drain(60)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    for number in range(7):
        node.process({"go": True}, at=1.0 + number)
    until(lambda: "health_trouble" in [notice.name for notice in heard])
    time.sleep(2.0)  # meanwhile the report is refused, too; if not, the test sees less, and does not fail
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    node.process({"go": True}, at=20.0)
    until(is_reported)
    assert node.drain(60)
"""


def test_a_disk_that_takes_nothing_is_told_as_soon_as_it_takes_the_report(simulator: Simulator, tmp_path: Path) -> None:
    properties = {**simulator.settings(), **CUSTOM}
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, json.dumps(properties), str(tmp_path / "outbox.sqlite")],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [(name, description)] = reports(simulator)
    assert name == "Bridge: events are lost"
    assert re.fullmatch(
        "7 events could not be kept since TIME: (disk I/O error|the disk is full)"
        r"\. They will not arrive\. Look at the disk of the bridge: is it full, or broken\?",
        description,
    )
    assert len([event for event in simulator.events() if event["name"] == "Alarm"]) == 2
    recovered = re.findall(r"outbox_recovered .*count=(\d+)", done.stderr)
    assert recovered == ["7"], "a report that is offered again is no lost event"


@pytest.mark.parametrize(("days", "words"), [(5, "expires soon"), (0, "has expired")])
def test_a_certificate_that_ends_is_told_when_the_bridge_starts(days: int, words: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    certificate = new_certified_key(["127.0.0.1"], days=days)
    (home / "identity.json").write_text(json.dumps({"token": "t" * 43, "certificate": asdict(certificate)}))
    with Simulator(("1", "2"), home=home) as simulator:
        properties = {**simulator.settings(), **CUSTOM}
        with running(properties, outbox=tmp_path / "outbox.sqlite"):
            wait_until(lambda: bool(simulator.events()))
        [event] = simulator.events()
    assert event["name"] == f"{SERVICE}the certificate of https://127.0.0.1:{simulator.receiver_port} {words}"
    assert re.fullmatch(
        r"It end(s|ed) on \d{4}-\d\d-\d\d " + TIME + r"(, in 4 days 23 h)?\. It is pinned, so deliveries continue\.",
        event["description"],
    )


# -- whole processes

PIPELINES = """\
[outbox]
path = "outbox.sqlite"

[health]
frames_stopped_after_s = 4
steady_for_s = 0.5

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "{source}", realtime = true }}

[[pipelines.nodes]]
type = "function"
file = "stalls.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "false"
event_name = "Alarm"
health_camera_ids = "2"
{receiver}
"""

STALLS = """
import time

count = 0

def process_frame(frame, **kwargs):
    global count
    count += 1
    if count == 5:
        time.sleep({stall_s})
    return count % 2 == 0   # a frame that a node ends on purpose has been there all the same
"""


def run_pipeline(
    folder: Path, source: str, simulator: Simulator, *, stall_s: float = 0.0
) -> subprocess.CompletedProcess[str]:
    receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in simulator.settings().items())
    (folder / "stalls.py").write_text(STALLS.format(stall_s=stall_s))
    (folder / "site.toml").write_text(PIPELINES.format(source=source, receiver=receiver))
    return commands.run("run", "site.toml", cwd=folder)


def write_video(path: Path, frames: int) -> None:
    """10 frames of 96 x 64 pixels a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 96, 64, "yuv420p", Fraction(1, 10)
        for number in range(frames):
            pixels = np.full((64, 96, 3), number * 2 % 256, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def test_a_pipeline_that_stalls_and_goes_on_and_ends_well_has_one_trouble(simulator: Simulator, tmp_path: Path) -> None:
    """It stalls for longer than a busy machine may, and the limit is longer than that, too."""
    write_video(tmp_path / "yard.mp4", 110)
    done = run_pipeline(tmp_path, "yard.mp4", simulator, stall_s=7.0)
    assert done.returncode == 0, done.stderr
    assert reports(simulator) == [
        ("Bridge: no frames from yard", f"No frame since TIME (N s). Events from this camera are not seen. {CAMERA}"),
        ("Bridge: frames again from yard", "Back since TIME, after N s."),
    ]
    read = re.findall(r"(ERROR|WARNING) (health_\w+) trouble=(\w+) about=(\S+) text=", done.stderr)
    assert read == [
        ("ERROR", "health_trouble", "frames_stopped", "yard"),
        ("WARNING", "health_recovered", "frames_stopped", "yard"),
    ]
    assert json.loads((tmp_path / "outbox.health.json").read_text()) == {}


def test_a_pipeline_that_fails_is_told_before_the_process_ends_and_not_again_by_the_next_start(
    simulator: Simulator, tmp_path: Path
) -> None:
    for _ in range(2):
        assert run_pipeline(tmp_path, "gone.mp4", simulator).returncode == 1
    text = (
        "No frame since the start at TIME (N s). The pipeline has failed: The video gone.mp4 cannot be read: "
        "No such file or directory. Events from this camera are not seen. See the log of the bridge, and start it again."
    )
    assert reports(simulator) == [("Bridge: no frames from yard", text)]
    write_video(tmp_path / "gone.mp4", 25)
    assert run_pipeline(tmp_path, "gone.mp4", simulator).returncode == 0
    assert reports(simulator)[1:] == [("Bridge: frames again from yard", "Back since TIME, after N s.")]

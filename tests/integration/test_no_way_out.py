"""A pipeline reaches for nothing but what its configuration names: tried in a network without a way out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from securos_trigger.analytics.detector import _BUNDLED_MODEL
from tests.made_videos import write_video
from tests.process_guard import MARK

_NAMESPACE = ["unshare", "--map-root-user", "--net", "--mount"]
_SCRIPT = Path(__file__).with_name("no_way_out.py")
_RECEIVER_PORT = 34443
# onnxruntime begins to look up its maker's host within some seconds.
_WATCHED_S = 10

_CONFIG = f"""
[outbox]
path = "state/outbox.sqlite"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4", realtime = true }}
sink = {{ type = "annotated", path = "out.mp4" }}

[[pipelines.nodes]]
type = "detector"
every = 10

[[pipelines.nodes]]
type = "tracker"

[[pipelines.nodes]]
type = "zone_presence"

[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "127.0.0.1"
iss_port = {_RECEIVER_PORT}
iss_password = "s3cret"
iss_camera_ids = "1"
event_source = "custom"
trigger = "nodes.annotate_presence1.rois.fullframe.current_objects_count >= 0"
event_name = "A person is there"
interval = 1
"""

_CLUSTER_PORT = 34222
_RELAYING_CONFIG = f"""
[outbox]
path = "state/outbox.sqlite"

[relay]
servers = ["nats://127.0.0.1:{_CLUSTER_PORT}"]
gateway = "gate-7"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4", realtime = true }}

[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "127.0.0.1"
iss_port = {_RECEIVER_PORT}
iss_camera_ids = "1"
event_source = "custom"
trigger = "1 == 1"
event_name = "It is relayed"
interval = 1
"""

_LOOKS_A_NAME_UP = """
import socket
try:
    socket.getaddrinfo("example.com", 443)
except OSError as error:
    print(error)
"""

_RUNS_A_MODEL_WITH_TELEMETRY = f"""
import time, onnxruntime
session = onnxruntime.InferenceSession({str(_BUNDLED_MODEL)!r}, providers=["CPUExecutionProvider"])
time.sleep({_WATCHED_S})
"""

_RUNS_A_MODEL = f"""
import time
from pathlib import Path
from securos_trigger.analytics.inference import open_session
session = open_session(Path({str(_BUNDLED_MODEL)!r}), 1)
time.sleep({_WATCHED_S})
"""


@dataclass
class Watched:
    """A command under watch, and the home it was given."""

    process: subprocess.Popen[str]
    home: Path

    def result(self, within_s: float = 90) -> dict[str, Any]:
        output, errors = self.process.communicate(timeout=within_s)
        assert self.process.returncode == 0, errors
        result: dict[str, Any] = json.loads(output)
        return result


def watch(home: Path, command: Sequence[str]) -> Watched:
    home.mkdir()
    names = ("PATH", "PYTHONPATH", "LANG", MARK)
    environment = {name: os.environ[name] for name in names if name in os.environ} | {"HOME": str(home)}
    whole = [*_NAMESPACE, sys.executable, str(_SCRIPT), *command]
    process = subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    return Watched(process, home)


@pytest.fixture(scope="module", autouse=True)
def _has_namespaces() -> None:
    if not Path("/dev/net/tun").exists() or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("this machine has no tunnels, no unshare or no ip")
    if subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may make no network namespace")


def test_a_name_that_is_looked_up_is_seen(tmp_path: Path) -> None:
    """The control: the apparatus sees what it must see."""
    seen = watch(tmp_path / "home", [sys.executable, "-c", _LOOKS_A_NAME_UP]).result()
    assert seen["tried"] == ["udp 192.0.2.53:53"]


def test_the_inference_library_reaches_out_by_itself_and_not_when_we_load_it(tmp_path: Path) -> None:
    bare = watch(tmp_path / "bare", [sys.executable, "-c", _RUNS_A_MODEL_WITH_TELEMETRY])
    ours = watch(tmp_path / "ours", [sys.executable, "-c", _RUNS_A_MODEL])
    by_itself, as_we_load_it = bare.result(), ours.result()
    assert as_we_load_it == {"tried": [], "code": 0, "log": ""}
    assert list(ours.home.rglob("*")) == []
    if not by_itself["tried"]:
        pytest.skip("this build of onnxruntime sends no usage data, so that leaving it out cannot be tried")


@pytest.mark.timeout(120)
def test_a_pipeline_with_a_detector_reaches_for_its_receiver_only(tmp_path: Path) -> None:
    write_video(tmp_path / "yard.mp4", [np.full((96, 128, 3), 128, dtype=np.uint8)] * (10 * _WATCHED_S))
    (tmp_path / "site.toml").write_text(_CONFIG)
    run = watch(tmp_path / "home", [sys.executable, "-m", "securos_trigger", "run", str(tmp_path / "site.toml")])
    seen = run.result()
    assert seen["tried"] == [f"tcp 127.0.0.1:{_RECEIVER_PORT}"], seen["log"]
    assert seen["code"] == 0
    assert f"frames={10 * _WATCHED_S} " in seen["log"]
    assert not list(run.home.rglob("*onnxruntime*"))


def test_a_gateway_reaches_for_its_cluster_only_and_never_for_the_receiver(tmp_path: Path) -> None:
    pytest.importorskip("nats", reason="the part [cluster] is not installed")
    write_video(tmp_path / "yard.mp4", [np.full((96, 128, 3), 128, dtype=np.uint8)] * 30)
    (tmp_path / "site.toml").write_text(_RELAYING_CONFIG)
    run = watch(tmp_path / "home", [sys.executable, "-m", "securos_trigger", "run", str(tmp_path / "site.toml")])
    seen = run.result()
    assert seen["tried"] == [f"tcp 127.0.0.1:{_CLUSTER_PORT}"], seen["log"]
    assert "target_unreachable" in seen["log"], "an event was to be relayed"


_BROKER_PORT = 34883
_INPUT = f"""
[outbox]
path = "state/outbox.sqlite"

[console]
port = 0

[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "mqtt://127.0.0.1:{_BROKER_PORT}" }}
cameras = {{ gate = "1" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "127.0.0.1"
iss_port = {_RECEIVER_PORT}
iss_password = "s3cret"
"""
_PIPELINE = [{"id": "video1", "properties": {"type": "video", "name": "Yard"}, "wires": {}}]


def until_it_says(text: str, program: str) -> str:
    """Commands of a shell that run a program until its output has a text, and show the output."""
    log = "$HOME/said"
    wait = f"for _ in $(seq 300); do grep -q {text} {log} && break; sleep 0.2; done"
    return f"{program} > {log} 2>&1 & {wait}; kill $!; wait; cat {log}"


@pytest.mark.timeout(180)
def test_an_input_reaches_for_broker_and_receiver_only_and_commands_and_the_console_for_nothing(tmp_path: Path) -> None:
    pytest.importorskip("fastapi", reason="the part [console] is not installed")
    (tmp_path / "site.toml").write_text(_INPUT)
    (tmp_path / "yard.json").write_text(json.dumps(_PIPELINE))
    program = f"{sys.executable} -m securos_trigger"
    commands = (
        f"cd {tmp_path}; {program} check site.toml; {program} import lumeo yard.json --output yard.toml; "
        f"{program} receiver init --host vms.example --out r.js; "
        + until_it_says("http://", f"{program} console site.toml")
    )
    quiet = watch(tmp_path / "quiet", ["sh", "-c", commands])
    feed = watch(tmp_path / "feed", ["sh", "-c", until_it_says("source_lost", f"{program} run {tmp_path}/site.toml")])
    said, read = quiet.result(), feed.result()
    assert said["tried"] == [], said["log"]
    assert (tmp_path / "yard.toml").exists() and (tmp_path / "r.js").exists()
    # The certificate of the receiver is looked at from the start, perhaps after this service has ended.
    assert set(read["tried"]) - {f"tcp 127.0.0.1:{_RECEIVER_PORT}"} == {f"tcp 127.0.0.1:{_BROKER_PORT}"}, read["log"]


@pytest.mark.timeout(400)
def test_the_whole_demo_reaches_for_nothing_beyond_this_machine(tmp_path: Path) -> None:
    """Detector, tracker, zone, line, images, a receiver in Node.js, a page: with a video that is there already."""
    if shutil.which("node") is None:
        pytest.skip("the demo's receiver needs Node.js")
    write_video(tmp_path / "yard.mp4", [np.full((96, 128, 3), 128, dtype=np.uint8)] * 75)
    demo = ["demo", "--video", str(tmp_path / "yard.mp4"), "--out", str(tmp_path / "out")]
    seen = watch(tmp_path / "home", [sys.executable, "-m", "securos_trigger", *demo]).result(within_s=300)
    assert "events" in seen["log"] and (tmp_path / "out").exists(), seen["log"]
    assert [one for one in seen["tried"] if not one.startswith("tcp 127.0.0.1:")] == [], seen["log"]


def test_the_telemetry_is_off_before_the_library_is_loaded() -> None:
    code = (
        "import os, sys; import securos_trigger.analytics.inference; "
        "print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "1 True\n"

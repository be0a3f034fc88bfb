"""A site of two pipelines that several machines may run: one reads a camera that is not there, one a node can break."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from securos_trigger.operations.placement import PlacementReport, placement_status
from tests.integration.nats_servers import nats_server
from tests.made_videos import write_video
from tests.ports import reserved_port

LIMIT_S = 150.0
_SITE = """
[outbox]
path = "state/outbox.sqlite"
[relay]
servers = ["{server}"]
gateway = "site"
replicas = 1
[[pipelines]]
name = "yard"
source = {{ type = "rtsp", url = "rtsp://127.0.0.1:{port}/stream" }}
[[pipelines]]
name = "gate"
source = {{ type = "file", path = "gate.mp4", realtime = true, loop = true }}
[[pipelines.nodes]]
type = "function"
id = "count"
file = "count.py"
[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "false"
event_name = "Never"
iss_camera_ids = "1"
iss_ip = "127.0.0.1"
iss_password = "p"
"""
_COUNT = """
from pathlib import Path
BROKEN = Path({broken!r})
def process_frame(frame, **kwargs):
    if BROKEN.exists():
        raise ValueError("no license")
"""


def wait_for(claim: Callable[[], object], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.1)


class PlacedPair:
    """A site of two placed pipelines and its NATS server; each of its machines is a process."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.server = stack.enter_context(nats_server(folder / "nats"))
        self.broken = folder / "broken"
        self.config = folder / "site.toml"
        self.config.write_text(_SITE.format(server=self.server.url, port=reserved_port()))
        (folder / "count.py").write_text(_COUNT.format(broken=str(self.broken)))
        write_video(folder / "gate.mp4", [np.full((32, 32, 3), 16, np.uint8)] * 100)
        self._stack = stack

    def start(self, pipeline: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self.config.parent / f"{pipeline}.log").open("ab"))
        command = [*self._command("cluster", "pipeline"), pipeline, "--node", f"gpu-{pipeline}"]
        process = self._stack.enter_context(subprocess.Popen(command, stderr=log))
        self._stack.callback(process.kill)
        return process

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._command(*words), capture_output=True, text=True, check=False)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in which CONFIG stands for the configuration."""
        own = [str(self.config) if word == "CONFIG" else word for word in words]
        command = [sys.executable, "-m", "securos_trigger", *own]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "securos_trigger", *words, str(self.config)]

    def seen(self) -> dict[str, Any]:
        return {one.pipeline: one for one in placement_status(self.config).pipelines}

    def report(self) -> PlacementReport:
        return placement_status(self.config)

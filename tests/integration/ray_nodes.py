"""Ray nodes for tests: a head and workers on this machine, each with a name, a folder and processes of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from tests.ports import reserved_port

LIMIT_S = 180.0
UNIT = Path(__file__).parents[2] / "examples" / "ray" / "securos-trigger-ray-head.service"
_MARK = "SECUROS_TRIGGER_TEST_NODE"


def why_no_ray() -> str:
    """Why there can be no Ray nodes here; empty when there can."""
    return "" if find_spec("ray") is not None else "Ray is not installed: make test-ray"


class RayNode:
    """One node. Its processes are known by a variable that all of them inherit."""

    def __init__(self, name: str, folder: Path, token_file: Path, options: list[str]) -> None:
        self.name = name
        self._mark = uuid4().hex
        self._log = folder / f"ray-{name}.log"
        #: Paths of sockets must be short.
        self._temporary = Path(tempfile.mkdtemp(prefix="ray"))
        own = {"SECUROS_TRIGGER_NODE": name, _MARK: self._mark, **ray_environment(token_file)}
        self._environment = {**os.environ, **own}
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", *options, "--temp-dir", str(self._temporary)]
        command += ["--disable-usage-stats", "--include-log-monitor=false", "--object-store-memory=80000000"]
        self._command = command
        self.start()

    def start(self) -> None:
        """Start it, and wait until it has joined."""
        with self._log.open("ab") as log:
            subprocess.run(self._command, stdout=log, stderr=log, env=self._environment, check=True, timeout=LIMIT_S)

    def pids(self) -> list[int]:
        """Its processes, those of its actors among them.

        Ray's agents write their titles over the variable: they are known as children of the others.
        """
        wanted, found, parents = f"{_MARK}={self._mark}".encode(), set[int](), dict[int, int]()
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                    if wanted in (folder / "environ").read_bytes().split(b"\0"):
                        found.add(int(folder.name))
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return sorted(found)

    def commands(self) -> dict[int, str]:
        """The command line of each of its processes."""
        found = {}
        for pid in self.pids():
            with contextlib.suppress(OSError):
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """Kill all of its processes, as a power cut would."""
        deadline_at = time.monotonic() + LIMIT_S
        while self.pids():
            self.signal(signal.SIGKILL)
            assert time.monotonic() < deadline_at, self.commands()
            time.sleep(0.05)

    def close(self) -> None:
        """Kill it, and delete its folder."""
        self.kill()
        shutil.rmtree(self._temporary, ignore_errors=True)


def pipelines_of(node: RayNode) -> list[int]:
    """The processes of a pipeline on a node."""
    return [pid for pid, command in node.commands().items() if "cluster pipeline" in command]


def ray_environment(token_file: Path) -> dict[str, str]:
    """What Ray is started with: usage statistics off, a token, and what the units in `examples/ray` set."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token_file)}
    return {"RAY_USAGE_STATS_ENABLED": "0", **token, **of_unit()}


def of_unit() -> dict[str, str]:
    """How long Ray waits for a silent machine and for a head that is away, by the example of a head's unit."""
    return dict(re.findall(r"^Environment=(RAY_(?:health_check|gcs_rpc)_\w+)=(\S+)$", UNIT.read_text(), re.MULTILINE))


class RayNodes:
    """A head without a processor core, so that pipelines run on the workers, and the workers."""

    def __init__(self, folder: Path, workers: tuple[str, ...]) -> None:
        self.port = reserved_port()
        self.address = f"127.0.0.1:{self.port}"
        self.token_file = folder / "ray-token"
        self.token_file.write_text(uuid4().hex + uuid4().hex)
        self._folder = folder
        self.nodes: dict[str, RayNode] = {}
        head = ["--head", f"--port={self.port}", "--num-cpus=0", "--include-dashboard=false"]
        self._add("head", [*head, "--node-ip-address=127.0.0.1"])
        for name in workers:
            self.add_worker(name)

    def add_worker(self, name: str) -> None:
        """Add a worker, or start the one of this name again after it was killed."""
        self._add(name, [f"--address={self.address}", "--num-cpus=1", "--node-ip-address=127.0.0.1"])

    def _add(self, name: str, options: list[str]) -> None:
        if name in self.nodes:
            self.nodes[name].close()  # its folder is large
        self.nodes[name] = RayNode(name, self._folder, self.token_file, options)

    def close(self) -> None:
        """Kill all of them."""
        for node in self.nodes.values():
            node.close()


@contextmanager
def ray_nodes(folder: Path, *workers: str) -> Iterator[RayNodes]:
    """A head and these workers."""
    nodes = RayNodes(folder, workers)
    try:
        yield nodes
    finally:
        nodes.close()


def is_listening(port: int) -> bool:
    """Whether a program listens at a port of the loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False

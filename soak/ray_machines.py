"""Machines of a Ray cluster: each a network namespace with a cable, and the processes of Ray in one PID namespace.

When the first process of a PID namespace dies, the system kills all others in it: the power of the machine is cut.
Ray is started again five seconds after its end, as the units in `examples/ray` have systemd do it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from soak.namespaces import Network
from tests.integration.ray_nodes import ray_environment

PORT: Final = 6379
RESTARTED_AFTER_S: Final = 5
_GONE_WITHIN_S: Final = 30.0


class RayMachine:
    """One machine. `name` is its name in the network, and to `securos-trigger`."""

    def __init__(self, name: str, network: Network, folder: Path, token_file: Path, options: Sequence[str]) -> None:
        self.name = name
        self._temporary = Path(tempfile.mkdtemp(prefix="ray"))  # paths of sockets must be short
        self._log = folder / f"ray-{name}.log"
        own = {"SECUROS_TRIGGER_NODE": name, **ray_environment(token_file)}
        self._environment = {**os.environ, **own}
        start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats", *options]
        start += [f"--node-ip-address={network.address(name)}", "--temp-dir", str(self._temporary)]
        start += ["--include-log-monitor=false", "--object-store-memory=80000000"]
        alone = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *start]
        loop = f"while :; do {shlex.join(alone)}; sleep {RESTARTED_AFTER_S}; done"
        self._command = network.command(name, "sh", "-c", loop)
        self._manager: subprocess.Popen[bytes] | None = None
        self.switch_on()

    def switch_on(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._manager = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )

    def switch_off(self) -> None:
        """Cut its power."""
        if self._manager is None:
            return
        inside = self.pids()
        os.killpg(self._manager.pid, signal.SIGKILL)
        self._manager.wait()
        self._manager = None
        _wait_for_end(inside)

    def end_ray(self) -> None:
        """Kill all processes of Ray and what they have started; Ray is started again five seconds later."""
        inside = self.pids()
        os.kill(self._first(), signal.SIGKILL)
        _wait_for_end(inside)

    def pids(self) -> list[int]:
        """The processes of its PID namespace, by the ids that this machine knows them by."""
        space = _space_of(self._first())
        return [pid for pid in _all_pids() if space and _space_of(pid) == space]

    def commands(self) -> dict[int, str]:
        """The command line of each of these processes."""
        return {pid: found for pid in self.pids() if (found := _read(f"/proc/{pid}/cmdline").replace("\0", " "))}

    def close(self) -> None:
        """Cut its power, and delete its folder."""
        self.switch_off()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _first(self) -> int:
        """The first process of the PID namespace; 0: there is none now."""
        if self._manager is None:
            return 0
        [*outer] = _children(self._manager.pid)
        return next((inner for one in outer for inner in _children(one)), 0)


class RayMachines:
    """A head without a processor core, and workers, on these machines of a network."""

    def __init__(self, network: Network, folder: Path, head: str, workers: Sequence[str]) -> None:
        self.address = f"{network.address(head)}:{PORT}"
        self.token_file = folder / "ray-token"
        self.token_file.write_text(uuid4().hex + uuid4().hex)
        as_head = ["--head", f"--port={PORT}", "--num-cpus=0", "--include-dashboard=false"]
        as_worker = [f"--address={self.address}", "--num-cpus=1"]
        self.nodes = {
            name: RayMachine(name, network, folder, self.token_file, as_head if name == head else as_worker)
            for name in (head, *workers)
        }

    def close(self) -> None:
        """Cut the power of all of them."""
        for node in self.nodes.values():
            node.close()


def _all_pids() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _children(pid: int) -> list[int]:
    return [int(one) for one in _read(f"/proc/{pid}/task/{pid}/children").split()]


def _space_of(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink()) if pid else ""
    except OSError:
        return ""  # it has ended


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it has ended


def _wait_for_end(pids: Sequence[int]) -> None:
    give_up_at_ticks = time.monotonic() + _GONE_WITHIN_S
    while any(_space_of(pid) for pid in pids):
        if time.monotonic() > give_up_at_ticks:
            raise TimeoutError(f"processes outlive the power of their machine: {pids}")
        time.sleep(0.02)

"""A small network of its own: machines that are network namespaces, each with one cable to one switch."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

#: A range that is set aside for tests of networks (RFC 2544); it is seen in these namespaces only.
_PREFIX = "198.18.0"


def why_not() -> str:
    """Why this machine cannot do it; empty when it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "ip (iproute2) is not installed"
    with_name = f"soak{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", with_name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"network namespaces cannot be made here: {made.stderr.strip()}"
    try:
        tried = ["ip", "-n", with_name, "link", "add", "name", "switch", "type", "bridge"]
        bridge = subprocess.run(tried, capture_output=True, text=True, check=False)
        return f"a bridge cannot be made here: {bridge.stderr.strip()}" if bridge.returncode else ""
    finally:
        _ip("netns", "del", with_name)


class Network:
    """Machines by name, as a context manager. `seconds_cut` says for how long each has been cut off."""

    def __init__(self, machines: Sequence[str]) -> None:
        self.machines = tuple(machines)
        self.seconds_cut = dict.fromkeys(machines, 0.0)
        self._prefix = f"soak{os.getpid()}"
        self._cut_at_ticks: dict[str, float] = {}

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def address(self, machine: str) -> str:
        """The address of a machine."""
        return f"{_PREFIX}.{1 + self.machines.index(machine)}"

    def command(self, machine: str, *command: str) -> list[str]:
        """The command that runs another one on a machine."""
        return ["ip", "netns", "exec", self._space(machine), *command]

    def cut(self, machine: str) -> None:
        """Pull the cable of a machine: nothing reaches it, and what it sends goes nowhere."""
        self._cut_at_ticks[machine] = time.monotonic()
        _ip("-n", self._space("switch"), "link", "set", "dev", machine, "down")

    def join(self, machine: str) -> None:
        """Put the cable back."""
        _ip("-n", self._space("switch"), "link", "set", "dev", machine, "up")
        self.seconds_cut[machine] += time.monotonic() - self._cut_at_ticks.pop(machine)

    def _space(self, machine: str) -> str:
        return f"{self._prefix}-{machine}"

    def _make(self) -> None:
        switch = self._space("switch")
        _ip("netns", "add", switch)
        _ip("-n", switch, "link", "add", "name", "bridge0", "type", "bridge")
        _ip("-n", switch, "link", "set", "bridge0", "up")
        for machine in self.machines:
            space = self._space(machine)
            _ip("netns", "add", space)
            cable = ("name", machine, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("-n", switch, "link", "add", *cable)
            _ip("-n", switch, "link", "set", "dev", machine, "master", "bridge0", "up")
            _ip("-n", space, "addr", "add", f"{self.address(machine)}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip("-n", space, "link", "set", device, "up")

    def _remove(self) -> None:
        for machine in ("switch", *self.machines):
            subprocess.run(["ip", "netns", "del", self._space(machine)], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

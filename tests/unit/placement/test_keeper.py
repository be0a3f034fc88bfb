"""The keeper looks at each machine when something has moved, and until nothing is left. Ray is a stand-in here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from securos_trigger.placement import keeper
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.keeper import Keeper, LeftOverWatch
from securos_trigger.placement.left_over import LeftOver
from tests.unit.placement.ray_stand_in import Actor, Ray, ray_stood_in

LIMIT_S = 60.0
_SITE = """
[relay]
servers = ["nats://127.0.0.1:1"]
gateway = "site"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""


class Placed:
    """The actor of the pipeline on a machine."""

    def __init__(self, node: str) -> None:
        self.node = node

    def report(self) -> dict[str, str]:
        return {"node": self.node}


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    with ray_stood_in(monkeypatch) as stand_in:
        stand_in.nodes = {"a": {}, "b": {}}
        stand_in.actors["yard"] = Actor("yard", Placed("a"), {})
        yield stand_in


def test_every_machine_is_looked_at_after_a_change_until_nothing_is_left_and_once_in_a_while(
    ray: Ray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3, 0]
    monkeypatch.setattr(keeper, "node_name", lambda: "here")
    monkeypatch.setattr(
        keeper, "relay_left_over", lambda _settings, node: [LeftOver("yard", node, 3, left.pop() if left else 0)]
    )
    now = [1000.0]
    watch = LeftOverWatch(Assignment("yard", _SITE, str(tmp_path), "1"), ("yard",), lambda: now[0])

    def looked(at_s: float) -> list[str]:
        now[0], ray.tasks_on = at_s, []
        watch.look()
        return ray.tasks_on

    both = ["a", "b"]
    assert looked(1000.0) == both
    assert looked(1039.0) == both
    assert looked(1041.0) == []
    left += [2, 0]
    assert looked(1300.0) == []
    assert looked(1340.0) == both, "once in a while; two are left"
    assert looked(1379.0) == both, "until nothing is left"
    assert looked(1381.0) == []
    ray.actors["yard"].made.node = "b"
    assert looked(1400.0) == both, "it has moved"
    del ray.nodes["b"]
    assert looked(1500.0) == ["a"], "a machine has gone"


def test_the_keeper_looks_by_itself(ray: Ray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()

    def relayed(*_arguments: object) -> list[LeftOver]:
        looked.set()
        return []

    monkeypatch.setattr(keeper, "relay_left_over", relayed)
    assignment = Assignment("yard", _SITE, str(tmp_path), "1")
    made = Keeper(assignment, ("yard",))
    try:
        assert looked.wait(LIMIT_S)
        assert made.report() == {"digest": assignment.digest, "is_alive": True}
    finally:
        assert made.stop()
    assert ray.tasks_on

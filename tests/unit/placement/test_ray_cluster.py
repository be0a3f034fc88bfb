"""What `cluster run`, `status` and `stop` do with the actors of a site. Ray itself is a stand-in here."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from securos_trigger.placement.assignment import Assignment
from tests.unit.placement.ray_stand_in import Ray, ray_stood_in

_ONE_CPU = {"yard": {"CPU": 1.0}, "gate": {"CPU": 1.0}}


class Pipeline:
    """An actor without a process: it runs at once. `ended` has what was ended, in order."""

    ended: list[str] = []  # noqa: RUF012  emptied by the fixture

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.is_stopped = False

    def report(self) -> dict[str, Any]:
        digest = "" if self.is_stopped else self.assignment.digest
        known = {"pipeline": self.assignment.pipeline, "digest": digest, "node": "a"}
        return {**known, "state": "runs", "since": None, "starts": 1, "reason": ""}

    def stop(self) -> bool:
        self.is_stopped = True
        self.ended.append(self.assignment.pipeline)
        return True


class Keeper:
    """The keeper without its thread."""

    def __init__(self, assignment: Assignment, names: tuple[str, ...]) -> None:
        self.assignment = assignment
        self.names = names
        self.is_alive = True

    def report(self) -> dict[str, Any]:
        return {"digest": self.assignment.digest, "is_alive": self.is_alive}

    def stop(self) -> bool:
        self.is_alive = False
        return True


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    with ray_stood_in(monkeypatch) as stand_in:
        yield stand_in


@pytest.fixture
def cluster(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    from securos_trigger.placement import ray_cluster

    monkeypatch.setattr(ray_cluster, "PipelineActor", Pipeline)
    monkeypatch.setattr(ray_cluster, "Keeper", Keeper)
    Pipeline.ended.clear()
    return ray_cluster


def assigned(*names: str, text: str = "one") -> list[Assignment]:
    return [Assignment(name, text, "/site", "1") for name in names]


def states(found: list[Any]) -> dict[str, str]:
    return {one.pipeline: one.state for one in found}


def test_the_same_assignment_goes_on_and_another_one_starts_anew(cluster: ModuleType, ray: Ray) -> None:
    first = assigned("yard", "gate")
    assert states(cluster.place_all(first, _ONE_CPU)) == {"yard": "runs", "gate": "runs"}
    before = dict(ray.actors)
    cluster.place_all(first, _ONE_CPU)
    assert ray.actors == before
    assert Pipeline.ended == []
    assert cluster.end_others(["yard"]) == ["gate"]
    found = cluster.place_all(assigned("yard", text="two"), _ONE_CPU)
    assert (states(found), sorted(Pipeline.ended)) == ({"yard": "runs"}, ["gate", "yard"])
    assert ray.actors["yard"].made.assignment.text == "two"
    [keeper] = [one.made for name, one in ray.actors.items() if "keeper" in name]
    assert (keeper.assignment.text, keeper.names) == ("two", ("yard",))


def test_actors_that_a_stop_which_was_cut_off_has_left_are_made_again(cluster: ModuleType, ray: Ray) -> None:
    cluster.place_all(assigned("yard"), _ONE_CPU)
    before = dict(ray.actors)
    for actor in before.values():
        actor.made.stop()
    found = cluster.place_all(assigned("yard"), _ONE_CPU)
    assert states(found) == {"yard": "runs"}
    assert {name for name, actor in ray.actors.items() if actor is before[name]} == set()


def test_a_pipeline_without_a_machine_is_placed_anew_when_its_demands_change(cluster: ModuleType, ray: Ray) -> None:
    demands = {"yard": {"CPU": 1.0, "GPU": 1.0}}
    assert states(cluster.place_all(assigned("yard"), demands, 0.0)) == {"yard": "no_place"}
    assert cluster.lacking(demands["yard"]) == "no machine of the cluster has 1 CPU and 1 GPU (a has 1 CPU and 0 GPU)"
    assert states(cluster.place_all(assigned("yard", text="gpus = 0"), _ONE_CPU)) == {"yard": "runs"}


def test_a_pipeline_that_starts_again_at_that_moment_does_not_come_up_with_the_old_assignment(
    cluster: ModuleType, ray: Ray
) -> None:
    cluster.place_all(assigned("yard"), _ONE_CPU)
    ray.hang("yard")
    found = cluster.place_all(assigned("yard", text="two"), _ONE_CPU)
    assert [(one.state, one.digest) for one in found] == [("runs", assigned("yard", text="two")[0].digest)]


def test_the_state_of_each_and_the_end_of_all(cluster: ModuleType, ray: Ray) -> None:
    cluster.place_all(assigned("yard"), _ONE_CPU)
    assert states(cluster.look_at(["yard", "gate"])) == {"yard": "runs", "gate": "not_placed"}
    ray.actors["yard"].made.report = lambda: 1 / 0
    [found] = cluster.look_at(["yard"])
    assert (found.state, found.reason) == ("no_place", "division by zero")
    assert cluster.end_all() == ["yard"]
    assert (ray.actors, Pipeline.ended) == ({}, ["yard"])

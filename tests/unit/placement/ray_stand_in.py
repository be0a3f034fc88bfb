"""What `placement` uses of Ray, for tests on machines without it. `tests/integration/test_ray.py` uses the real one.

An actor lives in this process. One whose demands no node meets, or that `hang` names, does not answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from securos_trigger import placement


class RayError(Exception):
    """As `ray.exceptions.RayError`."""


@dataclass(slots=True)
class Asked:
    """A call to an actor, or a task. `value` is there when it `is_done`."""

    value: object
    is_done: bool


@dataclass(slots=True)
class Actor:
    """A named actor. `made` None: it has no place."""

    name: str
    made: Any
    demands: Mapping[str, float]
    is_hanging: bool = False

    def __getattr__(self, method: str) -> _Call:
        return _Call(self, method)


@dataclass(slots=True)
class _Call:
    actor: Actor
    method: str

    def remote(self) -> Asked:
        if self.actor.made is None or self.actor.is_hanging:
            return Asked(None, is_done=False)
        try:
            return Asked(getattr(self.actor.made, self.method)(), is_done=True)
        except Exception as error:  # noqa: BLE001  as Ray does, it is raised where the answer is looked at
            return Asked(RayError(str(error)), is_done=True)


@dataclass
class Ray:
    """A cluster: its nodes by name, with their resources, and its actors by name."""

    nodes: dict[str, dict[str, float]] = field(default_factory=lambda: {"a": {"CPU": 1.0}})
    actors: dict[str, Actor] = field(default_factory=dict)
    #: The nodes on which a task ran, in order.
    tasks_on: list[str] = field(default_factory=list)

    def hang(self, name: str) -> None:
        """Let an actor not answer, as one that is being restarted."""
        self.actors[name].is_hanging = True

    def make(self, kind: type[Any], options: Mapping[str, Any], arguments: Sequence[object]) -> None:
        name = options["name"]
        if name in self.actors:
            assert options["get_if_exists"]
            return
        demands = {"CPU": options["num_cpus"], "GPU": options["num_gpus"], **options["resources"]}
        has_place = any(all(node.get(key, 0.0) >= one for key, one in demands.items()) for node in self.nodes.values())
        self.actors[name] = Actor(name, kind(*arguments) if has_place else None, demands)

    def run(self, task: Any, options: Mapping[str, Any], arguments: Sequence[object]) -> Asked:
        self.tasks_on.append(options["scheduling_strategy"].node)
        return _Call(Actor("task", _Task(task, arguments), {}), "run").remote()

    def get_actor(self, name: str) -> Actor:
        if name not in self.actors:
            raise ValueError(f"there is no actor {name}")
        return self.actors[name]

    def module(self) -> ModuleType:
        """The module `ray`."""
        found: Any = ModuleType("ray")
        found.init = lambda **options: None
        found.shutdown = lambda: None
        found.remote = lambda what: _Remote(self, what, {})
        found.get_actor = self.get_actor
        found.kill = lambda actor, no_restart: self.actors.pop(actor.name)
        found.wait = _wait
        found.get = _get
        found.nodes = lambda: [
            {"NodeID": name, "NodeManagerHostname": name, "Alive": True, "Resources": has}
            for name, has in self.nodes.items()
        ]
        found.exceptions = ModuleType("ray.exceptions")
        found.exceptions.RayError = RayError
        found.util = ModuleType("ray.util")
        found.util.list_named_actors = lambda: list(self.actors)
        assert isinstance(found, ModuleType)
        return found


@dataclass(slots=True)
class _Task:
    task: Any
    arguments: Sequence[object]

    def run(self) -> object:
        return self.task(*self.arguments)


@dataclass(slots=True)
class _Remote:
    ray: Ray
    what: Any
    chosen: dict[str, Any]

    def options(self, **options: Any) -> _Remote:
        return _Remote(self.ray, self.what, options)

    def remote(self, *arguments: object) -> Asked | None:
        if isinstance(self.what, type):
            self.ray.make(self.what, self.chosen, arguments)
            return None
        return self.ray.run(self.what, self.chosen, arguments)


@dataclass(slots=True)
class _NodeAffinity:
    node: str
    soft: bool


def _wait(asked: Sequence[Asked], num_returns: int, timeout: float) -> tuple[list[Asked], list[Asked]]:
    assert timeout > 0
    assert num_returns == len(asked)
    return [one for one in asked if one.is_done], [one for one in asked if not one.is_done]


def _get(asked: Asked, timeout: float = 0.0) -> object:
    if not asked.is_done:
        raise RayError(f"no answer within {timeout:g} s")
    if isinstance(asked.value, RayError):
        raise asked.value
    return asked.value


@contextmanager
def ray_stood_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    """Have `import ray` give the stand-in; modules that have imported it are imported anew."""
    ray = Ray()
    module = ray.module()
    strategies: Any = ModuleType("ray.util.scheduling_strategies")
    strategies.NodeAffinitySchedulingStrategy = _NodeAffinity
    with monkeypatch.context() as patch:
        for name, made in {
            "ray": module,
            "ray.util": module.util,
            "ray.util.scheduling_strategies": strategies,
        }.items():
            patch.setitem(sys.modules, name, made)
        _forget(placement)
        yield ray
        _forget(placement)


def _forget(package: ModuleType) -> None:
    """Have `ray_cluster` imported anew, with the `ray` that is there then."""
    sys.modules.pop(f"{package.__name__}.ray_cluster", None)
    vars(package).pop("ray_cluster", None)

"""Places the pipelines of a site on the machines of a Ray cluster, says where each is, and ends them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import ray

from securos_trigger.placement.actor import PipelineActor
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.keeper import KEEPER, Keeper
from securos_trigger.placement.placed_pipeline import PlacedPipeline

_ANSWER_WITHIN_S: Final = 5.0
_LEAST_WAIT_S: Final = 0.5
_LOOK_EVERY_S: Final = 0.5
_PLACED_WITHIN_S: Final = 30.0
_STOPPED_WITHIN_S: Final = 30.0


def place_all(
    assignments: Sequence[Assignment], demands: Mapping[str, dict[str, float]], within_s: float = _PLACED_WITHIN_S
) -> list[PlacedPipeline]:
    """Place each pipeline, and leave those alone that are placed with the same assignment.

    One that does not say its assignment (it has no place, or starts again) is ended and placed again: it could come up
    with another one.
    Gives the state of each when all run, or after `within_s` seconds.
    """
    wanted = {one.pipeline: one for one in assignments}
    present = {one.pipeline: one for one in look_at(list(wanted))}
    _end([name for name, one in present.items() if one.state != "not_placed" and one.digest != wanted[name].digest])
    for name, assignment in wanted.items():
        _place(name, PipelineActor, demands[name], assignment)
    _keep(assignments)
    return _after_start(wanted, within_s)


def _after_start(wanted: Mapping[str, Assignment], within_s: float) -> list[PlacedPipeline]:
    """The pipelines as soon as all run or have ended as assigned, and as they are after `within_s` seconds."""
    give_up_at_ticks = time.monotonic() + within_s
    while True:
        left_s = give_up_at_ticks - time.monotonic()
        found = look_at(list(wanted), max(_LEAST_WAIT_S, min(left_s, _ANSWER_WITHIN_S)))
        if left_s <= 0 or all(_is_up(one, wanted[one.pipeline]) for one in found):
            return found
        time.sleep(_LOOK_EVERY_S)


def _is_up(found: PlacedPipeline, wanted: Assignment) -> bool:
    return found.state in ("runs", "ended") and found.digest == wanted.digest


def look_at(names: Sequence[str], within_s: float = _ANSWER_WITHIN_S) -> list[PlacedPipeline]:
    """Ask the actor of each pipeline. One that does not answer within the time has no place now."""
    asked = {}
    for name in names:
        try:
            asked[name] = ray.get_actor(name).report.remote()
        except ValueError:
            continue
    done: list[Any] = []
    if asked:
        done, _ = ray.wait(list(asked.values()), num_returns=len(asked), timeout=within_s)
    return [_answer(name, asked.get(name), done) for name in names]


def end_others(wanted: Collection[str]) -> list[str]:
    """End the pipelines of the site that are not wanted any more; gives their names."""
    others = [name for name in _placed_names() if name not in wanted and name != KEEPER]
    _end(others)
    return others


def end_all() -> list[str]:
    """End all pipelines of the site, whatever the configuration says now; gives their names."""
    names = _placed_names()
    _end(names)
    return [name for name in names if name != KEEPER]


def lacking(demands: Mapping[str, float]) -> str:
    """Why no machine that is there now can take a pipeline with these demands; empty when one can, if it is free."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    if any(all(node["Resources"].get(name, 0) >= amount for name, amount in demands.items()) for node in nodes):
        return ""
    has = "; ".join(f"{node['NodeManagerHostname']} has {_amounts(node['Resources'], demands)}" for node in nodes)
    return f"no machine of the cluster has {_amounts(demands, demands)} ({has})"


def _amounts(found: Mapping[str, float], names: Mapping[str, float]) -> str:
    return " and ".join(f"{found.get(name, 0):g} {name}" for name in names)


def _place(name: str, kind: type[Any], demands: Mapping[str, float], *arguments: object) -> None:
    others = {key: amount for key, amount in demands.items() if key not in ("CPU", "GPU")}
    ray.remote(kind).options(
        name=name,
        lifetime="detached",
        max_restarts=-1,
        max_task_retries=0,
        get_if_exists=True,
        max_concurrency=4,
        num_cpus=demands.get("CPU", 0),
        num_gpus=demands.get("GPU", 0),
        resources=others,
    ).remote(*arguments)


def _keep(assignments: Sequence[Assignment]) -> None:
    """Have a keeper with the present configuration."""
    first = assignments[0]
    try:
        report = ray.get(ray.get_actor(KEEPER).report.remote(), timeout=_ANSWER_WITHIN_S)
        if report["digest"] == first.digest and report["is_alive"]:
            return
    except (ValueError, ray.exceptions.RayError):
        pass  # there is none, or it does not answer: it is made again
    _end([KEEPER])
    _place(KEEPER, Keeper, {}, first, tuple(one.pipeline for one in assignments))


def _placed_names() -> list[str]:
    return list(ray.util.list_named_actors())


def _end(names: Sequence[str]) -> None:
    """End these actors: their processes first, as after SIGTERM, so that each gives its lease up."""
    actors = {}
    for name in names:
        try:
            actors[name] = ray.get_actor(name)
        except ValueError:
            continue
    if not actors:
        return
    asked = [actor.stop.remote() for actor in actors.values()]
    ray.wait(asked, num_returns=len(asked), timeout=_STOPPED_WITHIN_S)
    for actor in actors.values():
        ray.kill(actor, no_restart=True)


def _answer(name: str, asked: Any, done: Sequence[Any]) -> PlacedPipeline:
    if asked is None:
        return PlacedPipeline(name, "not_placed")
    if asked not in done:
        return PlacedPipeline(name, "no_place")
    try:
        report = ray.get(asked)
    except ray.exceptions.RayError as error:
        return PlacedPipeline(name, "no_place", reason=str(error).splitlines()[0])
    fields = ("state", "node", "since", "starts", "reason", "digest")
    return PlacedPipeline(name, *(report[field] for field in fields))

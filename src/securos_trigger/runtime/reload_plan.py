"""What changes between the settings in force and new ones: a pure function, asked before anything is touched."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from securos_trigger.config.hot_reload import NEEDS_RESTART
from securos_trigger.config.named_cameras import named_cameras
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.config.settings_changes import names_that_differ, step_between
from securos_trigger.inputs.source_settings import InputSourceSettings
from securos_trigger.model import Address
from securos_trigger.runtime.connections import first_of_each_target
from securos_trigger.trigger.properties import TriggerProperties

#: Properties that say how a receiver is reached and served.
_OF_TARGET: Final = ("iss_password", "iss_certificate_sha256", "iss_ca_file", "record_max_lateness")
#: Settings of the outbox that say how every receiver is served.
_OF_ALL_TARGETS: Final = {"expire_after_days", "late_per_s", "idle_check_s"}


@dataclass(frozen=True, slots=True)
class ReloadPlan:
    """What a reload does, or why it is refused. Pipelines are named; nodes are given by address, targets as texts.

    `nodes` are the trigger nodes that stay and change, each with the names of what changed. `served` are the targets
    that are new or served otherwise; `to_examine` are those that are new, reached otherwise or asked for other cameras.
    `changes` are sentences for a person, `refusals` too; no secret is in them.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    nodes: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    served: tuple[str, ...] = ()
    removed_targets: tuple[str, ...] = ()
    to_examine: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def plan_reload(
    old: Settings,
    new: Settings,
    *,
    stale_pipelines: Mapping[str, str] = MappingProxyType({}),
    stale_targets: Collection[str] = (),
) -> ReloadPlan:
    """The way from the old settings to the new ones.

    Although their settings may be the same, `stale_pipelines` are to start again, each for a reason in words, and
    `stale_targets` are reached otherwise, because a CA file was written.
    """
    if refusals := tuple(_refusals(old, new)):
        return ReloadPlan(refusals=refusals)
    before, after = _by_name(old), _by_name(new)
    identity = tuple(names_that_differ(old.identity, new.identity))
    zone = ("time_zone",) if old.time_zone != new.time_zone else ()
    whys = {
        name: _why_restart(before[name], after[name], bool(identity), stale_pipelines.get(name, ""))
        for name in after
        if name in before
    }
    why = {name: text for name, text in whys.items() if text}
    nodes = _changed_nodes(old, new, (*identity, *zone))
    otherwise, removed_targets = _targets(old, new, stale_targets)
    return ReloadPlan(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        restarted=tuple(why),
        nodes=nodes,
        served=_served(old, new, otherwise),
        removed_targets=removed_targets,
        to_examine=_to_examine(old, new, otherwise),
        changes=(
            *_table_sentences(old, new),
            *_pipeline_sentences(before, after, why),
            *_node_sentences(old, new, nodes),
            *_target_sentences(old, otherwise, removed_targets),
        ),
    )


def analytics_of(pipeline: PipelineSettings) -> tuple[Any, ...]:
    """The settings of the nodes that are no trigger nodes, in order."""
    return tuple(node for node in pipeline.nodes if not isinstance(node, TriggerSettings))


def target_properties(settings: Settings) -> dict[str, TriggerProperties]:
    """The properties that each target is served with."""
    return first_of_each_target(trigger.properties for trigger in settings.trigger_nodes().values())


# -- what is different


def _refusals(old: Settings, new: Settings) -> Iterator[str]:
    for entry in NEEDS_RESTART:
        table, _, setting = entry.partition(".")
        before, after = getattr(old, table), getattr(new, table)
        if before is None or after is None:  # [relay], [images]
            if before is not after:
                yield f"{table} needs a restart ({'it is new' if before is None else 'it was removed'})"
            continue
        for name in names_that_differ(before, after):
            if setting and name != setting:
                continue
            yield f"{table}.{name} needs a restart ({_step(before, after, name)})"


def _why_restart(before: PipelineSettings, after: PipelineSettings, has_other_identity: bool, stale: str) -> str:
    """What changed in a pipeline that makes it start again: its source, its analytics, its sink. Empty: nothing."""
    if isinstance(after.source, InputSourceSettings) and before.triggers != after.triggers:
        return "changed: the trigger nodes of its cameras"
    reasons = [
        what
        for what, one, other in (("source", before.source, after.source), ("sink", before.sink, after.sink))
        if type(one) is not type(other) or names_that_differ(one, other)  # what others are called changes nothing
    ]
    old_nodes, new_nodes = analytics_of(before), analytics_of(after)
    if old_nodes != new_nodes:
        known = {node.id: node for node in old_nodes}
        changed = [node.id for node in new_nodes if known.pop(node.id, None) != node]
        reasons += [*changed, *known] or ["the order of its nodes"]
    elif has_other_identity and any(node.type == "function" for node in new_nodes):
        reasons.append("identity, which its functions see")
    return f"changed: {', '.join(reasons)}" if reasons else stale


def _changed_nodes(old: Settings, new: Settings, of_all: tuple[str, ...]) -> dict[Address, tuple[str, ...]]:
    before = old.trigger_nodes()
    changed = {}
    for address, node in new.trigger_nodes().items():
        if address in before:
            names = (*names_that_differ(before[address].properties, node.properties), *of_all)
            if names:
                changed[address] = names
    return changed


def _targets(old: Settings, new: Settings, stale_targets: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets that are new or reached otherwise, and those that no node sends to any more."""
    before, after = target_properties(old), target_properties(new)
    served = tuple(
        target
        for target, properties in after.items()
        if target not in before
        or target in stale_targets
        or any(getattr(before[target], name) != getattr(properties, name) for name in _OF_TARGET)
    )
    return served, tuple(target for target in before if target not in after)


def _served(old: Settings, new: Settings, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """All targets, when the outbox says in another way how deliveries are made; else those of `otherwise`."""
    return (
        tuple(target_properties(new)) if _OF_ALL_TARGETS & {*names_that_differ(old.outbox, new.outbox)} else otherwise
    )


def _to_examine(old: Settings, new: Settings, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """The targets of `otherwise`, and those that are to know a camera which was not asked of them before."""
    before, now = named_cameras(old), named_cameras(new)
    return (
        *otherwise,
        *(target for target in now if target not in otherwise and now[target] - before.get(target, set())),
    )


def _by_name(settings: Settings) -> dict[str, PipelineSettings]:
    return {pipeline.name: pipeline for pipeline in settings.pipelines}


# -- in words


def _table_sentences(old: Settings, new: Settings) -> Iterator[str]:
    if old.time_zone != new.time_zone:
        yield f"time_zone: {_step(old, new, 'time_zone')}"
    for table in ("identity", "outbox", "health"):
        before, after = getattr(old, table), getattr(new, table)
        for name in names_that_differ(before, after):
            yield f"{table}.{name}: {_step(before, after, name)}"


def _pipeline_sentences(before: Mapping[str, Any], after: Mapping[str, Any], why: Mapping[str, str]) -> Iterator[str]:
    for name in after:
        if name not in before:
            yield f"{name}: a new pipeline, started"
        elif name in why:
            yield f"{name}: started again ({why[name]})"
    for name in before:
        if name not in after:
            yield f"{name}: ended, because the configuration does not have it any more"


def _node_sentences(old: Settings, new: Settings, nodes: Mapping[Address, tuple[str, ...]]) -> Iterator[str]:
    before, after = old.trigger_nodes(), new.trigger_nodes()
    names = {pipeline.name for pipeline in old.pipelines} & {pipeline.name for pipeline in new.pipelines}
    for address, trigger in after.items():
        if address in before:
            own = [name for name in nodes.get(address, ()) if name in TriggerProperties.model_fields]
            if own:
                steps = (f"{name} {_step(before[address].properties, trigger.properties, name)}" for name in own)
                yield f"{address}: {', '.join(steps)}"
        elif address.pipeline in names:
            yield f"{address}: a new trigger node"
    for address in before:
        if address not in after and address.pipeline in names:
            yield f"{address}: removed"


def _target_sentences(old: Settings, served: tuple[str, ...], removed: tuple[str, ...]) -> Iterator[str]:
    known = target_properties(old)
    new = [target for target in served if target not in known]
    for target in served:
        yield f"{target}: events go there with the changed settings" if target in known else f"{target}: a new receiver"
    for target in removed:
        move = f"`securos-trigger outbox move CONFIG {target} {new[0] if len(new) == 1 else 'NEW'}`"
        yield f"{target}: no node sends to it any more; what waits stays in the outbox. A new address gets it by {move}"


def _step(before: Any, after: Any, name: str) -> str:
    return step_between(getattr(before, name), getattr(after, name))

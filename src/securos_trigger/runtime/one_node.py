"""The settings of one trigger node, for a program that has its frames from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import (
    IdentitySettings,
    LedgerSettings,
    OutboxSettings,
    PipelineSettings,
    Settings,
    TriggerSettings,
)
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.trigger.properties import TriggerProperties


def settings_of_one_node(
    properties_or_config: Mapping[str, Any] | Settings | Path | str,
    node_id: str,
    context: Mapping[str, str] | None,
    outbox: Path | None = None,
) -> Settings:
    """The settings of one trigger node, in the only pipeline. `outbox` is used with properties alone."""
    if isinstance(properties_or_config, Settings):
        return with_one_trigger(properties_or_config, node_id)
    if not isinstance(properties_or_config, Mapping):
        return with_one_trigger(read_config(properties_or_config), node_id)
    bare = TriggerSecurOSEvent(node_id=node_id or "trigger1", context=context, **properties_or_config)
    identity = {name: getattr(bare.context, name) for name in IdentitySettings.model_fields}
    return Settings(
        identity=IdentitySettings(**identity),
        time_zone=bare.context.time_zone,
        outbox=OutboxSettings(path=outbox or _own_outbox(bare.node_id, bare.properties)),
        pipelines=(PipelineSettings("", None, (TriggerSettings(bare.node_id, bare.properties),), None),),
        ledger=LedgerSettings(enabled=False),
    )


def _own_outbox(node_id: str, properties: TriggerProperties) -> Path:
    """A file for this node and receiver, so that several scripts on a machine do not ask for the same one."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"outbox-{node_id}-{properties.iss_ip}-{properties.iss_port}.sqlite")
    return default_outbox_path().with_name(name)


def with_one_trigger(config: Settings, name: str) -> Settings:
    """A configuration with nothing but the trigger node that `name` means, or its only one."""
    return replace(config, pipelines=(PipelineSettings("", None, (trigger_named(config, name)[1],), None),))


def trigger_named(config: Settings, name: str) -> tuple[str, TriggerSettings]:
    """The trigger node that `name` means, with the name of its pipeline. Empty: the only one.

    `name` is the node's address (`yard/alarm`), its id or the name of its pipeline, as long as it means one node only.
    """
    triggers = [(pipeline.name, trigger) for pipeline in config.pipelines for trigger in pipeline.triggers]
    known = [f"{pipeline}/{trigger.id}" for pipeline, trigger in triggers]
    meant = [found for found in triggers if not name or name in (found[0], found[1].id, f"{found[0]}/{found[1].id}")]
    if len(meant) == 1:
        return meant[0]
    if name and not meant:
        names = list(dict.fromkeys(part for found in triggers for part in (found[1].id, found[0])))
        mistake = Mistake("node_id", f'there is no trigger node "{name}"', did_you_mean(name, [*names, *known]))
    elif name:
        several = ", ".join(f"{pipeline}/{trigger.id}" for pipeline, trigger in meant)
        mistake = Mistake("node_id", f'"{name}" means {len(meant)} trigger nodes ({several})', "Say which one.")
    else:
        listed = ", ".join(trigger.id for _, trigger in triggers) or "none"
        mistake = Mistake(
            "", f"{len(triggers)} trigger nodes are in the configuration ({listed})", "Say which with node_id=…"
        )
    raise ConfigurationError([mistake], config.source)

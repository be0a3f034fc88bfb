"""`running`: one trigger node of a program of your own, with everything that keeps and delivers its events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import (
    IdentitySettings,
    OutboxSettings,
    PipelineSettings,
    Settings,
    TriggerSettings,
)
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.health import HealthSettings
from securos_trigger.ledger import open_ledger
from securos_trigger.ledger.settings import LedgerSettings
from securos_trigger.notices import Announcer, Observer, log_notice
from securos_trigger.runtime.dispatch import DRAIN_S, Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.validation.mistakes import did_you_mean


@contextmanager
def running(
    properties_or_config: Mapping[str, Any] | Settings | Path | str,
    *,
    node_id: str = "",
    context: Mapping[str, str] | None = None,
    outbox: Path | None = None,
    ledger: Path | None = None,
    health: HealthSettings | None = None,
    observers: tuple[Observer, ...] = (log_notice,),
    drain_s: float = DRAIN_S,
) -> Iterator[LiveNode]:
    """A trigger node whose events are kept on disk and delivered, for as long as the `with` block lasts.

    `properties_or_config` is a mapping of the node's properties, or a configuration file (its path, or its
    `Settings`): then the file's trigger node is taken, `node_id` says which one when there are several. `context`
    goes with properties (see `TriggerSecurOSEvent`). `outbox` is the file events are kept in; by default the
    configuration's, or one for this node and receiver in the user's state folder. `ledger` is the file decisions are
    written to; by default the configuration's, and with properties none (they are held in memory). `health` has the
    thresholds for what goes to `health_camera_ids`; by default the configuration's, and with properties the defaults
    (docs/health.md). At the end up to `drain_s` seconds are given to what is due; `outbox_left` says what waits then.

    The node does not survive a fork: its threads are not in the child. A child process calls `running` itself, with an
    outbox of its own.

    Raises ConfigurationError for mistakes, OutboxOwnedError when another process uses the same outbox.
    """
    settings = _settings_of(properties_or_config, node_id, context)
    settings = replace(settings, health=health or settings.health)
    if outbox is not None:
        settings = replace(settings, outbox=settings.outbox.model_copy(update={"path": outbox}))
    if ledger is not None:
        settings = replace(settings, ledger=settings.ledger.model_copy(update={"path": ledger, "enabled": True}))
    [trigger] = settings.pipelines[0].triggers
    status = ServiceStatus(settings)
    with ExitStack() as stack:
        records = stack.enter_context(open_ledger(settings.ledger, settings.outbox.path, Announcer(observers)))
        announcer = Announcer((*observers, records.observe, status.observe))
        dispatch = stack.enter_context(Dispatch(settings.outbox, announcer, records, settings.health, status))
        live = dispatch.add(trigger.properties, settings.context(trigger.id))
        dispatch.start()
        try:
            yield live
        except Exception:
            live.heartbeat.has_failed = True
            raise
        finally:
            dispatch.end(drain_s)


def _settings_of(
    properties_or_config: Mapping[str, Any] | Settings | Path | str, node_id: str, context: Mapping[str, str] | None
) -> Settings:
    """The settings of one trigger node, in the only pipeline."""
    if isinstance(properties_or_config, Settings):
        return _with_one_trigger(properties_or_config, node_id)
    if not isinstance(properties_or_config, Mapping):
        return _with_one_trigger(read_config(properties_or_config), node_id)
    bare = TriggerSecurOSEvent(node_id=node_id or "trigger1", context=context, **properties_or_config)
    identity = {name: getattr(bare.context, name) for name in IdentitySettings.model_fields}
    return Settings(
        identity=IdentitySettings(**identity),
        time_zone=bare.context.time_zone,
        outbox=OutboxSettings(path=_own_outbox(bare.node_id, bare.properties)),
        pipelines=(PipelineSettings("", None, (TriggerSettings(bare.node_id, bare.properties),), None),),
        ledger=LedgerSettings(enabled=False),
    )


def _own_outbox(node_id: str, properties: TriggerProperties) -> Path:
    """A file for this node and receiver, so that several scripts on a machine do not ask for the same one."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"outbox-{node_id}-{properties.iss_ip}-{properties.iss_port}.sqlite")
    return default_outbox_path().with_name(name)


def _with_one_trigger(config: Settings, node_id: str) -> Settings:
    """A configuration with nothing but the trigger node that `node_id` names, or its only one."""
    triggers = {trigger.id: trigger for pipeline in config.pipelines for trigger in pipeline.triggers}
    if node_id and node_id not in triggers:
        raise ConfigurationError(
            [Mistake("node_id", f'there is no trigger node "{node_id}"', did_you_mean(node_id, list(triggers)))],
            config.source,
        )
    if not node_id and len(triggers) != 1:
        known = ", ".join(triggers) or "none"
        raise ConfigurationError(
            [Mistake("", f"{len(triggers)} trigger nodes stand here ({known})", "Say which with node_id=…")],
            config.source,
        )
    trigger = triggers[node_id] if node_id else next(iter(triggers.values()))
    return replace(config, pipelines=(PipelineSettings("", None, (trigger,), None),))

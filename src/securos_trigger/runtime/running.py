"""`running`: one trigger node of a program of your own, with everything that keeps and delivers its events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import OutboxSettings, Settings, default_outbox_path
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.health import HealthSettings
from securos_trigger.ledger import open_ledger
from securos_trigger.ledger.settings import LedgerSettings
from securos_trigger.notices import Announcer, Observer, log_notice
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.rules import Context
from securos_trigger.validation.mistakes import did_you_mean

#: How long the end of `running` waits for deliveries that are due; what is left stays in the outbox.
DRAIN_S = 5.0


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
    (docs/health.md). At the end up to `drain_s` seconds are given to what is due.

    The node does not survive a fork: its threads are not in the child. A child process calls `running` itself, with an
    outbox of its own.

    Raises ConfigurationError for mistakes, OutboxOwnedError when another process uses the same outbox.
    """
    if isinstance(properties_or_config, Mapping):
        bare = TriggerSecurOSEvent(node_id=node_id or "trigger1", context=context, **properties_or_config)
        properties, identity = bare.properties, bare.context
        settings = OutboxSettings(path=_own_outbox(identity.node_id, properties))
        ledger_settings = LedgerSettings(enabled=False)
    else:
        is_read = isinstance(properties_or_config, Settings)
        config = properties_or_config if is_read else read_config(properties_or_config)  # type: ignore[arg-type]
        assert isinstance(config, Settings)
        properties, identity, settings = _only_trigger(config, node_id)
        ledger_settings = config.ledger
        health = health or config.health
    if outbox is not None:
        settings = settings.model_copy(update={"path": outbox})
    if ledger is not None:
        ledger_settings = ledger_settings.model_copy(update={"path": ledger, "enabled": True})
    with (
        open_ledger(ledger_settings, settings.path, Announcer(observers)) as book,
        Dispatch(settings, Announcer((*observers, book.observe)), book, health) as dispatch,
    ):
        live = dispatch.add(properties, identity)
        dispatch.start()
        try:
            yield live
        except Exception:
            live.heartbeat.has_failed = True
            raise
        finally:
            dispatch.stop_watching()
            dispatch.drain(drain_s)


def _own_outbox(node_id: str, properties: TriggerProperties) -> Path:
    """A file for this node and receiver, so that several scripts on a machine do not ask for the same one."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"outbox-{node_id}-{properties.iss_ip}-{properties.iss_port}.sqlite")
    return default_outbox_path().with_name(name)


def _only_trigger(config: Settings, node_id: str) -> tuple[TriggerProperties, Context, OutboxSettings]:
    """The trigger node of a configuration that `node_id` names, or its only one."""
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
    return trigger.properties, config.context(trigger.id), config.outbox

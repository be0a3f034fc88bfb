"""`running`: one trigger node of a program of your own, with everything that keeps and delivers its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from securos_trigger.config.settings import Settings
from securos_trigger.health import HealthSettings
from securos_trigger.notices import Announcer, Observer, log_notice
from securos_trigger.runtime.dispatch import DRAIN_S, Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.one_node import settings_of_one_node
from securos_trigger.runtime.open_ledger import open_ledger
from securos_trigger.runtime.status import ServiceStatus


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
    settings = settings_of_one_node(properties_or_config, node_id, context, outbox)
    settings = replace(settings, health=health or settings.health)
    if outbox is not None:
        settings = replace(settings, outbox=settings.outbox.model_copy(update={"path": outbox}))
    if ledger is not None:
        settings = replace(settings, ledger=settings.ledger.model_copy(update={"path": ledger, "enabled": True}))
    [trigger] = settings.pipelines[0].triggers
    status = ServiceStatus(settings)
    with ExitStack() as stack:
        early = Announcer((*observers, status.observe))
        records = stack.enter_context(open_ledger(settings.ledger, settings.outbox.path, early, settings.file))
        announcer = Announcer((*observers, records.observe, status.observe))
        dispatch = stack.enter_context(
            Dispatch(settings.outbox, announcer, records, settings.health, status, settings.relay)
        )
        live = dispatch.add(trigger.properties, settings.context(trigger.id))
        dispatch.start()
        try:
            yield live
        except Exception:
            live.heartbeat.has_failed = True
            raise
        finally:
            dispatch.end(drain_s)

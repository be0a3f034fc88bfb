"""Drop what waits for a receiver that no node sends to any more: nothing else can settle it before it expires."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from securos_trigger.errors import ConflictError
from securos_trigger.operations.outbox import ChangedRows, RowChoice, drop_rows
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.status import service_status
from securos_trigger.outbox import State

#: The trouble of such a receiver in the answer of a running service.
NOT_SERVED = "not_served"


def drop_unserved(config: Path, target: str) -> ChangedRows:
    """Delete the events that wait for a receiver which neither the file nor the running service sends to.

    ConflictError: one of them does. OutboxError: the outbox does not answer.
    """
    settings = remembered_settings(config)
    if any(str(node.properties.target) == target for node in settings.trigger_nodes().values()):
        raise ConflictError(
            f"A node of the configuration sends to {target}: its events are delivered. Nothing was dropped."
        )
    served = service_status(config, now=datetime.now(UTC)).answer.get("targets", ())
    if any(one["target"] == target and one["trouble"] != NOT_SERVED for one in served):
        raise ConflictError(
            f"The running service still sends to {target}. Reload it, then drop the events. Nothing was dropped."
        )
    return drop_rows(settings.outbox.path, State.WAITING, RowChoice(target=target))

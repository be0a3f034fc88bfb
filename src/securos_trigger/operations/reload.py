"""Apply a changed configuration to the running service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import read_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.operations.status import file_mistake
from securos_trigger.runtime.control import ReloadRequest, ask


@dataclass(frozen=True, slots=True)
class Reloaded:
    """How it ended: what was changed, as sentences; or why nothing was (`reason`, empty when it is done).

    `is_running` is False when there is no service that could take it.
    """

    changes: tuple[str, ...] = ()
    reason: str = ""
    is_running: bool = True

    @property
    def is_done(self) -> bool:
        """True when the service runs with the configuration now."""
        return not self.reason

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"is_done": self.is_done, "changes": list(self.changes), "reason": self.reason}


def reload_service(config: Path) -> Reloaded:
    """Have the service that runs with `config` read it again, and wait until it has. OutboxError: it does not answer.

    The service reads the file itself: secrets are looked for in its environment, not in this one.
    """
    try:
        outbox = read_config(config, has_secrets=False, may_be_empty=True).outbox.path
    except ConfigurationError as error:
        return Reloaded(reason=str(error), is_running=file_mistake(config) is not None)
    answer = ask(outbox, ReloadRequest(path=str(config.absolute())), Announcer([log_notice]))
    if not answer["is_running"]:
        reason = f"{answer['reason']} If outbox.path was changed in the file, that needs a restart."
        return Reloaded(reason=reason, is_running=False)
    return Reloaded(tuple(answer["changes"]), answer["reason"])

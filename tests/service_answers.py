"""What a service that a test has started says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from securos_trigger.errors import OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import StatusRequest, ask


def status_of(outbox: Path) -> dict[str, Any]:
    """The answer of the service with this outbox; empty while it loads."""
    try:
        return ask(outbox, StatusRequest(), Announcer())
    except OutboxOwnedError:
        return {}

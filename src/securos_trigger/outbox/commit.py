"""What one commit of the writer made true."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from securos_trigger.model import Event
from securos_trigger.outbox.messages import Put


@dataclass(slots=True)
class Commit:
    """What one commit made true: reported when it has returned."""

    kept: list[Event] = field(default_factory=list)
    already_there: list[Event] = field(default_factory=list)
    not_kept: list[tuple[Put, str]] = field(default_factory=list)
    answers: list[tuple[Future[Any], Any]] = field(default_factory=list)
    settled_count: int = 0

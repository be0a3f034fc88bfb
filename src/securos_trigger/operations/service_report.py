"""The state of a service: a verdict, its troubles, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from securos_trigger.errors import OutboxError
from securos_trigger.errors.wording import STARTS_IT
from securos_trigger.operations.trouble import Headline, Rank, Trouble, headline_of
from securos_trigger.system.files import may_look_at
from securos_trigger.system.owners import as_owner


class Verdict(StrEnum):
    """What a person has to know first."""

    HEALTHY = "healthy"
    #: It runs, and a person must act.
    TROUBLE = "trouble"
    #: Its process has the outbox, and cannot be asked yet.
    STARTING = "starting"
    NOT_RUNNING = "not_running"


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """The state of the service. `answer` is its own (docs/control.md), `troubles` are the worst first.

    `has_answered` is False for a service that runs, and does not answer. `starts_it` says how one that does not run is
    started, with CONFIG for its file.
    """

    verdict: Verdict
    troubles: tuple[Trouble, ...]
    answer: dict[str, Any]
    has_answered: bool = True
    starts_it: str = STARTS_IT

    @property
    def headline(self) -> Headline | None:
        """The first words about it where events are held up, or it sees nothing. None: there are no such words."""
        return headline_of(self.troubles)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"verdict": self.verdict, "troubles": [one.to_json() for one in self.troubles], **self.answer}


def without_answer(error: OutboxError, answer: dict[str, Any], place: Path) -> ServiceReport:
    """The report of a service that may run and cannot be asked, for the reason of `error`, with what to do about it.

    `place` is that of its control channel.
    """
    text, fix = str(error), "Stop it and start it again, if that goes on."
    if isinstance(error.__cause__, PermissionError):
        fix = f"Ask {as_owner(place)}. It need not be restarted."
        if not may_look_at(place):
            text = f"Whether a service runs is not known: this user may not look into {place.parent}"
            fix = f"Ask {as_owner(place)}, or let outbox.path name a folder of this user."
    trouble = Trouble(text, fix, needs_person=True, rank=Rank.SERVICE)
    return ServiceReport(Verdict.TROUBLE, (trouble,), answer, has_answered=False)

"""Apply a changed configuration to the running service."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.config.never_fires import NEVER_FIRES
from securos_trigger.config.reader import parse_config, read_config, read_text
from securos_trigger.errors import ConfigurationError, Mistake, OutboxError, OutcomeUnknownError
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.status import file_mistake, outbox_in_use
from securos_trigger.runtime.control import ReloadRequest, ask


@dataclass(frozen=True, slots=True)
class Reloaded:
    """How it ended: what was changed, as sentences; or why nothing was (`reason`, empty when it is done).

    `is_running` is False when there is no service that could take it. `receivers` are those that are new, reached
    otherwise or asked for other cameras, to which nothing was sent yet: `receivers_now` looks at them.
    `is_known` False: the service had begun and does not answer, so that perhaps it has taken the file.
    """

    changes: tuple[str, ...] = ()
    reason: str = ""
    is_running: bool = True
    receivers: tuple[str, ...] = ()
    is_known: bool = True

    @property
    def is_done(self) -> bool:
        """True when the service runs with the configuration now."""
        return not self.reason

    def to_json(self) -> dict[str, Any]:
        """Plain data. `is_done` None: it is not known."""
        is_done = self.is_done if self.is_known else None
        return {"is_done": is_done, "changes": list(self.changes), "reason": self.reason}


def reload_service(config: Path) -> Reloaded:
    """Have the service that runs with `config` read it again, and wait until it has. OutboxError: it does not answer.

    The service reads the file itself: secrets are looked for in its environment, not in this one. It is asked about a
    file with mistakes, too, so that its log has the refusal.
    """
    mistakes = ""
    try:
        remembered_settings(config)
    except ConfigurationError as error:
        mistakes = str(error)
        is_running = file_mistake(config) is not None
        if not is_running or is_deliver_config(config):
            return Reloaded(reason=mistakes, is_running=is_running)
    try:
        outbox = outbox_in_use(config)
    except ConfigurationError as error:
        return Reloaded(reason=str(error), is_running=False)
    answer = ask(outbox, ReloadRequest(path=str(config.absolute())), Announcer([log_notice]))
    if not answer["is_running"]:
        reason = f"{answer['reason']} If outbox.path was changed in the file, that needs a restart."
        return Reloaded(reason=mistakes or reason, is_running=False)
    receivers = tuple(answer.get("receivers", ()))  # a service of an older version does not say it
    reason = answer["reason"] and (mistakes or answer["reason"])  # mistakes name the file as this command was given it
    return Reloaded(tuple(answer["changes"]), reason, receivers=receivers)


def taken_by_service(config: Path) -> Reloaded | None:
    """How the running service took a file that has just been saved; None: no service runs.

    The save stands, whatever the service does: where it does not answer, that is the `reason`.
    """
    try:
        reloaded = reload_service(config)
    except OutboxError as error:
        return Reloaded(reason=str(error), is_known=not isinstance(error, OutcomeUnknownError))
    return reloaded if reloaded.is_running else None


def reload_warnings(config: Path, before: str | None) -> tuple[str, ...]:
    """What `check` says of each trigger node that can raise no event, and what it did not say of the text `before`.

    Sentences; none for a file with a mistake. `before` None: it is not known what the service had read.
    """
    try:
        found = _warnings(read_text(config), config)
    except ConfigurationError:  # it is gone since the reload
        return ()
    earlier = None if before is None else {(one.place, one.what) for one in _warnings(before, config)}
    why = "`securos-trigger check CONFIG` says why."
    never = [dataclasses.replace(one, fix=why) for one in found if one.what == NEVER_FIRES]
    others = [one for one in found if earlier is not None and (one.place, one.what) not in earlier]
    return tuple(map(str, (*never, *(one for one in others if one.what != NEVER_FIRES))))


def _warnings(text: str, config: Path) -> tuple[Mistake, ...]:
    try:
        return parse_config(
            text, base=config.parent, source=str(config), has_secrets=False, has_all_warnings=True, may_be_empty=True
        ).placed_warnings
    except ConfigurationError:  # written since the reload
        return ()


@dataclass(frozen=True, slots=True)
class ReceiverNow:
    """What an examination of a receiver found: `failure` and `fix`, both empty when events can be delivered.

    A receiver has one for each thing that failed: two cameras that it does not have are two.

    `accepts_password` False without a failure: the receiver tries a password with events only, as Lumeo's script.
    `is_examined` False: it could not be asked from here, and `failure` says why.
    """

    target: str
    failure: str = ""
    fix: str = ""
    accepts_password: bool = False
    is_examined: bool = True

    @property
    def has_failed(self) -> bool:
        """True when no event can be delivered, or not for one of its cameras."""
        return self.is_examined and bool(self.failure)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return dataclasses.asdict(self)


def receivers_now(config: Path, targets: Sequence[str]) -> Iterator[ReceiverNow]:
    """Examine receivers after a reload, as the doctor does, without sending an event. It may take seconds for each.

    Nothing for a gateway: its receivers are reached from where `deliver` runs.
    """
    from securos_trigger.operations.doctor import receiver_findings

    try:
        settings = read_config(config)
    except ConfigurationError as error:  # its secrets may be those of the service alone
        why, fix = str(error.mistakes[0]).splitlines()[0], "`securos-trigger status CONFIG` says how it goes."
        yield from (ReceiverNow(one, why, fix, is_examined=False) for one in targets)
        return
    for target in () if settings.relay is not None else targets:
        found = receiver_findings(config, settings, target)
        failed = [one for one in found if one.status.value == "failed"]
        for one in failed:
            about = f"{one.subject}: " if one.subject.startswith("camera ") else ""
            yield ReceiverNow(target, f"{about}{one.text}", one.fix)
        if not failed:
            is_accepted = any((one.subject, one.status.value) == ("password", "ok") for one in found)
            yield ReceiverNow(target, accepts_password=is_accepted)

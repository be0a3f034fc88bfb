"""Which cameras a receiver knows, where it refuses events for one that it does not: asked when a person looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import ConfigurationError, ConflictError, NotFoundError
from securos_trigger.errors.suggestions import nearest
from securos_trigger.errors.wording import some_of
from securos_trigger.operations.service_report import ServiceReport
from securos_trigger.operations.trouble import Trouble, commands_for

#: How a receiver names a camera that it does not know (docs/receiver.md).
_UNKNOWN: Final = "unknown camera"
_NOT_SAID: Final = "`securos-trigger doctor CONFIG` lists the cameras that it knows."


def with_known_cameras(report: ServiceReport, config: Path) -> ServiceReport:
    """The report whose troubles of unknown cameras say which ones the receiver knows.

    It asks each such receiver now, as the doctor does and without an event: that may take seconds.
    """
    refused: dict[str, list[str]] = {}
    for one in report.answer.get("given_up", ()):
        if one["camera"] and _UNKNOWN in one["reason"]:
            refused.setdefault(one["target"], []).append(one["camera"])
    healthy = {one["target"] for one in report.answer.get("targets", ()) if one["is_healthy"]}
    said = {target: _known(config, target, cameras) for target, cameras in refused.items() if target in healthy}
    found = (_with_known(one, report.answer, said) for one in report.troubles)
    return replace(report, troubles=tuple(commands_for(config, found)))


def _with_known(trouble: Trouble, answer: Mapping[str, Any], said: Mapping[str, str]) -> Trouble:
    """The trouble of the cameras that get no events, with what its receiver said."""
    target = trouble.about.get("target", "")
    if target not in said or not any(
        one["target"] == target and trouble.text.endswith(one["reason"]) for one in answer["given_up"]
    ):
        return trouble
    return replace(trouble, fix=f"{said[target]} {trouble.fix}")


def _known(config: Path, target: str, wrong: list[str]) -> str:
    """The cameras that a receiver knows, those nearest to the wrong ones first."""
    from securos_trigger.operations.receiver_cameras import receiver_cameras  # it needs the client of receivers

    try:
        listed = [one["id"] for one in receiver_cameras(config, target)]
    except (ConfigurationError, ConflictError, NotFoundError):  # the doctor says what of it is wrong
        return _NOT_SAID
    near = dict.fromkeys(guess for one in wrong if (guess := nearest(one, listed)))
    return f"SecurOS knows {some_of([*near, *(one for one in listed if one not in near)])}." if listed else _NOT_SAID

"""Which cameras a receiver knows, where it refuses events for one that it does not: asked when a person looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import ConfigurationError
from securos_trigger.errors.suggestions import nearest
from securos_trigger.errors.wording import MOST_LISTED, some_of
from securos_trigger.model.failed_steps import NO_SUCH_CAMERA
from securos_trigger.operations.service_report import ServiceReport
from securos_trigger.operations.trouble import Trouble, commands_for

#: Seconds that all receivers together have for their answers.
ANSWERS_WITHIN_S: Final = 6.0
#: How a reason says so, and how one of an older version does.
_UNKNOWN: Final = (NO_SUCH_CAMERA, "unknown camera")
_NOT_SAID: Final = "`securos-trigger doctor CONFIG` lists the cameras that it knows."


def with_known_cameras(report: ServiceReport, config: Path) -> ServiceReport:
    """The report whose troubles of unknown cameras say which ones the receiver knows.

    It asks these receivers now, all side by side, as the doctor does and without an event: that may take
    `ANSWERS_WITHIN_S`.
    """
    refused: dict[str, list[Mapping[str, Any]]] = {}
    for one in report.answer.get("given_up", ()):
        refused.setdefault(one["target"], []).append(one)
    # before the first delivery it is not known whether a receiver is healthy: it may have refused all so far
    asked = {one["target"] for one in report.answer.get("targets", ()) if one["is_healthy"] is not False}
    unknown = {target: some for target, some in refused.items() if target in asked and any(map(_is_unknown, some))}
    if not unknown:
        return report
    listed = _listed(config, unknown)
    found = (_with_sentence(one, unknown, listed) for one in report.troubles)
    return replace(report, troubles=tuple(commands_for(config, found)))


def _with_sentence(
    trouble: Trouble, unknown: Mapping[str, Sequence[Mapping[str, Any]]], listed: Mapping[str, Sequence[str]]
) -> Trouble:
    """The trouble; one of cameras that the receiver does not know says which it knows."""
    target = trouble.about.get("target", "")
    refused = [one for one in unknown.get(target, ()) if one["camera"] in trouble.cameras]
    if not any(map(_is_unknown, refused)):
        return trouble
    return replace(trouble, fix=f"{_sentence(listed.get(target, ()), refused)} {trouble.fix}")


def _is_unknown(given_up: Mapping[str, Any]) -> bool:
    """Whether the latest event of a camera was given up because SecurOS has no such camera."""
    return bool(given_up["camera"] and any(words in given_up["reason"] for words in _UNKNOWN))


def _listed(config: Path, targets: Mapping[str, object]) -> Mapping[str, Sequence[str]]:
    from securos_trigger.operations.receiver_cameras import cameras_known_to  # it needs the client of receivers

    try:
        return cameras_known_to(config, targets.keys(), ANSWERS_WITHIN_S)
    except ConfigurationError:  # the report has a line about the file
        return {}


def _sentence(listed: Sequence[str], refused: Sequence[Mapping[str, Any]]) -> str:
    """The cameras that a receiver knows, in order; of many those nearest to the wrong ones first."""
    if not listed:
        return _NOT_SAID
    known = sorted(listed, key=lambda one: (len(one), one))
    if len(known) <= MOST_LISTED:
        return f"SecurOS knows {some_of(known)}."
    wrong = [one["camera"] for one in refused if _is_unknown(one)]
    near = dict.fromkeys(guess for one in wrong if (guess := nearest(one, known)))
    return f"SecurOS knows {some_of([*near, *(one for one in known if one not in near)])}."

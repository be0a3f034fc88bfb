"""What the doctor finds of the running service: what it says of itself, each fault once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from securos_trigger.doctor import Finding, Status
from securos_trigger.doctor.findings import failed, ok, warning
from securos_trigger.errors.program import as_called, program
from securos_trigger.errors.wording import with_config
from securos_trigger.operations.left_behind import left_behind_text
from securos_trigger.operations.placed_service import placed_findings
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.service_troubles import way_into_force
from securos_trigger.operations.storage_troubles import space_needed
from securos_trigger.operations.trouble import Trouble

#: Properties that say how a receiver is reached: while another one is in force, events may not get through.
_RECEIVER_PROPERTIES: Final = (
    "iss_ip",
    "iss_port",
    "iss_path",
    "iss_scheme",
    "iss_password",
    "iss_certificate_sha256",
    "iss_ca_file",
)

#: Troubles of the running service that have lines of their own: here, and on this machine.
_EXAMINED_ITSELF: Final = (
    "mute",
    "dead letters",
    "settings",
    "switched off",
    "disk",
    "cameras",
    "certificate",
    "in clear",
)

#: Findings about a receiver to which events still get through, but for a camera or a text.
_OF_SOME_EVENTS: Final = ("camera", "texts", "test event")
_WORKS_NOW: Final = "Nothing that was examined there fails now. Examine it again if this line stays."
_CAUSE_BELOW: Final = "The other lines may show the cause."
_SENTENCES: Final = re.compile(r"(?<=[.!?]) (?=[A-Z`])")


def service_findings(
    report: ServiceReport, config: str = "CONFIG", *, says_file: bool = False, below: Collection[Trouble] = ()
) -> Iterator[Finding]:
    """What the running service says of itself, and the settings that it uses and the file does not have any more.

    `config` stands in commands, as it does in those of the report. `says_file`: no section is about the file, and what
    the service says of it is said here. `below` are the troubles that are said where their cause is examined.
    """
    answer = report.answer
    if "placed" in answer or not answer["is_running"]:
        yield from placed_findings(report) if "placed" in answer else [_stopped(report, config)]
        return
    if report.verdict is Verdict.STARTING:
        fix = "Wait until `securos-trigger status CONFIG` says more than that, then examine it again."
        text = f"it is starting since {_seconds(answer['starting_since'])} UTC: {answer['reason']}"
        yield warning("service", text, with_config(fix, config))
    elif "pid" in answer:
        since = _seconds(answer["started_at"])
        yield ok("service", f"runs since {since} UTC, version {answer['version']}, process {answer['pid']}")
    yield from trouble_findings([one for one in report.troubles if one not in below], says_file=says_file)
    configuration = answer.get("configuration") or {}
    for change in () if configuration.get("mistakes") else configuration.get("changes", ()):
        found_change = _not_in_force(change, has_pipelines=bool(answer.get("pipelines")))
        yield replace(found_change, fix=with_config(found_change.fix, config))


def _stopped(report: ServiceReport, config: str) -> Finding:
    """That it does not run: ok before its first start, a warning after a stop, failed after a kill or if events wait.

    Failed, too, where the service with its outbox runs with another file.
    """
    answer = report.answer
    if "runs_instead" in answer:
        return failed("service", report.troubles[0].text, report.troubles[0].fix)
    if not answer["was_started"]:
        return ok("service", "was not started yet, so nothing is watched or sent")
    left = left_behind_text(answer, datetime.now().astimezone())
    fix = f"{report.starts_it}. Under systemd, `systemctl status securos-trigger` says why it ended."
    is_wrong = answer["waiting"] or answer["was_killed"]
    text = f"does not run, so nothing is watched or sent. {left}".rstrip(" .")
    return (failed if is_wrong else warning)("service", text, with_config(fix, config))


def _seconds(instant: str) -> str:
    return instant.partition(".")[0].replace("T", " ")


def _not_in_force(change: Mapping[str, str], *, has_pipelines: bool) -> Finding:
    setting = change["setting"]
    text = f"{setting}: the service still uses {change['in_force']}, the file has {change['in_file']}"
    if change["in_force"] == change["in_file"]:
        text = f"{setting}: the service still uses another one than the file has"
    is_about_receiver = setting.rpartition(", ")[2] in _RECEIVER_PROPERTIES
    way = way_into_force([setting], has_pipelines=has_pipelines)
    fix = f"{way} The checks below use the settings of the file."
    return (failed if is_about_receiver else warning)("in force", text, fix)


def trouble_findings(
    troubles: Iterable[Trouble], *, says_file: bool = False, own_fix: str = _CAUSE_BELOW
) -> Iterator[Finding]:
    """The troubles of the service that no examination has lines for. What is over is a warning.

    `own_fix` stands where a trouble sends a person to the doctor.
    """
    for trouble in troubles:
        if trouble.subject in _EXAMINED_ITSELF or (trouble.is_about_file and not says_file):
            continue
        is_wrong = (trouble.needs_person and not trouble.is_over) or trouble.is_about_file
        yield (failed if is_wrong else warning)("service", trouble.text, _fix_here(trouble.fix, own_fix))


def _fix_here(fix: str, own_fix: str) -> str:
    """What to do, as the doctor says it: `own_fix` for the sentence that names the doctor; the rest stays."""
    said = []
    for one in _SENTENCES.split(fix):
        if f"{program()} doctor " not in as_called(one):
            said.append(one)
        elif not one.endswith("looks again."):
            said.append(own_fix)
    return " ".join(said)


def troubles_of_target(report: ServiceReport, target: str) -> tuple[Trouble, ...]:
    """What the service says of a receiver as a whole, or of its cameras: its examination says why.

    Of placed pipelines all is said.
    """
    of_target = [one for one in _unplaced(report) if one.about.get("target") == target]
    return tuple(one for one in of_target if one.cameras or one.about.keys() == {"target"})


def troubles_of_sources(report: ServiceReport) -> tuple[Trouble, ...]:
    """What the service says of pipelines as a whole: the examination of their sources may say why."""
    return tuple(one for one in _unplaced(report) if one.about.keys() == {"pipeline"})


def unsaid_of_target(troubles: Iterable[Trouble], found: Sequence[Finding]) -> Iterator[Finding]:
    """The troubles of a receiver, unless its examination has found what keeps events from it, or from those cameras."""
    failing = {one.subject for one in found if _is_failed(one)}
    is_said = any(not one.startswith(_OF_SOME_EVENTS) for one in failing)
    left = (one for one in troubles if not (_cameras(one) <= failing if one.cameras else is_said))
    yield from trouble_findings(left, own_fix=_WORKS_NOW)


def unsaid_of_sources(troubles: Iterable[Trouble], found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings about sources and models, then the troubles of pipelines whose source is not found to fail."""
    failing = set()
    for one in found:
        if _is_failed(one):
            failing.add(one.pipeline)
        yield one
    left = (one for one in troubles if one.about["pipeline"] not in failing)
    yield from trouble_findings(left, own_fix=_WORKS_NOW)


def unsaid_of_machine(report: ServiceReport, found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings about this machine, but for a full disk or a failing outbox that the service has said."""
    said = [one for one in report.troubles if one.needs_person and not one.is_over]
    outbox = report.answer.get("outbox") or {}
    is_outbox_said = outbox.get("is_failing") and any(outbox["reason"] in one.text for one in said)
    is_disk_said = any(space_needed(outbox) in one.fix and one.subject != "disk" for one in said)
    silent = (["outbox"] if is_outbox_said else []) + (["disk"] if is_disk_said else [])
    return (one for one in found if not (_is_failed(one) and one.subject in silent))


def _unplaced(report: ServiceReport) -> tuple[Trouble, ...]:
    """The troubles that `service_findings` leaves to others: none of pipelines that are placed."""
    return () if "placed" in report.answer else report.troubles


def _is_failed(finding: Finding) -> bool:
    return finding.status is Status.FAILED


def _cameras(trouble: Trouble) -> set[str]:
    """The subjects of what an examination finds of the cameras of a trouble."""
    return {f"camera {camera or 'none'}" for camera in trouble.cameras}

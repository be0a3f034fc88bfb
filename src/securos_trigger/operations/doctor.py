"""Examine the running service, this machine, and every source and receiver of a configuration."""

from __future__ import annotations

import asyncio
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.delivery import Webhook
from securos_trigger.doctor import (
    REFUSED_PASSWORD,
    ReadOnlyTrust,
    SendingNode,
    Status,
    examine_machine,
    examine_pipelines,
    examine_receiver,
)
from securos_trigger.doctor import Finding as Finding
from securos_trigger.doctor.findings import failed, ok, warning
from securos_trigger.errors import ConfigurationError, OutboxError
from securos_trigger.errors.wording import with_config
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.doctor_file import missing_part_findings, mistake_findings
from securos_trigger.operations.left_behind import left_behind_text, with_left_behind
from securos_trigger.operations.placed_service import placed_findings, with_placed
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.service_troubles import way_into_force
from securos_trigger.operations.setting_lines import setting_lines
from securos_trigger.operations.status import service_status
from securos_trigger.runtime.connections import connection, trust_store
from securos_trigger.runtime.control import OutboxRequest, ask
from securos_trigger.vms.bundle import receiver_version

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


#: Takes the subject of what follows, and each finding about it.
OnLine = Callable[[str | Finding], None]


@dataclass(frozen=True, slots=True)
class Section:
    """What was found about one subject: `the running service`, `this machine`, `sources and models`, or a receiver."""

    subject: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that the doctor found, in order."""

    sections: tuple[Section, ...]

    @property
    def counts(self) -> Counter[str]:
        """The number of findings by status: `ok`, `warning`, `failed`."""
        return Counter(finding.status.value for section in self.sections for finding in section.findings)

    @property
    def has_failed(self) -> bool:
        """True when something keeps deliveries from working."""
        return self.counts[Status.FAILED] > 0


def examine(config: Path, *, sends_test_event: bool = False, on_line: OnLine = lambda _line: None) -> Examination:
    """Examine the running service, this machine, the sources, then every receiver of `config`.

    It takes seconds: `on_line` is called with each subject when its turn comes, and with each finding at once.
    ConfigurationError: the file has mistakes, and no service runs with it. While one does, it alone is examined.
    """
    path = shlex.quote(str(config))
    section = _Sections(path, on_line)
    try:
        settings = read_config(config)
    except ConfigurationError as error:
        return _without_file(config, error, section)
    now = datetime.now().astimezone()
    report = with_left_behind(with_placed(service_status(config, now=now), config, now=now), settings.outbox.path)
    running = report.answer.get("pipelines", ())
    counts_of = None if report.verdict is Verdict.STARTING else counts_while(report.answer)
    of_file = tuple(missing_part_findings(config, report))
    sections = [
        *([section.of("the configuration file", of_file)] if of_file else []),
        section.of("the running service", service_findings(report, path, says_file=not of_file), has_path=True),
        section.of("this machine", examine_machine(config, settings, counts_of)),
        section.of("sources and models", examine_pipelines(settings, running, is_running=report.answer["is_running"])),
    ]
    if settings.relay is not None:  # receivers are reached from where `deliver` runs
        targets = tuple(str(target) for target in nodes_by_target(settings))
        sections.append(section.of("the cluster", cluster_findings(settings.relay, targets)))
        return Examination(tuple(sections))
    sections += _receiver_sections(config, settings, section, sends_test_event=sends_test_event)
    return Examination(tuple(sections))


def receiver_findings(config: Path, settings: Settings, target: str) -> tuple[Finding, ...]:
    """What an examination of one receiver finds, without sending an event. `settings` have their secrets."""
    section = _Sections(shlex.quote(str(config)), lambda _line: None)
    found = _receiver_sections(config, settings, section, only=target, sends_test_event=False)
    return tuple(finding for one in found for finding in one.findings)


def _receiver_sections(
    config: Path, settings: Settings, section: _Sections, *, only: str = "", sends_test_event: bool
) -> Iterator[Section]:
    store = ReadOnlyTrust(trust_store(settings.outbox.path).path)
    for target, nodes in nodes_by_target(settings).items():
        if only not in ("", str(target)):
            continue
        addresses = [
            str(address) for address, one in settings.trigger_nodes().items() if one.properties.target == target
        ]
        of_file = partial(_with_place, config, addresses)
        yield _receiver_section(target, nodes, store, section, of_file, sends_test_event=sends_test_event)


def _without_file(config: Path, error: ConfigurationError, section: _Sections) -> Examination:
    """What can be said while the file has mistakes: them, and what the running service says. Raises without one."""
    try:
        report = service_status(config, now=datetime.now().astimezone())
    except ConfigurationError:
        raise error from None
    if not report.answer["is_running"]:
        raise error
    of_file = mistake_findings(error, report, is_alone=True)
    service = service_findings(report, section.config)
    return Examination(
        (section.of("the configuration file", of_file), section.of("the running service", service, has_path=True))
    )


def _receiver_section(
    target: Target,
    nodes: list[SendingNode],
    store: ReadOnlyTrust,
    section: _Sections,
    of_file: Callable[[Finding], Finding],
    *,
    sends_test_event: bool,
) -> Section:
    found: list[Finding] = []

    def keep(finding: Finding) -> None:
        found.append(section.shown(of_file(finding)))

    section.on_line(str(target))
    examination = examine_receiver(
        connection(nodes[0].properties),
        partial(Webhook, announcer=Announcer(), trust_store=store, max_connections=1),
        nodes,
        store,
        keep,
        shipped_version=receiver_version(),
        sends_test_event=sends_test_event,
    )
    asyncio.run(examination)
    return Section(str(target), tuple(found))


def _with_place(config: Path, addresses: Sequence[str], finding: Finding) -> Finding:
    """The finding; about a refused password, with the place in the file where it is written."""
    if finding.text != REFUSED_PASSWORD:
        return finding
    return replace(finding, fix=setting_lines(config).password_fix(addresses) or finding.fix)


def deliveries_by_state(outbox: Path) -> dict[str, int]:
    """The deliveries of an outbox file by state, as its owner counts them. OutboxError: it cannot be used."""
    counts: dict[str, int] = ask(outbox, OutboxRequest(do="list", limit=1), Announcer())["counts"]
    return counts


def counts_while(answer: Mapping[str, Any]) -> Callable[[Path], Mapping[str, int]]:
    """`deliveries_by_state`; an OutboxError while the running service, which answers, cannot write its outbox."""
    outbox = answer.get("outbox") or {}

    def counts(file: Path) -> Mapping[str, int]:
        if outbox.get("is_failing"):
            raise OutboxError(f"{file} takes no events: {outbox['reason']}")
        return deliveries_by_state(file)

    return counts


def service_findings(report: ServiceReport, config: str = "CONFIG", *, says_file: bool = False) -> Iterator[Finding]:
    """What the running service says of itself, and the settings that it uses and the file does not have any more.

    `config` stands in commands, as it does in those of the report. `says_file`: no section is about the file, and what
    the service says of it is said here.
    """
    answer = report.answer
    if "placed" in answer or not answer["is_running"]:
        yield from placed_findings(report) if "placed" in answer else [_stopped(answer, config)]
        return
    if report.verdict is Verdict.STARTING:
        fix = "Wait until `securos-trigger status CONFIG` says more than that, then examine it again."
        text = f"it is starting since {_seconds(answer['starting_since'])} UTC: {answer['reason']}"
        yield warning("service", text, with_config(fix, config))
    elif "pid" in answer:
        since = _seconds(answer["started_at"])
        yield ok("service", f"runs since {since} UTC, version {answer['version']}, process {answer['pid']}")
    for trouble in report.troubles:
        if trouble.subject in _EXAMINED_ITSELF or (trouble.is_about_file and not says_file):
            continue
        found = failed if trouble.needs_person or trouble.is_about_file else warning
        is_own = "securos-trigger doctor" in trouble.fix
        yield found("service", trouble.text, "The other lines may show the cause." if is_own else trouble.fix)
    configuration = answer.get("configuration") or {}
    for change in () if configuration.get("mistakes") else configuration.get("changes", ()):
        found_change = _not_in_force(change, has_pipelines=bool(answer.get("pipelines")))
        yield replace(found_change, fix=with_config(found_change.fix, config))


def _stopped(answer: Mapping[str, Any], config: str) -> Finding:
    """That it does not run: ok before its first start and after a stop, failed where events wait or it was killed."""
    left = left_behind_text(answer, datetime.now().astimezone())
    if not left:
        return ok("service", "does not run now")
    fix = "`securos-trigger run CONFIG` starts it. Under systemd, `systemctl status securos-trigger` says why it ended."
    is_wrong = answer["waiting"] or answer["was_killed"]
    return (failed if is_wrong else warning)(
        "service", f"does not run. {left.removesuffix('.')}", with_config(fix, config)
    )


def _seconds(instant: str) -> str:
    return instant.partition(".")[0].replace("T", " ")


def _not_in_force(change: Mapping[str, str], *, has_pipelines: bool) -> Finding:
    setting = change["setting"]
    text = f"{setting}: the service still uses {change['in_force']}, the file has {change['in_file']}"
    if change["in_force"] == change["in_file"]:
        text = f"{setting}: the service still uses another one than the file has"
    is_about_receiver = setting.rpartition(", ")[2] in _RECEIVER_PROPERTIES
    way = way_into_force([setting], has_pipelines=has_pipelines)
    fix = f"{way} What follows is examined with the settings of the file."
    return (failed if is_about_receiver else warning)("in force", text, fix)


def nodes_by_target(settings: Settings) -> dict[Target, list[SendingNode]]:
    """The trigger nodes of a configuration by the receiver they send to."""
    found: dict[Target, list[SendingNode]] = {}
    for address, trigger in settings.trigger_nodes().items():
        name = f"pipeline {address.pipeline}, node {trigger.id}"
        node = SendingNode(name, trigger.properties, settings.context(trigger.id))
        found.setdefault(trigger.properties.target, []).append(node)
    return found


@dataclass(frozen=True, slots=True)
class _Sections:
    """Makes sections. `config` stands in commands in place of CONFIG, so that they can be copied to a shell."""

    config: str
    on_line: OnLine

    def of(self, subject: str, findings: Iterable[Finding], *, has_path: bool = False) -> Section:
        """A section. `has_path`: its commands have the path already."""
        self.on_line(subject)
        return Section(subject, tuple([self.shown(finding, has_path=has_path) for finding in findings]))

    def shown(self, finding: Finding, *, has_path: bool = False) -> Finding:
        if not has_path:
            text, fix = (with_config(words, self.config) for words in (finding.text, finding.fix))
            finding = replace(finding, text=text, fix=fix)
        self.on_line(finding)
        return finding

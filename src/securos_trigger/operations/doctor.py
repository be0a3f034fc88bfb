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

from securos_trigger.config.reader import parse_config, read_config
from securos_trigger.config.secrets import NO_SECRET
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
from securos_trigger.errors import ConfigurationError, OutboxError
from securos_trigger.errors.wording import with_config
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.doctor_file import (
    is_of_this_terminal,
    missing_part_findings,
    mistake_findings,
    variable_findings,
    without_password,
)
from securos_trigger.operations.doctor_service import (
    service_findings,
    troubles_of_sources,
    troubles_of_target,
    unsaid_of_machine,
    unsaid_of_sources,
    unsaid_of_target,
)
from securos_trigger.operations.left_behind import with_left_behind
from securos_trigger.operations.other_file import other_file
from securos_trigger.operations.placed_service import with_placed
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.setting_lines import setting_lines
from securos_trigger.operations.status import outbox_in_use, service_status
from securos_trigger.operations.trouble import Trouble
from securos_trigger.runtime.connections import connection, trust_store
from securos_trigger.runtime.control import OutboxRequest, SettingsRequest, ask
from securos_trigger.vms.bundle import receiver_version

#: Takes the subject of what follows, and each finding about it.
OnLine = Callable[[str | Finding], None]
_RELOAD: Final = "`securos-trigger reload CONFIG`"
_RUN: Final = "`securos-trigger run CONFIG`"


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
    ConfigurationError: the file has mistakes, and no service runs with it. While one does, its settings are examined.
    """
    section = Sections(shlex.quote(str(config)), on_line)
    try:
        settings = read_config(config)
    except ConfigurationError as error:
        return _without_file(config, error, section, sends_test_event=sends_test_event)
    now = datetime.now().astimezone()
    report = with_left_behind(
        with_placed(service_status(config, now=now), config, now=now), settings.outbox.path, config
    )
    of_file = tuple(missing_part_findings(config, report))
    return _examined(config, settings, report, of_file, section, sends_test_event=sends_test_event)


def _examined(
    config: Path,
    settings: Settings,
    report: ServiceReport,
    of_file: tuple[Finding, ...],
    section: Sections,
    *,
    sends_test_event: bool,
) -> Examination:
    """Everything, with these settings. `of_file` is what is wrong with the file itself."""
    path = section.config
    running = report.answer.get("pipelines", ())
    counts_of = None if report.verdict is Verdict.STARTING else counts_while(report.answer)
    section = replace(section, is_running=report.verdict is not Verdict.NOT_RUNNING)
    targets = tuple(str(target) for target in nodes_by_target(settings))
    of_targets = {one: troubles_of_target(report, one) for one in targets if settings.relay is None}
    of_sources = troubles_of_sources(report)
    below = {*of_sources, *(trouble for troubles in of_targets.values() for trouble in troubles)}
    of_service = service_findings(report, path, says_file=not of_file, below=below)
    of_machine = unsaid_of_machine(report, examine_machine(config, settings, counts_of))
    examined = examine_pipelines(settings, running, is_running=report.answer["is_running"])
    pipelines = (replace(one, fix=setting_lines(config).with_line_of_url(one.fix, one.pipeline)) for one in examined)
    sections = [
        *([section.of("the configuration file", of_file)] if of_file else []),
        section.of("the running service", of_service, has_path=True),
        section.of("this machine", of_machine),
        section.of("sources and models", unsaid_of_sources(of_sources, pipelines)),
    ]
    if settings.relay is not None:  # receivers are reached from where `deliver` runs
        sections.append(section.of("the cluster", cluster_findings(settings.relay, targets)))
        return Examination(tuple(sections))
    sections += _receiver_sections(config, settings, section, of_targets, sends_test_event=sends_test_event)
    return Examination(tuple(sections))


def receiver_findings(config: Path, settings: Settings, target: str) -> tuple[Finding, ...]:
    """What an examination of one receiver finds, without sending an event. `settings` have their secrets."""
    section = Sections(shlex.quote(str(config)), lambda _line: None)
    found = _receiver_sections(config, settings, section, {}, only=target, sends_test_event=False)
    return tuple(finding for one in found for finding in one.findings)


def _receiver_sections(
    config: Path,
    settings: Settings,
    section: Sections,
    troubles: Mapping[str, Sequence[Trouble]],
    *,
    only: str = "",
    sends_test_event: bool,
) -> Iterator[Section]:
    """The receivers of the file, or `only` this one. `troubles` are what the service says of each."""
    store = ReadOnlyTrust(trust_store(settings.outbox.path).path)
    for target, nodes in nodes_by_target(settings).items():
        if only not in ("", str(target)):
            continue
        addresses = [
            str(address) for address, one in settings.trigger_nodes().items() if one.properties.target == target
        ]
        if connection(nodes[0].properties).token == NO_SECRET:
            left = unsaid_of_target(troubles.get(str(target), ()), ())
            yield section.of(str(target), (*left, without_password()))
            continue
        of_file = partial(_with_place, config, addresses)
        found = _receiver_section(target, nodes, store, section, of_file, sends_test_event=sends_test_event)
        left = unsaid_of_target(troubles.get(str(target), ()), found.findings)
        yield replace(found, findings=(*found.findings, *(section.shown(one, has_path=True) for one in left)))


def _without_file(config: Path, error: ConfigurationError, section: Sections, *, sends_test_event: bool) -> Examination:
    """What can be said while the file has mistakes: them, and the rest with the settings of the running service.

    Raises without a service. Of one that does not say its settings, or whose secrets are gone, only what it says.
    """
    try:
        report = service_status(config, now=datetime.now().astimezone())
    except ConfigurationError:
        raise error from None
    if not report.answer["is_running"]:
        raise error
    if is_of_this_terminal(error, report):
        of_file = tuple(variable_findings(error))
        own = read_config(config, has_secrets=False)
        return _examined(config, own, report, of_file, section, sends_test_event=sends_test_event)
    settings = _in_force(config)
    of_file = tuple(mistake_findings(error, report, is_alone=settings is None))
    if settings is not None:
        return _examined(config, settings, report, of_file, section, sends_test_event=sends_test_event)
    service = service_findings(report, section.config)
    return Examination(
        (section.of("the configuration file", of_file), section.of("the running service", service, has_path=True))
    )


def _in_force(config: Path) -> Settings | None:
    """The settings of the service that runs with the file; None: it does not say them, or they have mistakes now."""
    try:
        answer = ask(outbox_in_use(config), SettingsRequest(has_text=True), Announcer())
        text: str | None = None if other_file(answer, config) else answer.get("text")
        return None if text is None else parse_config(text, base=config.parent, source=str(config))
    except (ConfigurationError, OutboxError):
        return None


def _receiver_section(
    target: Target,
    nodes: list[SendingNode],
    store: ReadOnlyTrust,
    section: Sections,
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


def nodes_by_target(settings: Settings) -> dict[Target, list[SendingNode]]:
    """The trigger nodes of a configuration by the receiver they send to."""
    found: dict[Target, list[SendingNode]] = {}
    for address, trigger in settings.trigger_nodes().items():
        name = f"pipeline {address.pipeline}, node {trigger.id}"
        node = SendingNode(name, trigger.properties, settings.context(trigger.id))
        found.setdefault(trigger.properties.target, []).append(node)
    return found


@dataclass(frozen=True, slots=True)
class Sections:
    """Makes sections. `config` stands in commands in place of CONFIG, so that they can be copied to a shell.

    Without a service `is_running` is false: what is corrected takes effect with `run`, and `reload` would fail.
    """

    config: str
    on_line: OnLine
    is_running: bool = True

    def of(self, subject: str, findings: Iterable[Finding], *, has_path: bool = False) -> Section:
        """A section. `has_path`: its commands have the path already."""
        self.on_line(subject)
        return Section(subject, tuple([self.shown(finding, has_path=has_path) for finding in findings]))

    def shown(self, finding: Finding, *, has_path: bool = False) -> Finding:
        if not has_path:
            fix = finding.fix if self.is_running else finding.fix.replace(_RELOAD, _RUN)
            text, fix = (with_config(words, self.config) for words in (finding.text, fix))
            finding = replace(finding, text=text, fix=fix)
        self.on_line(finding)
        return finding

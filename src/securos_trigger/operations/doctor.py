"""Examine this machine and every receiver of a configuration."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.doctor import Finding, ReadOnlyTrust, SendingNode, Status, examine_machine, examine_receiver
from securos_trigger.model import Target
from securos_trigger.runtime.connections import connection, trust_store


@dataclass(frozen=True, slots=True)
class Section:
    """What was found about one subject: `this machine`, or a receiver."""

    subject: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that the doctor found, in order."""

    sections: tuple[Section, ...]

    @property
    def counts(self) -> Counter[Status]:
        """The number of findings by status."""
        return Counter(finding.status for section in self.sections for finding in section.findings)

    @property
    def has_failed(self) -> bool:
        """True when something keeps deliveries from working."""
        return self.counts[Status.FAILED] > 0


def examine(
    config: Path, *, sends_test_event: bool = False, on_found: Callable[[str | Finding], None] = lambda _: None
) -> Examination:
    """Examine this machine, then every receiver of `config`. ConfigurationError: it has mistakes.

    It takes seconds: `on_found` is called with each subject when its turn comes, and with each finding at once.
    """
    settings = read_config(config)
    sections = [_examined_machine(config, settings, on_found)]
    store = ReadOnlyTrust(trust_store(settings.outbox.path).path)
    for target, nodes in nodes_by_target(settings).items():
        found: list[Finding] = []

        def keep(finding: Finding, found: list[Finding] = found) -> None:
            found.append(finding)
            on_found(finding)

        on_found(str(target))
        way = connection(nodes[0].properties)
        asyncio.run(examine_receiver(way, nodes, store, keep, sends_test_event=sends_test_event))
        sections.append(Section(str(target), tuple(found)))
    return Examination(tuple(sections))


def nodes_by_target(settings: Settings) -> dict[Target, list[SendingNode]]:
    """The trigger nodes of a configuration by the receiver they send to."""
    found: dict[Target, list[SendingNode]] = {}
    for pipeline in settings.pipelines:
        for trigger in pipeline.triggers:
            node = SendingNode(f"{pipeline.name}, {trigger.id}", trigger.properties, settings.context(trigger.id))
            found.setdefault(trigger.properties.target, []).append(node)
    return found


def _examined_machine(config: Path, settings: Settings, on_found: Callable[[str | Finding], None]) -> Section:
    subject = "this machine"
    on_found(subject)
    found = []
    for finding in examine_machine(config, settings):
        on_found(finding)
        found.append(finding)
    return Section(subject, tuple(found))

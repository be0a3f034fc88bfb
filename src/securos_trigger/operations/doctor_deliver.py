"""Examine what `deliver` works with: its process, the cluster, and the receivers as they are reached from here."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from securos_trigger.config.deliver import DeliverSettings, read_deliver_config
from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.delivery import Webhook
from securos_trigger.doctor import Finding, examine_receiver, examine_secrets
from securos_trigger.doctor.findings import failed, ok, warning
from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor import Examination, OnLine, Section, Sections, examine
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.status import service_status
from securos_trigger.runtime.connections import connection
from securos_trigger.vms.bundle import receiver_version

_NO_TEST_EVENT: Final = (
    "a file of receivers names no camera to send one to; the simulator of a gateway sends events through the cluster"
)
_NOT_EXAMINED: Final = "Without them a token might go to a stranger. Look at the cluster first."


def examine_either(
    config: Path, *, sends_test_event: bool = False, on_line: OnLine = lambda _line: None
) -> Examination:
    """Examine a configuration of `run`, or one of `deliver`; otherwise as `examine`."""
    if not is_deliver_config(config):
        return examine(config, sends_test_event=sends_test_event, on_line=on_line)
    if sends_test_event:
        raise ArgumentError("sends_test_event", _NO_TEST_EVENT)
    return examine_deliver(config, on_line=on_line)


def examine_deliver(config: Path, *, on_line: OnLine = lambda _line: None) -> Examination:
    """Examine the process that runs with `config` on this machine, the cluster, and every receiver of the file.

    ConfigurationError: the file has mistakes.
    """
    settings = read_deliver_config(config)
    section = Sections(shlex.quote(str(config)), on_line)
    targets = tuple(str(one.target) for one in settings.receivers)
    report = service_status(config, now=datetime.now().astimezone())
    sections = [
        section.of("deliver on this machine", (*_service_findings(report), *examine_secrets(config))),
        section.of("the cluster", cluster_findings(settings.relay, targets)),
        *_receiver_sections(settings, section),
    ]
    return Examination(tuple(sections))


def _service_findings(report: ServiceReport) -> Iterator[Finding]:
    answer = report.answer
    if report.verdict is Verdict.NOT_RUNNING:
        yield warning("service", answer["reason"], "`securos-trigger deliver CONFIG` starts it.")
    elif report.has_answered:
        since = datetime.fromisoformat(answer["started_at"])
        yield ok(
            "service", f"runs since {since:%Y-%m-%d %H:%M:%S} UTC, version {answer['version']}, process {answer['pid']}"
        )
    for one in report.troubles:
        yield (failed if one.needs_person or one.is_about_file else warning)("service", one.text, one.fix)


def _receiver_sections(settings: DeliverSettings, section: Sections) -> Iterator[Section]:
    """How each receiver is reached, and whether it takes the password; no event is sent to it."""
    from securos_trigger.relay.cluster_trust import known_in_cluster  # brings the client of the cluster

    for one in settings.receivers:
        way = connection(one)
        is_remembered = way.target.scheme == "https" and not (way.certificate_sha256 or way.ca_file)
        try:
            store = _KnownTrust(known_in_cluster(settings.relay, way.target) if is_remembered else None)
        except ConfigurationError as error:
            why = f"it is not examined: {error.mistakes[0].what}"
            yield section.of(str(one.target), [warning("certificate", why, _NOT_EXAMINED)])
            continue
        found: list[Finding] = []
        section.on_line(str(one.target))
        open_webhook = partial(Webhook, announcer=Announcer(), trust_store=store, max_connections=1)
        keep = _keeping(found, section)
        asyncio.run(examine_receiver(way, open_webhook, (), store, keep, shipped_version=receiver_version()))
        yield Section(str(one.target), tuple(found))


def _keeping(found: list[Finding], section: Sections) -> Callable[[Finding], None]:
    return lambda finding: found.append(section.shown(finding))


class _KnownTrust:
    """What the cluster remembers of one receiver, to which an examination adds nothing."""

    def __init__(self, certificate: str | None) -> None:
        self._certificate = certificate

    def known(self, _target: Target) -> str | None:
        """Give what is remembered, or None."""
        return self._certificate

    def remember_first(self, target: Target, _fingerprint: str) -> str | None:
        """Remember nothing."""
        return self.known(target)

    def note_signed_by_system_ca(self, target: Target) -> str | None:
        """Remember nothing."""
        return self.known(target)

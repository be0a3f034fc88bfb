"""`securos-trigger doctor`: prints what is found, a line each, and ends with 1 when something has failed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.doctor import Finding, ReadOnlyTrust, SendingNode, Status, examine_machine, examine_receiver
from securos_trigger.model import Target
from securos_trigger.runtime.assembly import connection, trust_store


def run_doctor(config: Path, say: Callable[[str], None], *, sends_test_event: bool) -> int:
    """Examine this machine, then every receiver of the configuration. Gives the exit code."""
    settings = read_config(config)
    found: Counter[Status] = Counter()

    def tell(finding: Finding) -> None:
        found[finding.status] += 1
        say(str(finding))

    say("this machine")
    for finding in examine_machine(config, settings):
        tell(finding)
    store = ReadOnlyTrust(trust_store(settings.outbox).path)
    for target, senders in senders_by_target(settings).items():
        say(f"\n{target}")
        way = connection(senders[0].properties)
        asyncio.run(examine_receiver(way, senders, store, tell, sends_test_event=sends_test_event))
    warnings = "1 warning" if found[Status.WARNING] == 1 else f"{found[Status.WARNING]} warnings"
    say(f"\n{found[Status.FAILED]} failed, {warnings}, {found[Status.OK]} ok")
    return 1 if found[Status.FAILED] else 0


def senders_by_target(settings: Settings) -> dict[Target, list[SendingNode]]:
    """The trigger nodes of a configuration by the receiver they send to."""
    found: dict[Target, list[SendingNode]] = {}
    for pipeline in settings.pipelines:
        for trigger in pipeline.triggers:
            sender = SendingNode(f"{pipeline.name}, {trigger.id}", trigger.properties, settings.context(trigger.id))
            found.setdefault(trigger.properties.target, []).append(sender)
    return found

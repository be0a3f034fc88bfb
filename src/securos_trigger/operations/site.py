"""What commands need to know of a site: from its file; while that has a mistake, from the service that runs with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from securos_trigger.config.settings import LedgerSettings, Settings
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Address
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.operations.other_file import other_file
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.status import outbox_in_use
from securos_trigger.runtime.control import SettingsRequest, StatusRequest, ask


@dataclass(frozen=True, slots=True)
class Site:
    """Where events and decisions are kept, and the trigger nodes with the name of the source and the interval of each.

    `time_zone` is that of active hours (empty: the system's). `has_ledger`: decisions are written to `ledger_path`.
    """

    outbox_path: Path
    ledger_path: Path
    has_ledger: bool
    time_zone: str
    nodes: Mapping[Address, str]
    intervals: Mapping[Address, float]


def site_of(config: Path, outbox: Path | None = None) -> Site:
    """The site of a configuration file, or where that has a mistake the one of the service that runs with it.

    `outbox` is that of a placed pipeline of the file: its ledger is beside it (`placement/place.py`).
    ConfigurationError: the file has mistakes, and no service runs with it.
    """
    if outbox is not None:
        found = site_in(remembered_settings(config))
        return replace(found, outbox_path=outbox, ledger_path=LedgerSettings().path_beside(outbox))
    try:
        settings = remembered_settings(config)
    except ConfigurationError:
        if (in_force := settings_in_force(config)) is None:
            raise
        return _site_in_force(in_force)
    is_its_own = settings.pipelines and outbox_in_use(config) == settings.outbox.path
    if is_its_own or (in_force := settings_in_force(config)) is None:
        return site_in(settings)
    return _site_in_force(
        in_force
    )  # an empty file may be one that is just being written; another outbox, a changed one


def settings_in_force(config: Path) -> Mapping[str, Any] | None:
    """The settings of the service that runs with `config`, without secrets; None: there is none."""
    try:
        answer = ask(outbox_in_use(config), SettingsRequest(), Announcer([log_notice]))
    except ConfigurationError:
        return None
    found: Mapping[str, Any] | None = answer.get("settings")
    return None if other_file(answer, config) else found


def site_in(settings: Settings) -> Site:
    """The site of these settings."""
    sources = {pipeline.name: pipeline.source.source_name for pipeline in settings.pipelines}
    nodes = {address: sources[address.pipeline] for address in settings.trigger_nodes()}
    intervals = {address: one.properties.interval for address, one in settings.trigger_nodes().items()}
    ledger_path, has_ledger = settings.ledger_path, settings.ledger.enabled
    return Site(settings.outbox.path, ledger_path, has_ledger, settings.time_zone, nodes, intervals)


def _site_in_force(in_force: Mapping[str, Any]) -> Site:
    """The site in the service's own words (docs/control.md): a trigger node there is one with `properties`."""
    ledger = LedgerSettings.model_validate(in_force["ledger"])
    outbox = Path(in_force["outbox"]["path"])
    status = ask(outbox, StatusRequest(), Announcer([log_notice]))
    sources = {one["name"]: one["source"] for one in status.get("pipelines", ())}
    triggers = {
        Address(pipeline["name"], "", node["id"]): node["properties"]
        for pipeline in in_force["pipelines"]
        for node in pipeline["nodes"]
        if "properties" in node
    }
    nodes = {address: sources.get(address.pipeline, address.pipeline) for address in triggers}
    intervals = {address: float(one.get("interval", 0.0)) for address, one in triggers.items()}
    ledger_path = ledger.path_beside(outbox)
    return Site(outbox, ledger_path, ledger.enabled, in_force["time_zone"], nodes, intervals)

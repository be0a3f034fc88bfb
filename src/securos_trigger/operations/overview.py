"""Sum up a site on one page: the running service joined with what the configuration file says. Works without both."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.config.reader import digest_of
from securos_trigger.config.settings import PipelineSettings, Settings
from securos_trigger.errors import ConfigurationError, OutboxError, SecurosTriggerError
from securos_trigger.errors.program import program
from securos_trigger.inputs.camera_map import CameraMap
from securos_trigger.inputs.source_settings import InputSourceSettings
from securos_trigger.model import Address
from securos_trigger.operations.config_view import warnings_of
from securos_trigger.operations.in_force import remembered_in_force
from securos_trigger.operations.mute import ShownMute, list_mutes
from securos_trigger.operations.outbox import list_rows, outbox_of
from securos_trigger.operations.placed_here import card_of, placed_here
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.status import service_status
from securos_trigger.operations.undo_changes import puts_last_save_back
from securos_trigger.trigger.active_hours import zone_of

_OF_NODE = ("target", "decisions", "kept", "not_kept", "last_event_at", "muted_until", "hours_begin_at")
_NO_COUNTS = {"waiting": 0, "sending": 0, "delivered": 0, "dead": 0}


def overview(config: Path, *, now: datetime) -> dict[str, Any]:
    """The keys that docs/console_api.md lists under Overview. ConfigurationError: not even the outbox can be found."""
    report = service_status(config, now=now)
    settings, mistakes = _settings(config)
    answer = report.answer
    known = settings or _in_force(config, answer)
    is_running = report.verdict is not Verdict.NOT_RUNNING
    return {
        "verdict": report.verdict.value,
        "headline": None if report.headline is None else report.headline._asdict(),
        "troubles": [one.to_json() for one in report.troubles],
        "is_running": is_running,
        "version": answer.get("version"),
        "started_at": answer.get("started_at"),
        "now": answer.get("now"),
        "zone": {"utc_offset_min": _utc_offset_min(known, now)},
        "losses": answer.get("losses"),
        "pipelines": _pipelines(config, known, report, now, is_in_file=settings is not None),
        "targets": answer.get("targets") or _targets_of(known),
        "counts": _counts(known, answer) if report.has_answered else None,
        "configuration": _configuration(config, settings, mistakes, answer),
    }


def _utc_offset_min(settings: Settings | None, now: datetime) -> int:
    """Minutes that the clock of the configuration, or else of this machine, is ahead of UTC at this instant (aware)."""
    zone = None if settings is None else zone_of(settings.time_zone)
    ahead = (now if zone is None else now.astimezone(zone)).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds() / 60)


def _settings(config: Path) -> tuple[Settings | None, str]:
    """The settings of the file, or why it has none."""
    try:
        return remembered_settings(config), ""
    except SecurosTriggerError as error:
        return None, str(error)


def _in_force(config: Path, answer: Mapping[str, Any]) -> Settings | None:
    """The settings of the running service, where the file has mistakes; None: they are not known."""
    digest = (answer.get("configuration") or {}).get("digest")
    return remembered_in_force(config, digest) if digest else None


def _pipelines(
    config: Path, settings: Settings | None, report: ServiceReport, now: datetime, *, is_in_file: bool
) -> list[dict[str, Any]]:
    """The pipelines of the file in its order, then those that only the service has.

    `is_in_file` False: the file has mistakes, and the settings are those that the service runs with.
    """
    states = {one["name"]: one for one in report.answer.get("pipelines", ())}
    nodes = {one["address"]: one for one in report.answer.get("nodes", ())}
    mutes = _mutes(config)
    of_pipelines = _by_pipeline(nodes)
    found = []
    if settings is not None:
        for one in settings.pipelines:
            placed = card_of(placed_here(settings, one.name, config, now=now))
            found.append(
                {
                    **_pipeline(one, states.pop(one.name, None), of_pipelines.get(one.name, {}), mutes),
                    "placed": placed,
                    "in_file": is_in_file,
                }
            )
    for name, state in states.items():
        own = [_running_node(address, node, mutes) for address, node in of_pipelines.get(name, {}).items()]
        found.append(
            {
                "name": name,
                "source": state["source"],
                "source_type": None,
                "nodes": own,
                "state": state,
                "placed": None,
                "in_file": False,
            }
        )
    worst = {one.about.get("pipeline"): one for one in reversed(report.troubles)}
    red = {name for name, one in worst.items() if one.needs_person}
    red |= {one["name"] for one in found if one["placed"] and one["placed"]["trouble"]}
    return [{**one, "needs_person": one["name"] in red, "is_known": report.has_answered} for one in found]


def _by_pipeline(nodes: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The nodes below each name that a pipeline could have (there may be `/` in it), in one pass."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for address, node in nodes.items():
        parts = address.split("/")
        for end in range(1, len(parts)):
            found.setdefault("/".join(parts[:end]), {})[address] = node
    return found


def _pipeline(
    settings: PipelineSettings,
    state: dict[str, Any] | None,
    nodes: Mapping[str, Mapping[str, Any]],
    mutes: Mapping[str, ShownMute],
) -> dict[str, Any]:
    own = []
    for trigger in settings.triggers:
        properties = trigger.properties
        in_file = {"target": str(properties.target), "is_enabled": properties.enabled}
        for address in _addresses(settings.name, trigger.id, nodes):
            camera_ids = list(properties.camera_ids) or _mapped_cameras(settings, address, trigger.id)
            shown = _running_node(address, nodes.get(address, {}), mutes)
            own.append({**shown, **in_file, "camera_ids": camera_ids})
    return {
        "name": settings.name,
        "source": settings.source.source_name,
        "source_type": settings.source.type,
        "nodes": own,
        "state": state,
    }


def _mapped_cameras(settings: PipelineSettings, address: str, node_id: str) -> list[str]:
    """The cameras in SecurOS that the camera map of an input has: for the address of a camera those of its row."""
    if not isinstance(settings.source, InputSourceSettings):
        return []
    rows = settings.source.reads.cameras
    names = [address.removeprefix(f"{settings.name}/").removesuffix(f"/{node_id}")]
    if address == str(Address(settings.name, "", node_id)):
        names = list(rows)
    found = CameraMap(rows)
    return list(dict.fromkeys(camera for name in names for camera in found.find(name).cameras))


def _addresses(pipeline: str, node_id: str, nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The addresses of a node of the file: one for each camera that the running service has seen, else one in all.

    `nodes` are those of the pipeline that the service has.
    """
    own = str(Address(pipeline, "", node_id))
    of_cameras = [one for one in nodes if one.endswith(f"/{node_id}")]
    return of_cameras or [own]


def _running_node(address: str, node: Mapping[str, Any], mutes: Mapping[str, ShownMute]) -> dict[str, Any]:
    mute = mutes.get(address)
    return {
        "address": address,
        "id": address.rpartition("/")[2],
        "camera_ids": list(node.get("camera_ids") or ()),
        "is_enabled": True,
        **{key: node.get(key) for key in _OF_NODE},
        "muted_until": node.get("muted_until") or (None if mute is None else mute.to_json()["until"]),
        "muted_since": node.get("muted_since") or (None if mute is None else mute.to_json()["muted_at"]),
        "muted_by": node.get("muted_by") or ("" if mute is None else mute.person),
        "mute_reason": node.get("mute_reason") or ("" if mute is None else mute.reason),
    }


def _mutes(config: Path) -> dict[str, ShownMute]:
    """The mutes in force; none where their file cannot be read, which `mute` says, or no outbox is found."""
    try:
        return {mute.node: mute for mute in list_mutes(config)}
    except (ConfigurationError, OutboxError):
        return {}


def _targets_of(settings: Settings | None) -> list[dict[str, Any]]:
    """The receivers of the file, where no service reports their state."""
    pipelines = settings.pipelines if settings else ()
    names = dict.fromkeys(str(trigger.properties.target) for one in pipelines for trigger in one.triggers)
    unknown = dict.fromkeys(("is_healthy", "failing_since", "waiting", "oldest_at", "dead"))
    return [{"target": name, **unknown, "reason": "", "trouble": "", "is_known": False} for name in names]


def _counts(settings: Settings | None, answer: Mapping[str, Any]) -> dict[str, int] | None:
    """Deliveries by state: the service's, else those of the file. None: they cannot be counted now."""
    if "outbox" in answer:
        return {**_NO_COUNTS, **answer["outbox"]["counts"]}
    if settings is None:
        return None
    try:
        return {**_NO_COUNTS, **list_rows(settings.outbox.path, state="dead", limit=1).counts}
    except OutboxError:
        return dict(_NO_COUNTS) if not settings.outbox.path.exists() else None


def _configuration(config: Path, settings: Settings | None, mistakes: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    in_force, outbox = answer.get("configuration") or {}, outbox_of(config)
    return {
        "path": str(config),
        "start_command": f"{program()} run {shlex.quote(str(config))}",
        "outbox": str(outbox),
        "has_own_outbox": outbox != default_outbox_path(),
        "digest": _digest(config, settings),
        "mistakes": mistakes,
        "puts_last_save_back": bool(mistakes) and puts_last_save_back(config),
        "warnings": [] if mistakes else [one.to_json() for one in warnings_of(config)],
        "changes": in_force.get("changes", []),
    }


def _digest(config: Path, settings: Settings | None) -> str | None:
    if settings is not None:
        return settings.digest
    try:
        return digest_of(config.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None

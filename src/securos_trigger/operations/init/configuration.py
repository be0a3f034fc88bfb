"""Writes a first configuration: commented, checked, its secrets in files of their own, and never over another file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from securos_trigger.errors import ArgumentError
from securos_trigger.errors.wording import sentence
from securos_trigger.operations.init.receiver import Receiver
from securos_trigger.operations.init.sources import Source, SourceCameras, SourceKind, device_name
from securos_trigger.operations.toml_writer import NODE, Table, text_of
from securos_trigger.system.files import write_new
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for

_TYPES = {SourceKind.ONVIF: "onvif-pullpoint"}
_PAGES = {SourceKind.RTSP: "nodes", SourceKind.FILE: "nodes", SourceKind.ONVIF: "inputs/onvif-pullpoint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that the file is made of. `cameras` are ids in SecurOS by the source's names: "2,3".

    `token_file` and `password_file` are files of the person that hold the secrets; None: new ones are written.
    `has_images`: an image of each event is kept.
    """

    source: Source
    found: SourceCameras
    receiver: Receiver
    cameras: Mapping[str, str] = field(default_factory=dict)
    token_file: Path | None = None
    password_file: Path | None = None
    has_images: bool = False


def write_configuration(path: Path, plan: Plan) -> tuple[Path, ...]:
    """Write the configuration, and the files of its secrets beside it, for their owner alone. The files written.

    ArgumentError: one of them is there already, or cannot be written.
    """
    text, secrets = configuration_text(path, plan)
    contents = {path: text} | {path.parent / name: f"{secret}\n" for name, secret in secrets.items()}
    made: list[Path] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in reversed(contents.items()):  # the configuration last: it names the others
            _write_new(file, content)
            made.append(file)
    except BaseException as error:
        for file in made:
            file.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        fix = sentence(advice_for(error, path))
        raise ArgumentError("config", f"{path} cannot be written: {reason_of(error).lower()}. {fix}") from None
    return tuple(contents)


def _write_new(file: Path, content: str) -> None:
    """Write a file that nothing else has made, also not another `init` at the same time. ArgumentError: it is there."""
    try:
        write_new(file, content)
    except FileExistsError:
        raise ArgumentError("config", f"there is a file {file} already. Choose another name.") from None


def configuration_text(path: Path, plan: Plan) -> tuple[str, dict[str, str]]:
    """The text of the configuration, and the secrets by the name of the file that is to hold each."""
    secrets: dict[str, str] = {}
    page = _PAGES.get(plan.source.kind, f"inputs/{plan.source.kind}")
    head = [
        "Made by `securos-trigger init`. Paths are relative to the folder of this file.",
        f"Check it after each change: securos-trigger check {path.name}",
        f"The source: docs/{page}.md. Every setting: docs/reference.md.",
    ]
    tables = [_images()] if plan.has_images else []
    tables.append(_pipeline(path, plan, secrets))
    tables += _analytics() if plan.source.kind.is_video else []
    return text_of(head, [*tables, _trigger(path, plan, secrets)]), secrets


def _pipeline(path: Path, plan: Plan, secrets: dict[str, str]) -> Table:
    name = device_name(plan.source)
    table = Table("[[pipelines]]", {"name": name, "source": _source(path, plan, secrets)})
    if plan.source.kind is SourceKind.FRIGATE:
        table.comments.append("Let Frigate publish with QoS 1: `qos: 1` below `mqtt:` in its configuration.")
    if not plan.source.kind.is_video:
        table.comments.append('cameras: the source\'s name for a camera, and its ids in SecurOS, such as "1" or "2,3".')
        table.values["cameras"] = dict(plan.cameras)
        if left := [one for one in plan.found.names if one not in plan.cameras]:
            table.comments.append(f"Without a row, so that they raise no event: {', '.join(left)}.")
    return table


def _source(path: Path, plan: Plan, secrets: dict[str, str]) -> dict[str, Any]:
    source = plan.source
    values: dict[str, Any] = {"type": _TYPES.get(source.kind, source.kind.value)}
    match source.kind:
        case SourceKind.FILE:
            return values | {"path": source.address, "realtime": True}
        case SourceKind.RTSP:
            url: Any = source.address
            if "@" in source.address:
                url = _kept(path, "camera-url", source.address, None, secrets)
            return values | {"url": url}
        case SourceKind.FRIGATE:
            values["broker"] = source.broker
            if plan.found.topic_prefix not in ("", "frigate"):
                values["topic_prefix"] = plan.found.topic_prefix
            if sizes := _detect_size(plan):
                values["detect_size"] = sizes
        case _:
            values |= {"url": source.address, "device": device_name(source)}
            if source.certificate_sha256 is not None:
                values["certificate_sha256"] = source.certificate_sha256
    if source.user:
        values["user"] = source.user
    if source.password:
        values["password"] = _kept(path, "source-password", source.password, plan.password_file, secrets)
    return values


def _images() -> Table:
    """What keeps an image of each event."""
    comments = ["Keeps an image of each event on this machine, for the console. It shows people: mind their privacy."]
    return Table("[images]", {"max_size_mb": 500, "keep_days": 7}, comments)


def _detect_size(plan: Plan) -> list[int] | dict[str, list[int]]:
    """Frigate's `detect` size: one for all cameras where they agree, else one for each camera of the map."""
    sizes = plan.found.detect_sizes
    if len(set(sizes.values())) == 1 and len(sizes) == len(plan.found.names):
        return list(next(iter(sizes.values())))
    return {name: list(size) for name, size in sizes.items() if name in plan.cameras}


def _analytics() -> list[Table]:
    """Nodes that find persons and say where they are."""
    nodes: list[tuple[str, dict[str, Any]]] = [
        ("Finds persons on each frame.", {"type": "detector"}),
        ("Gives each an id.", {"type": "tracker"}),
        ("Says who is in the frame; zones of your own: docs/nodes.md.", {"type": "zone_presence"}),
    ]
    return [Table(NODE, values, [comment]) for comment, values in nodes]


def _trigger(path: Path, plan: Plan, secrets: dict[str, str]) -> Table:
    receiver = plan.receiver
    table = Table(NODE, {"type": "trigger_securos_event"})
    if plan.source.kind.is_video:
        table.comments.append("Decides, and sends: one event each ten seconds while a person is there.")
        table.values |= {
            "event_source": "custom",
            "trigger": "nodes.annotate_presence1.rois.fullframe.current_objects_count > 0",
            "interval": 10,
            "event_name": "Person",
            "event_description": "{{ objects|length }} on the frame",
            "iss_camera_ids": ",".join(plan.cameras.values()),
        }
    else:
        table.comments.append("One event in SecurOS for each thing that begins. Conditions: docs/conditions.md.")
        table.values["event_source"] = "built_in"
    table.comments.append('iss_action: "event", or "event_and_record" to let SecurOS record, too.')
    table.values |= {"iss_action": "event", "send_bounding_boxes": True, "iss_ip": receiver.target.host}
    table.values |= {"iss_port": str(receiver.target.port), "iss_scheme": receiver.target.scheme}
    if receiver.target.path:
        table.values["iss_path"] = receiver.target.path
    table.values["iss_password"] = _kept(path, "token", receiver.token, plan.token_file, secrets)
    if receiver.certificate_sha256 is not None:
        table.values["iss_certificate_sha256"] = receiver.certificate_sha256
    return table


def _kept(path: Path, what: str, secret: str, file: Path | None, secrets: dict[str, str]) -> dict[str, str]:
    """Where a secret stands: in the file of the person, else in a new one beside the configuration."""
    if file is not None:
        return {"file": os.path.relpath(file, path.parent) if not file.is_absolute() else str(file)}
    name = f"{path.stem}.{what}"
    secrets[name] = secret
    return {"file": name}

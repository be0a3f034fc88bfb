"""A machine's folder for a pipeline, and the settings with which the pipeline runs there."""

from __future__ import annotations

import json
import logging
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import MetricsSettings, PipelineSettings, Settings
from securos_trigger.errors import ArgumentError, NotFoundError, OutboxError
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.relay.names import token_of
from securos_trigger.relay.shared_record import PipelineOwner
from securos_trigger.system.files import write_new

#: Names a machine where its host name is not its own: two Ray nodes on one machine, containers.
NODE_VARIABLE: Final = "SECUROS_TRIGGER_NODE"

_FOLDER: Final = "placed"
_OWNER_FILE: Final = "owner.json"
_OWNER_VERSION: Final = 1
_MOVE_AWAY: Final = (
    "Put a copy of the right one there, or move it away: this machine counts as another one then, and what it has "
    "relayed and not heard of stays `relayed` for eight days."
)
_ID_LETTERS: Final = 8

_log = logging.getLogger("securos_trigger")


def node_name() -> str:
    """The name of this machine: SECUROS_TRIGGER_NODE, else its host name."""
    return os.environ.get(NODE_VARIABLE) or socket.gethostname()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pipeline runs on a machine. The folder is that machine's; the next process there goes on with it.

    `site` is `gateway` in [relay]: the same on all machines that may run the pipelines of a site.
    """

    site: str
    pipeline: str
    node: str
    folder: Path

    @property
    def outbox(self) -> Path:
        """The outbox of the pipeline on this machine."""
        return self.folder / "outbox.sqlite"

    def owner(self) -> PipelineOwner:
        """Who this machine is to the cluster: an id that is made once.

        OSError: the folder cannot be read or written. OutboxError: what stands there is not of this pipeline, is
        damaged, or was written by a newer version; it is left as it is.
        """
        file = self.folder / _OWNER_FILE
        try:
            owner, pipeline = _owner_in(file)
        except FileNotFoundError:
            owner = f"{self.node} {uuid.uuid4().hex}"
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = {"owner": owner, "pipeline": self.pipeline, "node": self.node, "version": _OWNER_VERSION}
            try:
                write_new(file, json.dumps(content))
            except FileExistsError:  # another process has made one in this moment
                owner, pipeline = _owner_in(file)
            else:
                pipeline = self.pipeline
        if pipeline != self.pipeline:
            raise OutboxError(f'The file {file} is of the pipeline "{pipeline}". {_MOVE_AWAY}')
        return PipelineOwner(self.site, self.pipeline, owner, self.node)


def place_of(settings: Settings, pipeline: str, node: str) -> Place:
    """The place of a pipeline on a machine: beside the outbox that the configuration names.

    ArgumentError: there is no [relay].
    """
    return Place(require_relay(settings).gateway, pipeline, node, root_of(settings, node) / token_of(pipeline))


def places_here(settings: Settings, pipeline: str) -> Iterator[Place]:
    """The places of a pipeline in the folder of this machine: that of its own name first, then of other names.

    `cluster pipeline --node` gives a machine another name, and so may Ray. ArgumentError: there is no [relay].
    """
    own = place_of(settings, pipeline, node_name())
    yield own
    for file in sorted(own.folder.parents[2].glob(f"*/{own.folder.parent.name}/{own.folder.name}/{_OWNER_FILE}")):
        if file.parent != own.folder:
            with suppress(OSError, OutboxError):
                yield Place(own.site, pipeline, _owner_in(file)[0].rpartition(" ")[0], file.parent)


def root_of(settings: Settings, node: str) -> Path:
    """The folder of all pipelines of a site on a machine. ArgumentError: there is no [relay]."""
    return settings.outbox.path.parent / _FOLDER / token_of(node) / token_of(require_relay(settings).gateway)


def places_of(settings: Settings, node: str) -> list[Place]:
    """The places of a site on a machine that have an outbox, also of pipelines that the configuration has no more.

    One whose owner cannot be read is left out, and the log says so.
    """
    found, root, site = [], root_of(settings, node), require_relay(settings).gateway
    for file in sorted(root.glob(f"*/{_OWNER_FILE}")):
        try:
            _, pipeline = _owner_in(file)
        except (OSError, OutboxError) as error:
            _log.warning("What was left in %s is not relayed: %s", file.parent, error)
            continue
        place = Place(site, pipeline, node, file.parent)
        if place.outbox.is_file():
            found.append(place)
    return found


def placed_settings(settings: Settings, place: Place) -> Settings:
    """The settings with this pipeline alone, its outbox in the place, and a name of its own for the relay.

    Its decisions are recorded beside the outbox. Metrics are not served, because several pipelines of a machine would
    ask for the same port. ArgumentError: there is no [relay]. NotFoundError: there is no such pipeline. OSError,
    OutboxError: as `Place.owner`.
    """
    relay = require_relay(settings)
    return replace(
        settings,
        pipelines=(_pipeline(settings, place.pipeline),),
        outbox=settings.outbox.model_copy(update={"path": place.outbox}),
        ledger=settings.ledger.model_copy(update={"path": None}),
        metrics=MetricsSettings(),
        relay=relay.model_copy(update={"gateway": gateway_of(place.owner())}),
    )


def gateway_of(owner: PipelineOwner) -> str:
    """The name under which the outbox of a place is known in the cluster.

    A part of the owner's id is in it: two machines may have one host name, and would read each other's outcomes.
    """
    _, _, made_once = owner.owner.rpartition(" ")
    return f"{owner.site}/{owner.node}/{owner.pipeline}/{made_once[:_ID_LETTERS]}"


def require_relay(settings: Settings) -> RelaySettings:
    """[relay]. ArgumentError for a configuration without a cluster: nothing would say which machine runs a pipeline."""
    if settings.relay is None:
        why = "pipelines that move need a cluster that says which machine runs them (docs/ray.md)"
        raise ArgumentError("config", f"{settings.source} has no table [relay]: {why}")
    return settings.relay


def _owner_in(file: Path) -> tuple[str, str]:
    """The owner and the pipeline in a file. OSError. OutboxError: it is damaged, or a newer version wrote it."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OutboxError(f"The file {file} is damaged: {error}. {_MOVE_AWAY}") from error
    version = written.get("version", _OWNER_VERSION) if isinstance(written, dict) else None
    if isinstance(version, int) and version > _OWNER_VERSION:
        raise OutboxError(f"A newer version wrote the file {file} (form {version}): update securos-trigger here.")
    owner, pipeline = (written.get(key) if version == _OWNER_VERSION else None for key in ("owner", "pipeline"))
    if not isinstance(owner, str) or not isinstance(pipeline, str) or not owner:
        raise OutboxError(f"The file {file} says no owner and no pipeline: it is damaged. {_MOVE_AWAY}")
    return owner, pipeline


def _pipeline(settings: Settings, name: str) -> PipelineSettings:
    for pipeline in settings.pipelines:
        if pipeline.name == name:
            return pipeline
    hint = did_you_mean(name, [pipeline.name for pipeline in settings.pipelines])
    raise NotFoundError("pipeline", f'there is no pipeline "{name}" in {settings.source}. {hint}'.strip())

"""The values of a configuration: the tables of the file, pipelines, and the whole. `config.reader` reads them."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from securos_trigger.config.console_settings import ConsoleSettings
from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.config.placement_settings import PipelinePlacement, PlacementSettings
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.errors import Mistake
from securos_trigger.health.settings import HealthSettings
from securos_trigger.model import Address
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.validation.mistakes import checked_listening_host, custom_mistake


class Table(BaseModel):
    """A table of the file: an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class IdentitySettings(Table):
    """Ids and names that templates may show, and that make event ids unique among deployments."""

    deployment_id: str = Field("", description="Id of this installation; it is part of every derived event id.")
    deployment_name: str = Field("", description="Name of this installation.")
    application_id: str = Field("", description="Id of the application.")
    application_name: str = Field("", description="Name of the application.")
    gateway_id: str = Field("", description="Id of the machine.")
    gateway_name: str = Field("", description="Name of the machine.")


def checked_pause(seconds: float) -> float:
    """Give the seconds between two checks of an idle receiver, when they can be used."""
    if seconds != 0 and not 10 <= seconds <= 3_600:
        raise custom_mistake("must be from 10 to 3600, or 0 for never", "Leave it out: it is 60.")
    return seconds


class OutboxSettings(Table):
    """Where events are kept until they are delivered."""

    path: Path = Field(default_factory=default_outbox_path, description="SQLite file; one process owns it.")
    expire_after_days: float = Field(7.0, gt=0, le=8, description="An event that is older is not delivered any more.")
    keep_delivered_days: float = Field(
        3.0, ge=0, description="How long delivered events stay in the file, for people who look them up."
    )
    late_per_s: float = Field(
        50.0,
        gt=0,
        allow_inf_nan=False,
        description="Most late events sent to a receiver in a second; or twice as many as come in, if that is more.",
    )
    idle_check_s: float = Field(
        60.0,
        allow_inf_nan=False,
        description="A receiver to which nothing was sent for this long is checked with a connection; 0: never.",
    )
    max_size_mb: int = Field(
        2_048, ge=16, description="Largest size of the file. An event that does not fit is lost, and counted."
    )

    _idle_check_s = field_validator("idle_check_s")(checked_pause)

    @field_validator("path")
    @classmethod
    def _is_named(cls, path: Path) -> Path:
        if not path.name or path.name == "..":
            raise custom_mistake("names no file", 'Write path = "state/outbox.sqlite".')
        return path


class LedgerSettings(Table):
    """Where decisions are written down, so that `securos-trigger explain` can say why an event did or did not come."""

    enabled: bool = Field(True, description="false: decisions are held in memory only, and `explain` finds nothing.")
    path: Path | None = Field(
        None, description="File of JSON lines; one process writes it. Left out: beside the outbox."
    )
    max_size_mb: float = Field(10.0, ge=0.1, description="A file of this size is rotated.")
    files: int = Field(5, ge=1, le=100, description="How many files are kept, including the one that is being written.")

    def path_beside(self, outbox: Path) -> Path:
        """The file to write: the one that is set, else the one that belongs to this outbox."""
        return self.path or outbox.with_name(f"{outbox.stem}.ledger.jsonl")


class MetricsSettings(Table):
    """Figures for Prometheus, served over HTTP while `securos-trigger run` runs (docs/metrics.md)."""

    port: int | None = Field(None, ge=0, le=65535, description="Port to serve them on. Left out: they are not served.")
    host: str = Field("127.0.0.1", description="Address to serve them on; by default only this machine can ask.")
    _host = field_validator("host")(checked_listening_host)

    max_cameras: int = Field(
        200, ge=0, le=2_000, description="Cameras of an input that are counted one by one; the others are summed."
    )


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """A trigger node in a pipeline."""

    id: str
    properties: TriggerProperties

    def for_cameras(self, cameras: tuple[str, ...]) -> Self:
        """The node for one camera of an input: with its ids in SecurOS, unless the node has ids of its own."""
        if self.properties.camera_ids or not cameras:
            return self
        return replace(self, properties=self.properties.model_copy(update={"iss_camera_ids": ",".join(cameras)}))


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """One pipeline: a source, nodes in order, a sink. `nodes` holds analytics settings and `TriggerSettings`.

    `placement` says what it needs of the machine that `cluster run` places it on; None: the usual.
    """

    name: str
    source: Any
    nodes: tuple[Any, ...]
    sink: Any
    placement: PipelinePlacement | None = None

    @property
    def has_input(self) -> bool:
        """True when the source is an input, whose frames have no image."""
        return hasattr(self.source, "reads")

    @property
    def triggers(self) -> tuple[TriggerSettings, ...]:
        """The trigger nodes, in order."""
        return tuple(node for node in self.nodes if isinstance(node, TriggerSettings))


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole configuration. `placed_warnings` are about what is allowed but probably not meant.

    `secret_files` are the files that secrets are read from. `time_zone` names the zone of active hours; empty: the
    system's.
    `relay`: what is kept is relayed to this cluster; None: this machine delivers.
    `images`: how the images of events are kept; None: none is kept.
    `placement`: the Ray cluster that pipelines are placed on; None: there is none.
    `source` names the file, `digest` is the SHA-256 of its text as it was read (empty: it was not read from a file).
    """

    identity: IdentitySettings
    outbox: OutboxSettings
    pipelines: tuple[PipelineSettings, ...]
    source: str = ""
    placed_warnings: tuple[Mistake, ...] = ()
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    digest: str = ""
    secret_files: tuple[Path, ...] = ()
    time_zone: str = ""
    relay: RelaySettings | None = None
    images: ImagesSettings | None = None
    placement: PlacementSettings | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings as sentences."""
        return tuple(map(str, self.placed_warnings))

    @property
    def file(self) -> Path | None:
        """The file that it was read from, as a whole path; None: it was not read from one."""
        return Path(self.source).absolute() if self.digest else None

    @property
    def ledger_path(self) -> Path:
        """The file that decisions are written to."""
        return self.ledger.path_beside(self.outbox.path)

    def trigger_nodes(self) -> dict[Address, TriggerSettings]:
        """The trigger nodes by address, in the order of the file."""
        return {
            Address(pipeline.name, "", trigger.id): trigger
            for pipeline in self.pipelines
            for trigger in pipeline.triggers
        }

    def context(self, node_id: str, pipeline: str = "") -> Context:
        """Who a node is: its ids and names, which templates may show, and its pipeline (empty: it has none)."""
        return Context(node_id=node_id, time_zone=self.time_zone, pipeline=pipeline, **self.identity.model_dump())

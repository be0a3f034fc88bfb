"""Place the pipelines of a site on the machines of a cluster, say where each runs, end them; and run one of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import parse_config, read_text
from securos_trigger.config.relay_file import PlacedSite, read_placed_site
from securos_trigger.config.settings import Settings
from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.placement import staying
from securos_trigger.placement.assignment import Assignment, demands_of, namespace_of
from securos_trigger.placement.place import node_name, place_of, require_relay
from securos_trigger.placement.placed_pipeline import PlacedPipeline
from securos_trigger.placement.placed_run import run_placed
from securos_trigger.placement.ray_session import ray_session
from securos_trigger.relay.connection import ClusterUnavailableError
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.pipeline_records import SeenRecord, read_records
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.package_version import package_version
from securos_trigger.system.timestamps import rfc3339


@dataclass(frozen=True, slots=True)
class PipelinePlace:
    """Where a pipeline runs. `state`: see `PlacedPipeline`.

    Without Ray it is `runs`, `no_holder` (no machine runs it now) or `not_known` (the cluster of [relay] is away).
    `since` is when that machine took it over; None: it does not run, or that is not known. `moves` counts how often
    another machine did, `starts` how often a process took it up. `reason` says why it does not run.
    """

    pipeline: str
    state: str
    node: str
    since: str | None
    moves: int
    starts: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlacementReport:
    """Every pipeline of the site. `cluster_reason` says why [relay] could not be asked; empty: it was.

    `file_mistake`: what is wrong with the file, of which only [relay], [placement] and the names could be read.
    """

    pipelines: tuple[PipelinePlace, ...]
    cluster_reason: str = ""
    file_mistake: str = ""

    @property
    def is_healthy(self) -> bool:
        """True when every pipeline runs, or has come to the end of its source and all went well."""
        is_well = all(one.state == "runs" or (one.state == "ended" and not one.reason) for one in self.pipelines)
        return not self.cluster_reason and not self.file_mistake and is_well

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"is_healthy": self.is_healthy, **asdict(self)}


def place_pipelines(config: Path, *, within_s: float = 60.0, text: str | None = None) -> PlacementReport:
    """Place all pipelines of `config`, and wait until each runs, at most `within_s` seconds.

    `text` is placed instead of that of the file. ConfigurationError: it has mistakes. ArgumentError: it names no Ray
    cluster or no [relay]. PlacementError: the Ray cluster cannot be reached or refuses. ModuleNotFoundError: Ray is not
    installed.
    """
    text = read_text(config) if text is None else text
    settings, base = _checked(text, config), str(config.absolute().parent)
    made = [Assignment(one.name, text, base, package_version()) for one in settings.pipelines]
    demands = {one.name: demands_of(one.placement) for one in settings.pipelines}
    site = _site_of(settings)
    with _session(site):
        from securos_trigger.placement.ray_cluster import lacking, place_all

        found = place_all(made, demands, within_s)
        reasons = {one.pipeline: lacking(demands[one.pipeline]) for one in found if one.state == "no_place"}
    return _report(site, found, reasons)


def stay_placed(config: Path, say: Callable[[str], None], *, within_s: float = 60.0) -> None:
    """Place all pipelines of `config`, and again after each loss of Ray's head, until a signal comes.

    The text is that of the file at the start, each time: what a person saves later is placed by the next start.
    ConfigurationError, ArgumentError, ModuleNotFoundError: as above, at the start. Other failures are tried again.
    """
    placed = staying.PlacedText(config.absolute(), read_text(config))
    settings = _checked(placed.text, config)
    assert settings.placement is not None
    if find_spec("ray") is None:
        raise ModuleNotFoundError("No module named 'ray'", name="ray")
    command = [sys.executable, "-m", "securos_trigger", "cluster", "run", str(config), "--wait", f"{within_s:g}"]
    command.append("--text-from-stdin")
    with stopped_by_signals() as stop:
        staying.stay_placed(command, placed, settings.placement.ray_address, stop, say)


def placement_status(config: Path) -> PlacementReport:
    """Say where each pipeline of `config` runs; without [placement] as far as [relay] knows. Errors as above.

    A mistake elsewhere in the file is said in the report.
    """
    mistake, demands = "", dict[str, dict[str, float]]()
    try:
        settings = _settings_of(config, needs_ray=False)
        site = _site_of(settings)
        demands = {one.name: demands_of(one.placement) for one in settings.pipelines}
    except ConfigurationError as error:
        site, mistake = _site_beside(config, error), str(error).split("\n")[1].strip()
    if site.placement is None:
        return replace(_report(site, (), {}), file_mistake=mistake)
    with _session(site):
        from securos_trigger.placement.ray_cluster import lacking, look_at

        found = look_at(site.pipelines)
        lost = [one.pipeline for one in found if one.state == "no_place" and one.pipeline in demands]
        reasons = {name: lacking(demands[name]) for name in lost}
    return replace(_report(site, found, reasons), file_mistake=mistake)


def stop_pipelines(config: Path) -> list[str]:
    """End all placed pipelines of the site, whatever else is in the file; gives their names. Errors as above."""
    try:
        site = _site_of(_settings_of(config))
    except ConfigurationError as error:
        site = _site_beside(config, error)
        if site.placement is None:
            raise
    with _session(site):
        from securos_trigger.placement.ray_cluster import end_all

        return end_all()


def run_one_pipeline(config: Path, pipeline: str, *, node: str = "", base: str = "") -> int:
    """Run one pipeline of `config` on this machine while it holds the lease; gives the exit code (`run_placed`).

    `node` is the name of this machine, else it has its own. Relative paths begin at `base`, else at the folder of the
    file. ConfigurationError, OutboxError, ArgumentError: it cannot.
    """
    settings = _read(config, base)
    return run_placed(settings, place_of(settings, pipeline, node or node_name()))


def _read(config: Path, base: str) -> Settings:
    return parse_config(read_text(config), base=Path(base) if base else config.parent, source=str(config))


def _settings_of(config: Path, *, needs_ray: bool = True) -> Settings:
    """The settings of the file, without the secrets of receivers: they are read where pipelines run."""
    return _checked(read_text(config), config, needs_ray=needs_ray)


def _checked(text: str, config: Path, *, needs_ray: bool = True) -> Settings:
    settings = parse_config(text, base=config.parent, source=str(config), has_secrets=False, has_relay_secret=True)
    require_relay(settings)
    if needs_ray and settings.placement is None:
        what = f"{config} has no table [placement], which names the Ray cluster"
        raise ArgumentError("config", f'{what}: ray_address = "head.example:6379" (docs/ray.md)')
    return settings


def _site_of(settings: Settings) -> PlacedSite:
    return PlacedSite(require_relay(settings), settings.placement, tuple(one.name for one in settings.pipelines))


def _site_beside(config: Path, error: ConfigurationError) -> PlacedSite:
    """The site of a file with a mistake elsewhere. Raises `error` where the file does not even name its cluster."""
    site = read_placed_site(config)
    if site is None:
        raise error
    return site


@contextmanager
def _session(site: PlacedSite) -> Iterator[None]:
    assert site.placement is not None
    with ray_session(site.placement, namespace_of(site.relay.stream, site.relay.gateway)):
        yield


def _report(site: PlacedSite, found: Sequence[PlacedPipeline], reasons: dict[str, str]) -> PlacementReport:
    """Join what Ray says with what the cluster of [relay] has written down."""
    records: dict[str, SeenRecord] = {}
    names, cluster_reason = list(site.pipelines), ""
    try:
        records = asyncio.run(read_records(site.relay, names))
    except ClusterUnavailableError as error:
        cluster_reason = str(error)
    placed = {one.pipeline: one for one in found}
    places = []
    for name in names:
        written = records.get(name, SeenRecord(PipelineRecord(name)))
        is_unknown = bool(cluster_reason or written.reason)
        seen = placed.get(name) or PlacedPipeline(
            name, "not_known" if is_unknown else "runs" if written.is_held else "no_holder"
        )
        places.append(_place(seen, written.record, reasons.get(name) or seen.reason or written.reason))
    return PlacementReport(tuple(places), cluster_reason)


def _place(seen: PlacedPipeline, record: PipelineRecord, reason: str) -> PipelinePlace:
    holder = record.holder
    node = seen.node or ("" if holder is None else holder.node)
    since = None if holder is None or seen.state != "runs" else rfc3339(holder.since_s)
    return PipelinePlace(seen.pipeline, seen.state, node, since, record.moves, record.starts, reason)

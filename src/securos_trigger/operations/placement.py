"""Place the pipelines of a site on the machines of a cluster, say where each runs, end them; and run one of them."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import parse_config, read_text
from securos_trigger.config.relay_file import PlacedSite, read_placed_site
from securos_trigger.config.settings import Settings
from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.errors.wording import with_config
from securos_trigger.operations.pipeline_place import PipelinePlace, joined
from securos_trigger.operations.placed_here import troubles_of_placed
from securos_trigger.placement import staying
from securos_trigger.placement.assignment import Assignment, demands_of, namespace_of
from securos_trigger.placement.place import Place, node_name, place_of, require_relay
from securos_trigger.placement.placed_pipeline import PlacedPipeline
from securos_trigger.placement.placed_run import run_placed
from securos_trigger.placement.ray_session import ray_session
from securos_trigger.relay.connection import ClusterUnavailableError
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.pipeline_records import SeenRecord, forget_states, read_records
from securos_trigger.relay.pipeline_state import StateTrouble
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.package_version import package_version


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
        """True when each pipeline is, as far as its process and the cluster say, and the file has no mistake."""
        return not self.cluster_reason and not self.file_mistake and all(one.is_healthy for one in self.pipelines)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        pipelines = [one.to_json() for one in self.pipelines]
        return {"is_healthy": self.is_healthy, **asdict(self), "pipelines": pipelines}


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
        from securos_trigger.placement.ray_cluster import end_others, lacking, place_all

        removed = end_others(tuple(demands))
        found = place_all(made, demands, within_s)
        reasons = {one.pipeline: lacking(demands[one.pipeline]) for one in found if one.state == "no_place"}
    not_forgotten = _forget(site, removed)
    report = _report(site, found, reasons)
    return replace(report, cluster_reason=report.cluster_reason or not_forgotten)


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


def stop_pipelines(config: Path) -> tuple[list[str], str]:
    """End all placed pipelines of the site, whatever else is in the file; gives their names. Errors as above.

    With them, why the cluster of [relay] does not know that they are to run no more; empty: it does.
    """
    try:
        site = _site_of(_settings_of(config))
    except ConfigurationError as error:
        site = _site_beside(config, error)
        if site.placement is None:
            raise
    with _session(site):
        from securos_trigger.placement.ray_cluster import end_all

        ended = end_all()
    return ended, _forget(site, ended)


def run_one_pipeline(config: Path, pipeline: str, *, node: str = "", base: str = "") -> int:
    """Run one pipeline of `config` on this machine while it holds the lease; gives the exit code (`run_placed`).

    `node` is the name of this machine, else it has its own. Relative paths begin at `base`, else at the folder of the
    file. ConfigurationError, OutboxError, ArgumentError: it cannot.
    """
    settings = _read(config, base)
    return run_placed(settings, place_of(settings, pipeline, node or node_name()), partial(_troubles_now, config))


def _troubles_now(config: Path, place: Place) -> tuple[StateTrouble, ...]:
    """What `securos-trigger status` says of the process with the outbox of this place."""
    troubles = troubles_of_placed(place.outbox, config, now=datetime.now().astimezone())
    reload = with_config("`securos-trigger reload CONFIG`", shlex.quote(str(config)))  # it reaches no placed pipeline
    again = "place it again (`securos-trigger cluster run site.toml`), or restart its unit"
    return tuple(StateTrouble(one.text, one.fix.replace(reload, again), one.needs_person) for one in troubles)


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


def _forget(site: PlacedSite, pipelines: Sequence[str]) -> str:
    """Have the cluster forget the state of pipelines that a person has ended; gives why it could not."""
    if not pipelines:
        return ""
    try:
        asyncio.run(forget_states(site.relay, pipelines))
    except ClusterUnavailableError as error:
        return str(error)
    return ""


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
        written = None if cluster_reason else records.get(name, SeenRecord(PipelineRecord(name)))
        places.append(joined(name, placed.get(name), written, reasons.get(name, "")))
    return PlacementReport(tuple(places), cluster_reason)

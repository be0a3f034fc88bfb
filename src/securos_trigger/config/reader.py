"""Reads a configuration file: TOML in, settings out, or every mistake at once with its line.

    time_zone                   of active hours; above all tables
    [identity]                  ids and names for templates
    [outbox]                    where events are kept
    [ledger]                    where decisions are recorded
    [metrics]                   figures for Prometheus
    [health]                    when the bridge reports trouble of its own
    [console]                   the console in a browser
    [relay], [images]           the cluster that events are relayed to; images of events
    [[pipelines]]               name
    [pipelines.source]          where frames come from
    [[pipelines.nodes]]         in order; `type = "trigger_securos_event"` is ours
    [pipelines.sink]            where frames go

Relative paths are relative to the file, `~` is the home folder. Nothing heavy is imported: a check takes no time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from securos_trigger.analytics.labels import label_mistakes
from securos_trigger.analytics.settings import DetectorSettings, NodeSettings
from securos_trigger.config.agreement import (
    Numbered,
    ca_file_mistakes,
    gateway_mistakes,
    name_mistakes,
    target_mistakes,
    triggers_of,
)
from securos_trigger.config.console_settings import ConsoleSettings
from securos_trigger.config.encoding import encoding_mistake, text_in
from securos_trigger.config.files import file_mistakes
from securos_trigger.config.flow import flow_warnings
from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.config.needed_parts import file_warnings, part_mistakes
from securos_trigger.config.property_warnings import property_warnings
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.secrets import prepare_secrets
from securos_trigger.config.settings import (
    IdentitySettings,
    LedgerSettings,
    MetricsSettings,
    OutboxSettings,
    PipelineSettings,
    Settings,
    Table,
    TriggerSettings,
)
from securos_trigger.config.table_slips import with_table
from securos_trigger.config.time_zone import time_zone_warnings, with_place_of_time_zone
from securos_trigger.config.toml_text import tables_of
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.health.settings import HealthSettings
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.user_folders import below
from securos_trigger.trigger.active_hours import checked_zone
from securos_trigger.trigger.rules import check_properties
from securos_trigger.validation.masking import without_login
from securos_trigger.validation.mistakes import did_you_mean, mistakes_from, name_problem, shown_name
from securos_trigger.video.settings import SinkSettings, SourceSettings

TRIGGER_TYPE = "trigger_securos_event"


class _Top(Table):
    time_zone: Annotated[str, AfterValidator(checked_zone)] = ""
    # A table that is left out is made of its defaults without a validator of its own, which takes a while to build.
    identity: IdentitySettings = Field(default_factory=IdentitySettings.model_construct)
    outbox: OutboxSettings = Field(default_factory=OutboxSettings.model_construct)
    ledger: LedgerSettings = Field(default_factory=LedgerSettings.model_construct)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings.model_construct)
    health: HealthSettings = Field(default_factory=HealthSettings.model_construct)
    console: ConsoleSettings = Field(default_factory=ConsoleSettings.model_construct)
    relay: RelaySettings | None = None
    images: ImagesSettings | None = None
    pipelines: list[dict[str, Any]] = Field(min_length=1)


class _Pipeline(Table):
    name: Annotated[str, Field(min_length=1), AfterValidator(shown_name)]
    source: dict[str, Any]
    cameras: dict[str, Any] | None = None
    nodes: list[dict[str, Any]] = Field(default_factory=list)
    sink: dict[str, Any] = Field(default_factory=lambda: {"type": "null"})


def _by_type(union: Any) -> dict[str, type[BaseModel]]:
    """The settings models of a discriminated union, by the word that stands in `type`."""
    return {model.model_fields["type"].default: model for model in get_args(get_args(union)[0])}


_SOURCES = _by_type(SourceSettings)
_SINKS = _by_type(SinkSettings)
_NODES = _by_type(NodeSettings)
USUAL_IDS: dict[str, str] = {TRIGGER_TYPE: "trigger1"} | {
    kind: model.model_fields["id"].default for kind, model in _NODES.items()
}

_Model = TypeVar("_Model", bound=BaseModel)


def read_config(path: Path | str, *, has_secrets: bool = True, has_files: bool = False) -> Settings:
    """Read the TOML file at `path`. ConfigurationError has every mistake, each with its line, in the order of lines.

    `has_secrets` False: for work that reaches no VMS (replay, record). Passwords in files and in the environment are
    then not looked for, each is `NO_SECRET`, and an address that cannot be read is `NO_ADDRESS` (`config.secrets`); CA
    files are not read, and no warning is about what nodes write, because the metadata may come from elsewhere.
    `has_files` True: what a run needs on this machine is looked for.
    """
    path = Path(path)
    try:
        text = text_in(path.read_bytes())
    except OSError as error:
        raise ConfigurationError([Mistake("", f"the file cannot be read: {reason_of(error)}")], str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError([encoding_mistake(error)], str(path)) from None
    return parse_config(text, base=path.parent, source=str(path), has_secrets=has_secrets, has_files=has_files)


def parse_config(
    text: str, *, base: Path, source: str = "configuration", has_secrets: bool = True, has_files: bool = False
) -> Settings:
    """Read `text` (TOML), relative paths below `base`; otherwise as `read_config`."""
    raw = tables_of(text, source)
    secrets = prepare_secrets(raw, base, has_secrets=has_secrets)
    mistakes: list[Mistake] = []
    top = _read(_Top, raw, "", mistakes)
    pipelines = _pipelines(raw, base, mistakes)
    mistakes += _disagreements(top, pipelines, has_secrets=has_secrets, has_files=has_files)
    if mistakes or top is None:
        raise ConfigurationError(_placed(mistakes, text, raw), source)
    found = _warnings(top, pipelines)
    found += flow_warnings(pipelines) if has_secrets else []
    found += file_warnings(pipelines) if has_files else []
    settings = Settings(
        identity=top.identity,
        outbox=_rooted(top.outbox, base),
        pipelines=tuple(pipeline for _, pipeline in pipelines),
        source=source,
        warnings=tuple(str(warning) for warning in _placed(found, text, raw)),
        ledger=_rooted(top.ledger, base),
        metrics=top.metrics,
        health=top.health,
        console=top.console.below(base),
        digest=digest_of(text),
        secret_files=secrets,
        time_zone=top.time_zone,
        relay=None if top.relay is None else top.relay.completed(base, top.identity.gateway_id),
        images=top.images,
    )
    if mistakes := file_mistakes(settings):
        raise ConfigurationError(_placed(mistakes, text, raw), source)
    return settings


def _disagreements(top: _Top | None, pipelines: Numbered, *, has_secrets: bool, has_files: bool) -> list[Mistake]:
    """Mistakes of tables that do not fit each other, the machine, or the files that they name."""
    mistakes = name_mistakes(pipelines) + target_mistakes(pipelines)
    mistakes += ca_file_mistakes(pipelines) if has_secrets else []
    if top is not None:
        mistakes += part_mistakes(pipelines, top.metrics, top.relay) if has_files else []
        mistakes += gateway_mistakes(top.relay, top.identity)
    return mistakes


def _placed(mistakes: list[Mistake], text: str, raw: dict[str, Any]) -> list[Mistake]:
    """The mistakes in the order of the file, with their lines and places in words."""
    if not mistakes:
        return []
    from securos_trigger.config.places import placed

    return placed(mistakes, text, raw, USUAL_IDS)


def _warnings(top: _Top, pipelines: Numbered) -> list[Mistake]:
    """What is allowed but probably not meant, whatever the nodes write and this machine has."""
    found = property_warnings(pipelines) + time_zone_warnings(top.time_zone, pipelines)
    if "health" in top.model_fields_set and not any(t.properties.health_cameras for _, t in triggers_of(pipelines)):
        found.append(Mistake("health", "not used, because no trigger node has health_camera_ids"))
    return found


def digest_of(text: str) -> str:
    """The SHA-256 of a configuration's text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _pipelines(raw: dict[str, Any], base: Path, mistakes: list[Mistake]) -> list[tuple[int, PipelineSettings]]:
    """Read all pipelines; those without a mistake, each with its number in the file."""
    read = (
        (number, _pipeline(table, f"pipelines[{number}]", base, mistakes))
        for number, table in _tables(raw.get("pipelines"))
    )
    return [(number, pipeline) for number, pipeline in read if pipeline is not None]


def _pipeline(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> PipelineSettings | None:
    """Read one pipeline; add its mistakes, and those of everything in it, to `mistakes`."""
    before = len(mistakes)
    _read(_Pipeline, raw, where, mistakes)
    mistakes[before:] = [with_table(mistake, raw, where) for mistake in mistakes[before:]]
    source = _source(raw, where, base, mistakes)
    nodes = [_node(table, f"{where}.nodes[{number}]", base, mistakes) for number, table in _tables(raw.get("nodes"))]
    sink = _part(_SINKS, raw.get("sink", {"type": "null"}), f"{where}.sink", base, mistakes)
    if len(mistakes) > before:
        return None
    return PipelineSettings(raw["name"], source, tuple(nodes), sink)


def _source(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> Any:
    """Read a pipeline's source; None when it has mistakes (added to `mistakes`)."""
    table, place = raw.get("source"), f"{where}.source"
    if not isinstance(table, dict) or table.get("type") in _SOURCES or not isinstance(table.get("type"), str):
        if raw.get("cameras") is not None:
            fix = "Set iss_camera_ids of the trigger node: a source of video is one camera."
            mistakes.append(Mistake(f"{where}.cameras", "is for inputs, whose messages name their cameras", fix))
        return _part(_SOURCES, table, place, base, mistakes)
    from securos_trigger.config.input_sources import input_types, read_input_source  # no video needs it

    if table["type"] not in input_types():
        return _part(_SOURCES, table, place, base, mistakes, *input_types())
    source = read_input_source(table, raw.get("cameras"), place, mistakes)
    if source is None:
        return None
    rooted = {"transport": _rooted(source.transport, base), "reads": _rooted(source.reads, base)}
    return source.model_copy(update=rooted)


def _node(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> Any:
    """Read one node's settings; None when it has mistakes (added to `mistakes`)."""
    if raw.get("type") != TRIGGER_TYPE:
        node = _part(_NODES, raw, where, base, mistakes, TRIGGER_TYPE)
        if isinstance(node, DetectorSettings):
            mistakes += label_mistakes(node, where)
        return node
    own = {key: value for key, value in raw.items() if key not in ("type", "id")}
    node_id = raw.get("id", "trigger1")
    if not isinstance(node_id, str) or not node_id:
        mistakes.append(Mistake(f"{where}.id", "text in quotes is expected"))
    elif problem := name_problem(node_id):
        mistakes.append(Mistake(f"{where}.id", problem))
    properties, found = check_properties(_rooted_properties(own, base), where)
    mistakes += map(with_place_of_time_zone, found)
    return None if properties is None else TriggerSettings(str(node_id), properties)


def _part(
    models: dict[str, type[BaseModel]], raw: Any, where: str, base: Path, mistakes: list[Mistake], *also: str
) -> Any:
    """Read a table whose `type` says which settings it holds; None when it has mistakes (added to `mistakes`)."""
    if not isinstance(raw, dict):
        return None
    known, kind = (*models, *also), raw.get("type")
    if kind is None:
        mistakes.append(Mistake(f"{where}.type", "is required and missing", f"Known: {', '.join(known)}."))
        return None
    if not isinstance(kind, str) or kind not in models:
        fix = did_you_mean(str(kind), known)
        mistakes.append(Mistake(f"{where}.type", f'there is no type "{without_login(str(kind))}"', fix))
        return None
    part = _read(models[kind], raw, where, mistakes)
    return None if part is None else _rooted(part, base)


def _read(model: type[_Model], raw: Mapping[str, Any], where: str, mistakes: list[Mistake]) -> _Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        mistakes += map(with_place_of_time_zone, mistakes_from(error, model, where))
        return None


def _tables(raw: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The tables of an array of tables; anything else there is reported by its model."""
    numbered = enumerate(raw if isinstance(raw, list) else ())
    return ((number, table) for number, table in numbered if isinstance(table, dict))


def _rooted(settings: _Model, base: Path) -> _Model:
    """`settings` with every relative path below `base`, and `~` as the home folder."""
    paths = {name: below(base, value) for name, value in settings if isinstance(value, Path)}
    return settings.model_copy(update=paths) if paths else settings


def _rooted_properties(raw: dict[str, Any], base: Path) -> dict[str, Any]:
    """A trigger node's raw properties with the CA file below `base`."""
    if isinstance(raw.get("iss_ca_file"), str) and raw["iss_ca_file"]:
        return {**raw, "iss_ca_file": str(below(base, raw["iss_ca_file"]))}
    return raw

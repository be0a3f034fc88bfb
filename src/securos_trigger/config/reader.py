"""Reads a configuration file: TOML in, settings out, or every mistake at once with its line.

    [identity]                  ids and names for templates
    [outbox]                    where events are kept
    [ledger]                    where decisions are recorded
    [metrics]                   figures for Prometheus
    [health]                    when the bridge reports trouble of its own
    [[pipelines]]               name
    [pipelines.source]          where frames come from
    [[pipelines.nodes]]         in order; `type = "trigger_securos_event"` is ours
    [pipelines.sink]            where frames go

Relative paths are relative to the file. This module imports nothing heavy: a check takes a fraction of a second.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError

from securos_trigger.analytics.labels import label_mistakes
from securos_trigger.analytics.settings import DetectorSettings, NodeSettings
from securos_trigger.conditions.lint import certain_mistakes
from securos_trigger.config.files import file_mistakes, secret_files
from securos_trigger.config.settings import (
    IdentitySettings,
    MetricsSettings,
    OutboxSettings,
    PipelineSettings,
    Settings,
    Table,
    TriggerSettings,
)
from securos_trigger.config.toml_lines import form_mistake, with_line
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.health.settings import HealthSettings
from securos_trigger.ledger.settings import LedgerSettings
from securos_trigger.model import EventSource, Target
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.user_folders import expanded
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.rules import check_properties
from securos_trigger.validation.connection import CA_FILE_FIX, ca_file_problem
from securos_trigger.validation.mistakes import did_you_mean, mistakes_from
from securos_trigger.video.settings import SinkSettings, SourceSettings

TRIGGER_TYPE = "trigger_securos_event"

#: Stands for a secret that was not looked for.
NO_SECRET = "(not-looked-for)"

#: Properties that nodes of one target must share, because one courier serves the target.
_SHARED_BY_TARGET = ("iss_password", "iss_certificate_sha256", "iss_ca_file", "record_max_lateness")


class _Top(Table):
    identity: IdentitySettings = IdentitySettings()
    outbox: OutboxSettings = Field(default_factory=OutboxSettings)
    ledger: LedgerSettings = LedgerSettings()
    metrics: MetricsSettings = MetricsSettings()
    health: HealthSettings = HealthSettings()
    pipelines: list[dict[str, Any]] = Field(min_length=1)


class _Pipeline(Table):
    name: Annotated[str, Field(min_length=1)]
    source: dict[str, Any]
    nodes: list[dict[str, Any]] = Field(default_factory=list)
    sink: dict[str, Any] = Field(default_factory=lambda: {"type": "null"})


def _by_type(union: Any) -> dict[str, type[BaseModel]]:
    """The settings models of a discriminated union, by the word that stands in `type`."""
    return {model.model_fields["type"].default: model for model in get_args(get_args(union)[0])}


_SOURCES = _by_type(SourceSettings)
_SINKS = _by_type(SinkSettings)
_NODES = _by_type(NodeSettings)

_Model = TypeVar("_Model", bound=BaseModel)


def read_config(path: Path | str, *, has_secrets: bool = True) -> Settings:
    """Read the TOML file at `path`. ConfigurationError has every mistake, each with its line.

    `has_secrets` False: for work that reaches no VMS (replay, record). Secrets in files and in the environment are
    then not looked for, and each is `NO_SECRET`; CA files are not read either.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = reason_of(error) if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError([Mistake("", f"the file cannot be read: {why}")], str(path)) from None
    return parse_config(text, base=path.parent, source=str(path), has_secrets=has_secrets)


def parse_config(text: str, *, base: Path, source: str = "configuration", has_secrets: bool = True) -> Settings:
    """Read `text` (TOML), relative paths below `base`; otherwise as `read_config`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([form_mistake(text, error)], source) from None
    secrets = tuple(secret_files(raw, base))
    if not has_secrets:
        _leave_secrets(raw)
    mistakes: list[Mistake] = []
    top = _read(_Top, raw, "", mistakes)
    pipelines = [
        pipeline
        for number, table in _tables(raw.get("pipelines"))
        if (pipeline := _pipeline(table, f"pipelines[{number}]", base, mistakes)) is not None
    ]
    mistakes += _name_mistakes(pipelines)
    mistakes += _target_mistakes(pipelines)
    if has_secrets:
        mistakes += _ca_file_mistakes(pipelines)
    if mistakes or top is None:
        raise ConfigurationError([with_line(mistake, text) for mistake in mistakes], source)
    settings = Settings(
        identity=top.identity,
        outbox=_rooted(top.outbox, base),
        pipelines=tuple(pipelines),
        source=source,
        warnings=_warnings(top, pipelines),
        ledger=_rooted(top.ledger, base),
        metrics=top.metrics,
        health=top.health,
        digest=digest_of(text),
        secret_files=secrets,
    )
    if mistakes := file_mistakes(settings):
        raise ConfigurationError([with_line(mistake, text) for mistake in mistakes], source)
    return settings


def _warnings(top: _Top, pipelines: list[PipelineSettings]) -> tuple[str, ...]:
    """Sentences about what is allowed but probably not meant."""
    warnings = tuple(
        f"{pipeline.name}, {trigger.id}: {warning}"
        for pipeline in pipelines
        for trigger in pipeline.triggers
        for warning in (*trigger.properties.warnings(), *_condition_warnings(trigger.properties))
    )
    if "health" in top.model_fields_set and not any(t.properties.health_cameras for p in pipelines for t in p.triggers):
        warnings += ("health: not used, because no trigger node has health_camera_ids.",)
    return warnings


def digest_of(text: str) -> str:
    """The SHA-256 of a configuration's text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _pipeline(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> PipelineSettings | None:
    """Read one pipeline; add its mistakes, and those of everything in it, to `mistakes`."""
    before = len(mistakes)
    _read(_Pipeline, raw, where, mistakes)
    source = _part(_SOURCES, raw.get("source"), f"{where}.source", base, mistakes)
    nodes = [_node(table, f"{where}.nodes[{number}]", base, mistakes) for number, table in _tables(raw.get("nodes"))]
    sink = _part(_SINKS, raw.get("sink", {"type": "null"}), f"{where}.sink", base, mistakes)
    if len(mistakes) > before:
        return None
    return PipelineSettings(raw["name"], source, tuple(nodes), sink)


def _node(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> Any:
    """Read one node's settings; None when it has mistakes (added to `mistakes`)."""
    if raw.get("type") != TRIGGER_TYPE:
        node = _part(_NODES, raw, where, base, mistakes, also=TRIGGER_TYPE)
        if isinstance(node, DetectorSettings):
            mistakes += label_mistakes(node, where)
        return node
    own = {key: value for key, value in raw.items() if key not in ("type", "id")}
    node_id = raw.get("id", "trigger1")
    if not isinstance(node_id, str) or not node_id:
        mistakes.append(Mistake(f"{where}.id", "text in quotes is expected"))
    properties, found = check_properties(_rooted_properties(own, base), where)
    mistakes += found
    return None if properties is None else TriggerSettings(str(node_id), properties)


def _part(
    models: dict[str, type[BaseModel]], raw: Any, where: str, base: Path, mistakes: list[Mistake], also: str = ""
) -> Any:
    """Read a table whose `type` says which settings it holds; None when it has mistakes (added to `mistakes`)."""
    if not isinstance(raw, dict):
        return None
    known = (*models, also) if also else tuple(models)
    kind = raw.get("type")
    if kind is None:
        mistakes.append(Mistake(f"{where}.type", "is required and missing", f"Known: {', '.join(known)}."))
        return None
    if not isinstance(kind, str) or kind not in models:
        mistakes.append(Mistake(f"{where}.type", f'there is no type "{kind}"', did_you_mean(str(kind), known)))
        return None
    part = _read(models[kind], raw, where, mistakes)
    return None if part is None else _rooted(part, base)


def _read(model: type[_Model], raw: Mapping[str, Any], where: str, mistakes: list[Mistake]) -> _Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        mistakes += mistakes_from(error, model, where)
        return None


def _tables(raw: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The tables of an array of tables; anything else there is reported by its model."""
    for number, table in enumerate(raw if isinstance(raw, list) else ()):
        if isinstance(table, dict):
            yield number, table


def _rooted(settings: _Model, base: Path) -> _Model:
    """`settings` with every relative path below `base`."""
    paths = {name: base / value for name, value in settings if isinstance(value, Path) and not value.is_absolute()}
    return settings.model_copy(update=paths) if paths else settings


def _rooted_properties(raw: dict[str, Any], base: Path) -> dict[str, Any]:
    """A trigger node's raw properties with the files they name (secret, CA file) below `base`."""
    rooted = dict(raw)
    secret = raw.get("iss_password")
    if isinstance(secret, dict) and isinstance(secret.get("file"), str):
        rooted["iss_password"] = {**secret, "file": str(base / expanded(secret["file"]))}
    if isinstance(raw.get("iss_ca_file"), str) and raw["iss_ca_file"]:
        rooted["iss_ca_file"] = str(base / expanded(raw["iss_ca_file"]))
    return rooted


def _leave_secrets(raw: dict[str, Any]) -> None:
    """Put `NO_SECRET` where a trigger node takes its secret from a file or from the environment."""
    for _, pipeline in _tables(raw.get("pipelines")):
        for _, node in _tables(pipeline.get("nodes")):
            secret = node.get("iss_password")
            if isinstance(secret, dict) and set(secret) in ({"env"}, {"file"}):
                node["iss_password"] = NO_SECRET


def _condition_warnings(properties: TriggerProperties) -> list[str]:
    """Sentences about what cannot be meant in a condition, whatever the metadata is."""
    if properties.trigger is None or properties.event_source is not EventSource.CUSTOM:
        return []
    return [f"trigger: {mistake.what}. {mistake.fix}" for mistake in certain_mistakes(properties.trigger)]


def _ca_file_mistakes(pipelines: list[PipelineSettings]) -> list[Mistake]:
    """CA files that cannot be read, or that hold no certificate: no delivery could begin."""
    mistakes = []
    for pipeline in pipelines:
        for trigger in pipeline.triggers:
            file = trigger.properties.iss_ca_file
            what = ca_file_problem(Path(file)) if file and trigger.properties.iss_scheme == "https" else ""
            if what:
                where = f'pipeline "{pipeline.name}", {trigger.id}, iss_ca_file'
                mistakes.append(Mistake(where, what, CA_FILE_FIX))
    return mistakes


def _name_mistakes(pipelines: list[PipelineSettings]) -> list[Mistake]:
    """Names that are used twice: pipelines in the file, nodes in a pipeline."""
    mistakes = [
        Mistake("pipelines", f'the name "{name}" stands {count} times', "Give every pipeline its own name.")
        for name, count in Counter(pipeline.name for pipeline in pipelines).items()
        if count > 1
    ]
    for pipeline in pipelines:
        for node_id, count in Counter(node.id for node in pipeline.nodes).items():
            if count > 1:
                where = f'pipeline "{pipeline.name}"'
                fix = "Give every node of a pipeline its own id."
                mistakes.append(Mistake(where, f'{count} nodes have the id "{node_id}"', fix))
    return mistakes


def _target_mistakes(pipelines: list[PipelineSettings]) -> list[Mistake]:
    """Mistakes of nodes that send to one receiver and disagree about how to reach it."""
    first: dict[Target, TriggerSettings] = {}
    mistakes = []
    for pipeline in pipelines:
        for trigger in pipeline.triggers:
            other = first.setdefault(trigger.properties.target, trigger)
            for name in _SHARED_BY_TARGET:
                if getattr(trigger.properties, name) != getattr(other.properties, name):
                    what = f"differs from the one of {other.id}, which has the same receiver {other.properties.target}"
                    where = f'pipeline "{pipeline.name}", {trigger.id}, {name}'
                    mistakes.append(Mistake(where, what, "Nodes with one receiver share this property."))
    return mistakes

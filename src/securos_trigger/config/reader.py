"""Reads a configuration file: TOML in, settings out, or every mistake at once with its line.

    time_zone                   of active hours; above all tables
    [identity]                  ids and names for templates
    [outbox]                    where events are kept
    [ledger]                    where decisions are recorded
    [metrics]                   figures for Prometheus
    [health]                    when the service reports trouble of its own
    [console]                   the console in a browser
    [relay], [images]           the cluster that events are relayed to; images of events
    [placement]                 the Ray cluster that pipelines are placed on
    [[pipelines]]               name
    [pipelines.source]          where frames come from
    [[pipelines.nodes]]         in order; `type = "trigger_securos_event"` is ours
    [pipelines.sink]            where frames go

Relative paths are relative to the file, `~` is the home folder. Nothing heavy is imported: a check takes no time.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from securos_trigger.config.agreement import (
    Numbered,
    ca_file_mistakes,
    gateway_mistakes,
    target_mistakes,
    triggers_of,
)
from securos_trigger.config.console_settings import ConsoleSettings
from securos_trigger.config.deliver_file import kind_problem
from securos_trigger.config.encoding import content_of, encoding_mistake, require_size, text_in
from securos_trigger.config.files import file_mistakes
from securos_trigger.config.flow import flow_warnings
from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.config.needed_parts import file_warnings, output_warnings, part_mistakes
from securos_trigger.config.path_codes import with_path_codes
from securos_trigger.config.pipelines import USUAL_IDS, read_pipelines
from securos_trigger.config.placement_settings import PlacementSettings
from securos_trigger.config.property_warnings import property_warnings
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.repeated_names import name_mistakes
from securos_trigger.config.secrets import prepare_secrets
from securos_trigger.config.settings import (
    IdentitySettings,
    LedgerSettings,
    MetricsSettings,
    OutboxSettings,
    Settings,
    Table,
)
from securos_trigger.config.table_pairs import pair_warnings, value_warnings
from securos_trigger.config.table_slips import with_right_place, without_repeats
from securos_trigger.config.tables import read_table, rooted
from securos_trigger.config.time_zone import time_zone_warnings
from securos_trigger.config.toml_text import tables_of
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.health.settings import HealthSettings
from securos_trigger.trigger.active_hours import checked_zone


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
    placement: PlacementSettings | None = None
    pipelines: list[dict[str, Any]] = Field(min_length=1)


class _TopFromNothing(_Top):
    pipelines: list[dict[str, Any]] = Field(default_factory=list)


def read_config(
    path: Path | str,
    *,
    has_secrets: bool = True,
    has_files: bool = False,
    has_relay_secret: bool = False,
    may_be_empty: bool = False,
) -> Settings:
    """Read the TOML file at `path`. ConfigurationError has every mistake, each with its line, in the order of lines.

    `has_secrets` False: for work that reaches no VMS (replay, record). Passwords in files and in the environment are
    then not looked for, each is `NO_SECRET`, and an address that cannot be read is `NO_ADDRESS` (`config.secrets`); CA
    files are not read, and no warning is about what nodes write, because the metadata may come from elsewhere.
    `has_files` True: what a run needs on this machine is looked for. `has_relay_secret` True: the password of [relay]
    is looked for without `has_secrets` too, for work that reaches the cluster and no VMS. `may_be_empty` True: a file
    without a pipeline is what a person begins with in the console.
    """
    path = Path(path)
    return parse_config(
        read_text(path),
        base=path.parent,
        source=str(path),
        has_secrets=has_secrets,
        has_files=has_files,
        has_relay_secret=has_relay_secret,
        may_be_empty=may_be_empty,
    )


def may_lose_all_pipelines(in_force: Settings) -> bool:
    """Whether the file of these settings may have no pipeline now. An empty one may be just being written.

    ConfigurationError: it cannot be read.
    """
    return not in_force.pipelines or bool(read_text(Path(in_force.source)).strip())


def read_text(path: Path) -> str:
    """The text of a configuration file, for those who need it besides its settings. ConfigurationError: none."""
    try:
        return text_in(content_of(path))
    except UnicodeDecodeError as error:
        raise ConfigurationError([encoding_mistake(error)], str(path)) from None


def text_as_read(settings: Settings) -> str | None:
    """The text of the file that the settings were read from; None: it has another one by now, or there is no file."""
    try:
        text = read_text(Path(settings.source)) if settings.digest else None
    except ConfigurationError:  # it is gone
        return None
    return text if text is not None and digest_of(text) == settings.digest else None


def parse_config(
    text: str,
    *,
    base: Path,
    source: str = "configuration",
    has_secrets: bool = True,
    has_files: bool = False,
    has_relay_secret: bool = False,
    has_all_warnings: bool = False,
    may_be_empty: bool = False,
    tables: dict[str, Any] | None = None,
) -> Settings:
    """Read `text` (TOML), relative paths below `base`; otherwise as `read_config`.

    `has_all_warnings` True: those about what nodes write and about files of this machine are given in any case.
    `tables`: what the text says with changes that are not written yet; they are used up. Lines are those of `text`.
    """
    raw = _raw(text, source, tables)
    if problem := kind_problem(raw, is_for_deliver=False):
        raise ConfigurationError([Mistake("", problem)], source)
    secrets = prepare_secrets(raw, base, has_secrets=has_secrets, has_relay_secret=has_relay_secret)
    mistakes: list[Mistake] = []
    top = read_table(_TopFromNothing if may_be_empty else _Top, raw, "", mistakes)
    pipelines = read_pipelines(raw, base, mistakes)
    others = _disagreements(raw, top, pipelines, has_secrets=has_secrets, has_files=has_files)
    mistakes = with_path_codes(raw, [*mistakes, *others])
    if mistakes or top is None:
        raise ConfigurationError(_placed(map(with_right_place, without_repeats(mistakes, raw)), text, raw), source)
    found = _warnings(top, pipelines, has_flow=has_secrets or has_all_warnings)
    found += _file_warnings(top, pipelines, base) if has_files or has_all_warnings else []
    settings = replace(
        _tables(top, pipelines, base),
        source=source,
        placed_warnings=tuple(_placed(found, text, raw)),
        digest=digest_of(text),
        secret_files=secrets,
    )
    if mistakes := file_mistakes(settings, has_files=has_files):
        raise ConfigurationError(_placed(mistakes, text, raw), source)
    return settings


def _raw(text: str, source: str, tables: dict[str, Any] | None) -> dict[str, Any]:
    require_size(len(text), source)
    return tables_of(text, source) if tables is None else tables


def _tables(top: _Top, pipelines: Numbered, base: Path) -> Settings:
    """The tables of a file as settings, with every relative path below `base`."""
    return Settings(
        identity=top.identity,
        outbox=rooted(top.outbox, base),
        pipelines=tuple(pipeline for _, pipeline in pipelines),
        ledger=rooted(top.ledger, base),
        metrics=top.metrics,
        health=top.health,
        console=top.console.below(base),
        time_zone=top.time_zone,
        relay=None if top.relay is None else top.relay.completed(base, top.identity.gateway_id),
        images=top.images,
        placement=None if top.placement is None else rooted(top.placement, base),
    )


def _file_warnings(top: _Top, pipelines: Numbered, base: Path) -> list[Mistake]:
    relay = None if top.relay is None else top.relay.completed(base)
    return file_warnings(pipelines, ("console", top.console.below(base)), ("relay", relay))


def _disagreements(
    raw: dict[str, Any], top: _Top | None, pipelines: Numbered, *, has_secrets: bool, has_files: bool
) -> list[Mistake]:
    """Mistakes of tables that do not fit each other, the machine, or the files that they name."""
    mistakes = name_mistakes(raw, USUAL_IDS) + target_mistakes(pipelines)
    mistakes += ca_file_mistakes(pipelines) if has_secrets else []
    if top is not None:
        mistakes += part_mistakes(pipelines, top.metrics, top.relay) if has_files else []
        mistakes += gateway_mistakes(top.relay, top.identity)
    return mistakes


def _placed(found: Iterable[Mistake], text: str, raw: dict[str, Any]) -> list[Mistake]:
    """The mistakes in the order of the file, with their lines and places in words."""
    if not (mistakes := list(found)):
        return []
    from securos_trigger.config.places import placed

    return placed(mistakes, text, raw, USUAL_IDS)


def _warnings(top: _Top, pipelines: Numbered, *, has_flow: bool) -> list[Mistake]:
    """What is allowed but probably not meant. `has_flow`: also what nodes need and write, and where outputs go."""
    found = property_warnings(pipelines) + time_zone_warnings(top.time_zone, pipelines)
    found += pair_warnings(pipelines, top.metrics, top.console if "console" in top.model_fields_set else None)
    found += value_warnings(pipelines, top.outbox, top.health, top.images)
    unused = [key for key in HealthSettings.model_fields if key in top.health.model_fields_set - {"certificate_days"}]
    if unused and not any(t.properties.health_cameras for _, t in triggers_of(pipelines)):
        keys = f"{', '.join(unused)}: not used, because no trigger node has health_camera_ids"
        found.append(Mistake("health", keys))
    return found + (flow_warnings(pipelines) + output_warnings(pipelines) if has_flow else [])


def digest_of(text: str) -> str:
    """The SHA-256 of a configuration's text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

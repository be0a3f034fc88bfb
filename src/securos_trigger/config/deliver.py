"""Reads the configuration of `securos-trigger deliver`: the cluster, and the receivers beside this machine.

[relay]          the cluster (as at a gateway)
[[receivers]]    a SecurOS server each: how it is reached, with the names of the trigger node's properties
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from securos_trigger.config.deliver_file import control_place, kind_problem
from securos_trigger.config.encoding import bytes_of, encoding_mistake, text_in, unreadable
from securos_trigger.config.places import placed
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import MetricsSettings, checked_pause
from securos_trigger.config.toml_text import tables_of
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.system.user_folders import below
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.property_check import check_properties
from securos_trigger.validation.connection import CA_FILE_FIX, ca_file_problem
from securos_trigger.validation.mistakes import mistakes_from

#: The properties of a trigger node that say how its receiver is reached.
RECEIVER_PROPERTIES: Final = (
    "iss_ip",
    "iss_port",
    "iss_scheme",
    "iss_path",
    "iss_password",
    "iss_certificate_sha256",
    "iss_ca_file",
    "record_max_lateness",
)


class _Top(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    relay: RelaySettings
    receivers: list[dict[str, Any]] = Field(min_length=1)
    metrics: MetricsSettings = MetricsSettings()
    state_folder: str = ""
    expire_after_days: float = Field(7.0, gt=0, le=8)
    late_per_s: float = Field(50.0, gt=0, allow_inf_nan=False)
    idle_check_s: float = Field(60.0, allow_inf_nan=False)

    _idle_check_s = field_validator("idle_check_s")(checked_pause)


@dataclass(frozen=True, slots=True)
class DeliverSettings:
    """What `deliver` needs. An event of `expire_after_days` is dead, and `late_per_s` bounds late ones (per second). A
    receiver that is idle for `idle_check_s` is checked.

    `place` is a file name beside which the control socket stands.
    """

    relay: RelaySettings
    receivers: tuple[TriggerProperties, ...]
    expire_after_days: float
    late_per_s: float
    idle_check_s: float
    metrics: MetricsSettings
    place: Path


def read_deliver_config(path: Path) -> DeliverSettings:
    """Read the TOML file at `path`. ConfigurationError has every mistake, each with its line."""
    try:
        text = text_in(bytes_of(path))
    except OSError as error:
        raise ConfigurationError([unreadable(path, error)], str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError([encoding_mistake(error)], str(path)) from None
    return parse_deliver_config(text, base=path.parent, source=str(path))


def parse_deliver_config(text: str, *, base: Path, source: str = "configuration") -> DeliverSettings:
    """Read `text` (TOML), relative paths below `base`; otherwise as `read_deliver_config`."""
    raw = tables_of(text, source)
    if problem := kind_problem(raw, is_for_deliver=True):
        raise ConfigurationError([Mistake("", problem)], source)
    _root_secrets(raw, base)
    mistakes: list[Mistake] = []
    top: _Top | None = None
    try:
        top = _Top.model_validate(raw)
    except ValidationError as error:
        mistakes += mistakes_from(error, _Top)
    receivers = [
        receiver
        for number, table in enumerate(_tables(raw))
        if isinstance(table, dict) and (receiver := _receiver(table, f"receivers[{number}]", base, mistakes))
    ]
    mistakes += _repeated(receivers)
    if mistakes or top is None:
        raise ConfigurationError(placed(mistakes, text, raw, {}), source)
    return DeliverSettings(
        top.relay.completed(base),
        tuple(receivers),
        top.expire_after_days,
        top.late_per_s,
        top.idle_check_s,
        top.metrics,
        control_place(top.state_folder, base, source),
    )


def _receiver(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> TriggerProperties | None:
    """Read one receiver; None when it has mistakes (added to `mistakes`)."""
    known = [name for name in raw if name in RECEIVER_PROPERTIES]
    for name in raw:
        if name not in known:
            fix = did_you_mean(name, RECEIVER_PROPERTIES)
            mistakes.append(Mistake(f"{where}.{name}", "a receiver has no such setting", fix))
    own = {name: raw[name] for name in known}
    if isinstance(own.get("iss_ca_file"), str) and own["iss_ca_file"]:
        own["iss_ca_file"] = str(below(base, own["iss_ca_file"]))
    properties, found = check_properties(own, where)
    mistakes += found
    if properties is not None and properties.iss_ca_file and properties.iss_scheme == "https":
        problem = ca_file_problem(Path(properties.iss_ca_file))
        mistakes += [Mistake(f"{where}.iss_ca_file", problem, CA_FILE_FIX)] if problem else []
    return properties


def _repeated(receivers: Iterable[TriggerProperties]) -> list[Mistake]:
    seen: set[str] = set()
    mistakes = []
    for receiver in receivers:
        target = str(receiver.target)
        if target in seen:
            mistakes.append(Mistake("receivers", f"{target} is listed twice", "Keep one of the tables."))
        seen.add(target)
    return mistakes


def _root_secrets(raw: dict[str, Any], base: Path) -> None:
    """Put the files of all secrets below `base`."""
    found = [*((table, "iss_password") for table in _tables(raw)), (raw.get("relay"), "password")]
    for table, key in found:
        if isinstance(table, dict):
            match table.get(key):
                case {"file": str(name)}:
                    table[key] = {"file": str(below(base, name))}


def _tables(raw: dict[str, Any]) -> list[Any]:
    tables = raw.get("receivers")
    return tables if isinstance(tables, list) else []

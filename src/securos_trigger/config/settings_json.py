"""Settings as JSON values, without their secrets: what the running service answers, and what a comparison shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr

from securos_trigger.config.settings import OutboxSettings, Settings
from securos_trigger.validation.masked_address import own_table_without_secrets, without_secrets
from securos_trigger.validation.masking import MASK


def settings_json(settings: Settings) -> dict[str, Any]:
    """Every table of the configuration with its values in force; defaults included."""
    tables = (
        "time_zone",
        "identity",
        "outbox",
        "ledger",
        "metrics",
        "health",
        "console",
        "relay",
        "images",
        "placement",
        "pipelines",
    )
    return {name: value_json(getattr(settings, name)) for name in tables}


def outbox_limits(settings: OutboxSettings) -> dict[str, Any]:
    """Every setting of the outbox but its path."""
    return {name: value for name, value in value_json(settings).items() if name != "path"}


def value_json(value: object, name: str = "") -> Any:
    """The value of the setting `name` as JSON, with every secret in it as `MASK`, and addresses without theirs."""
    match value:
        case SecretStr():
            return MASK
        case BaseModel():
            return {key: value_json(item, key) for key, item in value}
        case Mapping():  # of a person's own keys
            return own_table_without_secrets({str(key): value_json(item) for key, item in value.items()})
        case Enum():
            return value.value
        case list() | tuple() | set() | frozenset():
            return [value_json(item, name) for item in value]
        case str() if "://" in value:
            return without_secrets(name, value)
        case None | bool() | int() | float() | str():
            return value
    if dataclasses.is_dataclass(value):
        return {one.name: value_json(getattr(value, one.name), one.name) for one in dataclasses.fields(value)}
    return str(value)

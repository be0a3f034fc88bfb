"""The settings of the running service as JSON values, without its secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from securos_trigger.config.reader import digest_of
from securos_trigger.config.settings import Settings

#: Stands for every secret.
MASK = "***"


def settings_json(settings: Settings) -> dict[str, Any]:
    """Every table of the configuration with its values in force; defaults included."""
    tables = ("time_zone", "identity", "outbox", "ledger", "metrics", "health", "pipelines")
    return {name: _json(getattr(settings, name)) for name in tables}


def configuration_json(settings: Settings) -> dict[str, Any]:
    """Which file was read, its digest as it was read, and whether the file has changed since.

    `has_changed` is None when there is no file, or it cannot be read now.
    """
    if not settings.digest:
        return {"path": None, "digest": None, "has_changed": None}
    path = Path(settings.source).absolute()
    try:
        has_changed: bool | None = digest_of(path.read_text(encoding="utf-8-sig")) != settings.digest
    except (OSError, UnicodeDecodeError):
        has_changed = None
    return {"path": str(path), "digest": settings.digest, "has_changed": has_changed}


def _json(value: object) -> Any:
    match value:
        case SecretStr():
            return MASK
        case BaseModel():
            return {name: _json(item) for name, item in value}
        case Mapping():
            return {str(name): _json(item) for name, item in value.items()}
        case Enum():
            return value.value
        case list() | tuple() | set() | frozenset():
            return [_json(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
    if dataclasses.is_dataclass(value):
        return {one.name: _json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return str(value)

"""Reads one table of a configuration into its model, and puts its relative paths below a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from securos_trigger.config.time_zone import with_place_of_time_zone
from securos_trigger.errors import Mistake
from securos_trigger.system.user_folders import below
from securos_trigger.validation.mistakes import mistakes_from

_Model = TypeVar("_Model", bound=BaseModel)


def read_table(
    model: type[_Model], raw: Mapping[str, Any], where: str, mistakes: list[Mistake], base: Path | None = None
) -> _Model | None:
    """The table as its model; None when it has mistakes (added to `mistakes`, with their place below `where`).

    `base` is the folder of its relative paths; None: the current one, or it has none.
    """
    try:
        return model.model_validate(raw, context={"base": base or Path()})
    except ValidationError as error:
        mistakes += map(with_place_of_time_zone, mistakes_from(error, model, where))
        return None


def numbered_tables(raw: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The tables of an array of tables; anything else there is reported by its model."""
    numbered = enumerate(raw if isinstance(raw, list) else ())
    return ((number, table) for number, table in numbered if isinstance(table, dict))


def rooted(settings: _Model, base: Path) -> _Model:
    """`settings` with every relative path below `base`, and `~` as the home folder."""
    paths = {name: below(base, value) for name, value in settings if isinstance(value, Path)}
    return settings.model_copy(update=paths) if paths else settings

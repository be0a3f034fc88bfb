"""Values that are put into a configuration file: as TOML in the form of the old value, and as plain data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from securos_trigger.errors import ArgumentError

#: The values of TOML that hold no others.
_SIMPLE: Final = (str, bool, int, float, date, time)  # a datetime is a date
#: What a text cannot hold.
_NO_TEXT: Final = "it holds half of a surrogate pair, which is not text"


def as_toml(value: Any, old: Any) -> Any:
    """The value as an item of tomlkit. A text keeps the quotes of the old one where they can hold it.

    Tables become inline tables, `{ … }`, unless the old value is a table with a heading of its own.
    """
    import tomlkit
    from tomlkit.items import String, StringType, Table

    if isinstance(value, str):
        is_literal = isinstance(old, String) and old._t in (StringType.SLL, StringType.MLL)
        return _text(value, is_literal=is_literal)
    if isinstance(value, Mapping):
        table: Any = tomlkit.table() if isinstance(old, Table) else tomlkit.inline_table()
        for name, inner in value.items():
            table[name] = as_toml(inner, None)
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for inner in value:
            array.append(as_toml(inner, None))
        return array
    return tomlkit.item(value)


def _text(value: str, *, is_literal: bool) -> Any:
    """A text in the first quotes that can hold it as it is."""
    import tomlkit

    is_long = "\n" in value
    for literal, multiline in ((is_literal, is_long), (False, is_long), (False, False)):
        try:
            # Quotes over several lines drop a line end at the start.
            item = tomlkit.string(f"\n{value}" if multiline else value, literal=literal, multiline=multiline)
            if tomllib.loads(f"text = {item.as_string()}")["text"] == value:
                return item
        except (tomlkit.exceptions.TOMLKitError, tomllib.TOMLDecodeError):
            continue
    raise ArgumentError("value", _NO_TEXT)


def changed(data: Any, steps: Sequence[str | int], value: Any) -> Any:
    """A copy of plain data with another value at a place; tables on the way are copied, too."""
    if not steps:
        return plain(value)
    step, *rest = steps
    if isinstance(data, list):
        assert isinstance(step, int)
        return [changed(one, rest, value) if index == step else one for index, one in enumerate(data)]
    return {**data, step: changed(data.get(step), rest, value)}


def plain(value: Any) -> Any:
    """The value as TOML gives it back: tuples are lists. ArgumentError: TOML has no such value."""
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if value is None:
        raise ArgumentError("value", "null cannot be written to a TOML file: leave the setting out")
    if not isinstance(value, _SIMPLE):
        raise ArgumentError("value", f"a value of type {type(value).__name__} cannot be written to a TOML file")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise ArgumentError("value", _NO_TEXT)
    return value

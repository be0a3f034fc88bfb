"""Reads the table `[relay]` alone: a mistake elsewhere in the file does not keep a person from the cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.encoding import encoding_mistake, text_in
from securos_trigger.config.places import placed
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.tables import read_table
from securos_trigger.config.toml_text import tables_of
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.user_folders import below

_HEADER: Final = re.compile(r"\s*\[\s*relay\s*\]\s*(#.*)?")


def read_relay(path: Path) -> RelaySettings | None:
    """The cluster that the file names, with its password, without a default for `gateway`. None: it names none.

    ConfigurationError: the table has mistakes, or it is not to be found in a file that cannot be read.
    """
    try:
        text = text_in(path.read_bytes())
    except OSError as error:
        raise ConfigurationError([Mistake("", f"the file cannot be read: {reason_of(error)}")], str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError([encoding_mistake(error)], str(path)) from None
    raw = _tables(text, str(path))
    table = raw.get("relay")
    if table is None:
        return None
    match table:
        case {"password": {"file": str(name)}}:
            table["password"] = {"file": str(below(path.parent, name))}
    mistakes: list[Mistake] = []
    settings = read_table(RelaySettings, table, "relay", mistakes)
    if settings is None:
        raise ConfigurationError(placed(mistakes, text, raw, {}), str(path))
    return settings.completed(path.parent)


def _tables(text: str, source: str) -> dict[str, Any]:
    """The tables of the text; of one that is not TOML the lines of `[relay]`, when these are."""
    try:
        return tables_of(text, source)
    except ConfigurationError:
        if (own := _own_lines(text)) is None:
            raise
        return tables_of(own, source)


def _own_lines(text: str) -> str | None:
    """The text with all lines empty but those of `[relay]`, which keep their numbers. None: there is not one."""
    kept, is_own, headers = [], False, 0
    for line in text.split("\n"):
        if line.lstrip().startswith("["):
            is_own = _HEADER.fullmatch(line.rstrip("\r")) is not None
            headers += is_own
        kept.append(line if is_own else "")
    return "\n".join(kept) if headers == 1 else None

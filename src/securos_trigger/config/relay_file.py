"""Reads what names a cluster alone: a mistake elsewhere in the file does not keep a person from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.encoding import bytes_of, encoding_mistake, text_in, unreadable
from securos_trigger.config.placement_settings import PlacementSettings
from securos_trigger.config.places import placed
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.tables import read_table, rooted
from securos_trigger.config.toml_text import tables_of
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.system.user_folders import below

_HEADER: Final = re.compile(r"\s*\[\s*(\w+)\s*\]\s*(#.*)?")
_PIPELINE: Final = re.compile(r"\s*\[\[\s*pipelines\s*\]\]\s*(#.*)?")
_NAME: Final = re.compile(r"""\s*name\s*=\s*["']([^"']+)["']\s*(#.*)?""")


@dataclass(frozen=True, slots=True)
class PlacedSite:
    """Names the placed pipelines of a file: `relay` with its gateway, the Ray cluster (None: none), `pipelines`."""

    relay: RelaySettings
    placement: PlacementSettings | None
    pipelines: tuple[str, ...]


def read_placed_site(path: Path) -> PlacedSite | None:
    """The placed pipelines of a file with a mistake elsewhere. None: it names no [relay] with a gateway.

    ConfigurationError: [relay] or [placement] has mistakes, or they are not to be found.
    """
    relay = read_relay(path)
    if relay is None:
        return None
    text = text_in(bytes_of(path))
    raw = _tables(text, str(path), ("relay", "placement", "identity"))
    identity, table = raw.get("identity"), raw.get("placement")
    gateway = relay.gateway or (str(identity.get("gateway_id", "")) if isinstance(identity, dict) else "")
    if not gateway:
        return None
    mistakes: list[Mistake] = []
    placement = None if table is None else read_table(PlacementSettings, table, "placement", mistakes)
    if mistakes:
        raise ConfigurationError(placed(mistakes, text, raw, {}), str(path))
    placement = None if placement is None else rooted(placement, path.parent)
    return PlacedSite(relay.model_copy(update={"gateway": gateway}), placement, tuple(_pipeline_names(text)))


def _pipeline_names(text: str) -> Iterator[str]:
    """The name in the lines of each [[pipelines]], whatever stands in the other ones."""
    is_pipeline = False
    for line in text.split("\n"):
        if line.lstrip().startswith("["):
            is_pipeline = _PIPELINE.fullmatch(line.rstrip("\r")) is not None
        elif is_pipeline and (name := _NAME.fullmatch(line.rstrip("\r"))):
            yield name[1]


def read_relay(path: Path) -> RelaySettings | None:
    """The cluster that the file names, with its password, without a default for `gateway`. None: it names none.

    ConfigurationError: the table has mistakes, or it is not to be found in a file that cannot be read.
    """
    try:
        text = text_in(bytes_of(path))
    except OSError as error:
        raise ConfigurationError([unreadable(path, error)], str(path)) from None
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


def _tables(text: str, source: str, names: tuple[str, ...] = ("relay",)) -> dict[str, Any]:
    """The tables of the text; of one that is not TOML the lines of those with these names, when these are."""
    try:
        return tables_of(text, source)
    except ConfigurationError:
        if (own := _own_lines(text, names)) is None:
            raise
        return tables_of(own, source)


def _own_lines(text: str, names: tuple[str, ...]) -> str | None:
    """The text with all lines empty but those of these tables, which keep their numbers. None: [relay] is not one."""
    kept, is_own, headers = [], False, 0
    for line in text.split("\n"):
        if line.lstrip().startswith("["):
            header = _HEADER.fullmatch(line.rstrip("\r"))
            is_own = header is not None and header[1] in names
            headers += header is not None and header[1] == "relay"
        kept.append(line if is_own else "")
    return "\n".join(kept) if headers == 1 else None

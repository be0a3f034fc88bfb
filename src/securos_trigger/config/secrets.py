"""Where the secrets of a configuration stand: passwords of trigger nodes and receivers, addresses of sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from securos_trigger.system.user_folders import below
from securos_trigger.validation.secret import resolved_secret

#: Stands for a secret that was not looked for.
NO_SECRET: Final = "(not-looked-for)"
#: Stands for the address of a source that was not there to be read, by the source's type.
NO_ADDRESS: Final = MappingProxyType({"rtsp": "rtsp://not-looked-for", "stream": "http://not-looked-for"})

# The keys of a source that hold a secret.
_OF_SOURCES: Final = ("url", "password", "token")


class _Place(NamedTuple):
    """A table of the file, and the key of the secret in it."""

    table: dict[str, Any]
    key: str

    @property
    def value(self) -> object:
        return self.table[self.key]

    @property
    def file(self) -> str | None:
        """The name of the file that the secret is in; None: it is elsewhere."""
        match self.value:
            case {"file": str(name)}:
                return name
        return None


def secret_files(raw: Mapping[str, Any], base: Path) -> Iterator[Path]:
    """The files that a raw configuration takes its secrets from; relative ones are below `base`."""
    for place in _places(raw):
        if place.file is not None:
            yield below(base, place.file)


def has_secret_text(raw: Mapping[str, Any]) -> bool:
    """True when the configuration itself holds a secret: a password, or an address with one in it."""
    return any(
        isinstance(place.value, str) and (place.key != "url" or _has_password(place.value)) for place in _places(raw)
    )


def prepare_secrets(
    raw: Mapping[str, Any], base: Path, *, has_secrets: bool, has_relay_secret: bool = False
) -> tuple[Path, ...]:
    """Put the files of all secrets below `base`, and give them.

    Without `has_secrets` no password is looked for, but that of [relay] with `has_relay_secret`.
    """
    files = []
    if isinstance(raw.get("relay"), dict):
        _need_no_passwords(raw)
    for place in _places(raw):
        if place.file is not None and isinstance(place.value, dict):
            files.append(below(base, place.file))
            place.table[place.key] = {**place.value, "file": str(files[-1])}
    if not has_secrets:
        _leave_secrets(raw, leaves_relay=not has_relay_secret)
    return tuple(files)


def _need_no_passwords(raw: Mapping[str, Any]) -> None:
    """Put `NO_SECRET` where a trigger node has no password: behind a relay only `deliver` needs it."""
    for pipeline in _tables(raw.get("pipelines")):
        for node in _tables(pipeline.get("nodes")):
            if "iss_ip" in node:
                node.setdefault("iss_password", NO_SECRET)


def _leave_secrets(raw: Mapping[str, Any], *, leaves_relay: bool) -> None:
    """Put `NO_SECRET` where a password comes from a file or the environment, and `NO_ADDRESS` for a lost address."""
    for place in _places(raw):
        if not isinstance(place.value, dict) or set(place.value) not in ({"env"}, {"file"}):
            continue
        if place.table is raw.get("relay") and not leaves_relay:
            continue
        if place.key != "url":
            place.table[place.key] = NO_SECRET
        elif (kind := str(place.table.get("type"))) in NO_ADDRESS:
            try:
                resolved_secret(place.value)
            except PydanticCustomError:
                place.table[place.key] = NO_ADDRESS[kind]


def is_without_address(source: object) -> bool:
    """True for the settings of a source whose address was not there to be read."""
    url = getattr(source, "url", None)
    return isinstance(url, SecretStr) and url.get_secret_value() in NO_ADDRESS.values()


def _places(raw: Mapping[str, Any]) -> Iterator[_Place]:
    relay = raw.get("relay")
    if isinstance(relay, dict) and "password" in relay:
        yield _Place(relay, "password")
    for pipeline in _tables(raw.get("pipelines")):
        source = pipeline.get("source")
        if isinstance(source, dict):
            yield from (_Place(source, key) for key in _OF_SOURCES if key in source)
            yield from (_Place(one, "token") for one in _tables(source.get("tokens")) if "token" in one)
        yield from (_Place(node, "iss_password") for node in _tables(pipeline.get("nodes")) if "iss_password" in node)
    yield from (_Place(one, "iss_password") for one in _tables(raw.get("receivers")) if "iss_password" in one)


def _tables(raw: object) -> list[dict[str, Any]]:
    return [table for table in raw if isinstance(table, dict)] if isinstance(raw, list) else []


def _has_password(address: str) -> bool:
    try:
        return urlsplit(address).password is not None
    except ValueError:  # brackets of an IPv6 address that do not close
        return False

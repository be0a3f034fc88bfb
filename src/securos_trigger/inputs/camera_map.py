"""The camera map: which cameras in SecurOS a camera of another system is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

#: The row for every source that has none of its own.
ANY_SOURCE: Final = "*"
# Devices and channels that are remembered; more than any site has.
_MOST_DEVICES: Final = 10_000
_MOST_CHANNELS: Final = 256


def names_in(rows: Iterable[str]) -> frozenset[str]:
    """The cameras and devices that a map has rows for: without their channels, and without the row for all others."""
    return frozenset(name.partition("#")[0] for name in rows) - {ANY_SOURCE}


def ids_in(rows: Mapping[str, str]) -> tuple[str, ...]:
    """All ids in SecurOS of a map, each once, in the order of the rows."""
    return tuple(dict.fromkeys(one for value in rows.values() for one in _ids(value)))


class Mapped(NamedTuple):
    """A source by the name that stands for it in the map, and its ids in SecurOS; none: it is unknown."""

    name: str | None
    cameras: tuple[str, ...]
    is_unknown: bool


_OF_NONE: Final = Mapped(None, (), False)


class CameraMap:
    """Looks up cameras. Remembers which channels each device has shown.

    A source with an MQTT prefix is looked up as `prefix/name` first, then as `name`. A channel of a device is looked up
    as `device#channel`, then as `device` while the device has shown no other channel that has no row of its own: never
    the wrong camera.
    """

    def __init__(self, rows: Mapping[str, str]) -> None:
        self._rows = {name: _ids(value) for name, value in rows.items()}
        self._found = {name: Mapped(name, cameras, False) for name, cameras in self._rows.items()}
        self._channels: dict[str, set[tuple[str, str]]] = {}

    def show(self, device: str, channel: str, kind: str = "") -> None:
        """Remember that a device has this channel, as it was before a restart."""
        self._is_only(device, channel, kind)

    def find(self, source: str | None, channel: str = "", prefix: str = "", kind: str = "") -> Mapped:
        """The row of a source. No source: no row, and nothing is unknown."""
        if source is None:
            return _OF_NONE
        if not (channel or prefix) and (found := self._found.get(source)) is not None:
            return found
        for device in (f"{prefix}/{source}", source) if prefix else (source,):
            name = f"{device}#{channel}" if channel else device
            if name in self._rows:
                return Mapped(name, self._rows[name], False)
            if channel and device in self._rows and self._is_only(device, channel, kind):
                return Mapped(device, self._rows[device], False)
        name = f"{source}#{channel}" if channel and not self._is_only(source, channel, kind) else source
        rest = self._rows.get(ANY_SOURCE)
        return Mapped(name, rest or (), rest is None)

    def _is_only(self, device: str, channel: str, kind: str) -> bool:
        """True when the device has shown no other channel than this one, save those with rows of their own."""
        if device not in self._channels and len(self._channels) >= _MOST_DEVICES:
            return False
        shown = self._channels.setdefault(device, set())
        if len(shown) < _MOST_CHANNELS:
            shown.add((kind, channel))
        kinds = [one for one, name in shown | {(kind, channel)} if f"{device}#{name}" not in self._rows]
        return len(kinds) == len(set(kinds))


def _ids(value: str) -> tuple[str, ...]:
    """The ids of a row: `"2,3"` is two cameras."""
    return tuple(dict.fromkeys(part for part in (one.strip() for one in value.split(",")) if part))

"""What an input knows of the things that its source has named: rows by identity, which age out and can be stored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from securos_trigger.inputs.reducer import Row

#: A row that was not mentioned for this time is forgotten.
KEPT_S: Final = 24 * 3600.0
#: The most rows of one input; the one that was mentioned longest ago makes space.
MAX_ROWS: Final = 20_000
_LONGEST_IDENTITY: Final = 1_024
_CHANNEL: Final = "channel\0"
# A channel's row is written again after this time, not at each message.
_CHANNEL_KEPT_AFTER_S: Final = 3_600.0


class KnownStates:
    """Rows by identity, in the order in which they were last mentioned.

    `take_changes` gives what is to be stored since it was called last.
    """

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self.max_rows = max_rows
        self._rows: OrderedDict[str, Row] = OrderedDict()
        self._changed: dict[str, None] = {}  # names, in order
        #: When the oldest row was of a day, at the last look; the oldest one is no older since.
        self._look_at = 0.0

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, identity: str) -> Row | None:
        """The row of an identity; None: nothing is known of it."""
        return self._rows.get(identity[:_LONGEST_IDENTITY])

    def put(self, identity: str, row: Row, now: float) -> None:
        """Keep a row, and forget what was not mentioned for a day (`now` is in Unix seconds)."""
        name, rows = identity[:_LONGEST_IDENTITY], self._rows
        rows[name] = row
        self._changed[name] = None
        rows.move_to_end(name)
        while len(rows) > self.max_rows:
            self._changed[rows.popitem(last=False)[0]] = None
        if now < self._look_at <= now + KEPT_S:  # none is old enough yet; our clock may have been set back
            return
        while now - rows[oldest := next(iter(rows))].heard_at > KEPT_S:
            del rows[oldest]
            self._changed[oldest] = None
            if not rows:
                return
        self._look_at = rows[next(iter(rows))].heard_at + KEPT_S

    def forget(self, beginning: str) -> int:
        """Mark all things whose identity begins so as no longer live: their source is gone. The number of them.

        Their rows stay, so that a source that was only away raises nothing again.
        """
        live = [name for name, row in self._rows.items() if row.is_live and name.startswith(beginning)]
        for name in live:
            self._rows[name] = self._rows[name]._replace(is_live=False)
            self._changed[name] = None
        return len(live)

    def take_changes(self) -> list[tuple[str, dict[str, Any] | None]]:
        """The rows that are new or other than at the last call, as plain data; None for one that is forgotten."""
        changed, self._changed = self._changed, {}
        return [(name, row_to_plain(self._rows[name]) if name in self._rows else None) for name in changed]

    def put_channel(self, device: str, channel: str, now: float, kind: str = "") -> None:
        """Keep that a device has shown a channel: a second one makes the device's own name ambiguous from then on."""
        name = f"{_CHANNEL}{device}\0{channel}" + (f"\0{kind}" if kind else "")
        row = self._rows.get(name[:_LONGEST_IDENTITY])
        if row is None or now - row.heard_at > _CHANNEL_KEPT_AFTER_S:
            self.put(name, Row(False, False, None, now, {}, ()), now)

    def channels(self) -> list[tuple[str, str, str]]:
        """The devices, their channels that were shown, and the kind of each channel's name."""
        names = [name.removeprefix(_CHANNEL) for name in self._rows if name.startswith(_CHANNEL)]
        parts = [[*name.split("\0"), ""] for name in names]
        return [(one[0], one[1], one[2]) for one in parts if len(one) > 2]

    def live(self) -> Iterator[tuple[str, Row]]:
        """The things that are here."""
        return ((name, row) for name, row in self._rows.items() if row.is_live)

    def to_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row as plain data (JSON can say it), for storage."""
        for name, row in self._rows.items():
            yield name, row_to_plain(row)

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, Mapping[str, Any]]], max_rows: int = MAX_ROWS) -> KnownStates:
        """The rows as they were stored, in any order."""
        known = cls(max_rows)
        loaded = ((name, row_from_plain(stored)) for name, stored in rows)
        for name, row in sorted(loaded, key=lambda one: one[1].heard_at)[-max_rows:]:
            known._rows[name] = row
        return known


def row_to_plain(row: Row) -> dict[str, Any]:
    """A row as plain data."""
    return {
        "is_live": row.is_live,
        "has_ended": row.has_ended,
        "at": row.at,
        "heard_at": row.heard_at,
        "compared": {name: list(value) if isinstance(value, tuple) else value for name, value in row.compared.items()},
        "keys": list(row.keys),
    }


def row_from_plain(stored: Mapping[str, Any]) -> Row:
    """The row that `row_to_plain` has written."""
    compared = {name: tuple(value) if isinstance(value, list) else value for name, value in stored["compared"].items()}
    keys = tuple(stored["keys"])
    return Row(stored["is_live"], stored["has_ended"], stored["at"], stored["heard_at"], compared, keys)

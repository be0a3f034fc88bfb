"""Everything that an input knows, and what one message does to it: the reducer, the lanes, and the rows to be stored.

Used by one thread, that of the pipeline. Knows no network and no disk.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from msgspec.structs import replace

from securos_trigger.inputs.camera_map import ANY_SOURCE, CameraMap
from securos_trigger.inputs.feed import Arrival, Position
from securos_trigger.inputs.happening import Happening, Reading, Says, Verdict
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.known import KnownStates
from securos_trigger.inputs.lane import TICK_EVERY_S, InputForm, Lane, is_news
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.stored_rows import INPUT, LANE, LANE_OBJECT, StoredRows
from securos_trigger.model import Frame

#: Lanes of one input; the messages of further cameras are counted as those of unknown ones.
MAX_LANES: Final = 2_000
#: The lane of messages that say themselves that they belong to no camera.
NO_CAMERA: Final = "no camera"
#: Messages that are remembered by their key, for the case that they are sent once more: more than a broker of MQTT 5
#: hands out without an acknowledgement.
MAX_KEYS: Final = 600
_FRAME: Final = Verdict.FRAME
_WITHOUT_LANE: Final = frozenset((Says.LEVEL, Says.NOT_FOR_US, Says.UNREADABLE))

_log = logging.getLogger("securos_trigger")

#: A row by identity, as plain data; None: it is no more.
Rows = list[tuple[str, Mapping[str, Any] | None]]


class LaneNodes(Protocol):
    """The nodes of lanes: what the intake needs of them."""

    def open(self, lane: str, cameras: tuple[str, ...], stored: Mapping[str, Any]) -> None:
        """Make the nodes of a camera that is seen for the first time, with the state that was stored of them."""

    def to_plain(self, lane: str) -> dict[str, Any]:
        """The state of a lane's nodes, for storage."""

    def is_waiting(self, lane: str) -> bool:
        """True while a condition holds but has not held for long enough: time must go on."""

    def sees_repetitions(self, lane: str) -> bool:
        """True when a node does more than to fire for what begins: it gets a frame of every update."""

    def changes_frames(self, lane: str) -> bool:
        """True when one of its nodes may write into the metadata of a frame."""


class InputIntake:
    """One input from its start on; `stored` are the rows that it has written before.

    `must_keep` is True when something has happened that must be on the disk before its message is acknowledged.
    """

    def __init__(
        self, kind: Kind, settings: InputSettings, nodes: LaneNodes, stored: Iterable[tuple[str, dict[str, Any]]] = ()
    ) -> None:
        self._stored = rows = StoredRows.of(stored)
        self.reader = InputReader(kind, settings, KnownStates.from_rows(rows.things))
        self.must_keep = False
        self.bugs = 0
        self.lanes: dict[str, Lane] = {}
        #: What the messages have said, by lane; those of no lane stand below the empty name.
        self.counts: dict[str, Counter[Verdict]] = {}
        self._form = InputForm(
            settings.input_name, [field.name for field in kind.fields], settings, kind.rules.silent_end_s
        )
        self._nodes = nodes
        self._stored_lanes = rows.lanes
        last = rows.input
        self._number = int(last.get("number") or 0)
        self._keys: OrderedDict[str, None] = OrderedDict.fromkeys(map(str, last.get("keys") or ()))
        self._written_number = self._number
        #: Where a source that can be read again goes on; None: at its beginning, or it cannot.
        self.position: Position | None = last.get("position")
        self._changed_lanes: dict[str, None] = {}
        self._open_known_lanes(settings)
        self._changed_lanes.update(dict.fromkeys(name for name in self.lanes if name in rows.rewritten))
        self._has_left_ones = bool(rows.lanes)  # of cameras that are not in the map any more

    def take(self, arrival: Arrival) -> tuple[list[Happening], list[Frame]]:
        """What a message is to us, and the frames that come of it, one for each camera that has news."""
        message = arrival.message
        if self._has_left_ones:
            self._has_left_ones = False
            for lane in self._stored_lanes:
                self._stored.drop_old_objects(lane, message.arrived_at)
        self.position = arrival.position or self.position
        if arrival.key and message.dup and arrival.key in self._keys:
            repeated = [Happening(verdict=Verdict.DUPLICATE, reading=_REPEATED)]
            self._count(repeated)
            return repeated, []
        self._number += 1
        if arrival.key:
            message = replace(message, dup=False) if message.dup else message  # it has not been seen before
            self._keys[arrival.key] = None
            if len(self._keys) > MAX_KEYS:
                self._keys.popitem(last=False)
        happenings = self._read(message)
        frames = self._frames_of(happenings, message)
        self._count(happenings)
        return happenings, frames

    def ticks(self, now: float) -> Iterator[Frame]:
        """A frame for each lane in which time must go on although its source says nothing; `now` in Unix seconds."""
        for name, lane in self.lanes.items():
            if (len(lane.memory) or self._nodes.is_waiting(name)) and (frame := lane.tick(now)) is not None:
                self._changed_lanes[name] = None
                yield frame

    @property
    def needs_ticks(self) -> bool:
        """True while a lane needs that time goes on although its source says nothing."""
        return any(len(lane.memory) or self._nodes.is_waiting(name) for name, lane in self.lanes.items())

    def take_rows(self) -> Rows:
        """The rows that have changed since the last call."""
        self.must_keep = False
        rows: Rows = [(name, None) for name in self._stored.gone]
        self._stored.gone.clear()
        rows += self.reader.known.take_changes()
        for name in self._changed_lanes:
            row = self.lanes[name].to_plain() | {"nodes": self._nodes.to_plain(name)}
            rows.append((f"{LANE}{name}", row | {"cameras": list(self.lanes[name].cameras)}))
            for identity, thing in self.lanes[name].memory.take_changes():
                stored = None if thing is None else {"lane": name, "identity": identity, "object": thing}
                rows.append((f"{LANE_OBJECT}{name}\0{identity}", stored))
        self._changed_lanes.clear()
        if rows or self._number != self._written_number:
            self._written_number = self._number
            rows.append((INPUT, {"number": self._number, "keys": list(self._keys), "position": self.position}))
        return rows

    def _count(self, happenings: list[Happening]) -> None:
        for one in happenings:
            name = one.source or ",".join(one.cameras)
            lane = name if name in self.lanes else ""
            counted = self.counts.get(lane)
            if counted is None:
                counted = self.counts[lane] = Counter()
            counted[one.verdict] += 1

    def _read(self, message: Message) -> list[Happening]:
        try:
            found = self.reader.take(message)
        except Exception as error:  # noqa: BLE001  the bulkhead of parsers: one message ends no input
            self.bugs += 1
            _log.error("A message (topic %r) cannot be read because of a bug.", message.topic, exc_info=error)
            reason = f"an unexpected error in the parser: {type(error).__name__}"
            self.reader.counts[Verdict.MALFORMED] += 1
            found = [Happening(verdict=Verdict.MALFORMED, reading=Reading(says=Says.UNREADABLE, why=reason))]
        return found

    def _frames_of(self, happenings: list[Happening], message: Message) -> list[Frame]:
        by_lane: dict[str, list[tuple[Happening, tuple[str, ...]]]] = {}
        frames = []
        for one in happenings:
            if one.reading.forgets:
                self._forget(one.reading.forgets)
            lane = self._lane_of(one, message.arrived_at)
            if lane is None:
                continue
            self._changed_lanes[lane.name] = None
            if one.verdict is _FRAME:
                frames.append(lane.frame_of_objects(one.reading, message))
                continue
            row = self.reader.known.get(one.reading.identity) if one.reading.identity else None
            zones = lane.note(one, message.arrived_at, is_live=row is not None and row.is_live)
            if is_news(one) and not self._is_repetition(one, zones, lane, message):
                by_lane.setdefault(lane.name, []).append((one, zones))
                self.must_keep = True
        return frames + [self.lanes[name].frame_of(noted, message, self._number) for name, noted in by_lane.items()]

    def _is_repetition(self, one: Happening, zones: tuple[str, ...], lane: Lane, message: Message) -> bool:
        """True for an update in which nothing has changed, of a camera that had a frame less than a tick ago.

        A source that follows an object says every second that its box has moved: no event can come of that where
        events come of what begins.
        """
        if one.verdict is not Verdict.UPDATE or one.changes or zones:
            return False
        since_s = message.arrived_at - lane.time.arrived_at
        return 0.0 <= since_s < TICK_EVERY_S and not self._nodes.sees_repetitions(lane.name)

    def _lane_of(self, happening: Happening, at: float) -> Lane | None:
        """The lane of a camera, made when it is seen for the first time; None: it is of none that is known."""
        reading = happening.reading
        if not happening.cameras and reading.direct_cameras is None:
            return None if happening.is_unknown else self._lane_with(reading)
        if reading.says in _WITHOUT_LANE:
            return None
        name = happening.source if reading.direct_cameras is None else ",".join(happening.cameras)
        name = name or ",".join(happening.cameras) or NO_CAMERA
        return self.lanes.get(name) or self._open(name, happening.cameras, at)

    def _lane_with(self, reading: Reading) -> Lane | None:
        """The lane in which a thing is that a message names without its camera."""
        return next((lane for lane in self.lanes.values() if reading.identity in lane.memory), None)

    def _open(self, name: str, cameras: tuple[str, ...], at: float) -> Lane | None:
        if len(self.lanes) >= MAX_LANES:
            self.reader.unknown.note(name, at)
            return None
        stored = self._stored_lanes.pop(name, {})
        self.lanes[name] = lane = Lane(name, cameras, self._form, stored)
        self._nodes.open(name, cameras, stored.get("nodes") or {})
        lane.memory.hands_out_copies = self._nodes.changes_frames(name)
        return lane

    def _open_known_lanes(self, settings: InputSettings) -> None:
        """Make the lanes of the camera map, and those of the stored cameras that are still in it."""
        cameras = CameraMap(settings.cameras)
        for name in (*sorted(set(settings.cameras) - {ANY_SOURCE}), *sorted(self._stored_lanes)):
            mapped = cameras.find(name)
            if mapped.cameras and name not in self.lanes:
                self._open(name, mapped.cameras, time.time())

    def _forget(self, beginning: str) -> None:
        for name, lane in self.lanes.items():
            if lane.forget(beginning):
                self._changed_lanes[name] = None


_REPEATED: Final = Reading(says=Says.REPEATED, why="sent a second time by the broker")

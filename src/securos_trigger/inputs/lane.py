"""One camera of an input: what is present there, its media time, and the frames that its nodes get. Pure.

A frame of an input has no image. It carries (docs/inputs/README.md):

    objects                          the objects as known now
    nodes.<input>.events             what began or ended with this message, in the shape of built-in events
    nodes.<input>.new_delta          how many began; updated_delta, ended_delta
    nodes.<input>.zones.<zone>       entered_delta, current_objects_count
    nodes.<input>.current_objects_count
    nodes.<input>.message            the fields that the message has; null where it has none
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from securos_trigger.inputs.happening import NEWS, Happening, Reading, Verdict
from securos_trigger.inputs.lane_memory import LaneMemory, size_of, thing_data
from securos_trigger.inputs.lane_time import LaneMoment, LaneTime
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.model import Frame, moment_of
from securos_trigger.system.timestamps import utc

#: While something is present, a lane without messages gets a frame this often, in seconds.
TICK_EVERY_S: Final = 1.0
_NEW: Final = Verdict.NEW
_END: Final = Verdict.END
_LISTS: Final = ("labels", "zones", "entered_zones", "object_ids")
_VALUES: Final = ("probability", "sub_label", "plate", "severity", "count", "health")
_NO_COUNTS: Final = MappingProxyType({Verdict.NEW: 0, Verdict.UPDATE: 0, Verdict.END: 0})
_NO_ZONES: Final[Mapping[str, int]] = MappingProxyType({})
_NO_LISTS: Final = (None,) * len(_LISTS)
_NO_VALUES: Final = (None,) * len(_VALUES)
_lists_of: Final = attrgetter(*_LISTS)
_values_of: Final = attrgetter(*_VALUES)


class InputForm:
    """What all lanes of an input share. `name` is that in `nodes.<input>`, `fields` are those of the kind."""

    def __init__(self, name: str, fields: Sequence[str], settings: InputSettings, silent_end_s: float | None) -> None:
        self.name = name
        self.settings = settings
        self.silent_end_s = silent_end_s
        self.nothing: dict[str, Any] = {"about": None} | {field: None for field in fields if "." not in field}


class Lane:
    """One camera. `name` is that of the camera map, `cameras` are its ids in SecurOS."""

    def __init__(
        self, name: str, cameras: tuple[str, ...], form: InputForm, stored: Mapping[str, Any] | None = None
    ) -> None:
        stored = stored or {}
        self.name = name
        self.cameras = cameras
        self.memory = LaneMemory(stored.get("memory"))
        self.time = LaneTime(float(stored.get("now") or 0.0))
        self.is_of_frames = False
        self.frames_made = 0
        self._form = form
        self._frame_objects: list[dict[str, Any]] = []
        self._ticked_at = 0.0

    def to_plain(self) -> dict[str, Any]:
        """What must survive a restart, as plain data, without the objects: `memory.take_changes` has those."""
        return {"now": self.time.now, "memory": self.memory.to_plain()}

    def note(self, happening: Happening, arrived_at: float, *, is_live: bool) -> tuple[str, ...]:
        """Take what a message says of one thing, news or not; gives the zones that it has entered.

        `is_live`: the thing is here, as far as is known now.
        """
        reading = happening.reading
        if reading.objects is not None:
            self._take_frame(reading)
        is_present = is_live and bool(reading.identity) and self._form.settings.is_presence(reading)
        if is_present:
            return self.memory.note(reading, arrived_at)
        entered = self.memory.entered_with(reading) if happening.verdict is _END else ()
        self.memory.end(reading.identity)
        if happening.verdict is not _NEW:
            return entered
        return tuple(reading.entered_zones or reading.zones or ())

    def frame_of(self, noted: Sequence[tuple[Happening, tuple[str, ...]]], message: Message, number: int) -> Frame:
        """The frame of what one message says about this camera: each happening with the zones that were entered.

        `number` is that of the message in its input.
        """
        leading = noted[0][0].reading
        values = message_values(leading)
        counts = {Verdict.NEW: 0, Verdict.UPDATE: 0, Verdict.END: 0}
        entered: dict[str, int] = {}
        events = []
        for one, zones in noted:
            reading = one.reading
            if one.verdict in counts and self._form.settings.is_event(reading):
                counts[one.verdict] += 1
                said = dict(values) if reading is leading else message_values(reading)
                events.append(_event(one, said, self.name, number))
                for zone in zones:
                    entered[zone] = entered.get(zone, 0) + 1
        moment = self.time.take(_time_of(leading), message.arrived_at)
        return self._frame(moment, self._form.nothing | values, counts, entered, events)

    def frame_of_objects(self, reading: Reading, message: Message) -> Frame:
        """Take what a message says is there at a moment, and give its frame: nothing begins or ends with it."""
        if reading.objects is not None:
            self._take_frame(reading)
        self.memory.end(reading.identity)
        moment = self.time.take(_time_of(reading), message.arrived_at)
        return self._frame(moment, self._form.nothing | message_values(reading), _NO_COUNTS, _NO_ZONES, [])

    def tick(self, now: float) -> Frame | None:
        """A frame in which nothing happens but that time goes on; None: it is too early for one."""
        last_at = max(self._ticked_at, self.time.arrived_at)
        if self.is_of_frames or not 0.0 <= now - last_at < 3600.0 or now - last_at < TICK_EVERY_S:
            self._ticked_at = min(self._ticked_at, now)  # our clock may have been set back
            return None
        self._ticked_at = now
        gone = self.memory.end_silent(now, self._form.silent_end_s)
        moment = self.time.tick(now)
        counts = {Verdict.NEW: 0, Verdict.UPDATE: 0, Verdict.END: len(gone)}
        return self._frame(moment, dict(self._form.nothing), counts, {}, [])

    def forget(self, beginning: str) -> bool:
        """Forget what a source that is gone has said. True: there was something."""
        return self.memory.forget(beginning) > 0

    def _take_frame(self, reading: Reading) -> None:
        things = reading.objects or ()
        self.is_of_frames = True
        self._frame_objects = [thing_data(thing) for thing in things if not thing.is_part]
        if reading.canvas is not None:
            self.memory.size = round(reading.canvas[0]), round(reading.canvas[1])
        elif (box := next((thing.box for thing in things if thing.box is not None), None)) is not None:
            self.memory.size = size_of(box)

    def _frame(
        self,
        moment: LaneMoment,
        values: dict[str, Any],
        counts: Mapping[Verdict, int],
        entered: Mapping[str, int],
        events: list[dict[str, Any]],
    ) -> Frame:
        self.frames_made += 1
        objects = self._frame_objects if self.is_of_frames else self.memory.objects()
        zones = self._zones(entered) if entered or self.memory.zones else {}
        node = {
            "events": events,
            "new_delta": counts[Verdict.NEW],
            "updated_delta": counts[Verdict.UPDATE],
            "ended_delta": counts[Verdict.END],
            "current_objects_count": len(objects) if self.is_of_frames else len(self.memory),
            "zones": zones,
            "message": values,
        }
        metadata = {"objects": objects, "nodes": {self._form.name: node}}
        return Frame(moment_of(moment.at, utc(moment.captured_at), self.name), None, metadata, self.memory.size)

    def _zones(self, entered: Mapping[str, int]) -> dict[str, dict[str, int]]:
        known = self.memory.zones
        return {
            zone: {"entered_delta": entered.get(zone, 0), "current_objects_count": self.memory.count_in(zone)}
            for zone in (*known, *(zone for zone in entered if zone not in known))
        }


def _time_of(reading: Reading) -> float | None:
    """The source's time of what it says."""
    if reading.at is not None:
        return reading.at
    return reading.ended_at if reading.ended_at is not None else reading.began_at


def message_values(reading: Reading) -> dict[str, Any]:
    """The fields of a message by name, plain data."""
    found = {name: value for name, value in reading.more.items() if value is not None}
    found["about"] = reading.about
    if (lists := _lists_of(reading)) != _NO_LISTS:
        found.update((name, list(one)) for name, one in zip(_LISTS, lists, strict=True) if one is not None)
    if (values := _values_of(reading)) != _NO_VALUES:
        found.update((name, one) for name, one in zip(_VALUES, values, strict=True) if one is not None)
    return found


def is_news(happening: Happening) -> bool:
    """True for what makes a frame."""
    return happening.verdict in NEWS


def _event(happening: Happening, said: dict[str, Any], lane: str, number: int) -> dict[str, Any]:
    """The record of what began, changed or ended, in the shape of built-in events, added to what its message says."""
    reading, name = happening.reading, _name_of(happening.reading)
    said["event_delta"] = 0 if happening.verdict is Verdict.UPDATE else 1
    said["event_state"] = 0 if happening.verdict is Verdict.END else 1
    said["event"] = said["event_type"] = name
    said["event_id"] = _event_id(reading, number)
    said["event_description"] = _description_of(reading, name, lane)
    return said


def _event_id(reading: Reading, number: int) -> str:
    """The same for the same thing that begins at the same time, however often its message comes.

    What has no time of its own has the number of its message, which goes on after a restart.
    """
    began_at = reading.began_at if reading.began_at is not None else reading.at
    since = f'"{began_at:.3f}"' if began_at is not None else number
    return f"[{encode_basestring_ascii(reading.identity)}, {since}]"  # JSON, written by hand for its speed


def _name_of(reading: Reading) -> str:
    """What happened, in one or a few words: the labels, else the rule or the kind of the thing."""
    title = reading.more.get("name") if reading.about == "event" else None
    if isinstance(title, str) and title:
        return title
    named = " and ".join(dict.fromkeys(label for label in reading.labels or () if label))
    rule = reading.more.get("rule") or reading.more.get("event")
    return named or (rule if isinstance(rule, str) else "") or reading.about


def _description_of(reading: Reading, name: str, lane: str) -> str:
    text = reading.more.get("description")
    if reading.about == "event" and isinstance(text, str):
        return text
    zones = reading.entered_zones or reading.zones or ()
    parts = [f"{name} at {lane}"]
    if zones:
        parts.append(f"zone {', '.join(zones)}")
    parts += [str(value) for value in (reading.sub_label, reading.plate) if value]
    return ", ".join(parts)

"""Dahua: the stream of eventManager."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import Box, BoxForm, BoxUnit, box_from
from securos_trigger.inputs.device import MAX_PARTS, DeviceSettings, LiveParts
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.streams.codes import CodeEvent, CodeStream
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import MAX_NAMES, number, read_json, shown, table, text, texts, whole
from securos_trigger.inputs.xml_trees import html_error, is_html

_LOST: Final = "videoloss"
# What a device says of itself, in small letters: no news of what a camera sees, and sent with codes=[All]. A code that
# speaks of an alarm or of something found is news, however it begins.
_OF_THE_DEVICE: Final = re.compile(
    r"(?!\w*(alarm(?!output)|detect|intrusion|defined|fence|button|motion))"
    r"((time|ntp|newfile|file|rtsp|storage|disk|hdd|raid|sd|net|log[io]|user|record|delete|system|reboot|upgrade|"
    r"power|fan|cpu|battery)\w*|(ip|mac)conflict|alarmoutput|intervideoaccess|lefunctionstatussync)"
)
# The id of an object that is not named.
_NO_ID: Final = "0"
# SmartMotionHuman spells the key of the id HumamID.
_IDS: Final = ("ObjectID", "HumamID", "HumanID", "VehicleID", "NonMotorID", "ID")
_BOXES: Final = ("BoundingBox", "Rect")
_SMART: Final = re.compile(r"SmartMotion(\w+)")
# A clock that is so far off, in steps of a quarter of an hour, has its local time for UTC.
_ZONE_STEP_S: Final = 900.0
_FARTHEST_ZONE_S: Final = 14.25 * 3600
_SAME_TIME_S: Final = 60.0


class DahuaSettings(DeviceSettings):
    """The events of one camera or recorder."""

    type: Literal["dahua"] = "dahua"


class DahuaParser:
    """Reads the event stream, in pieces of any size."""

    def __init__(self, settings: DahuaSettings) -> None:
        self._device = settings.device_name
        self._level_source = settings.level_source
        self._stream = CodeStream()
        self._live = LiveParts()
        self._is_between = True  # the next message begins an answer

    def read(self, message: Message) -> Iterable[Reading]:
        """The events that this piece completes."""
        if is_html(message.body):
            raise html_error()
        found: list[Reading] = []
        for event in self._stream.feed(message.body, is_last=message.is_last_part):
            if len(found) >= MAX_PARTS:
                raise MessageError(f"more than {MAX_PARTS:,} events are in one message")
            try:
                if isinstance(event, MessageError):
                    raise event
                found += self._event(event, message.arrived_at)
            except MessageError as error:
                found.append(Reading(says=Says.UNREADABLE, source=self._level_source, why=str(error)))
        is_whole, self._is_between = self._is_between and message.is_last_part, message.is_last_part
        if is_whole and not found:
            if message.body.lstrip().startswith(b"Error"):
                words = " ".join(message.body[:200].decode("utf-8", "replace").split())
                raise MessageError(f"the device answers {shown(words, 200)}")
            if not message.body.lstrip().startswith(b"--"):
                raise MessageError("neither Code= nor Heartbeat is in it, so it is not an event stream")
            found.append(Reading(says=Says.NOT_FOR_US, source=self._level_source, why="no event in this part"))
        return found

    def _event(self, event: CodeEvent, arrived_at: float) -> Iterator[Reading]:
        if not event.code:
            yield Reading(says=Says.LEVEL, source=self._level_source, about="health", health="alive")
            return
        index = whole(event.values.get("index"))
        channel = str(index + 1) if index is not None and index >= 0 else ""
        action = event.values.get("action", "").lower()
        data = table(read_json(event.data)) if event.data.strip() else {}
        facts = _facts(event.code, data, arrived_at)
        if event.code.lower() == _LOST and action in ("start", "stop"):
            health = "lost" if action == "start" else "alive"
            yield Reading(
                says=Says.LEVEL, source=self._device, channel=channel, about="health", health=health, more=facts["more"]
            )
        elif action == "state" or _OF_THE_DEVICE.fullmatch(event.code.lower()):
            yield Reading(says=Says.LEVEL, source=self._device, channel=channel, about="level", **facts)
        elif action in ("start", "stop"):
            yield from self._switched(event.code, channel, data, facts, is_on=action == "start")
        elif action == "pulse":
            name = f"{channel}|{event.code}|{_rule(data)}"
            key = f"{facts['at']}|{data.get('EventSeq')}|{facts['object_ids']}" if facts["at"] is not None else ""
            yield Reading(
                says=Says.MOMENT, source=self._device, channel=channel, identity=f"moment|{name}", key=key, **facts
            )
        else:
            yield Reading(says=Says.NOT_FOR_US, source=self._device, channel=channel, why=f"action {shown(action)}")

    def _switched(
        self, code: str, channel: str, data: Mapping[str, Any], facts: dict[str, Any], *, is_on: bool
    ) -> Iterator[Reading]:
        """Start and Stop. A Stop that does not name its rule or its object is about all of this code that are live."""
        name = f"{channel}|{code}"
        rule = _rule(data)
        part = f"{rule}|{','.join(facts['object_ids'] or ())[:400]}"
        parts = [part]
        live = self._live.of(name)
        if not is_on and part not in live:
            of_rule = [
                one
                for one in live
                if (not rule or one.rpartition("|")[0] == rule)
                and (not facts["object_ids"] or one.endswith("|"))  # a Stop of another object is not about this one
            ]
            parts = of_rule or parts
        for index, one in enumerate(parts):
            (self._live.begin if is_on else self._live.end)(name, one)
            yield Reading(
                says=Says.HERE if is_on else Says.ENDED,
                source=self._device,
                channel=channel,
                identity=f"{name}|{one}",
                about="event",
                forgets=f"{name}|" if not is_on and not rule and part == "|" and index == len(parts) - 1 else "",
                **facts,
            )


def _rule(data: Mapping[str, Any]) -> str:
    return (text(data.get("Name")) or text(data.get("RuleName")) or "")[:400]


def _facts(code: str, data: Mapping[str, Any], arrived_at: float) -> dict[str, Any]:
    """What the data says, as fields of a reading."""
    objects = [one for one in _objects(data) if isinstance(one, dict)]
    smart = _SMART.fullmatch(code)
    labels = [*texts([one.get("ObjectType") for one in objects]), *([smart[1].lower()] if smart else [])]
    named = [next((text(one[key]) for key in _IDS if key in one), None) for one in objects]
    ids = [one for one in named if one and one != _NO_ID]
    boxes = tuple(box for one in objects if (box := _box(one)) is not None)
    plates = [text(table(data.get("TrafficCar")).get("PlateNumber"))]
    plates += [text(one.get("Text")) for one in objects if text(one.get("ObjectType")) == "Plate"]
    more = {
        "event": code,
        "rule": _rule(data) or None,
        "regions": list(texts(data.get("RegionName"))) or None,
        "direction": text(data.get("Direction")),
        "rule_id": whole(data.get("RuleId")),
    }
    return {
        "at": _at(data, arrived_at),
        "labels": tuple(dict.fromkeys(labels)) or None,
        "object_ids": tuple(dict.fromkeys(ids)) or None,
        "boxes": boxes,
        "plate": next((one for one in plates if one), None),
        "more": {name: value for name, value in more.items() if value is not None},
    }


def _objects(data: Mapping[str, Any]) -> list[Any]:
    """The objects: `Object`, `Objects` or `object`, each one or a list."""
    for name in ("Objects", "Object", "object", "objects"):
        found = data.get(name)
        if isinstance(found, list) and found:
            return found[:MAX_NAMES]
        if isinstance(found, dict):
            return [found]
    return []


def _box(item: Mapping[str, Any]) -> Box | None:
    four: list[Any] = next((item[name] for name in _BOXES if isinstance(item.get(name), list)), [])
    return box_from([number(one) for one in four[:5]], BoxForm.CORNERS, BoxUnit.GRID_8192)


def _at(data: Mapping[str, Any], arrived_at: float) -> float | None:
    """The device's time. Its `UTC` is often local time: the hours are taken off. Any other wrong clock: None."""
    found = instant(data.get("UTC")) if number(data.get("UTC")) is not None else None
    if found is None:
        return None
    thousandths = number(data.get("UTCMS"))
    found += thousandths / 1000 if thousandths is not None and 0 <= thousandths < 1000 else 0.0
    ahead_s = round((found - arrived_at) / _ZONE_STEP_S) * _ZONE_STEP_S
    is_near = abs(found - ahead_s - arrived_at) <= _SAME_TIME_S
    return found - ahead_s if is_near and abs(ahead_s) <= _FARTHEST_ZONE_S else None


KIND = Kind(
    name="dahua",
    title="Dahua (event stream)",
    settings=DahuaSettings,
    make_parser=DahuaParser,
    rules=Rules(is_stored=False, unchanged=Verdict.DUPLICATE),
    fields=(
        InputField("event", "CrossLineDetection", "`Code`", "What it is."),
        InputField("rule", "barrier", "`Name`", "Name of the rule in the device."),
        InputField("regions", ["fence"], "`RegionName`", "Regions of the device."),
        InputField("direction", "RightToLeft", "`Direction`", "Of a line that was crossed."),
        InputField("labels", ["Human"], "`ObjectType`; `human` of SmartMotionHuman", "What it is."),
        InputField("object_ids", ["542"], "`ObjectID`, `HumamID`", "The device's ids of the objects."),
        InputField("rects_fractions", [[0.1, 0.2, 0.3, 0.4]], "`BoundingBox`, `Rect`", "From the grid of 8192."),
        InputField("plate", "TEST001", "`TrafficCar.PlateNumber`, `Object.Text`", "A plate that was read."),
        InputField("health", "alive", "`Heartbeat`; `VideoLoss`", "`lost` while VideoLoss lasts."),
    ),
    losses=(
        "Events while there is no connection are lost.",
        "A Pulse has no end.",
        "`UTC` is often local time: the time zone is subtracted. A clock that is wrong in another way is not used.",
        "One person may be CrossLineDetection and SmartMotionHuman, two events: choose one of the codes.",
    ),
    has_parts=True,
)

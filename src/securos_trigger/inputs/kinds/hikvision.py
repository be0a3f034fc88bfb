"""Hikvision: the alert stream of ISAPI, and the same alerts posted to an alarm server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import Box, BoxUnit, box_from
from securos_trigger.inputs.device import MAX_PARTS, DeviceSettings, LiveParts
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.source_names import source_of_url
from securos_trigger.inputs.streams.alerts import AlertStream
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import number, shown, whole
from securos_trigger.inputs.xml_trees import Tree, content, find, html_error, is_html, read_xml

# What a device says of itself, in small letters: no news of what a camera sees. A type that speaks of an alarm or of
# something found is news, however it begins.
_OF_THE_DEVICE: Final = re.compile(
    r"(?!\w*(alarm|detect|intrusion|defined))((disk|hd|raid|nic|record|spare|net)\w*|ipconflict|illaccess|"
    r"illegalaccess|badvideo|videomismatch|videoexception|highhdtemperature|severehdfailure)"
)
# Channels are numbered from 1; what is about the device and none of its cameras may have this one.
_DEVICE_ITSELF: Final = "0"
_HEARTBEAT: Final = "videoloss"
_SIDES: Final = ("X", "Y", "width", "height")
_MOST_REGIONS: Final = 64
#: Below it a device that posts is named in the address.
_POSTS: Final = "/metadata/"


class HikvisionSettings(DeviceSettings):
    """The alerts of one camera or recorder."""

    type: Literal["hikvision"] = "hikvision"


class HikvisionParser:
    """Reads the alert stream, in pieces of any size, and posted alerts."""

    def __init__(self, settings: HikvisionSettings) -> None:
        self._own_name = self._device = settings.device_name
        self._posted_by = ""
        self._rows = settings.cameras
        self._level_source = settings.level_source
        self._stream = AlertStream()
        self._live = LiveParts()
        self._is_between = True  # the next message begins an answer

    def read(self, message: Message) -> Iterable[Reading]:
        """The alerts that this piece completes."""
        if is_html(message.body):
            raise html_error()
        self._posted_by = (source_of_url(message.url) or "") if message.url.startswith(_POSTS) else ""
        self._device = self._posted_by or self._own_name
        found: list[Reading] = []
        for alert in self._stream.feed(message.body, is_last=message.is_last_part):
            if len(found) >= MAX_PARTS:
                self._stream = AlertStream()  # the rest is no part of the next message
                raise MessageError(f"more than {MAX_PARTS:,} events are in one message")
            try:
                if isinstance(alert, MessageError):
                    raise alert
                found += self._alert(alert)
            except MessageError as error:
                found.append(Reading(says=Says.UNREADABLE, source=self._level_source, why=str(error)))
        is_whole, self._is_between = self._is_between and message.is_last_part, message.is_last_part
        if is_whole and not found:
            found.append(self._without_alert(message.body))
        return found

    def _without_alert(self, body: bytes) -> Reading:
        """What a message without an alert is: a part with an image, or something else."""
        if body.lstrip().startswith((b"<?xml", b"<ResponseStatus", b"<userCheck")):
            _, tree = read_xml(body)
            found = [content(one) for name in ("statusString", "subStatusCode") for one in find(tree, name)]
            words = [word for word in found if word]
            raise MessageError(f"the device answers {shown(', '.join(words) or 'without an alert', 200)}")
        if body.lstrip().startswith(b"--") or b"\xff\xd8\xff" in body[:4_096]:
            return Reading(says=Says.NOT_FOR_US, source=self._level_source, why="no alert in this part")
        raise MessageError("no EventNotificationAlert is in it, so it is not an alert stream")

    def _alert(self, body: bytes) -> Iterator[Reading]:
        _, written = read_xml(body)
        tree = {name.lower(): value for name, value in written.items()}
        kind = content(tree.get("eventtype")) or ""
        if kind.lower() == "duration":  # what has begun goes on
            kind = content(next(find(written, "relationEvent"), None)) or kind
        if not kind:
            raise MessageError("eventType is missing in an EventNotificationAlert")
        channel = self._channel(tree)
        state = (content(tree.get("eventstate")) or "active").lower()
        if kind.lower() == _HEARTBEAT:
            yield self._heartbeat(channel, state, tree)
        elif state in ("active", "inactive") and _OF_THE_DEVICE.fullmatch(kind.lower()):
            more = _more(kind, "", tree) | {"value": state == "active"}
            yield Reading(says=Says.LEVEL, source=self._device, channel=channel, about="level", more=more)
        elif state in ("active", "inactive"):
            yield from self._event(kind, channel, written, tree, is_active=state == "active")
        else:
            yield Reading(says=Says.NOT_FOR_US, source=self._device, channel=channel, why=f"eventState {shown(state)}")

    def _channel(self, tree: Tree) -> str:
        """The channel; empty for the device itself, unless the camera map has a row for a channel of that number."""
        shown = [word for name in ("channelid", "dynchannelid") if (word := content(tree.get(name)))]
        if channel := next((word for word in shown if word != _DEVICE_ITSELF), ""):
            return channel
        return _DEVICE_ITSELF if shown and f"{self._device}#{_DEVICE_ITSELF}" in self._rows else ""

    def _heartbeat(self, channel: str, state: str, tree: Tree) -> Reading:
        """`videoloss` that is inactive says that the device lives; active, that a camera is lost."""
        is_lost = state == "active"
        return Reading(
            says=Says.LEVEL,
            source=self._device if is_lost else self._level_source,
            channel=channel if is_lost else "",
            about="health",
            health="lost" if is_lost else "alive",
            at=instant(content(tree.get("datetime"))),
            more={"event": _HEARTBEAT, "channel": channel},
        )

    def _event(self, kind: str, channel: str, written: Tree, tree: Tree, *, is_active: bool) -> Iterator[Reading]:
        """One reading for each region. An alert that names none is about those that are live."""
        name = f"{channel}|{kind.lower()}"
        if self._posted_by:  # several devices may post to one address
            name = f"{self._posted_by}|{name}"
        regions = {_region(one): one for one in list(find(written, "DetectionRegionEntry"))[:_MOST_REGIONS]}
        plate = next((word for one in find(written, "licensePlate") if (word := content(one))), None)
        live = [*self._live.of(name)]
        parts = [f"{one}|{plate or ''}" for one in regions] or (live if not plate else []) or [f"|{plate or ''}"]
        if not is_active:
            parts = [one for one in parts if one in live] or live or parts
        for index, part in enumerate(parts):
            region = part.partition("|")[0]
            (self._live.begin if is_active else self._live.end)(name, part)
            yield Reading(
                says=Says.HERE if is_active else Says.ENDED,
                source=self._device,
                channel=channel,
                identity=f"{name}|{part}",
                about="event",
                forgets=f"{name}|" if not is_active and not regions and index == len(parts) - 1 else "",
                at=instant(content(tree.get("datetime"))),
                plate=plate,
                **_target(regions.get(region)),
                more=_more(kind, region, tree),
            )


def _region(entry: Any) -> str:
    return (content(next(find(entry, "regionID"), None)) or "")[:100]


def _target(entry: Any) -> dict[str, Any]:
    """What the device has found in a region, and where: fractions of the frame."""
    if entry is None:
        return {}
    labels = tuple(dict.fromkeys(word for one in find(entry, "detectionTarget") if (word := content(one))))
    boxes = tuple(box for one in find(entry, "TargetRect") if (box := _box(one)) is not None)
    return {"labels": labels or None, "boxes": boxes}


def _box(rect: Any) -> Box | None:
    if not isinstance(rect, Mapping):
        return None
    sides = {name.lower().lstrip("@"): content(value) for name, value in rect.items()}
    return box_from([number(sides.get(name.lower())) for name in _SIDES], unit=BoxUnit.FRACTIONS)


def _more(kind: str, region: str, tree: Tree) -> dict[str, Any]:
    found = {
        "event": kind,
        "region": whole(region) if whole(region) is not None else region or None,
        "channel_name": content(tree.get("channelname")),
        "description": content(tree.get("eventdescription")),
        "post_count": whole(content(tree.get("activepostcount"))),
    }
    return {name: value for name, value in found.items() if value is not None}


KIND = Kind(
    name="hikvision",
    title="Hikvision (alert stream)",
    settings=HikvisionSettings,
    make_parser=HikvisionParser,
    rules=Rules(is_stored=False, unchanged=Verdict.DUPLICATE, silent_end_s=30.0),
    fields=(
        InputField("event", "fielddetection", "`eventType`; `relationEvent` of a `duration`", "What it is."),
        InputField("region", 2, "`regionID`", "The region or line in the device."),
        InputField("labels", ["human"], "`detectionTarget`", "human or vehicle, where the device says it."),
        InputField("rects_fractions", [[0.1, 0.2, 0.3, 0.4]], "`TargetRect`", "Of the frame, y downwards."),
        InputField("plate", "TEST001", "`licensePlate`", "A plate that was read."),
        InputField("channel_name", "Gate", "`channelName`", "The device's name for the camera."),
        InputField("description", "Motion alarm", "`eventDescription`", "Text of the device."),
        InputField("post_count", 1, "`activePostCount`", "Rises while the event lasts."),
        InputField("health", "lost", "`videoloss`", "Inactive: `alive`, the heartbeat. Active: `lost`."),
    ),
    losses=(
        "Events while there is no connection are lost.",
        "Some devices never send the end: an event that was not mentioned for 30 s and comes again is new.",
        "The images that follow some alerts are left out.",
    ),
    has_parts=True,
)

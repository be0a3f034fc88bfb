"""NVIDIA DeepStream: the minimal and the full schema of nvmsgconv."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import BoxForm, box_from
from securos_trigger.inputs.documents import each_document, read_each
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import FrameSize, InputSettings
from securos_trigger.inputs.source_names import SourceNames
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import number, object_id, required_list, required_table, share, shown, table, text
from securos_trigger.metadata.objects import TrackId

_VEHICLE: Final = ("type", "make", "model", "color", "license", "")
_PERSON: Final = ("gender", "age", "hair", "cap", "apparel", "")
_FACE: Final = ("gender", "age", "hair", "cap", "glasses", "facialhair", "name", "eyecolor")
_ATTRIBUTES: Final = {"person": _PERSON, "face": _FACE}
# Groups that have a name as their first field, and no confidence at their end.
_NAMED_GROUPS: Final = frozenset({"pose2d", "pose3d", "pose25d", "embedding", "sv3dt", "mask"})
_NOT_LABELS: Final = frozenset({"bbox", "location", "coordinate", "pose", "embedding", "sv3dt", "mask"})
_MOST_GROUPS: Final = 64
# Numbers with fewer digits are none of the words for "not tracked".
_LEAST_OF_64_BITS: Final = 19


class DeepStreamSettings(InputSettings):
    """DeepStream over MQTT, posted, or from a file."""

    type: Literal["deepstream"] = "deepstream"

    frame_size: FrameSize | None = Field(
        None, description="Width and height of the muxer: boxes are in its pixels, and no message has them."
    )

    @property
    def topics_example(self) -> str:
        """Where the topics stand."""
        return 'They are `topic` of nvmsgbroker: topics = ["deepstream/gate"].'


class DeepStreamParser:
    """Reads both schemas; a message says by its keys which one it is."""

    def __init__(self, settings: DeepStreamSettings) -> None:
        self._names = SourceNames(settings.cameras)
        self._canvas = settings.frame_size

    def read(self, message: Message) -> Iterable[Reading]:
        """The frames of one message."""
        return read_each(message, lambda body, where: (self._frame(body, where, message),))

    def _frame(self, body: Mapping[str, Any], where: str, message: Message) -> Reading:
        if "objects" in body or "sensorId" in body:
            return self._minimal(body, where, message)
        if "object" in body or "messageid" in body:
            return self._full(body, where, message)
        raise MessageError(
            "no objects, sensorId, object or messageid is in it: it is not a message of DeepStream", where
        )

    def _minimal(self, body: Mapping[str, Any], where: str, message: Message) -> Reading:
        source = self._names.choose(message, body.get("sensorId"))
        frame_id, written = text(body.get("id")) or "", text(body.get("@timestamp")) or ""
        items = required_list(body["objects"], f"{where}objects") if body.get("objects") is not None else []
        return Reading(
            says=Says.FRAME,
            source=source,
            identity=f"frame|{source or ''}",
            key=f"{text(body.get('sensorId'))}|{frame_id}|{written}" if frame_id and written else "",
            at=instant(written),
            objects=tuple([self._object(item, where, index) for index, item in enumerate(items)]),
            canvas=self._canvas,
            more={"frame_id": frame_id} if frame_id else {},
        )

    def _object(self, item: Any, where: str, index: int) -> Thing:
        """`id|left|top|right|bottom|label`, then groups after `|#|`; the number of their fields depends on the path."""
        if not isinstance(item, str):
            what = "a text with bars is expected, such as 7|400|300|460|450|Person"
            raise MessageError(what, f"{where}objects[{index}]")
        fields = item.split("|", 6)
        if len(fields) == 6 and fields[5].isalnum():  # what most objects have: a label, and nothing after it
            box = box_from(_numbers(fields[1:5]), _CORNERS, canvas=self._canvas)
            return Thing(label=text(fields[5]) or "", id=_id(fields[0]), box=box)
        return self._described(item, f"{where}objects[{index}]")

    def _described(self, item: str, where: str) -> Thing:
        first, *groups = item.split("|#|", _MOST_GROUPS)
        fields = first.split("|", 5)
        if len(fields) < 6:
            what = f"{shown(first)} has {len(fields)} fields; 6 are expected, from the id to the label"
            raise MessageError(what, where)
        label = (text(fields[5]) or "").removesuffix("|#").strip()
        attributes, probability = _first_group(groups, label) if groups else ({}, None)
        return Thing(
            label=label,
            id=_id(fields[0]),
            probability=probability,
            box=box_from(_numbers(fields[1:5]), _CORNERS, canvas=self._canvas),
            attributes=attributes,
        )

    def _full(self, body: Mapping[str, Any], where: str, message: Message) -> Reading:
        """One object. Its label is the name of the object in it that describes it."""
        thing = required_table(body.get("object"), f"{where}object")
        event = table(body.get("event"))
        source = self._names.choose(message, table(body.get("sensor")).get("id"))
        label, described = _description(thing)
        corners = [number(table(thing.get("bbox")).get(one)) for one in _BBOX]
        found = Thing(
            label=label,
            id=_id(thing.get("id")),
            probability=share(described.get("confidence")),
            box=box_from(corners, _CORNERS, canvas=self._canvas),
            attributes=_named(described),
        )
        more = {
            "event_type": text(event.get("type")),
            "event_id": text(event.get("id")),
            "speed": number(thing.get("speed")),
            "direction": number(thing.get("direction")),
            "place": text(table(body.get("place")).get("name")),
        }
        return Reading(
            says=Says.FRAME,
            source=source,
            identity=f"frame|{source or ''}",
            key=text(body.get("messageid")) or "",
            at=instant(body.get("@timestamp")),
            objects=(found,) if label or found.box is not None else (),
            canvas=self._canvas,
            more={name: value for name, value in more.items() if value not in (None, "")},
        )


_CORNERS: Final = BoxForm.CORNERS
_BBOX: Final = ("topleftx", "toplefty", "bottomrightx", "bottomrighty")


def _id(value: Any) -> TrackId | None:
    if isinstance(value, str) and len(value) < _LEAST_OF_64_BITS and value.isascii() and value.isdigit():
        return int(value)
    found = object_id(value)
    return int(found) if isinstance(found, str) and found.isascii() and found.isdigit() else found


def _numbers(written: list[str]) -> Sequence[float | None]:
    """Four numbers at once, which is what nearly every object has; else each by itself."""
    try:
        return list(map(float, written))
    except ValueError:
        return [number(one) for one in written]


def _first_group(groups: list[str], label: str) -> tuple[dict[str, str], float | None]:
    """Attributes and confidence: of the first group that is no pose or embedding; its last field, where it is one."""
    for group in groups:
        fields = group.split("|", _MOST_GROUPS)
        if fields[0].strip().lower() in _NAMED_GROUPS:
            continue
        confidence = number(fields[-1])
        values = fields[:-1] if confidence is not None else fields
        names = _ATTRIBUTES.get(label.lower(), _VEHICLE)
        found = {name: text(value) or "" for name, value in zip(names, values, strict=False) if name and value}
        return found, share(confidence)  # -0.1: it was not computed
    return {}, None


def _description(thing: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The object in the object, and its name: `vehicle`, `person`, or any other."""
    inner = [
        (name, value) for name, value in thing.items() if isinstance(value, dict) and name.lower() not in _NOT_LABELS
    ]
    name, value = next((one for one in inner if "confidence" in one[1]), inner[0] if inner else ("", {}))
    return text(name) or "", value


def _named(described: Mapping[str, Any]) -> dict[str, str]:
    """What is described, without what is empty."""
    pairs = list(described.items())[:50]
    found = ((text(name) or "", text(value)) for name, value in pairs if name not in ("confidence", "licenseState"))
    return {name: value for name, value in found if value}


KIND = Kind(
    name="deepstream",
    cut_list=each_document,
    title="NVIDIA DeepStream",
    settings=DeepStreamSettings,
    make_parser=DeepStreamParser,
    fields=(
        InputField("objects[].label", "Person", "the sixth field; the name of the object in `object`", "What it is."),
        InputField("objects[].id", 7, "the first field; `object.id`", "Null for 18446744073709551615: not tracked."),
        InputField("objects[].probability", 0.91, "the end of the first group; `confidence`", "Null for -0.1."),
        InputField("objects[].rect", {"left": 400}, "fields 2 to 5; `object.bbox`", "Pixels of the muxer."),
        InputField(
            "objects[].attributes", {"color": "white"}, "the first group; `object.<label>`", "As far as filled."
        ),
        InputField("event_type", "entry", "`event.type`", "entry, exit, moving, stopped, parked, empty, reset."),
        InputField("frame_id", "1204", "`id` of the minimal schema", "The frame's number."),
        InputField("speed", 4.2, "`object.speed`", "Of the full schema."),
        InputField("place", "north lot", "`place.name`", "Of the full schema."),
    ),
    losses=(
        "The size of the muxer's frames is in no message: set `frame_size` for fractions of the frame.",
        "The full schema has one message for each object: two objects of one frame are two frames here.",
        "`sensorId` is 0 and `sensor` is null when the configuration of msgconv does not list the source.",
        "Poses, embeddings and masks are not read.",
    ),
)

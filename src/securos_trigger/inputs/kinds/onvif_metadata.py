"""ONVIF's metadata stream over RTSP: frames of objects, and events, as XML or compressed XML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from securos_trigger.errors import MessageError
from securos_trigger.inputs.device import DeviceSettings
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.kinds.onvif_pullpoint import EVENT_FIELDS
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.onvif.compressed import decompressed
from securos_trigger.inputs.onvif.documents import DocumentPieces
from securos_trigger.inputs.onvif.frames import frame_reading
from securos_trigger.inputs.onvif.xml_events import notification_readings
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.values import shown
from securos_trigger.inputs.xml_trees import Tree, children, read_xml

_EXI: Final = re.compile(rb"\$EXI|[\x80-\xbf]")


class OnvifMetadataSettings(DeviceSettings):
    """The metadata stream of one ONVIF device."""

    type: Literal["onvif-metadata"] = "onvif-metadata"


class OnvifMetadataParser:
    """Reads documents, which may come in the payloads of several RTP packets."""

    def __init__(self, settings: OnvifMetadataSettings) -> None:
        self._device = settings.device_name
        self._level_source = settings.level_source
        self._pieces = DocumentPieces()

    def read(self, message: Message) -> Iterable[Reading]:
        """The frames and events of a document, when its last piece is there."""
        has_lost = self._pieces.add(message.body)
        found: list[Reading] = []
        if has_lost:
            found.append(
                Reading(says=Says.UNREADABLE, source=self._level_source, why="the end of a document is missing")
            )
        if message.is_last_part:
            body = self._pieces.take()
            try:
                found += self._document(body)
            except MessageError as error:
                if not found:
                    raise
                found.append(Reading(says=Says.UNREADABLE, source=self._level_source, why=str(error)))
        return found

    def _document(self, body: bytes) -> list[Reading]:
        body = decompressed(body)
        if _EXI.match(body):
            raise MessageError("this is EXI, which cannot be read: set the device to send XML, or XML with gzip")
        name, tree = read_xml(body)
        if name.lower() != "metadatastream":
            raise MessageError(f"a MetadataStream is expected, not {shown(name)}")
        key = Message(body=body, arrived_at=0.0).digest
        found = list(self._readings(tree, key))
        return found or [Reading(says=Says.NOT_FOR_US, source=self._level_source, why="neither a frame nor an event")]

    def _readings(self, tree: Tree, key: str) -> Iterator[Reading]:
        frames = [frame for one in children(tree, "VideoAnalytics") for frame in children(one, "Frame")]
        for index, frame in enumerate(frames):
            yield frame_reading(frame, self._device, f"{key}{index}")
        events: list[Any] = [one for each in children(tree, "Event") for one in children(each, "NotificationMessage")]
        yield from notification_readings(events, self._device)


#: The fields of a frame, for the pages of the kinds that read it.
FRAME_FIELDS: Final = (
    InputField("objects[].label", "Human", "`Class`: the likeliest `Type`", "Empty: not classified, or not yet."),
    InputField("objects[].id", "12", "`ObjectId`", "The device's id of the object."),
    InputField("objects[].probability", 0.9, "`Likelihood`", "0 to 1."),
    InputField("objects[].rect_fractions", [0.1, 0.2, 0.3, 0.4], "`BoundingBox`", "Of the frame, y downwards."),
    InputField("objects[].part", True, "`Parent`", "A part of another object, as a face."),
    InputField("objects[].attributes", {"plate": "TEST001"}, "`VehicleInfo`, `LicensePlateInfo`", "What it has."),
    InputField("ended_object_ids", ["12"], "`ObjectTree`: `Delete`", "Objects that are gone."),
    InputField("renamed", [{"from": ["1"], "to": ["2"]}], "`ObjectTree`: `Rename`", "Also `split` and `merged`."),
)

KIND = Kind(
    name="onvif-metadata",
    title="ONVIF metadata stream (RTSP)",
    settings=OnvifMetadataSettings,
    make_parser=OnvifMetadataParser,
    rules=Rules(is_stored=False, unchanged=Verdict.DUPLICATE, silent_end_s=30.0),
    fields=(*FRAME_FIELDS, *EVENT_FIELDS),
    losses=(
        "A packet that is lost over UDP spoils its document: use TCP.",
        "A missing frame changes nothing; a frame without objects says that no object is there.",
        "EXI, a binary form of XML, cannot be read.",
        "The same event may come by PullPoint, too: use one of them.",
    ),
    has_parts=True,
)

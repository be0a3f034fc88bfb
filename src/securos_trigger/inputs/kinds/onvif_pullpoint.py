"""ONVIF events by PullPoint: the answers of a device to PullMessages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from securos_trigger.errors import MessageError
from securos_trigger.inputs.device import DeviceSettings
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.onvif.xml_events import notification_readings
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import MAX_OBJECTS, shown
from securos_trigger.inputs.xml_trees import content, find, read_xml

# A clock that differs by less is right: the answer's time is in whole seconds, and the answer took its time, too.
_LEAST_OFFSET_S: Final = 5.0


class OnvifPullPointSettings(DeviceSettings):
    """The events of one ONVIF device."""

    type: Literal["onvif-pullpoint"] = "onvif-pullpoint"


class OnvifPullPointParser:
    """Reads the answers to PullMessages, and what a device posts by Notify."""

    def __init__(self, settings: OnvifPullPointSettings) -> None:
        self._device = settings.device_name
        self._level_source = settings.level_source

    def read(self, message: Message) -> Iterable[Reading]:
        """One reading for each notification. Times are moved by the offset of the device's clock from ours."""
        name, tree = read_xml(message.body)
        whole = {name: [tree]}
        notifications = list(find(whole, "NotificationMessage"))
        if not notifications:
            if name != "Envelope" and not any(True for _ in find(whole, "PullMessagesResponse")):
                raise MessageError(f"the answer to PullMessages is expected, not {shown(name)}")
            return [Reading(says=Says.NOT_FOR_US, source=self._level_source, why="no event in this answer")]
        device_at = instant(content(next(find(whole, "CurrentTime"), None)))
        ahead_s = device_at - message.arrived_at if device_at is not None else 0.0
        return notification_readings(
            notifications[:MAX_OBJECTS], self._device, ahead_s if abs(ahead_s) >= _LEAST_OFFSET_S else 0.0
        )


#: The fields of an event, for the pages of the kinds that read it.
EVENT_FIELDS: Final = (
    InputField("topic", "RuleEngine/FieldDetector/ObjectsInside", "`Topic`", "Without the prefixes of namespaces."),
    InputField("rule", "fence", "`Source`: `Rule`", "Name of the rule in the device."),
    InputField("value", True, "`Data`: `IsMotion`, `State`, `IsInside` …", "On or off; absent where there is none."),
    InputField("object_ids", ["15"], "`ObjectId` of `Key` or `Data`", "The device's ids of the objects."),
    InputField("labels", ["Human"], "`Data`: `ClassTypes`", "What the objects are, where the device says it."),
    InputField("plate", "TEST001", "`Data`: `PlateNumber`", "A plate that was read."),
    InputField("count", 3, "`Data`: `Count`", "Of counters. A state: it raises no event."),
    InputField("data", {"IsInside": "true"}, "`Data`", "All items, as text."),
    InputField("source_items", {"Rule": "fence"}, "`Source`", "All items, as text."),
)

KIND = Kind(
    name="onvif-pullpoint",
    title="ONVIF events (PullPoint)",
    settings=OnvifPullPointSettings,
    make_parser=OnvifPullPointParser,
    rules=Rules(is_stored=False, unchanged=Verdict.DUPLICATE, silent_end_s=30.0),
    fields=(
        *EVENT_FIELDS[:3],
        InputField("operation", "Changed", "`PropertyOperation`", "Initialized, Changed, Deleted; absent for moments."),
        *EVENT_FIELDS[3:],
    ),
    losses=(
        "Events while there is no subscription are lost: afterwards the device sends only its present states.",
        "Some devices never send the end: an event that was not mentioned for 30 s and comes again is new.",
        "When a device restarts, its subscription and the events that it had queued are lost.",
    ),
    has_parts=True,
)

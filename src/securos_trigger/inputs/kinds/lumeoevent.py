"""`/lumeoevent` itself: an existing sender is pointed here instead of at SecurOS. The fields: contract/delivery.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import Field

from securos_trigger.errors import MessageError
from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import CameraIds, InputSettings
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import kept, number, required_table, text

_DEFAULT_NAME: Final = "Lumeo Event"
_DEFAULT_DURATION_S: Final = 10.0
_LONGEST_DURATION_S: Final = 86_400.0
_MAX_BYTES: Final = 262_144
_MAX_CAMERAS: Final = 64
_LONGEST_ID: Final = 128
_PASSED_ON: Final = ("visualization", "cams")


class LumeoEventSettings(InputSettings):
    """Senders of Lumeo's events. The events name the cameras of SecurOS themselves: there is no camera map."""

    type: Literal["lumeoevent"] = "lumeoevent"
    cameras: dict[str, CameraIds] = Field(
        default_factory=dict, description="Not used: the events name the cameras of SecurOS themselves."
    )


class LumeoEventParser:
    """Reads the body of one event."""

    def __init__(self, settings: LumeoEventSettings) -> None:
        pass

    def read(self, message: Message) -> Iterable[Reading]:
        """One event, known by its `event_id` where it has one."""
        body = required_table(message.document)
        event_id = _event_id(body.get("event_id"))
        at = instant(body.get("event_time"))
        return [
            Reading(
                says=Says.MOMENT,
                direct_cameras=_cameras(body.get("camera_id")),
                identity=f"event|{event_id}" if event_id else "",
                about="event",
                key=event_id,
                at=at,
                more={
                    "name": _text(body, "event_name") or _DEFAULT_NAME,
                    "description": _text(body, "event_description"),
                    "duration_s": _duration_s(body),
                    "trigger_recording": bool(body.get("trigger_recording")),
                    "add_subtitle": bool(body.get("add_subtitle")),
                    "asked_action": _asked_action(body),
                    **({"event_id": event_id} if event_id else {}),
                    **{name: kept(body[name]) for name in _PASSED_ON if body.get(name) is not None},
                },
            )
        ]


def _asked_action(body: Mapping[str, Any]) -> str:
    """The action that the event asks for, as `iss_action` names it."""
    if not body.get("trigger_recording"):
        return "event"
    return "event_and_record_and_subtitle" if body.get("add_subtitle") else "event_and_record"


def _event_id(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_ID:
        raise MessageError(f"a text of 1 to {_LONGEST_ID} characters is expected", "event_id")
    return text(value) or ""


def _cameras(value: Any) -> tuple[str, ...]:
    """Cameras as a list, one text or number, or a text with commas; spaces and repetitions are dropped."""
    items = value if isinstance(value, list) else [value] if value is not None else []
    names = []
    for item in items:
        if not isinstance(item, str | int) or isinstance(item, bool):
            raise MessageError("a list of texts is expected", "camera_id")
        names += [part.strip() for part in (text(item) or "").split(",")]
    found = tuple(dict.fromkeys(name for name in names if name))
    if len(found) > _MAX_CAMERAS:
        raise MessageError(f"{len(found)} cameras are too many: the most is {_MAX_CAMERAS}", "camera_id")
    return found


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise MessageError("a text is expected", name)
    return text(value) or ""


def _duration_s(body: Mapping[str, Any]) -> float:
    if "event_duration" in body and body["event_duration"] is None:
        return 0.0
    found = number(body.get("event_duration"))
    return min(found, _LONGEST_DURATION_S) if found is not None and found >= 0 else _DEFAULT_DURATION_S


KIND = Kind(
    name="lumeoevent",
    title="Senders of Lumeo's events",
    settings=LumeoEventSettings,
    make_parser=LumeoEventParser,
    # A sender with an outbox of its own sends what is old, and says so: it is still an event.
    rules=Rules(is_stored=False),
    max_body_bytes=_MAX_BYTES,
    fields=(
        InputField("name", "Line crossed", "`event_name`", "The title."),
        InputField("description", "At the gate", "`event_description`", "The text below it."),
        InputField("duration_s", 5.0, "`event_duration`", "Length of recording and subtitle."),
        InputField("trigger_recording", True, "`trigger_recording`", "Record each camera."),
        InputField("add_subtitle", False, "`add_subtitle`", "Show it over the video."),
        InputField(
            "asked_action",
            "event_and_record",
            "`trigger_recording`, `add_subtitle`",
            "The action that it asks for, a value of `iss_action`: the stronger of the two counts.",
        ),
        InputField("event_id", "6a1d2c7e-…", "`event_id`", "The same on every attempt; absent in Lumeo's own sender."),
    ),
    losses=(
        "Lumeo's own sender has no `event_id`: an event that it sends twice is two events.",
        "A subtitle without a recording is not shown; Lumeo's own sender never asks for one.",
    ),
)

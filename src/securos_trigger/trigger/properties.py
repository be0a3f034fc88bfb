"""The properties of the trigger node: names, types and defaults of Lumeo's node, and ours.

One pydantic model is the source of validation, of the JSON Schema and of docs/properties.md. `read_properties` is the
one way in: it gives the properties, or every mistake at once.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from securos_trigger.errors import Mistake
from securos_trigger.model import Action, EventSource, Target, TriggerMode
from securos_trigger.trigger.active_hours import ActiveHoursList
from securos_trigger.trigger.boxes import normal_color
from securos_trigger.validation import Secret, custom_mistake, mistakes_from
from securos_trigger.validation.camera_ids import normal_camera_ids, require_text
from securos_trigger.validation.connection import normal_fingerprint, normal_host, normal_path, normal_token

MAX_RECORD_DURATION_S = 86_400
_LONG_RECORD_S = 3_600


class TriggerProperties(BaseModel):
    """What the *Trigger SecurOS event* node can be set to. A field's description is its documentation."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_default=True,
        hide_input_in_errors=True,
        json_schema_extra={
            "required": ["iss_ip", "iss_password"],
            "if": {"properties": {"event_source": {"const": "custom"}}, "required": ["event_source"]},
            "then": {"required": ["trigger", "event_name"]},
        },
    )

    enabled: bool = Field(True, description="`false`: the node sends nothing; the video still passes.")
    iss_ip: str | None = Field(
        None,
        description="Host name, IPv4 or IPv6 address of the SecurOS server. Required. Capital letters and a dot at "
        "the end make no difference.",
    )
    iss_port: Annotated[str, WithJsonSchema({"type": ["string", "integer"]})] = Field(
        "3000", description="Port of the receiver, 1 to 65535. Text; a whole number is accepted too."
    )
    iss_password: Secret | None = Field(
        None,
        description='The receiver\'s token. Required. Text, `{ env = "NAME" }` or `{ file = "PATH" }`. '
        "It never shows in a log, an error or a page.",
    )
    iss_camera_ids: str | None = Field(
        None,
        description="SecurOS camera ids separated by commas (`1, 2.17, 1#4`). Empty: the event is tied to no "
        "camera. Duplicates are dropped, the order is kept.",
    )
    iss_action: Annotated[Action, Field(strict=False)] = Field(
        Action.EVENT, description="`event`, `event_and_record` or `event_and_record_and_subtitle`."
    )
    record_duration: int = Field(
        5,
        ge=0,
        le=MAX_RECORD_DURATION_S,
        description="Length of the recording and of the subtitle, in seconds.",
    )
    event_source: Annotated[EventSource, Field(strict=False)] = Field(
        EventSource.BUILT_IN,
        description="`built_in`: one SecurOS event for each event that upstream nodes raise. `custom`: one event when "
        "`trigger` is true.",
    )
    interval: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Least time between consecutive events, in seconds of media time. It begins again when media time "
        "does, as after a reconnect of a camera or at a new play of a file. 0: no limit.",
    )
    trigger: str | None = Field(
        None,
        description="The condition (docs/conditions.md). Required with `custom`, not used with `built_in`.",
    )
    event_name: str | None = Field(
        None,
        description="Template of the event's name, cut at 256 characters. Required with `custom`; with `built_in` the "
        "upstream event's own name is used instead.",
    )
    event_description: str | None = Field(
        None,
        description="Template of the event's description, cut at 4,096 characters; may have several lines. With "
        "`built_in` and left empty: the upstream event's own description.",
    )

    trigger_mode: Annotated[TriggerMode, Field(strict=False)] = Field(
        TriggerMode.LEVEL,
        description="`level`: a true condition fires on every frame (unless `interval` holds it back). "
        "`rising_edge`: only when it becomes true. `custom` only.",
    )
    hold: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="How long the condition must have been true, in seconds of media time. `custom` only.",
    )
    record_max_lateness: float = Field(
        30.0,
        ge=0,
        allow_inf_nan=False,
        description="An event that is delivered later than this many seconds is sent without recording and subtitle.",
    )
    send_bounding_boxes: bool = Field(
        False,
        description="`true`: the event shows the operator where the objects were on the frame that fired "
        "(docs/bounding_boxes.md).",
    )
    bounding_box_object_filter: str | None = Field(
        None,
        description="Which objects are shown: metadata paths separated by commas, `*` allowed, each of a list of "
        "objects or of their ids (`nodes.*.lines.*.cur_dir1_objects`). Empty: with `built_in` those that the upstream "
        "event lists under `objects`; without such a list every object of the frame.",
    )
    bounding_box_color: str | None = Field(
        None, description="Colour of the boxes: `R,G,B`, each 0 to 255. Empty: SecurOS chooses."
    )
    active_hours: ActiveHoursList = Field(
        None,
        description='When the node may fire, as a list of ranges: `["mon-fri 22:00-06:00", "sat-sun 00:00-24:00"]`. '
        "Left out: always (docs/mute.md).",
    )
    iss_path: str | None = Field(
        None,
        description="Path prefix of a receiver behind a reverse proxy, such as `/securos/gate`; the proxy removes it. "
        "Empty: no prefix.",
    )
    iss_scheme: Literal["https", "http"] = Field(
        "https",
        description="`https`, or `http` for a receiver without TLS: the password is then sent unencrypted.",
    )
    iss_certificate_sha256: str | None = Field(
        None,
        description="SHA-256 fingerprint of the receiver's certificate (64 hexadecimal digits, colons allowed). "
        "Only this certificate is then accepted.",
    )
    iss_ca_file: str | None = Field(None, description="PEM file with the CA that signed the receiver's certificate.")
    health_camera_ids: str | None = Field(
        None,
        description="SecurOS cameras on which the service reports trouble of its own, such as frames that stopped "
        "(docs/health.md); written as `iss_camera_ids`. Empty: it reports nothing.",
    )

    @field_validator(
        *("iss_camera_ids", "health_camera_ids", "trigger", "event_name", "event_description"),
        *("bounding_box_object_filter", "bounding_box_color"),
        mode="before",
    )
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("iss_ip")
    @classmethod
    def _host(cls, value: str | None) -> str:
        return normal_host(value or "")

    @field_validator("iss_port", mode="before")
    @classmethod
    def _port(cls, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,5}", value.strip()) or not 1 <= int(value) <= 65535:
            shown = f'"{value}"' if isinstance(value, str) else repr(value)
            raise custom_mistake(f"{shown} is not a port", "A port is a whole number from 1 to 65535.")
        return str(int(value))

    @field_validator("iss_password")
    @classmethod
    def _password(cls, value: SecretStr | None) -> SecretStr:
        return SecretStr(normal_token(value.get_secret_value() if value is not None else ""))

    @field_validator("iss_camera_ids", "health_camera_ids", mode="before")
    @classmethod
    def _camera_ids_are_text(cls, value: object, info: ValidationInfo) -> object:
        return require_text(value, info.field_name or "")

    @field_validator("iss_camera_ids", "health_camera_ids")
    @classmethod
    def _camera_ids(cls, value: str | None) -> str | None:
        return None if value is None else normal_camera_ids(value)

    @field_validator("bounding_box_color")
    @classmethod
    def _color(cls, value: str | None) -> str | None:
        return None if value is None else normal_color(value)

    @field_validator("trigger", "event_name")
    @classmethod
    def _needed_with_custom(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("event_source") is EventSource.CUSTOM:
            raise custom_mistake('is required with event_source = "custom" and missing')
        return value

    @field_validator("iss_path")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        return normal_path(value) if value is not None else None

    @field_validator("iss_certificate_sha256")
    @classmethod
    def _fingerprint(cls, value: str | None) -> str | None:
        return normal_fingerprint(value) if value is not None and value.strip() else None

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """The SecurOS camera ids, in order, without duplicates; empty: tied to no camera."""
        return tuple(self.iss_camera_ids.split(",")) if self.iss_camera_ids else ()

    @property
    def health_cameras(self) -> tuple[str, ...]:
        """The SecurOS cameras that get reports of trouble; empty: none, as with a node that is not enabled."""
        return tuple(self.health_camera_ids.split(",")) if self.health_camera_ids and self.enabled else ()

    @property
    def target(self) -> Target:
        """The receiver these properties point at."""
        assert self.iss_ip is not None
        return Target(self.iss_scheme, self.iss_ip, int(self.iss_port), self.iss_path or "")

    def warnings(self) -> tuple[str, ...]:
        """What is allowed but probably not meant, one sentence each."""
        found = []
        if self.event_source is EventSource.BUILT_IN:
            if self.trigger is not None:
                found.append('trigger: not used with event_source = "built_in".')
            if self.event_name is not None:
                found.append(
                    'event_name: not used with event_source = "built_in": it takes the upstream event\'s name.'
                )
            if self.trigger_mode is not TriggerMode.LEVEL or self.hold:
                found.append('trigger_mode, hold: not used with event_source = "built_in".')
        if self.send_bounding_boxes and len(self.camera_ids) > 1:
            said = f"the same boxes are drawn on each of the {len(self.camera_ids)} cameras"
            found.append(f"send_bounding_boxes: {said}, and boxes of one view mean nothing on another.")
        if not self.send_bounding_boxes and (self.bounding_box_object_filter or self.bounding_box_color):
            names = "bounding_box_object_filter, bounding_box_color"
            found.append(f"{names}: not used without send_bounding_boxes = true.")
        if self.record_duration > _LONG_RECORD_S and self.iss_action is not Action.EVENT:
            hours = f"{self.record_duration / 3600:.1f} hours"
            found.append(f"record_duration: {self.record_duration} seconds are {hours}; the unit is seconds.")
        if self.iss_action is not Action.EVENT:
            zero = [name for name in ("record_duration", "record_max_lateness") if not getattr(self, name)]
            found.extend(f"{name}: is 0, so nothing is recorded." for name in zero)
        if self.iss_scheme == "http":
            found.append('iss_scheme: with "http" the password is sent unencrypted.')
            if self.iss_certificate_sha256 or self.iss_ca_file:
                found.append('iss_certificate_sha256, iss_ca_file: not used with iss_scheme = "http".')
        return tuple(found)


def read_properties(raw: Mapping[str, Any], where: str = "") -> tuple[TriggerProperties | None, list[Mistake]]:
    """The properties in `raw`, or None and every mistake, each with its place below `where`."""
    try:
        return TriggerProperties.model_validate(dict(raw)), []
    except ValidationError as error:
        return None, mistakes_from(error, TriggerProperties, where)


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the properties."""
    schema = TriggerProperties.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

"""The properties of the element, made from the models of the trigger node and of the identity.

Names have dashes instead of underscores, as GStreamer has them; types, defaults, limits and words are the models' own.
Knows no GStreamer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from securos_trigger.config.settings import IdentitySettings
from securos_trigger.trigger.properties import TriggerProperties

_INT_MAX: Final = 2**31 - 1
_DOUBLE_MAX: Final = 1.7976931348623157e308


@dataclass(frozen=True, slots=True)
class ElementProperty:
    """One property of the element. `field` is its name in the model; empty: it is the element's own.

    `kind` is `text`, `boolean`, `integer`, `number` or `choice`. `is_secret`: it can be written and not read.
    `is_live`: a change counts while the pipeline plays, else from the next start on.
    """

    name: str
    kind: str
    default: Any
    blurb: str
    field: str = ""
    choices: tuple[str, ...] = ()
    minimum: float = 0
    maximum: float = 0
    is_secret: bool = False
    is_live: bool = True


#: Where the words of the model do not fit what is written in a GStreamer pipeline.
_BLURBS: Final = {
    "iss_password": "The receiver's token, as text. Required, here or with iss-password-env or iss-password-file. "
    "It can be written and not read.",
    "active_hours": "When the node may fire, as ranges separated by semicolons: "
    "mon-fri 22:00-06:00; sat-sun 00:00-24:00. Empty: always.",
}


#: Names and words of the properties that are the element's own, and whether they count while the pipeline plays.
_OWN: Final = {
    "config": "Configuration file (TOML) that has the trigger node. The element's properties go before its own.",
    "node": "Id of the trigger node. With config: id or pipeline of a node in the file, or PIPELINE/NODE. Empty: the "
    "file's only one, or the element's name.",
    "time-zone": "Time zone of active-hours, such as Europe/Berlin. Empty: the file's, or the system's.",
    "iss-password-env": "Environment variable that has the receiver's token.",
    "iss-password-file": "File that has the receiver's token in its first line.",
}
_OWN_AT_START: Final = {
    "outbox": "File in which events are kept until they are delivered. Elements of a process share it; each process "
    "has its own. Empty: the file's, or outbox-gstreamer.sqlite in the user's state folder.",
    "ledger": "File to which decisions are written, for securos-trigger explain. Empty: the file's, or none.",
    "stream": "Name of the video stream: the source name in templates, and the name by which Python code gives "
    "metadata to frames. Empty: the element's name.",
}
_DRAIN_TIMEOUT: Final = ElementProperty(
    "drain-timeout",
    "number",
    2.0,
    "How long the last element that stops waits for deliveries that are due, in seconds. What is left goes out at the "
    "next start.",
    maximum=600.0,
)


def element_properties() -> dict[str, ElementProperty]:
    """Every property of the element, by its name with dashes."""
    made = [
        *(ElementProperty(name, "text", "", blurb) for name, blurb in _OWN.items()),
        *(ElementProperty(name, "text", "", blurb, is_live=False) for name, blurb in _OWN_AT_START.items()),
        _DRAIN_TIMEOUT,
        *(_of_field(name, field) for name, field in TriggerProperties.model_fields.items()),
        *(_of_field(name, field) for name, field in IdentitySettings.model_fields.items()),
    ]
    return {one.name: one for one in made}


def _of_field(name: str, field: FieldInfo) -> ElementProperty:
    kind, choices = _kind_of(field.annotation)
    least, most = _limits(field, kind)
    default = field.default.value if isinstance(field.default, Enum) else field.default
    if default is None:
        default = "" if kind == "text" else None
    blurb = _BLURBS.get(name) or _as_gstreamer_says(field.description or "")
    is_secret = name == "iss_password"
    return ElementProperty(dashed(name), kind, default, blurb, name, choices, least, most, is_secret)


def dashed(name: str) -> str:
    """`iss_camera_ids` as `iss-camera-ids`."""
    return name.replace("_", "-")


def _kind_of(annotation: Any) -> tuple[str, tuple[str, ...]]:
    """The kind of a field's type, and the words that it may have."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "choice", tuple(str(member.value) for member in annotation)
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation)
    return {bool: "boolean", int: "integer", float: "number"}.get(annotation, "text"), ()


def _limits(field: FieldInfo, kind: str) -> tuple[float, float]:
    """The least and the largest value that the model accepts."""
    least = next((rule.ge for rule in field.metadata if hasattr(rule, "ge")), 0)
    most = next((rule.le for rule in field.metadata if hasattr(rule, "le")), None)
    return least, most if most is not None else (_INT_MAX if kind == "integer" else _DOUBLE_MAX)


def _as_gstreamer_says(text: str) -> str:
    """A description of the model without Markdown, its property names with dashes."""
    names = {*TriggerProperties.model_fields}
    return re.sub(r"`([^`]*)`", lambda found: dashed(found[1]) if found[1] in names else found[1], text)


def node_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of the trigger node among those that were set, as the model reads them.

    `values` are by name with dashes.
    """
    known = element_properties()
    found: dict[str, Any] = {}
    for name, value in values.items():
        field = known[name].field
        if field in TriggerProperties.model_fields:
            found[field] = None if value == "" else value
    if hours := found.get("active_hours"):
        found["active_hours"] = [part.strip() for part in hours.split(";") if part.strip()] or None
    for way in ("env", "file"):
        if source := values.get(f"iss-password-{way}"):
            found["iss_password"] = {way: source}
    return found


def identity_values(values: Mapping[str, Any]) -> dict[str, str]:
    """The ids and names of the installation among the properties that were set."""
    return {name: values[dashed(name)] for name in IdentitySettings.model_fields if values.get(dashed(name))}

"""The properties of the trigger node as keyword arguments, so that editors and type checkers know them.

`properties.TriggerProperties` checks them; a test holds the names of both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict


class PropertyKeywords(TypedDict, total=False):
    """Every property by name, with the type that a program gives. docs/properties.md says what each means."""

    enabled: bool
    iss_ip: str | None
    iss_port: str | int
    iss_password: str | Mapping[str, str] | None
    iss_camera_ids: str | None
    iss_action: Literal["event", "event_and_record", "event_and_record_and_subtitle"] | str
    record_duration: int
    event_source: Literal["built_in", "custom"] | str
    interval: float
    trigger: str | None
    event_name: str | None
    event_description: str | None
    trigger_mode: Literal["level", "rising_edge"] | str
    hold: float
    record_max_lateness: float
    send_bounding_boxes: bool
    bounding_box_object_filter: str | None
    bounding_box_color: str | None
    active_hours: list[str] | None
    iss_path: str | None
    iss_scheme: Literal["https", "http"]
    iss_certificate_sha256: str | None
    iss_ca_file: str | None
    health_camera_ids: str | None

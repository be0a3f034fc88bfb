"""Recorded frames and configurations for the tests of replay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.metadata.recorded_frames import RecordedFrame

BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def recorded(
    metadata: Iterable[dict[str, Any]], *, source_name: str = "yard", step_s: float = 0.04
) -> list[RecordedFrame]:
    """A frame for each metadata, 25 a second."""
    return [
        RecordedFrame(number + 1, number * step_s, BEGAN_AT + timedelta(seconds=number * step_s), source_name, one)
        for number, one in enumerate(metadata)
    ]


def motion(pattern: str) -> list[RecordedFrame]:
    """A frame for each character: `#` motion, `.` none, `?` nothing known."""
    known = {"#": {"motion": True}, ".": {"motion": False}, "?": {}}
    return recorded({"nodes": {"zone1": known[one]}} for one in pattern)


def trigger(node_id: str = "alarm", **properties: Any) -> str:
    """The TOML of a trigger node: by default an event for each frame with motion."""
    merged = {
        "event_source": '"custom"',
        "trigger": '"nodes.zone1.motion"',
        "event_name": '"Motion"',
        "iss_ip": '"vms.example"',
        "iss_password": '{ env = "NOT_SET_ANYWHERE" }',
        **properties,
    }
    head = f'[[pipelines.nodes]]\ntype = "trigger_securos_event"\nid = "{node_id}"\n'
    return head + "".join(f"{name} = {value}\n" for name, value in merged.items() if value is not None)


def pipeline(name: str, *nodes: str) -> str:
    """The TOML of a pipeline that reads a file of the same name."""
    return f'[[pipelines]]\nname = "{name}"\nsource = {{ type = "file", path = "{name}.mp4" }}\n' + "".join(nodes)


def settings(*pipelines: str) -> Settings:
    """Settings for work without secrets."""
    return parse_config("".join(pipelines), base=Path(), source="site.toml", has_secrets=False)

"""An input as the source of a pipeline."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from securos_trigger.config.reader import parse_config
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer
from securos_trigger.runtime.input_pipelines import open_input
from securos_trigger.runtime.lanes import PipelineLanes

CONFIG = """
[[pipelines]]
name = "site"
source = { type = "frigate", broker = "mqtt://127.0.0.1:1" }
cameras = { gate = "7", yard = "8, 9" }
"""


def test_the_heartbeat_has_the_cameras_of_the_map() -> None:
    """A health report names them: no other part of the service knows which cameras miss their events."""
    heartbeat = Heartbeat()
    [pipeline] = parse_config(CONFIG, base=Path()).pipelines
    open_input(pipeline, cast(PipelineLanes, SimpleNamespace(session_name="site-1")), heartbeat, Announcer([]))
    assert (heartbeat.is_of_messages, heartbeat.mapped_cameras) == (True, ("7", "8", "9"))

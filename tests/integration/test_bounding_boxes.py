"""Bounding boxes on their whole way: from a frame's objects through outbox, wire and receiver to what SecurOS gets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from securos_trigger import running
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.model import Frame, Moment
from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.vms.simulator import Simulator
from tests.integration.fake_receivers import TOKEN, OldReceiver

LIMIT_S = 60.0
BOX = "rect:9.42708,20.09259,5.98958,14.44444"
OBJECT = {"id": 3, "label": "car", "probability": 0.9, "rect": {"left": 181, "top": 217, "width": 115, "height": 156}}
METADATA = {"objects": [OBJECT], "go": True}
ALARM: dict[str, Any] = {
    "event_source": "custom",
    "trigger": "go",
    "event_name": "Car",
    "iss_camera_ids": "1",
    "send_bounding_boxes": True,
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["1", "2"]) as simulator:
        yield simulator


def shapes_of(simulator: Simulator, since: int) -> list[str | None]:
    """The shapes of each event that SecurOS got after call number `since`."""
    events = [call for call in simulator.calls(since) if call["action"] == "VCA_EVENT"]
    return [json.loads(event["params"]["comment"]).get("visualization") for event in events]


@pytest.mark.parametrize(
    ("more", "frame_size", "shapes"),
    [
        ({"bounding_box_color": "255,160,0"}, (1920, 1080), f"color:255,160,0;{BOX}"),
        ({}, (1920, 1080), BOX),
        ({"bounding_box_object_filter": "nodes.*.lines.*.cur_dir1_objects"}, (1920, 1080), None),
        ({"send_bounding_boxes": False}, (1920, 1080), None),
        ({}, None, None),
    ],
)
def test_securos_gets_the_boxes_of_the_frame_that_fired(
    simulator: Simulator,
    tmp_path: Path,
    more: dict[str, Any],
    frame_size: tuple[float, float] | None,
    shapes: str | None,
) -> None:
    since = simulator.state()["sequence"]
    properties = {**ALARM, **simulator.settings(), **more}
    with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        node.process(METADATA, at=1.0, frame_size=frame_size)
        assert node.drain(LIMIT_S)
    assert shapes_of(simulator, since) == [shapes]


def test_boxes_survive_the_end_of_the_process_that_kept_them(simulator: Simulator, tmp_path: Path) -> None:
    since = simulator.state()["sequence"]
    outbox = tmp_path / "outbox.sqlite"
    properties = {**ALARM, **simulator.settings(), "bounding_box_color": "0,255,0"}
    simulator.kill_receiver()
    with running(properties, outbox=outbox, drain_s=0) as node:
        node.process(METADATA, at=1.0, frame_size=(1920, 1080))
    simulator.restart_receiver()
    with running(properties, outbox=outbox) as node:
        assert node.drain(LIMIT_S)
    assert shapes_of(simulator, since) == [f"color:0,255,0;{BOX}"]


def test_a_frame_of_a_pipeline_gives_its_own_size_and_a_missing_one_is_announced_once(tmp_path: Path) -> None:
    notices: list[Notice] = []
    with (
        OldReceiver() as receiver,
        Dispatch(OutboxSettings(path=tmp_path / "outbox.sqlite"), Announcer([notices.append])) as dispatch,
    ):
        target = receiver.target
        reach = {
            "iss_ip": target.host,
            "iss_port": str(target.port),
            "iss_scheme": target.scheme,
            "iss_password": TOKEN,
        }
        live = dispatch.add(TriggerProperties.model_validate({**ALARM, **reach}), Context(node_id="alarm"), "yard")
        dispatch.start()
        for number, size in enumerate([(1920, 1080), None, None]):
            live.process_frame(Frame(Moment(float(number)), None, METADATA, declared_size=size))
            assert dispatch.drain(LIMIT_S)
    assert [body.get("visualization") for body in receiver.bodies] == [BOX, None, None]
    assert [one.fields for one in notices if one.name == "frame_size_unknown"] == [{"node": live.address}]


def test_a_late_event_keeps_its_boxes(simulator: Simulator, tmp_path: Path) -> None:
    since = simulator.state()["sequence"]
    properties = {**ALARM, **simulator.settings(), "record_max_lateness": 0, "iss_action": "event_and_record"}
    with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        node.process(METADATA, at=1.0, frame_size=(1920, 1080))
        time.sleep(0.01)
        assert node.drain(LIMIT_S)
    assert shapes_of(simulator, since) == [BOX]

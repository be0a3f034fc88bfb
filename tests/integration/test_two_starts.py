"""Two starts of one program: what fires in the second is new, although its media time and its ids begin again."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from securos_trigger import running
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.model import Address, Event, Frame, Moment, Reason
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import State
from securos_trigger.runtime.control.sockets import exchange
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.trigger import caller_time
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.made_videos import write_video

#: Nothing listens there: what is kept waits.
PROPERTIES: dict[str, Any] = {
    "iss_ip": "127.0.0.1",
    "iss_port": "9",
    "iss_scheme": "http",
    "iss_password": "token",
}


def raised(number: int) -> dict[str, Any]:
    """Metadata of a frame on which an earlier node raises an event, with a counter for an id."""
    return {"nodes": {"event1": {"event_delta": 1, "event_state": 1, "event": "Turn", "event_id": number}}}


def test_a_second_start_of_a_program_has_events_of_its_own(tmp_path: Path) -> None:
    waiting = []
    for _start in range(2):
        with running(PROPERTIES, outbox=tmp_path / "outbox.sqlite", drain_s=0) as node:
            fired = [node.process(raised(number), at=float(number)).reason for number in range(1, 6)]
            again = node.process(raised(5), at=5.0).reason
            node.drain(0.2)
            waiting.append(sum(node.counts().get(state, 0) for state in (State.WAITING, State.SENDING)))
        assert fired == [Reason.FIRED] * 5
        assert again is Reason.DUPLICATE
    assert waiting == [5, 10]


def test_an_event_with_an_id_of_its_own_is_kept_once_and_keeps_its_interval(tmp_path: Path) -> None:
    """A message that comes again after a restart has no start: its event has the same id."""
    notices: list[Notice] = []
    message = Frame(Moment(3.0, datetime.now(UTC), "mqtt"), None, raised(1))
    released: list[Event] = []
    figures = []
    for _start in range(2):
        with Dispatch(OutboxSettings(path=tmp_path / "outbox.sqlite"), Announcer([notices.append])) as dispatch:
            bare = TriggerSecurOSEvent(**PROPERTIES, interval=60)
            live = dispatch.add(bare.properties, bare.context)
            live.origin.release = released.append
            live.process_frame(message)
            dispatch.drain(0.2)
            figures.append((dispatch.kept, dispatch.already_there, dispatch.not_kept, live.origin.already_there))
            assert live.process_frame(Frame(Moment(4.0, None, "mqtt"), None, raised(2))).reason is Reason.INTERVAL
            answered = str(live.explain())
    assert figures == [(1, 0, 0, 0), (0, 1, 0, 1)]
    assert "not sent a second time: at " in answered
    assert released == []
    assert "event_already_there" not in [notice.name for notice in notices]


def test_an_id_that_a_source_should_not_have_given_twice_is_announced(tmp_path: Path) -> None:
    notices: list[Notice] = []
    frame = Frame(Moment(3.0, datetime.now(UTC), "yard.mp4", "one-start"), None, raised(1))
    with Dispatch(OutboxSettings(path=tmp_path / "outbox.sqlite"), Announcer([notices.append])) as dispatch:
        for _node in range(2):
            bare = TriggerSecurOSEvent(**PROPERTIES)
            dispatch.add(bare.properties, bare.context).process_frame(frame)
        dispatch.drain(0.2)
    [notice] = [notice for notice in notices if notice.name == "event_already_there"]
    assert notice.fields["node"] == Address("", "", "trigger1")
    assert notice.fields["event_name"] == "Turn"


COUNTER = """\
count = 0

def process_frame(frame, **kwargs):
    global count
    count += 1
    meta = frame.meta()
    meta.set_field("nodes", {"turns": {"event_delta": 1, "event_state": 1, "event": "Turn", "event_id": count}})
    meta.save()
"""


def test_a_file_that_is_run_twice_delivers_the_events_of_both_runs(tmp_path: Path) -> None:
    write_video(tmp_path / "yard.mp4", [np.zeros((64, 64, 3), np.uint8)] * 5)
    (tmp_path / "turns.py").write_text(COUNTER)
    with Simulator(("1",)) as simulator:
        receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in simulator.settings().items())
        (tmp_path / "yard.toml").write_text(
            f"""\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4" }}

[[pipelines.nodes]]
type = "function"
file = "turns.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
iss_camera_ids = "1"
{receiver}
"""
        )
        for runs in (1, 2):
            done = commands.run("run", "yard.toml", cwd=tmp_path, timeout=120)
            assert done.returncode == 0, done.stderr
            assert "event_already_there" not in done.stderr
            events = simulator.events()
            assert len(events) == 5 * runs, done.stderr


def of_node(outbox: Path) -> dict[str, Any]:
    """What the service that owns the outbox answers about its only node."""
    [node] = json.loads(exchange(outbox, b'{"do": "status"}'))["nodes"]
    return dict(node)


def test_times_that_are_no_seconds_are_announced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readings_s = itertools.count(0.0, 10.0)
    monkeypatch.setattr(caller_time, "monotonic_s", lambda: next(readings_s))
    notices: list[Notice] = []
    with Dispatch(OutboxSettings(path=tmp_path / "outbox.sqlite"), Announcer([notices.append])) as dispatch:
        bare = TriggerSecurOSEvent(**PROPERTIES)
        live = dispatch.add(bare.properties, bare.context)
        for number in range(5):
            live.process({}, at=1e9 * number)
        assert "not in nanoseconds" in of_node(tmp_path / "outbox.sqlite")["time_stands_still"]
        for number in range(2):
            live.process({}, at=4e9 + number)
        assert of_node(tmp_path / "outbox.sqlite")["time_stands_still"] == ""
        for _ in range(300):
            live.process({}, at=4e9 + 2)
        assert "at does not move" in of_node(tmp_path / "outbox.sqlite")["time_stands_still"]
    [notice, end, still] = [notice for notice in notices if notice.name.startswith("media_time_")]
    assert (end.name, "and 250 calls" in str(still.fields["reason"])) == ("media_time_usable", True)
    assert notice.fields["node"] == Address("", "", "trigger1")
    assert "not in nanoseconds" in str(notice.fields["reason"])

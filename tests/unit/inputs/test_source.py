"""The source of an input whose place another one has taken."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from securos_trigger.inputs.feed import ArrivalQueue, ConnectionState
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.source import InputParts, InputSource
from securos_trigger.model.heartbeat import CameraState, Heartbeat
from securos_trigger.notices import Announcer
from tests.unit.inputs.test_intake import Nodes, person, sent

WITHIN_S = 60.0


class HangingHost(Nodes):
    """Hangs when the nodes of a camera are made, until `goes_on`."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy, self.goes_on = threading.Event(), threading.Event()

    def open(self, lane: str, cameras: tuple[str, ...], stored: Mapping[str, Any]) -> None:
        self.is_busy.set()
        assert self.goes_on.wait(WITHIN_S)
        super().open(lane, cameras, stored)

    def stored_rows(self) -> Sequence[tuple[str, dict[str, Any]]]:
        return ()

    def pending_ids(self) -> Sequence[str]:
        return ()

    def keep(self, rows: object) -> str:
        return ""


class WaitingFeed:
    """Is connected, and has one message."""

    def __init__(self) -> None:
        self.queue, self.state = ArrivalQueue(), ConnectionState("frigate", Announcer())
        self.queue.put(sent(person(1, "attic")))

    def start(self) -> None:
        self.state.note_connected()

    def close(self) -> None:
        self.state.note_lost("closed")


class SlowHost(HangingHost):
    """Its disk gives what is stored only after a while."""

    def stored_rows(self) -> Sequence[tuple[str, dict[str, Any]]]:
        self.is_busy.set()
        assert self.goes_on.wait(WITHIN_S)
        return ()


def test_a_source_that_was_left_behind_before_its_feed_was_there_opens_none_later() -> None:
    kind, host, opened = load_kind("frigate"), SlowHost(), list[object]()

    def open_feed(position: object) -> WaitingFeed:
        opened.append(position)
        return WaitingFeed()

    parts = InputParts(kind, kind.settings(cameras={"*": "1"}), host, open_feed)
    source = InputSource("frigate", parts, Heartbeat(), Announcer())
    stop = threading.Event()
    thread = threading.Thread(target=lambda: list(source.frames(stop)), daemon=True)
    thread.start()
    assert host.is_busy.wait(WITHIN_S)
    stop.set()
    source.leave_behind(Heartbeat())
    host.goes_on.set()
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert opened == [], "the port and the session are those of its successor"


def test_a_source_that_was_left_behind_holds_and_stamps_nothing_of_its_successor() -> None:
    kind, host, feed, stop = load_kind("frigate"), HangingHost(), WaitingFeed(), threading.Event()
    heartbeat, of_nobody = Heartbeat(), Heartbeat()
    parts = InputParts(kind, kind.settings(cameras={"*": "1"}), host, lambda _: feed)
    source = InputSource("frigate", parts, heartbeat, Announcer())
    thread = threading.Thread(target=lambda: list(source.frames(stop)), daemon=True)
    thread.start()
    assert host.is_busy.wait(WITHIN_S)
    assert heartbeat.last_at_ticks is not None
    stop.set()
    source.leave_behind(of_nobody)
    successor = heartbeat.cameras = {"attic": CameraState("offline", 1.0)}
    heartbeat.last_at_ticks = -1.0
    assert not feed.state.is_connected, "its session and its port are free while it hangs"
    host.goes_on.set()
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert (heartbeat.cameras, heartbeat.last_at_ticks) == (successor, -1.0)

"""The service mutes its nodes as the file says, and announces what begins, goes on for days, and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger import TriggerSecurOSEvent
from securos_trigger.model import Address
from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.runtime.mutes.mute import Mute
from securos_trigger.runtime.mutes.watch import MuteWatch
from securos_trigger.system.boot_clock import Instant
from securos_trigger.system.timestamps import rfc3339

BEGAN = Instant(1_790_000_000.0, "boot-1", 5_000.0)


@dataclass
class Mutable:
    """What the watch uses of a live node."""

    address: Address
    node: TriggerSecurOSEvent
    reason: str = ""
    since: datetime | None = None

    def mute(self, until: datetime | None, reason: str, since: datetime | None = None, person: str = "") -> None:
        self.node.muted_until, self.reason, self.since = until, reason, since


class Service:
    """Two nodes, the watch over them, and a clock that goes on when the test says so."""

    def __init__(self, folder: Path, *addresses: Address) -> None:
        self.now = BEGAN
        self.file = MuteFile(folder / "outbox.sqlite")
        self.heard: list[Notice] = []
        given = addresses or (Address("yard", "", "alarm"), Address("gate", "", "alarm"))
        self.nodes: list[Any] = [
            Mutable(address, TriggerSecurOSEvent(node_id=address.node, iss_ip="vms", iss_password="x"))
            for address in given
        ]
        self.watch = self.new_watch()

    def new_watch(self) -> MuteWatch:
        nodes: Sequence[Any] = self.nodes
        announcer = Announcer([self.heard.append])
        return MuteWatch(self.file.path.with_name("outbox.sqlite"), lambda: nodes, announcer, lambda: self.now)

    def pass_s(self, seconds: float, *, clock_set_by_s: float = 0.0) -> None:
        now = self.now
        self.now = Instant(now.wall_s + seconds + clock_set_by_s, now.boot_id, now.boot_s + seconds)
        self.watch.look()

    def mute(self, node: str = "yard/alarm", length_s: float = 7_200.0, reason: str = "works") -> None:
        new = Mute(node, length_s, self.now, self.now.wall_s, reason)
        self.file.change(self.now, lambda known: [*(one for one in known if one.node != node), new])

    @property
    def muted(self) -> list[str]:
        return [str(live.address) for live in self.nodes if live.node.muted_until is not None]

    @property
    def names(self) -> list[str]:
        return [notice.name for notice in self.heard]


def test_a_mute_is_applied_at_the_next_look_and_ends_by_itself(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.watch.look()
    assert service.muted == []
    service.mute()
    service.pass_s(1)
    assert service.muted == ["yard/alarm"]
    assert [live.reason for live in service.nodes] == ["works", ""]
    service.pass_s(7_198)
    assert service.muted == ["yard/alarm"]
    service.pass_s(1)
    assert service.muted == []
    since, until = rfc3339(BEGAN.wall_s), rfc3339(BEGAN.wall_s + 7_200)
    fix = 'fix="`securos-trigger unmute CONFIG yard/alarm` ends it"'
    assert [str(notice) for notice in service.heard] == [
        f"node_muted node=yard/alarm since={since} until={until} reason=works {fix}",
        'node_unmuted node=yard/alarm reason="its time is over"',
    ]
    assert service.file.read() == (), "what is over does not come back with another clock"


@pytest.mark.parametrize("set_by_s", [3_600.0, -3_600.0, 2_000_000_000.0])
def test_where_the_clock_is_set_the_end_of_a_mute_is_said_by_the_new_one(tmp_path: Path, set_by_s: float) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    service.pass_s(1, clock_set_by_s=set_by_s)
    until = service.nodes[0].node.muted_until
    assert until.timestamp() == pytest.approx(BEGAN.wall_s + set_by_s + 7_200)
    service.pass_s(1)
    assert service.nodes[0].node.muted_until is until, "it is not said anew each second"


def test_a_node_that_was_muted_before_the_start_is_muted_at_the_first_look(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(3_600)
    assert service.muted == ["yard/alarm"]
    assert service.names == ["node_muted"]
    assert service.heard[0].fields["since"] == rfc3339(BEGAN.wall_s), "not since the start of the service"
    assert service.nodes[0].node.muted_until.timestamp() == BEGAN.wall_s + 7_200
    assert service.nodes[0].since.timestamp() == BEGAN.wall_s


def test_a_mute_that_was_over_before_the_start_is_none(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(7_200)
    assert (service.muted, service.names) == ([], [])


@pytest.mark.parametrize("set_by_s", [-10_000.0, 10_000.0])
def test_a_clock_that_is_set_neither_prolongs_nor_ends_it(set_by_s: float, tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    service.pass_s(7_198, clock_set_by_s=set_by_s)
    assert service.muted == ["yard/alarm"]
    service.pass_s(1)
    assert service.muted == []


def test_a_mute_that_a_person_ends_is_over_at_the_next_look(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    service.file.change(service.now, lambda _known: [])
    service.pass_s(1)
    assert service.muted == []
    assert str(service.heard[-1]) == 'node_unmuted node=yard/alarm reason="a person ended it"'


def test_a_mute_that_is_replaced_is_announced_with_its_new_end(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    service.mute(length_s=60.0, reason="shorter")
    service.pass_s(1)
    assert service.names == ["node_muted", "node_muted"]
    assert service.heard[-1].fields["until"] == rfc3339(BEGAN.wall_s + 61)
    service.pass_s(59)
    assert service.muted == []


def test_the_instant_stays_the_same_object_while_nothing_changes(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    until = service.nodes[0].node.muted_until
    service.pass_s(1)
    assert service.nodes[0].node.muted_until is until


def test_new_nodes_are_muted_by_a_look(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    service.nodes[0].node.muted_until = None  # as a node that a reload has made
    service.watch.look()
    assert service.muted == ["yard/alarm"]


def test_a_node_of_a_program_without_pipelines_is_known_by_its_id(tmp_path: Path) -> None:
    service = Service(tmp_path, Address("", "", "alarm"), Address("", "", "other"))
    service.mute("yard/alarm")
    service.pass_s(1)
    assert service.muted == ["alarm"]


def test_every_camera_of_a_node_is_muted(tmp_path: Path) -> None:
    service = Service(tmp_path, Address("site", "7", "alarm"), Address("site", "8", "alarm"))
    service.mute("site/alarm")
    service.pass_s(1)
    assert service.muted == ["site/7/alarm", "site/8/alarm"]


def test_a_damaged_file_is_reported_once_and_mutes_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.pass_s(1)
    service.file.path.write_text("{")
    for _ in range(3):
        service.pass_s(1)
    assert service.muted == []
    assert service.names == ["node_muted", "mutes_unreadable", "node_unmuted"]
    assert service.heard[-1].fields["reason"] == "the file of mutes cannot be read"
    service.mute()
    service.pass_s(1)
    assert service.muted == ["yard/alarm"]
    assert service.names[3:] == ["mutes_readable", "node_muted"]


def test_a_mute_of_days_is_reported_again_once_a_day(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute(length_s=3 * 86_400.0)
    for _ in range(3 * 24):
        service.pass_s(3_600)
    assert service.names == ["node_muted", "node_still_muted", "node_still_muted", "node_unmuted"]
    assert {notice.fields["since"] for notice in service.heard[:3]} == {rfc3339(BEGAN.wall_s)}


def test_after_a_restart_of_the_machine_with_a_wrong_clock_the_mute_is_over(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute(length_s=7 * 86_400.0)
    for _ in range(48):
        service.pass_s(3_600)
    service.now = Instant(service.now.wall_s - 2 * 3_600, "boot-2", 10.0)
    service.watch = service.new_watch()
    service.watch.look()
    assert service.muted == []


def test_after_a_restart_of_the_machine_it_is_measured_in_the_new_start(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.mute()
    service.now = Instant(BEGAN.wall_s + 3_600, "boot-2", 10.0)
    service.watch = service.new_watch()
    service.watch.look()
    assert service.muted == ["yard/alarm"]
    service.pass_s(3_599, clock_set_by_s=-86_400)
    assert service.muted == ["yard/alarm"]
    service.pass_s(1)
    assert service.muted == []

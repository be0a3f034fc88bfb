"""Trigger nodes that share the outbox of their process: they join, change and leave while others go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.settings import OutboxSettings, Settings
from securos_trigger.errors import ConfigurationError, OutboxOwnedError
from securos_trigger.model import Address, Reason
from securos_trigger.notices import Notice, log_notice
from securos_trigger.outbox import State
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.one_node import settings_of_one_node
from securos_trigger.runtime.running import running
from securos_trigger.runtime.shared_service import SharedNode, join

#: Nothing listens there: what is kept waits.
PROPERTIES: dict[str, Any] = {
    "iss_ip": "127.0.0.1",
    "iss_port": "9",
    "iss_scheme": "http",
    "iss_password": "token",
    "event_source": "custom",
    "trigger": "go",
    "event_name": "Go",
}


def settings(folder: Path, node_id: str = "alarm", **properties: Any) -> Settings:
    made = settings_of_one_node({**PROPERTIES, **properties}, node_id, None)
    return replace(made, outbox=OutboxSettings(path=folder / "outbox.sqlite"))


def waiting(node: SharedNode) -> int:
    """How many deliveries wait, once everything that was handed over is on disk."""
    return unsettled(node.live)


def unsettled(live: LiveNode) -> int:
    live.drain(0.2)
    counts = live.counts()
    return counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)


@pytest.fixture
def seen() -> list[Notice]:
    return []


def test_nodes_of_one_outbox_share_it_and_the_last_one_closes_it(tmp_path: Path, seen: list[Notice]) -> None:
    nodes = [join(settings(tmp_path), seen.append, pipeline="p", element=f"e{n}") for n in range(3)]
    try:
        assert [node.live.address for node in nodes] == [
            Address("p", "", "alarm"),
            Address("p.e1", "", "alarm"),
            Address("p.e2", "", "alarm"),
        ]
        for at, node in enumerate(nodes):
            assert node.live.process({"go": True}, float(at)).reason is Reason.FIRED
        assert waiting(nodes[0]) == 3
    finally:
        nodes[0].leave(0.0)
    assert nodes[1].live.process({"go": True}, 5.0).reason is Reason.FIRED
    assert waiting(nodes[2]) == 4
    for node in nodes[1:]:
        node.leave(0.0)
    assert [notice.name for notice in seen].count("outbox_left") == 1
    with running(PROPERTIES, outbox=tmp_path / "outbox.sqlite", drain_s=0) as alone:
        assert unsettled(alone) == 4


def test_a_node_that_cannot_join_leaves_the_outbox_free(tmp_path: Path, seen: list[Notice]) -> None:
    bad = settings(tmp_path, iss_scheme="https", iss_ca_file=str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigurationError):
        join(bad, seen.append, pipeline="p", element="e")
    node = join(settings(tmp_path), seen.append, pipeline="p", element="e")
    with pytest.raises(ConfigurationError):
        join(replace(bad), seen.append, pipeline="p", element="f")
    assert node.live.process({"go": True}, 1.0).reason is Reason.FIRED
    node.leave(0.0)


def test_an_outbox_that_another_one_owns_is_not_touched(tmp_path: Path, seen: list[Notice]) -> None:
    with running(PROPERTIES, outbox=tmp_path / "outbox.sqlite", drain_s=0), pytest.raises(OutboxOwnedError):
        join(settings(tmp_path), seen.append, pipeline="p", element="e")
    join(settings(tmp_path), seen.append, pipeline="p", element="e").leave(0.0)


def test_a_change_counts_from_the_next_frame_on_and_a_mistake_changes_nothing(
    tmp_path: Path, seen: list[Notice]
) -> None:
    node = join(settings(tmp_path), seen.append, pipeline="p", element="e")
    try:
        assert node.live.process({"go": False, "stop": True}, 1.0).reason is Reason.CONDITION_FALSE
        node.change(settings(tmp_path, trigger="stop"))
        assert node.live.process({"go": False, "stop": True}, 2.0).reason is Reason.FIRED
        with pytest.raises(ConfigurationError):
            node.change(settings(tmp_path, iss_scheme="https", iss_ca_file=str(tmp_path / "missing.pem")))
        assert node.live.process({"go": False, "stop": True}, 3.0).reason is Reason.FIRED
        node.change(settings(tmp_path, trigger="stop", iss_port="8"))
        node.live.process({"stop": True}, 4.0)
        assert node.live.origin.target == "http://127.0.0.1:8"
        assert waiting(node) == 3
    finally:
        node.leave(0.0)


def test_a_receiver_is_reached_as_the_node_says_that_came_last(tmp_path: Path, seen: list[Notice]) -> None:
    first = join(settings(tmp_path), seen.append, pipeline="p", element="e")
    second = join(settings(tmp_path, iss_password="other"), log_notice, pipeline="q", element="e")
    [replaced] = [notice for notice in seen if notice.name == "target_settings_replaced"]
    assert str(replaced) == (
        "target_settings_replaced target=http://127.0.0.1:9 node=q/alarm changes=iss_password "
        'fix="give its nodes the same settings"'
    )
    first.leave(0.0)
    second.leave(0.0)


def test_many_nodes_join_and_leave_at_once(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def come_and_go(number: int) -> None:
        try:
            for turn in range(5):
                node = join(settings(tmp_path, f"n{number}"), lambda _notice: None, pipeline="p", element="e")
                node.live.process({"go": True}, float(turn))
                node.leave(0.0)
        except BaseException as error:
            failed.append(error)
            raise

    in_threads([partial(come_and_go, number) for number in range(8)])
    assert failed == []
    node = join(settings(tmp_path), lambda _notice: None, pipeline="p", element="e")
    assert waiting(node) == 40
    node.leave(0.0)


def in_threads(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

"""The messages arrive at a real datagram socket, as systemd has one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from securos_trigger.system.service_manager import ServiceManager


@pytest.fixture
def manager_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind("notify")
        receiving.settimeout(30)
        yield receiving


def test_a_message_is_one_datagram_with_a_line_for_each_field(manager_socket: socket.socket) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": "notify"})
    assert manager.is_there
    assert manager.notify(READY=1, STATUS="healthy:\n3 waiting")
    assert manager_socket.recv(1000) == b"READY=1\nSTATUS=healthy: 3 waiting"


def test_an_abstract_socket_has_its_name_behind_an_at_sign() -> None:
    name = f"securos-trigger-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind(f"\0{name}")
        receiving.settimeout(30)
        assert ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).notify(WATCHDOG=1)
        assert receiving.recv(1000) == b"WATCHDOG=1"


def test_without_a_manager_nothing_is_sent_and_one_that_is_gone_is_a_reason(tmp_path: Path) -> None:
    none = ServiceManager({})
    assert (none.is_there, none.notify(READY=1), none.reason, none.watchdog_s) == (False, False, "", None)
    gone = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "s")})
    assert not gone.notify(READY=1)
    assert gone.reason


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_that_of_this_process(environment: dict[str, str], watchdog_s: float | None) -> None:
    assert ServiceManager(environment).watchdog_s == watchdog_s

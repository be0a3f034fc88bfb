"""The service manager hears that the service is ready, its state, and nothing from a pipeline that hangs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.runtime.manager_reports import ManagerReports
from securos_trigger.system.service_manager import ServiceManager


class Service:
    """One pipeline on a clock that the test sets, and the manager's socket."""

    def __init__(self, receiving: socket.socket, watchdog_us: str) -> None:
        self.now_s = 1000.0
        self.yard = Heartbeat()
        self._receiving = receiving
        manager = ServiceManager({"NOTIFY_SOCKET": "notify", "WATCHDOG_USEC": watchdog_us})
        heartbeats = {"yard": self.yard}
        self.reports = ManagerReports(manager, lambda: heartbeats, lambda: "0 lost", ticks=lambda: self.now_s)

    def messages(self) -> list[str]:
        """What came since the last time."""
        found = []
        while True:
            try:
                found.append(self._receiving.recv(1000).decode())
            except BlockingIOError:
                return found

    def seen_after(self, wait_s: float) -> list[str]:
        self.now_s += wait_s
        self.reports.look()
        return self.messages()


@pytest.fixture
def receiving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind("notify")
        one.setblocking(False)
        yield one


def test_it_is_ready_is_fed_three_times_within_its_time_and_ends(receiving: socket.socket) -> None:
    service = Service(receiving, "15000000")
    service.reports.start()
    assert service.messages() == ["READY=1\nSTATUS=0 lost"]
    assert service.seen_after(4.9) == []
    assert service.seen_after(0.1) == ["WATCHDOG=1\nSTATUS=0 lost"]
    service.reports.end()
    assert service.messages() == ["STOPPING=1\nSTATUS=ending"]


def test_a_pipeline_that_is_busy_with_one_frame_for_too_long_starves_the_watchdog(receiving: socket.socket) -> None:
    service = Service(receiving, "30000000")
    service.reports.start()
    service.yard.walking_since_at_ticks = service.now_s
    service.messages()
    assert service.seen_after(29.0) == ["WATCHDOG=1\nSTATUS=0 lost"]
    assert service.seen_after(10.0) == ["STATUS=hangs: pipeline yard"]
    service.yard.walking_since_at_ticks = None
    assert service.seen_after(600.0) == ["WATCHDOG=1\nSTATUS=0 lost"], "a camera without frames is no hang"


def test_without_a_watchdog_only_the_status_is_sent(receiving: socket.socket) -> None:
    service = Service(receiving, "")
    service.reports.start()
    service.yard.walking_since_at_ticks = service.now_s
    service.messages()
    assert service.seen_after(10.0) == ["STATUS=0 lost"]
    assert service.seen_after(9.0) == []

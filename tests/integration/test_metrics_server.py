"""The metrics server keeps serving: with a fault in a figure, beside silent connections, and when it is full."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from securos_trigger.errors import ConfigurationError
from securos_trigger.metrics.server import MAX_CONNECTIONS, MetricsServer
from securos_trigger.notices import Announcer, Notice


class Figure(Collector):
    """One figure, which may fail."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def collect(self) -> Iterator[Metric]:
        if self.error is not None:
            raise self.error
        yield GaugeMetricFamily("depth", "Depth.", 7)


@pytest.fixture
def heard() -> list[Notice]:
    return []


@pytest.fixture
def figure() -> Figure:
    return Figure()


@pytest.fixture
def server(heard: list[Notice], figure: Figure) -> Iterator[MetricsServer]:
    registry = CollectorRegistry()
    registry.register(figure)
    with MetricsServer(registry, "127.0.0.1", 0, Announcer([heard.append])) as server:
        yield server


def page(server: MetricsServer) -> str:
    with urlopen(server.url, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_a_fault_in_a_figure_is_answered_logged_and_the_next_request_goes_well(
    server: MetricsServer, figure: Figure, heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    figure.error = KeyError("state")
    with pytest.raises(HTTPError) as failed:
        page(server)
    assert (failed.value.code, failed.value.read()) == (500, b"A figure cannot be had; the log has the traceback.\n")
    assert "KeyError: 'state'" in caplog.text
    figure.error = None
    assert "depth 7.0" in page(server)
    assert [notice.name for notice in heard] == ["thread_failed", "thread_recovered"]


def test_silent_connections_take_a_bounded_number_of_threads(server: MetricsServer) -> None:
    url = urlsplit(server.url)
    before = threading.active_count()
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection((str(url.hostname), url.port or 0), timeout=60))
            for _ in range(3 * MAX_CONNECTIONS)
        ]
        closed = 0
        for one in silent[MAX_CONNECTIONS:]:
            closed += one.recv(1) == b""
        assert closed == 2 * MAX_CONNECTIONS
        assert threading.active_count() <= before + MAX_CONNECTIONS
    assert "depth 7.0" in eventually(server)


def eventually(server: MetricsServer) -> str:
    """The page, as soon as a place is free."""
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        try:
            return page(server)
        except OSError:
            time.sleep(0.05)
    return ""


def test_a_port_that_is_taken_is_a_mistake_of_the_configuration() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as found:
            MetricsServer(CollectorRegistry(), "127.0.0.1", port, Announcer())
    assert str(found.value) == (
        "The configuration has 1 mistake:\n"
        f"  metrics.port: 127.0.0.1:{port} cannot be opened to listen: Address already in use\n"
        "      Choose another port, or end the program that has it."
    )


def test_an_address_of_version_6_is_served_too() -> None:
    try:
        server = MetricsServer(CollectorRegistry(), "::1", 0, Announcer())
    except ConfigurationError:
        pytest.skip("this machine has no IPv6")
    with server:
        assert server.url.startswith("http://[::1]:")
        assert page(server) == ""

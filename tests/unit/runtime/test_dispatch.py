"""The outbox and the couriers of one process, before a node of it sends anything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Dead, Outbox
from securos_trigger.runtime.dispatch import Dispatch
from tests import builders

TARGET = "https://vms.example:3443"
LIMIT_S = 30.0


@pytest.mark.parametrize("relay", [None, RelaySettings(servers=("nats://127.0.0.1:9",), gateway="gate")])
def test_a_camera_without_events_is_known_from_the_run_before_also_behind_a_relay(
    tmp_path: Path, relay: RelaySettings | None
) -> None:
    path = tmp_path / "outbox.sqlite"
    outbox = Outbox(path, announcer=Announcer())
    assert outbox.put(builders.event("9"), TARGET)
    outbox.flush(LIMIT_S)
    [delivery] = outbox.claim(TARGET, 1).result(LIMIT_S)
    outbox.settle(delivery, Dead("camera 9: event refused: SecurOS knows no such camera"))
    assert outbox.close(LIMIT_S)
    with Dispatch(OutboxSettings(path=path), Announcer(), relay=relay) as dispatch:
        dispatch.start()
        until_s = time.monotonic() + LIMIT_S
        while not dispatch.status.given_up.counts([TARGET])[TARGET]:
            assert time.monotonic() < until_s
            time.sleep(0.01)

"""The soak of a broker that sends for a long time holds, and finds an event that comes twice."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.vms.simulator import Simulator
from soak import broker_memory

COUNT = 4_000


@pytest.mark.timeout(600)
def test_messages_of_a_broker_become_the_events_that_they_must() -> None:
    found = broker_memory.run(is_long=False, count=COUNT)
    assert found.broken == ()
    assert found.figures["events in SecurOS"] == COUNT // broker_memory.LIFE // broker_memory.DOGS


@pytest.mark.timeout(600)
def test_an_event_that_comes_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Simulator.events

    def twice(simulator: Simulator, since: int = 0) -> list[dict[str, Any]]:
        return right(simulator, since) + right(simulator, since)[:1]

    monkeypatch.setattr(Simulator, "events", twice)
    assert broker_memory.run(is_long=False, count=400).broken != ()

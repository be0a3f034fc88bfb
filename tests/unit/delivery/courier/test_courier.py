"""A courier with a transport written by hand: nothing of a network is in it."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

from securos_trigger.delivery.back_off import BackOff
from securos_trigger.delivery.courier.courier import Courier
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.webhook import Webhook
from securos_trigger.model import Action, Delivered, Delivery, Event, Outcome, Retry, RetryKind, StepResult
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, State
from tests import builders

TARGET = "memory://vms"
LIMIT_S = 60.0


class MemoryTransport:
    """Everything that a courier uses of a transport."""

    def __init__(self, *, is_reachable: bool = False) -> None:
        self.target = TARGET
        self.delivered: list[tuple[str, bool]] = []
        self.is_closed = False
        self._answers_ahead = [] if is_reachable else [Retry(RetryKind.UNREACHABLE, "the cable is out")]

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome:
        await asyncio.sleep(random.random() * 0.002)
        if self._answers_ahead:
            return self._answers_ahead.pop()
        self.delivered.append((delivery.name, late))
        return Delivered(tuple(StepResult(camera, "EVENT", ok=True) for camera in delivery.camera_ids))

    async def health(self) -> dict[str, object] | None:
        return {"ok": True}

    async def close(self) -> None:
        self.is_closed = True


def event(camera_id: str, name: str) -> Event:
    return builders.event(camera_id, name=name, description="", action=Action.EVENT)


def test_a_courier_delivers_in_the_order_of_each_camera_over_any_transport(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer())
    for number in range(100):
        assert outbox.put(event(str(number % 4), f"{number % 4} {number:03}"), TARGET)
    transport = MemoryTransport()
    courier = Courier(
        cast(Webhook, transport),
        outbox,
        announcer=Announcer(),
        policy=DeliveryPolicy(back_off=BackOff(first_s=0.01, longest_s=0.05)),
        clock=time.time,
        random=random.random,
    )

    async def run() -> None:
        running = asyncio.create_task(courier.run())
        async with asyncio.timeout(LIMIT_S):
            while outbox.counts()[State.DELIVERED] < 100:
                await asyncio.sleep(0.005)
            courier.request_close()
            await running

    asyncio.run(run())
    assert outbox.close(LIMIT_S)
    assert transport.is_closed
    assert len(transport.delivered) == 100
    for camera in "0123":
        names = [name for name, _ in transport.delivered if name[0] == camera]
        assert names == sorted(names)
    assert {late for _, late in transport.delivered} == {False}


def test_another_pace_of_late_events_is_in_force_at_once(tmp_path: Path) -> None:
    """Under the first pace the second event would leave an hour after the first."""
    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer())
    transport = MemoryTransport(is_reachable=True)
    one_an_hour = DeliveryPolicy(late_per_s=1 / 3600)
    courier = Courier(
        cast(Webhook, transport),
        outbox,
        announcer=Announcer(),
        policy=one_an_hour,
        clock=lambda: time.time() + 600,  # so that every event is late
        random=random.random,
    )

    async def run() -> None:
        running = asyncio.create_task(courier.run())
        async with asyncio.timeout(LIMIT_S):
            for number, late_per_s in enumerate((1 / 3600, 1000.0)):
                await courier.change(cast(Webhook, transport), replace(one_an_hour, late_per_s=late_per_s))
                assert outbox.put(event("1", str(number)), TARGET)
                while len(transport.delivered) <= number:
                    await asyncio.sleep(0.005)
            courier.request_close()
            await running

    asyncio.run(run())
    assert outbox.close(LIMIT_S)
    assert transport.delivered == [("0", True), ("1", True)]

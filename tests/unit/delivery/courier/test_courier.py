"""A courier with a transport written by hand: nothing of a network is in it."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from securos_trigger.delivery.back_off import BackOff
from securos_trigger.delivery.courier.courier import Courier
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.transport import Reach
from securos_trigger.delivery.webhook import Webhook
from securos_trigger.model import (
    Action,
    Delivered,
    Delivery,
    Event,
    Outcome,
    Partial,
    Refused,
    Retry,
    RetryKind,
    Step,
    StepResult,
)
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.outbox import Outbox, State
from tests import builders

TARGET = "memory://vms"
LIMIT_S = 60.0


class MemoryTransport:
    """Everything that a courier uses of a transport. `answers_ahead` come first."""

    def __init__(self, *answers_ahead: Outcome) -> None:
        self.target = TARGET
        self.delivered: list[tuple[str, bool]] = []
        self.is_closed = False
        self._answers_ahead = list(answers_ahead)

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome:
        await asyncio.sleep(random.random() * 0.002)
        if self._answers_ahead:
            return self._answers_ahead.pop(0)
        self.delivered.append((delivery.name, late))
        return Delivered(tuple(StepResult(camera, "EVENT", ok=True) for camera in delivery.camera_ids))

    async def health(self) -> dict[str, object] | None:
        return {"ok": True}

    async def check(self, *, asks_health: bool) -> Reach:
        return Reach.CONNECTED

    async def close(self) -> None:
        self.is_closed = True


def event(camera_id: str, name: str) -> Event:
    return builders.event(camera_id, name=name, description="", action=Action.EVENT)


def test_a_courier_delivers_in_the_order_of_each_camera_over_any_transport(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer())
    for number in range(100):
        assert outbox.put(event(str(number % 4), f"{number % 4} {number:03}"), TARGET)
    transport = MemoryTransport(Retry(RetryKind.UNREACHABLE, "the cable is out"))
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
    transport = MemoryTransport()
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


def deliver_one(courier: Courier, outbox: Outbox) -> None:
    """Have an event of two cameras delivered, and close the outbox."""
    assert outbox.put(builders.event("1", "2"), TARGET)

    async def run() -> None:
        running = asyncio.create_task(courier.run())
        async with asyncio.timeout(LIMIT_S):
            while not outbox.counts()[State.DELIVERED]:
                await asyncio.sleep(0.005)
            courier.request_close()
            await running

    asyncio.run(run())
    assert outbox.close(LIMIT_S)


@pytest.mark.parametrize(
    ("failed", "failed_cameras"),
    [
        (StepResult("1", Step.REC, ok=False, error="busy"), ""),
        (StepResult("2", Step.EVENT, ok=False, error="busy"), "2"),
    ],
)
def test_a_delivery_that_is_given_up_later_names_only_cameras_without_their_event(
    tmp_path: Path, failed: StepResult, failed_cameras: str
) -> None:
    served = [
        StepResult(camera, Step.EVENT, ok=True)
        for camera in "12"
        if (camera, Step.EVENT) != (failed.camera_id, failed.step)
    ]
    answers = (Partial((*served, failed), knows_event_ids=True), Refused(400, "no"))
    ended: list[Notice] = []
    announcer = Announcer([ended.append])
    outbox = Outbox(tmp_path / "outbox.db", announcer=announcer)
    courier = Courier(
        cast(Webhook, MemoryTransport(*answers)),
        outbox,
        announcer=announcer,
        policy=DeliveryPolicy(back_off=BackOff(first_s=0.01, longest_s=0.05)),
        clock=time.time,
        random=random.random,
    )
    deliver_one(courier, outbox)
    [done] = [notice for notice in ended if notice.kind is kinds.DELIVERY_DONE]
    assert (done.fields["cameras"], done.fields["failed_cameras"]) == (failed.camera_id, failed_cameras)


@pytest.mark.parametrize(
    ("first", "is_duplicate"),
    [
        (Retry(RetryKind.TIMED_OUT, "no answer"), True),
        (Partial((StepResult("1", Step.EVENT, ok=False, error="busy"),), knows_event_ids=True), False),
    ],
    ids=["no answer", "the step failed"],
)
def test_an_event_whose_step_had_failed_is_no_duplicate_when_the_receiver_does_it(
    tmp_path: Path, first: Outcome, is_duplicate: bool
) -> None:
    """A receiver says `duplicate` of each event id that it knows."""
    second = Delivered((StepResult("1", Step.EVENT, ok=True),), duplicate=True, knows_event_ids=True)
    ended: list[Notice] = []
    announcer = Announcer([ended.append])
    outbox = Outbox(tmp_path / "outbox.db", announcer=announcer)
    courier = Courier(
        cast(Webhook, MemoryTransport(first, second)),
        outbox,
        announcer=announcer,
        policy=DeliveryPolicy(back_off=BackOff(first_s=0.01, longest_s=0.05)),
        clock=time.time,
        random=random.random,
    )
    assert outbox.put(builders.event("1"), TARGET)

    async def run() -> None:
        running = asyncio.create_task(courier.run())
        async with asyncio.timeout(LIMIT_S):
            while not outbox.counts()[State.DELIVERED]:
                await asyncio.sleep(0.005)
            courier.request_close()
            await running

    asyncio.run(run())
    assert outbox.close(LIMIT_S)
    [done] = [notice for notice in ended if notice.kind is kinds.DELIVERY_DONE]
    assert done.fields["duplicate"] is is_duplicate


EVENT_1, EVENT_2 = (StepResult(camera, Step.EVENT, ok=True) for camera in "12")
NO_EVENT_1, NO_EVENT_2 = (StepResult(camera, Step.EVENT, ok=False, error="core died") for camera in "12")
NO_RECORDING_1 = StepResult("1", Step.REC, ok=False, error="no archive")


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [
        ([(NO_EVENT_1, NO_EVENT_2), (NO_EVENT_1, NO_EVENT_2)], ["no", "no"]),
        ([(EVENT_1, EVENT_2, NO_RECORDING_1), (EVENT_1, NO_RECORDING_1)], ["now", "before"]),
        ([(EVENT_1, NO_EVENT_2), (NO_EVENT_2,)], ["now", "before"]),
        ([(EVENT_1, NO_EVENT_2), (EVENT_1, NO_EVENT_2)], ["now", "before"]),
        ([(NO_EVENT_1, NO_EVENT_2), (EVENT_1, NO_EVENT_2)], ["no", "now"]),
        ([(EVENT_1, NO_EVENT_2), (EVENT_2, NO_RECORDING_1)], ["now", "now"]),
    ],
    ids=["no camera", "recording only", "one camera", "one camera, said twice", "one later", "one after the other"],
)
def test_a_retry_says_whether_a_camera_has_the_event(
    tmp_path: Path, answers: list[tuple[StepResult, ...]], accepted: list[str]
) -> None:
    said: list[Notice] = []
    announcer = Announcer([said.append])
    outbox = Outbox(tmp_path / "outbox.db", announcer=announcer)
    courier = Courier(
        cast(Webhook, MemoryTransport(*(Partial(one, knows_event_ids=True) for one in answers))),
        outbox,
        announcer=announcer,
        policy=DeliveryPolicy(record_max_lateness_s=3600.0, back_off=BackOff(first_s=0.01, longest_s=0.05)),
        clock=time.time,
        random=random.random,
    )
    deliver_one(courier, outbox)
    assert [one.fields["accepted"] for one in said if one.kind is kinds.DELIVERY_RETRY] == accepted

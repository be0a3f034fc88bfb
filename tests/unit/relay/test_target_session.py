"""What a session notes of the attempts of a delivery."""

from __future__ import annotations

import asyncio
from typing import cast

from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from securos_trigger.delivery.transport import Transport
from securos_trigger.model import Delivered, Delivery, Outcome, Partial, Retry, RetryKind, StepResult
from securos_trigger.relay.lease import Lease
from securos_trigger.relay.target_session import LeasedTransport
from tests import builders


class Bucket:
    """A bucket that gives the lease."""

    async def get(self, _key: str) -> KeyValue.Entry:
        raise KeyNotFoundError

    async def create(self, _key: str, _owner: bytes) -> int:
        return 1


class Receiver:
    """A transport with answers prepared."""

    def __init__(self, *answers: Outcome) -> None:
        self.target = "memory://vms"
        self._answers = list(answers)

    async def attempt(self, _delivery: Delivery, *, late: bool) -> Outcome:
        return self._answers.pop(0)


def is_duplicate_after(*answers: Outcome) -> bool:
    async def run() -> bool:
        lease = Lease(cast(KeyValue, Bucket()), "vms", "A")
        assert await lease.acquire()
        transport = LeasedTransport(cast(Transport, Receiver(*answers)), lease)
        delivery = builders.delivery("1")
        for _ in answers:
            await transport.attempt(delivery, late=False)
        return transport.attempted(delivery.sequence).is_duplicate

    return asyncio.run(run())


def test_an_event_whose_step_had_failed_is_no_duplicate_when_the_receiver_does_it() -> None:
    """A receiver says `duplicate` of each event id that it knows."""
    no_answer = Retry(RetryKind.TIMED_OUT, "no answer")
    failed = Partial((StepResult("1", "EVENT", ok=False, error="busy"),), knows_event_ids=True)
    done = Delivered((StepResult("1", "EVENT", ok=True),), duplicate=True, knows_event_ids=True)
    assert is_duplicate_after(no_answer, done)
    assert not is_duplicate_after(failed, done)
    assert not is_duplicate_after(failed, no_answer, done)

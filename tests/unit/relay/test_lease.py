"""A lease whose cluster answers late or not at all: a fault of the network is not another holder."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from securos_trigger.relay.lease import Lease, LeaseLostError
from securos_trigger.relay.streams import LEASE_S


class Bucket:
    """A bucket that gives the lease once, and refuses to renew it. `held_by` None: the key is not there."""

    def __init__(self, held_by: bytes | None, fault: Exception | None = None) -> None:
        self.held_by = held_by
        self.fault = fault

    async def create(self, _key: str, _owner: bytes) -> int:
        return 1

    async def update(self, _key: str, _owner: bytes, last: int) -> int:
        raise KeyWrongLastSequenceError

    async def get(self, key: str) -> KeyValue.Entry:
        if self.fault is not None:
            raise self.fault
        if self.held_by is None:
            raise KeyNotFoundError
        return KeyValue.Entry("leases", key, self.held_by, 2, None, None, None)


def lease_in(bucket: Bucket, now: list[float]) -> Lease:
    return Lease(cast(KeyValue, bucket), "yard", "A", lambda: now[0])


def test_a_cluster_that_does_not_say_whose_the_lease_is_says_not_that_another_process_has_it() -> None:
    now = [0.0]
    lease = lease_in(Bucket(b"A", TimeoutError()), now)

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await lease.adopt()
        assert await lease.acquire()
        assert not await lease.renew()
        assert lease.is_held
        now[0] = LEASE_S
        with pytest.raises(LeaseLostError, match="it could not be renewed in time"):
            await lease.renew()

    asyncio.run(run())


@pytest.mark.parametrize("held_by", [None, b"B"], ids=["it has ended", "another process has it"])
def test_a_lease_that_is_not_there_or_of_another_owner_is_lost(held_by: bytes | None) -> None:
    lease = lease_in(Bucket(held_by), [0.0])

    async def run() -> None:
        assert not await lease.adopt()
        assert await lease.acquire()
        with pytest.raises(LeaseLostError, match="another process has it"):
            await lease.renew()
        assert not lease.is_held

    asyncio.run(run())


def test_a_renewal_whose_answer_was_lost_counts() -> None:
    lease = lease_in(Bucket(b"A"), [0.0])

    async def run() -> None:
        assert await lease.acquire()
        assert await lease.renew()
        assert lease.revision == 2

    asyncio.run(run())

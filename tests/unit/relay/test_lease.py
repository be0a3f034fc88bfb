"""A lease whose cluster answers late or not at all: a fault of the network is not another holder."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from securos_trigger.relay.lease import Lease, LeaseLostError, SeenLease
from securos_trigger.relay.streams import LEASE_S


class Bucket:
    """A bucket that gives the lease once, and refuses to renew it. `held_by` is whose it is then; None: nobody's."""

    def __init__(self, held_by: bytes | None, fault: Exception | None = None) -> None:
        self.held_by = held_by
        self.fault = fault
        self.is_given = False

    async def create(self, _key: str, _owner: bytes) -> int:
        self.is_given = True
        return 1

    async def update(self, _key: str, _owner: bytes, last: int) -> int:
        raise KeyWrongLastSequenceError

    async def get(self, key: str) -> KeyValue.Entry:
        if self.fault is not None and self.is_given:
            raise self.fault
        if self.held_by is None or not self.is_given:
            raise KeyNotFoundError
        return KeyValue.Entry("leases", key, self.held_by, 2, None, None, None)


def lease_in(bucket: Bucket, now: list[float]) -> Lease:
    return Lease(cast(KeyValue, bucket), "yard", "A", lambda: now[0])


def test_a_cluster_that_does_not_say_whose_the_lease_is_says_not_that_another_process_has_it() -> None:
    now = [0.0]
    lease = lease_in(Bucket(b"A", TimeoutError()), now)

    async def run() -> None:
        assert await lease.acquire()
        with pytest.raises(TimeoutError):
            await lease.adopt()
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


class WrongClock:
    """A bucket whose server lets nothing end by itself, or everything at any time: its clock is wrong."""

    def __init__(self) -> None:
        self.revision = 0
        self.owner = b""
        self.is_given_up = False

    async def create(self, _key: str, owner: bytes) -> int:
        if self.owner:
            raise KeyWrongLastSequenceError
        return self._put(owner)

    async def update(self, _key: str, owner: bytes, last: int) -> int:
        if not self.owner or last != self.revision:
            raise KeyWrongLastSequenceError
        return self._put(owner)

    def _put(self, owner: bytes) -> int:
        self.revision, self.owner = self.revision + 1, owner
        return self.revision

    async def get(self, key: str) -> KeyValue.Entry:
        if not self.owner:
            raise KeyNotFoundError(op="DEL" if self.is_given_up else None)
        return KeyValue.Entry("leases", key, self.owner, self.revision, None, None, None)


class StandsBy:
    """A holder `A`, and a process `B` that stands by; each look of `B` is a new lease, as in `deliver`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.bucket = WrongClock()
        self.holder = self._lease("A", SeenLease(self._clock))
        self._seen = SeenLease(self._clock)

    def _clock(self) -> float:
        return self.now

    def _lease(self, owner: str, seen: SeenLease) -> Lease:
        return Lease(cast(KeyValue, self.bucket), "yard", owner, self._clock, seen)

    async def takes(self, at_s: float) -> bool:
        self.now = at_s
        return await self._lease("B", self._seen).acquire()


def test_a_lease_that_nobody_renews_is_taken_though_the_cluster_never_lets_it_end() -> None:
    site = StandsBy()

    async def run() -> None:
        assert await site.holder.acquire()
        assert not await site.takes(1.0)
        assert not await site.takes(LEASE_S)
        site.now = LEASE_S + 0.5
        await site.holder.renew()  # by the clock of the cluster it has not ended
        assert not await site.takes(LEASE_S + 1.0)
        assert not await site.takes(2 * LEASE_S)
        assert await site.takes(2 * LEASE_S + 1.0)
        with pytest.raises(LeaseLostError, match="another process has it"):
            await site.holder.renew()

    asyncio.run(run())


def test_a_lease_that_the_cluster_lets_end_too_early_is_not_taken_while_its_holder_may_work() -> None:
    """Its holder may have renewed it after the last look that found it, and is cut off then."""
    site = StandsBy()

    async def run() -> None:
        assert await site.holder.acquire()
        assert not await site.takes(1.0)
        site.now = 1.9
        assert await site.holder.renew()
        site.bucket.owner = b""
        for at_s in (2.0, 3.0, 4.0, 5.0):
            assert not await site.takes(at_s)
            assert site.holder.is_held
        assert await site.takes(6.0)
        assert not site.holder.is_held

    asyncio.run(run())


def test_a_lease_that_ends_in_time_is_taken_at_the_first_look_that_does_not_find_it() -> None:
    site = StandsBy()

    async def run() -> None:
        assert await site.holder.acquire()
        for at_s in (0.9, 1.9, 2.9, 3.9, 4.9):
            assert not await site.takes(at_s)
        site.bucket.owner = b""
        assert await site.takes(5.9)

    asyncio.run(run())


def test_a_process_takes_its_own_lease_again_at_once() -> None:
    """What held it there has ended."""
    site = StandsBy()

    async def run() -> None:
        assert await site.takes(0.0)
        assert await site.takes(LEASE_S - 1.0)
        assert site.bucket.revision == 2, "each later holder has a higher one"

    asyncio.run(run())


def test_a_lease_that_was_given_up_is_taken_at_once() -> None:
    site = StandsBy()

    async def run() -> None:
        assert await site.holder.acquire()
        assert not await site.takes(1.0)
        site.bucket.owner, site.bucket.is_given_up = b"", True
        assert await site.takes(1.1)

    asyncio.run(run())

"""A lease on a target: one process at a time delivers to it. It ends by itself when its holder dies or is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from securos_trigger.relay.connection import CLUSTER_FAULTS
from securos_trigger.relay.streams import LEASE_S

#: A holder stops this long before the cluster may give the lease to another process.
_MARGIN_S: Final = 1.0
_RENEW_EVERY_S: Final = 1.0
#: An answer of the cluster about a lease, or about the record of what is leased, may take this long.
ANSWER_WITHIN_S: Final = 1.5


class LeaseLostError(Exception):
    """The lease could not be renewed in time, or another process holds it."""


class SeenLease:
    """What a process that stands by sees of a lease, look by look. `clock` gives seconds that cannot be set.

    The holder changes it once a second. So the clock here says when it has ended: that of the server that leads the
    bucket may be wrong, and another server may have stamped what it leads. Then the cluster lets it end hours too
    late, or at once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: tuple[int, bytes] = (0, b"")
        self._since = float("-inf")
        #: The revision that is to be replaced; 0: there is none.
        self.revision = 0
        #: Which process has it, for people; empty: none has.
        self.owner = ""

    async def look(self, bucket: KeyValue, key: str) -> bool:
        """Look at it. True: no process can hold it. Raises one of CLUSTER_FAULTS."""
        try:
            entry = await bucket.get(key)
        except KeyNotFoundError as gone:
            was_found, self.revision, self.owner = bool(self.revision), 0, ""
            if gone.op:  # its holder has given it up
                return True
            # It has ended, and a holder that is cut off does not know that yet. If it has ended too early, that holder
            # may have renewed it since the last look.
            if was_found and not self._stands_for(LEASE_S - _MARGIN_S):
                self._since = self._clock()
            return self._stands_for(LEASE_S - _MARGIN_S)
        found = (entry.revision or 0, entry.value or b"")
        if found != self._seen:
            self._seen, self._since = found, self._clock()
        self.revision, self.owner = found[0], found[1].decode("utf-8", "replace")
        return self._stands_for(LEASE_S)

    def _stands_for(self, seconds: float) -> bool:
        return self._clock() - self._since >= seconds


class Lease:
    """The lease of one key. `clock` gives seconds that cannot be set.

    `owner` names this process to people. No other process that runs has the same.

    `is_held` needs no network: it is true until shortly before another process could take the lease. `seen` is what
    this process has seen of it before.
    """

    def __init__(
        self,
        bucket: KeyValue,
        key: str,
        owner: str,
        clock: Callable[[], float] = time.monotonic,
        seen: SeenLease | None = None,
    ) -> None:
        self._bucket = bucket
        self._key = key
        self._owner = owner.encode()
        self._clock = clock
        self._seen = seen or SeenLease(clock)
        self._revision = 0
        self._held_until = float("-inf")
        self._is_renewed = asyncio.Event()  # another one for each renewal

    @property
    def revision(self) -> int:
        """A number that is higher for each later holder."""
        return self._revision

    @property
    def is_held(self) -> bool:
        """True while no other process can hold the lease."""
        return self._clock() < self._held_until

    def check(self) -> None:
        """Raise `LeaseLostError` when another process could hold the lease."""
        if not self.is_held:
            raise LeaseLostError("it could not be renewed in time")

    async def acquire(self) -> bool:
        """Take the lease. False: another process holds it, or may hold it.

        One that still has this owner is taken at once: what held it in this process has ended.
        """
        async with asyncio.timeout(ANSWER_WITHIN_S):
            is_free = await self._seen.look(self._bucket, self._key)
        if not is_free and self._seen.owner != self._owner.decode():
            return False
        asked_at = self._clock()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                self._revision = await self._replace(self._seen.revision)
        except KeyWrongLastSequenceError:
            return False
        self._held_until = asked_at + LEASE_S - _MARGIN_S
        return True

    async def _replace(self, revision: int) -> int:
        if revision:
            return await self._bucket.update(self._key, self._owner, last=revision)
        return await self._bucket.create(self._key, self._owner)

    async def wait_until_held(self) -> None:
        """Wait while the lease is in doubt: its renewal may come late, and yet before the cluster has let it end."""
        while not self.is_held:
            await self._is_renewed.wait()

    async def adopt(self) -> bool:
        """Take the lease over from an earlier process of the same owner. False: it is not there, or of another owner.

        Raises one of CLUSTER_FAULTS when the cluster does not say whose it is.
        Only for an owner that has one process at a time.
        """
        if not await self._is_ours():
            return False
        with contextlib.suppress(LeaseLostError):
            await self.renew()
        return self.is_held

    async def keep(self) -> None:
        """Renew the lease until it is lost. Always raises: `LeaseLostError`, or when it is cancelled."""
        while True:
            await asyncio.sleep(_RENEW_EVERY_S)
            await self.renew()

    async def renew(self) -> bool:
        """Renew once. False: the network had a fault, and the lease lasts. `LeaseLostError`: it does not."""
        asked_at = self._clock()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                self._revision = await self._bucket.update(self._key, self._owner, last=self._revision)
        except KeyWrongLastSequenceError as error:
            return await self._is_renewed_already(error)
        except CLUSTER_FAULTS as error:
            return self._lasts(error)
        self._held_until = asked_at + LEASE_S - _MARGIN_S
        self._is_renewed.set()
        self._is_renewed = asyncio.Event()
        return True

    async def _is_renewed_already(self, refusal: Exception) -> bool:
        """True: it was renewed, and the answer was lost. False, or raised: as `renew`."""
        try:
            if await self._is_ours():
                return True
        except CLUSTER_FAULTS as error:
            return self._lasts(error)
        self._held_until = float("-inf")
        raise LeaseLostError("another process has it") from refusal

    def _lasts(self, fault: Exception) -> bool:
        """False: the lease lasts in spite of a fault of the network. `LeaseLostError`: it does not."""
        if not self.is_held:
            raise LeaseLostError("it could not be renewed in time") from fault
        return False

    async def _is_ours(self) -> bool:
        """True while the cluster says that this owner has it. Raises one of CLUSTER_FAULTS when it does not say."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                entry = await self._bucket.get(self._key)
        except KeyNotFoundError:
            return False
        if entry.value != self._owner or entry.revision is None:
            return False
        self._revision = entry.revision
        return True

    async def put_beside(self, what: str, content: bytes) -> None:
        """Write what the holder knows under `key_beside`, where it disappears as a lease does.

        Raises one of CLUSTER_FAULTS.
        """
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await self._bucket.put(key_beside(self._key, what), content)

    async def clear_beside(self, what: str) -> None:
        """Remove what an earlier holder wrote, too, under `key_beside`. Raises one of CLUSTER_FAULTS."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            if await owner_of(self._bucket, key_beside(self._key, what)):
                await self._bucket.delete(key_beside(self._key, what))

    async def release(self) -> None:
        """Give the lease up, so that another process need not wait for its end."""
        was_held, self._held_until = self.is_held, float("-inf")
        if was_held:
            with contextlib.suppress(*CLUSTER_FAULTS):  # then it ends by itself
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self._bucket.delete(self._key, last=self._revision)


def key_beside(key: str, what: str) -> str:
    """The key of what the holder of a lease writes beside it (`Lease.put_beside`)."""
    return f"{key}.{what}"


async def owner_of(bucket: KeyValue, key: str) -> str:
    """Say which process holds the lease of a key, or what stands beside it; empty when nothing is there."""
    try:
        entry = await bucket.get(key)
    except KeyNotFoundError:
        return ""
    return (entry.value or b"").decode("utf-8", "replace")

"""The record of a pipeline in the cluster, as one process knows it: read, written, and asked whose an event is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from securos_trigger.model import Delivery
from securos_trigger.relay.connection import ClusterUnavailableError
from securos_trigger.relay.holders import (
    LastFired,
    PipelineRecord,
    fired_key,
    last_fired_of,
    later_of,
    record_from,
    record_text,
)
from securos_trigger.relay.lease import ANSWER_WITHIN_S
from securos_trigger.relay.messages import NewerMessageError, UnreadableMessageError
from securos_trigger.relay.names import pipeline_key

#: A machine writes its first frame down within this time: until then it is not known whose an event is. It looks for
#: the frame twice a second and counts from the look before (1 s), renews its lease once a second (1 s, and
#: ANSWER_WITHIN_S until the answer), and writes (ANSWER_WITHIN_S again); the rest is for a machine that is busy.
_WRITTEN_WITHIN_S: Final = 8.0


class Responsibility(Enum):
    """Whose event it is: of this machine, of another one, or not known yet."""

    OURS = "ours"
    OTHERS = "others"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PipelineOwner:
    """A machine that may run a pipeline of a site, which is `gateway` in its [relay].

    `owner` is the same for all its processes, and another on every machine.
    """

    site: str
    pipeline: str
    owner: str
    node: str


class SharedRecord:
    """The record of a pipeline. One event loop reads and writes it; any thread may ask. `clock` gives Unix seconds."""

    def __init__(self, who: PipelineOwner, clock: Callable[[], float] = time.time) -> None:
        self.key = pipeline_key(who.site, who.pipeline)
        self._who = who
        self._clock = clock
        self._lock = threading.Lock()
        self._value = PipelineRecord(who.pipeline)
        self._revision = 0  # 0: there is none in the cluster
        self._read_at_s = 0.0
        self._fired: dict[str, LastFired] = {}  # not written yet
        self._watching_since_s: float | None = None

    @property
    def value(self) -> PipelineRecord:
        """The record as it was read or written last."""
        with self._lock:
            return self._value

    def responsibility(self, kept_at_s: float, *, is_held: bool) -> Responsibility:
        """Whose event it is that was kept here at this time. `is_held`: this process holds the lease."""
        with self._lock:
            record, read_at_s = self._value, self._read_at_s
        last = record.holder
        if last is not None and not last.is_watching and last.owner != self._who.owner:
            read_at_s -= _WRITTEN_WITHIN_S
        if not is_held and kept_at_s > read_at_s:
            return Responsibility.UNKNOWN
        holder = record.responsible_at(kept_at_s, self._who.owner)
        return Responsibility.OURS if holder is None or holder.owner == self._who.owner else Responsibility.OTHERS

    def note_relayed(self, delivery: Delivery) -> None:
        """Note that the cluster has stored a delivery."""
        key, fired = last_fired_of(delivery)
        with self._lock:
            self._fired = later_of(self._fired, {key: fired})

    def note_watching(self, since_s: float) -> None:
        """Note that this process has processed its first frame, which it began with at this time (Unix seconds)."""
        with self._lock:
            self._watching_since_s = since_s

    def last_fired(self, node_id: str, camera_ids: tuple[str, ...]) -> LastFired | None:
        """What a trigger node has fired last, on whichever machine."""
        return self.value.fired.get(fired_key(node_id, camera_ids))

    async def read(self, bucket: KeyValue) -> None:
        """Read it. ClusterUnavailableError: as `read_record`."""
        asked_at_s = self._clock()
        record, revision = PipelineRecord(self._who.pipeline), 0
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                entry = await bucket.get(self.key)
            record, revision = read_record(self._who.pipeline, entry), entry.revision or 0
        except KeyNotFoundError:
            pass  # it was never run, or an operator has deleted the record: it begins again
        with self._lock:
            self._value, self._revision, self._read_at_s = record, revision, asked_at_s

    async def take(self, bucket: KeyValue) -> bool:
        """Write down that this machine has got the lease. False: another machine has written meanwhile."""
        return await self._write(bucket, self.value.taken_by(self._who.owner, self._who.node, self._clock()))

    async def write_news(self, bucket: KeyValue) -> bool:
        """Write the first frame and the last events that were relayed. False, or raised: they are written next time."""
        with self._lock:
            fired, self._fired = self._fired, {}
            record, since_s = self._value, self._watching_since_s
        if record.holder is None:  # an operator has deleted the record
            record = record.taken_by(self._who.owner, self._who.node, self._clock())
        if since_s is not None:
            record = record.watched_by(self._who.owner, since_s)
        is_written = False
        try:
            record = record.with_fired(fired) if fired else record
            is_written = record == self.value or await self._write(bucket, record)
        finally:
            if not is_written:
                with self._lock:
                    self._fired = later_of(fired, self._fired)
        return is_written

    async def _write(self, bucket: KeyValue, record: PipelineRecord) -> bool:
        """Write the record in one atomic step. False: another machine has written it meanwhile."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                revision = await self._written(bucket, record_text(record))
        except KeyWrongLastSequenceError:
            await self.read(bucket)
            return False
        with self._lock:
            self._value, self._revision = record, revision
        return True

    async def _written(self, bucket: KeyValue, text: bytes) -> int:
        """Where there is no record, `create` is needed: `update` does not replace what marks a deleted one."""
        if not self._revision:
            return await bucket.create(self.key, text)
        return await bucket.update(self.key, text, last=self._revision)


def read_record(pipeline: str, entry: KeyValue.Entry) -> PipelineRecord:
    """The record in an entry of the bucket.

    ClusterUnavailableError: a newer version wrote it, it is damaged, or it is of another pipeline. It is left as it is.
    """
    what = f'The record of the pipeline "{pipeline}" in the cluster cannot be read'
    try:
        record = record_from(entry.value or b"")
        if record.pipeline != pipeline:
            raise UnreadableMessageError(f'it is of the pipeline "{record.pipeline}"')
    except NewerMessageError as error:
        raise ClusterUnavailableError(f"{what}: {error}.") from error
    except UnreadableMessageError as error:
        fix = f"Keep a copy (`nats kv get {entry.bucket} {entry.key}`); after `nats kv del` of it a new one is begun"
        raise ClusterUnavailableError(f"{what}: {error}. It is left as it is, and no machine starts. {fix}.") from error
    return record

"""The lease of a pipeline: one machine at a time runs it, and what it fires counts from its take-over on.

A process holds the lease while it runs the pipeline. When it is cut off, the lease ends, and another machine takes the
pipeline over and writes that into the record of the pipeline. The one that was cut off keeps its events and asks the
record before it relays them: those that it kept after the take-over are given up, because the other machine watches
since then. Without a take-over nothing is given up, however long the cluster was away.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer, kinds
from securos_trigger.relay.cluster_health import ClusterHealth
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterUnavailableError,
    connected,
    fault_text,
)
from securos_trigger.relay.holders import (
    LastFired,
    PipelineRecord,
    fired_key,
    last_fired_of,
    later_of,
    record_from,
    record_text,
)
from securos_trigger.relay.lease import Lease, LeaseLostError, owner_of
from securos_trigger.relay.names import Names, pipeline_key
from securos_trigger.relay.streams import pipeline_bucket, pipeline_lease_bucket
from securos_trigger.system.worker import Worker

#: A machine takes over what another one ran only after the lease was free for this long: after an outage of the whole
#: cluster the machine that runs the pipeline comes first.
FREE_FOR_S: Final = 2.5
_LOOK_EVERY_S: Final = 1.0
_ANSWER_WITHIN_S: Final = 1.5
_PAUSE_S: Final = 1.0


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


class PipelineLease:
    """Takes the lease of a pipeline and keeps it, in a supervised thread. `start` once, then `close`.

    `held` is set when the lease is held for the first time.
    `takes_part` False: it only reads the record, for a process that relays what is left.
    """

    def __init__(
        self, settings: RelaySettings, who: PipelineOwner, announcer: Announcer, *, takes_part: bool = True
    ) -> None:
        self.held = threading.Event()
        self.is_moved = False
        self._settings = settings
        self._names = Names(settings.stream)
        self._who = who
        self._key = pipeline_key(who.site, who.pipeline)
        self._announcer = announcer
        self._takes_part = takes_part
        self._health = ClusterHealth(announcer)
        self._lock = threading.Lock()
        self._on_moved: Callable[[], None] = lambda: None
        self._record = PipelineRecord(who.pipeline)
        self._revision = 0
        self._read_at_s = 0.0
        self._fired: dict[str, LastFired] = {}  # not written yet
        self._lease: Lease | None = None
        self._free_since_ticks: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._worker = Worker("pipeline-lease", self._run_once, announcer)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def close(self) -> None:
        """Give the lease up and end the thread, so that another machine need not wait for the lease's end."""
        self._worker.request_close()
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed
                loop.call_soon_threadsafe(task.cancel)
        self._worker.close()

    def call_when_moved(self, call: Callable[[], None]) -> None:
        """Have `call` called when another machine has taken over what this process ran; at once if it has."""
        with self._lock:
            self._on_moved = call
        if self.is_moved:
            call()

    @property
    def record(self) -> PipelineRecord:
        """The record as it was read or written last; from any thread."""
        with self._lock:
            return self._record

    def responsibility(self, kept_at_s: float) -> Responsibility:
        """Whose event it is that was kept here at this time; from any thread, without the network."""
        with self._lock:
            record, read_at_s = self._record, self._read_at_s
        if not self._is_held and kept_at_s > read_at_s:
            return Responsibility.UNKNOWN
        holder = record.responsible_at(kept_at_s)
        return Responsibility.OURS if holder is None or holder.owner == self._who.owner else Responsibility.OTHERS

    def note_relayed(self, delivery: Delivery) -> None:
        """Note that the cluster has stored a delivery; from any thread. It is written within about a second."""
        key, fired = last_fired_of(delivery)
        with self._lock:
            self._fired = later_of(self._fired, {key: fired})

    def last_fired(self, node_id: str, camera_ids: tuple[str, ...]) -> LastFired | None:
        """What a trigger node has fired last, on whichever machine; from any thread."""
        with self._lock:
            return self._record.fired.get(fired_key(node_id, camera_ids))

    @property
    def _is_held(self) -> bool:
        lease = self._lease
        return lease is not None and lease.is_held

    def _run_once(self, closing: threading.Event) -> bool:
        """Take part until the connection ends. False: the pipeline has moved."""
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main(closing))
        except asyncio.CancelledError:
            return False
        except ClusterUnavailableError as error:
            self._health.note_lost(str(error))
            closing.wait(_PAUSE_S)
        return not self.is_moved

    async def _main(self, closing: threading.Event) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if closing.is_set():
            return
        async with connected(self._settings, f"pipeline {self._who.pipeline} on {self._who.node}") as connection:
            try:
                await self._take_part(connection)
            except CLUSTER_FAULTS as error:
                raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error
        if not self.is_moved:
            raise ClusterUnavailableError(f"The cluster {connection.server}: the connection has ended.")

    async def _take_part(self, connection: ClusterConnection) -> None:
        jetstream, replicas = connection.jetstream, self._settings.replicas
        leases = await pipeline_lease_bucket(jetstream, self._names, replicas)
        records = await pipeline_bucket(jetstream, self._names, replicas)
        self._health.note_reached(connection.server)
        self._free_since_ticks = None
        while not connection.lost.is_set():
            await self._read(records)
            if self.is_moved:
                return
            lease = Lease(leases, self._key, self._who.owner)
            if self._takes_part and await self._acquire(lease, leases):
                await self._hold(lease, records, connection)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _acquire(self, lease: Lease, leases: KeyValue) -> bool:
        """Take the lease: at once where this machine ran the pipeline last, else when it was free for a while."""
        if await lease.adopt():
            return True
        holder = self.record.holder
        if holder is None or holder.owner == self._who.owner:
            return await lease.acquire()
        if await owner_of(leases, self._key):
            self._free_since_ticks = None
            return False
        now_ticks = time.monotonic()
        self._free_since_ticks = self._free_since_ticks or now_ticks
        return now_ticks - self._free_since_ticks >= FREE_FOR_S and await lease.acquire()

    async def _hold(self, lease: Lease, records: KeyValue, connection: ClusterConnection) -> None:
        """Hold the lease until it is lost."""
        try:
            await self._read(records)
            if not self.is_moved:
                record = self.record.taken_by(self._who.owner, self._who.node, time.time())
                if await self._write(records, record):
                    await self._keep(lease, records, connection)
        finally:
            if lease.is_held:
                await self._write_fired(records)
            self._lease = None
            await lease.release()

    async def _keep(self, lease: Lease, records: KeyValue, connection: ClusterConnection) -> None:
        self._lease = lease
        self.held.set()
        self._announcer.announce(kinds.PIPELINE_TAKEN, pipeline=self._who.pipeline)
        try:
            while not connection.lost.is_set():
                await asyncio.sleep(_LOOK_EVERY_S)
                await lease.renew()
                await self._write_fired(records)
        except LeaseLostError as error:
            reason = str(error)
        else:
            reason = "the connection to the cluster has ended"
        self._announcer.announce(kinds.PIPELINE_LEASE_LOST, pipeline=self._who.pipeline, reason=reason)

    async def _write_fired(self, records: KeyValue) -> None:
        """Write the last events that were relayed; what cannot be written is tried again."""
        with self._lock:
            fired, self._fired = self._fired, {}
        if not fired:
            return
        is_written = False
        try:
            is_written = await self._write(records, self.record.with_fired(fired))
        except CLUSTER_FAULTS as error:
            self._health.note_lost(fault_text(error))
        if not is_written:
            with self._lock:
                self._fired = later_of(fired, self._fired)

    async def _write(self, records: KeyValue, record: PipelineRecord) -> bool:
        """Write the record in one atomic step. False: another machine has written it meanwhile."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                revision = await records.update(self._key, record_text(record), last=self._revision)
        except KeyWrongLastSequenceError:
            await self._read(records)
            return False
        with self._lock:
            self._record, self._revision = record, revision
        return True

    async def _read(self, records: KeyValue) -> None:
        """Read the record; notice that another machine has taken over what this process ran."""
        asked_at_s = time.time()
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                entry = await records.get(self._key)
        except KeyNotFoundError:
            with self._lock:
                self._revision, self._read_at_s = 0, asked_at_s
            return
        record = record_from(entry.value or b"")
        with self._lock:
            self._record, self._revision, self._read_at_s = record, entry.revision or 0, asked_at_s
        holder = record.holder
        if self.held.is_set() and not self.is_moved and holder is not None and holder.owner != self._who.owner:
            self.is_moved = True
            self._announcer.announce(kinds.PIPELINE_MOVED, pipeline=self._who.pipeline, server=holder.node)
            self._on_moved()

"""The lease of a pipeline: one machine at a time runs it, and what it fires counts from its take-over on.

A process holds the lease while it runs the pipeline. When it is cut off, the lease ends, and another machine takes the
pipeline over and writes that into the record of the pipeline. The one that was cut off keeps its events and asks the
record before it relays them: those that it kept after the first frame of the other machine are given up, because that
one watches since then. Without a take-over nothing is given up, however long the cluster was away.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

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
)
from securos_trigger.relay.holders import LastFired, PipelineRecord
from securos_trigger.relay.lease import ANSWER_WITHIN_S, Lease, LeaseLostError, SeenLease
from securos_trigger.relay.names import Names
from securos_trigger.relay.pipeline_state import State, StateBeside, StateTrouble
from securos_trigger.relay.shared_record import PipelineOwner, Responsibility, SharedRecord
from securos_trigger.relay.streams import pipeline_bucket, pipeline_lease_bucket
from securos_trigger.system.worker import Worker

#: A machine takes over what another one ran only after the lease was free for this long. The machine that runs the
#: pipeline comes first after an outage of the cluster, and when its server is silent: it renews once a
#: second, gives up a request after ANSWER_WITHIN_S, closes that connection (2 s), pauses, and asks the next server half
#: a second after the silent one: 5.5 s after the last renewal, where another machine may take it after 5 + 4 s.
FREE_FOR_S: Final = 4.0
_LOOK_EVERY_S: Final = 1.0
_PAUSE_S: Final = 0.5


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
        self._record = SharedRecord(who)
        self._state = StateBeside(who, self._record.key)
        self._announcer = announcer
        self._takes_part = takes_part
        self._health = ClusterHealth(announcer)
        self._lock = threading.Lock()
        self._on_moved: Callable[[], None] = lambda: None
        self._lease: Lease | None = None
        self._seen = SeenLease()
        self._is_reported = False  # that it is held
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
    def owner(self) -> str:
        """This machine, as the record names it."""
        return self._who.owner

    @property
    def record(self) -> PipelineRecord:
        """The record as it was read or written last; from any thread."""
        return self._record.value

    @property
    def is_held(self) -> bool:
        """True while no other machine can have taken the pipeline over; from any thread."""
        lease = self._lease
        return lease is not None and lease.is_held

    def responsibility(self, kept_at_s: float) -> Responsibility:
        """Whose event it is that was kept here at this time; from any thread, without the network."""
        return self._record.responsibility(kept_at_s, is_held=self.is_held)

    def note_relayed(self, delivery: Delivery) -> None:
        """Note that the cluster has stored a delivery; from any thread. It is written within about a second."""
        self._record.note_relayed(delivery)

    def note_watching(self, since_s: float) -> None:
        """Note the first frame of this process, in Unix seconds; from any thread. It is written within a second."""
        self._record.note_watching(since_s)

    def note_state(self, state: State, troubles: Sequence[StateTrouble] = ()) -> None:
        """Note how the pipeline is; from any thread. It is written within about a second, while the lease is held."""
        self._state.note(state, troubles)

    def last_fired(self, node_id: str, camera_ids: tuple[str, ...]) -> LastFired | None:
        """What a trigger node has fired last, on whichever machine; from any thread."""
        return self._record.last_fired(node_id, camera_ids)

    def _run_once(self, closing: threading.Event) -> bool:
        """Take part until the connection ends. False: the pipeline has moved."""
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main(closing))
        except asyncio.CancelledError:
            return False
        except ClusterUnavailableError as error:
            self._health.note_lost(str(error))
            if not self.is_held:
                self._report_lost(str(error))
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
        async with asyncio.timeout(ANSWER_WITHIN_S):
            leases = await pipeline_lease_bucket(jetstream, self._names, replicas)
            records = await pipeline_bucket(jetstream, self._names, replicas)
        self._health.note_reached(connection.server)
        self._free_since_ticks = None
        while not connection.lost.is_set():
            await self._read(records)
            if self.is_moved:
                return
            lease = Lease(leases, self._record.key, self._who.owner, seen=self._seen)
            if self._takes_part and await self._acquire(lease, leases):
                await self._hold(lease, records, connection)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _acquire(self, lease: Lease, leases: KeyValue) -> bool:
        """Take the lease: at once where this machine ran the pipeline last, else when it was free for a while."""
        if await lease.adopt():
            return True
        self._report_lost("the cluster has let it end")
        holder = self.record.holder
        if holder is None or holder.owner == self._who.owner:
            return await lease.acquire()
        if not await self._seen.look(leases, self._record.key):
            self._free_since_ticks = None
            return False
        now_ticks = time.monotonic()
        self._free_since_ticks = self._free_since_ticks or now_ticks
        return now_ticks - self._free_since_ticks >= FREE_FOR_S and await lease.acquire()

    async def _hold(self, lease: Lease, records: KeyValue, connection: ClusterConnection) -> None:
        """Hold the lease until it is lost.

        Raises when the server is silent: then the lease is not given up, and the next connection adopts it.
        """
        try:
            await self._read(records)
            if not self.is_moved and (self.held.is_set() or await self._record.take(records)):
                await self._keep(lease, records, connection)
        except LeaseLostError as error:
            self._report_lost(str(error))
        except asyncio.CancelledError:
            await self._give_up(lease, records)
            raise
        await self._give_up(lease, records)

    async def _keep(self, lease: Lease, records: KeyValue, connection: ClusterConnection) -> None:
        self._lease = lease
        if not self.held.is_set():
            self._state.note("starts")
        self.held.set()
        if not self._is_reported:
            self._is_reported = True
            self._announcer.announce(kinds.PIPELINE_TAKEN, pipeline=self._who.pipeline)
        while not connection.lost.is_set():
            await self._state.write(records)
            await asyncio.sleep(_LOOK_EVERY_S)
            if not await lease.renew():
                raise ClusterUnavailableError(f"The cluster {connection.server}: no answer in time.")
            await self._record.write_news(records)
        raise ClusterUnavailableError(f"The cluster {connection.server}: the connection has ended.")

    async def _give_up(self, lease: Lease, records: KeyValue) -> None:
        if lease.is_held:
            with contextlib.suppress(ClusterUnavailableError, *CLUSTER_FAULTS):  # the next machine has older ones
                await self._record.write_news(records)
                await self._state.write(records)
        self._lease = None
        await lease.release()

    def _report_lost(self, reason: str) -> None:
        if self._is_reported:
            self._is_reported = False
            self._announcer.announce(kinds.PIPELINE_LEASE_LOST, pipeline=self._who.pipeline, reason=reason)

    async def _read(self, records: KeyValue) -> None:
        """Read the record; notice that another machine has taken over what this process ran."""
        await self._record.read(records)
        holder = self.record.holder
        if self.held.is_set() and not self.is_moved and holder is not None and holder.owner != self._who.owner:
            self.is_moved = True
            self._announcer.announce(kinds.PIPELINE_MOVED, pipeline=self._who.pipeline, server=holder.node)
            self._on_moved()

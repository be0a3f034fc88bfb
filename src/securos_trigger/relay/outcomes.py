"""A gateway hears from the cluster how its events ended, and writes it into its outbox."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox
from securos_trigger.relay.cluster_health import ClusterHealth
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterUnavailableError,
    connected,
)
from securos_trigger.relay.foreign_outcomes import ForeignOutcomes
from securos_trigger.relay.lost_events import LostEvents
from securos_trigger.relay.messages import EventOutcome, NewerMessageError, Outcomes, UnreadableMessageError, decoded
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.pulling import ConsumerLostError, Puller
from securos_trigger.relay.streams import ensure_streams
from securos_trigger.system.worker import Worker

_BATCH: Final = 64
_ACKED_WITHIN_S: Final = 60.0
_PAUSE_S: Final = 1.0
#: A message with outcomes of another gateway of the same name is given back for it, up to this often. It comes again
#: after about this long, each after another time: else two might take turns at the wrong gateways for ever.
_GIVEN_BACK_TIMES: Final = 20
_GIVEN_BACK_FOR_S: Final = 1.0
#: An outcome of a newer version comes again after this long. It is reported again when none has come for long.
_NEWER_AGAIN_AFTER_S: Final = 60.0
_NEWER_OVER_AFTER_S: Final = 10 * _NEWER_AGAIN_AFTER_S


class OutcomeReader:
    """Reads the outcomes of one gateway in a supervised thread. `start` once, `close` at the end.

    `on_ended` gets the targets of the deliveries that have ended. `targets` gives those that are sent to.
    """

    def __init__(
        self,
        settings: RelaySettings,
        outbox: Outbox,
        announcer: Announcer,
        on_ended: Callable[[Iterable[str]], None] = lambda _targets: None,
        targets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._on_ended = on_ended
        self._settings = settings
        self._names = Names(settings.stream)
        self._gateway = settings.gateway
        self._outbox = outbox
        self._announcer = announcer
        self._health = ClusterHealth(announcer)
        self._foreign = ForeignOutcomes(settings.gateway, announcer)
        self._lost = LostEvents(outbox, self._names, settings.gateway, announcer, targets)
        self._newer_at_ticks: dict[tuple[str, str], float] = {}  # by subject and reason: when the last one came
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._worker = Worker("relay-outcomes", self._run_once, announcer)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def close(self) -> None:
        """End the thread. What was not written down yet comes again at the next start."""
        self._worker.request_close()
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
        self._worker.close()

    def _run_once(self, closing: threading.Event) -> None:
        """Read until the connection ends, and pause."""
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main(closing))
        except asyncio.CancelledError:
            return
        except ClusterUnavailableError as error:
            self._health.note_lost(str(error))
        closing.wait(_PAUSE_S)

    async def _main(self, closing: threading.Event) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if closing.is_set():
            return
        async with connected(self._settings, f"outcomes of {self._gateway}") as connection:
            try:
                await self._read(connection)
            except (ConsumerLostError, *CLUSTER_FAULTS) as error:
                raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error

    async def _read(self, connection: ClusterConnection) -> None:
        jetstream, names = connection.jetstream, self._names
        await ensure_streams(jetstream, names, self._settings.replicas, self._settings.max_bytes)
        config = ConsumerConfig(
            durable_name=f"gateway-{token_of(self._gateway)}",
            filter_subject=names.outcome_subject(self._gateway),
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.ALL,
            ack_wait=_ACKED_WITHIN_S,
            max_ack_pending=-1,  # those that are given back count, and must not hold up the others
        )
        await jetstream.add_consumer(names.outcomes, config)
        self._health.note_reached(connection.server)
        async with Puller(connection, names.outcomes, str(config.durable_name), _BATCH) as puller:
            while not connection.lost.is_set():
                await self._take(await puller.messages())
                self._foreign.look()
                if not self._foreign.are_coming:  # else it is not known who has read the outcomes
                    await self._lost.look(connection)
        raise ClusterUnavailableError(f"The cluster {connection.server}: the connection has ended.")

    async def _take(self, messages: list[Msg]) -> None:
        understood: list[tuple[Msg, tuple[EventOutcome, ...]]] = []
        for message in messages:
            try:
                understood.append((message, decoded(message.data, Outcomes).outcomes))
            except NewerMessageError as error:
                self._note_newer(message.subject, str(error))
                await message.nak(delay=_NEWER_AGAIN_AFTER_S)  # for this gateway after its update
            except UnreadableMessageError as error:
                self._announcer.announce(kinds.CLUSTER_MESSAGE_UNREADABLE, subject=message.subject, reason=str(error))
                await message.term()  # in a work queue this removes it, and no version of ours could use it later
        foreign = await self._write_down([one for _, outcomes in understood for one in outcomes])
        for message, outcomes in understood:
            is_foreign = any((one.target, one.event_id) in foreign for one in outcomes)
            if is_foreign and message.metadata.num_delivered <= _GIVEN_BACK_TIMES:
                await message.nak(delay=_GIVEN_BACK_FOR_S * random.uniform(0.5, 1.5))
            else:
                await message.ack()

    def _note_newer(self, subject: str, reason: str) -> None:
        """Report an outcome of a newer version, once for all that come again and again."""
        now_ticks, key = time.monotonic(), (subject, reason)
        if now_ticks - self._newer_at_ticks.get(key, float("-inf")) >= _NEWER_OVER_AFTER_S:
            self._announcer.announce(kinds.CLUSTER_MESSAGE_UNREADABLE, subject=subject, reason=reason)
        self._newer_at_ticks[key] = now_ticks

    async def _write_down(self, read: list[EventOutcome]) -> set[tuple[str, str]]:
        """Write outcomes into the outbox, and report them. Gives target and event id of those that it does not have."""
        if not read:
            return set()
        ended = await asyncio.wrap_future(self._outbox.take_outcomes([one.outcome for one in read]))
        foreign = set[tuple[str, str]]()
        if others := [one.outcome for one in read if (one.target, one.event_id) not in ended]:
            foreign = await asyncio.wrap_future(self._outbox.without_delivery(others))
        for _, event_id in sorted(foreign):
            self._foreign.note(event_id)
        self._on_ended(one.target for one in read if (one.target, one.event_id) not in foreign)
        self._report(one for one in read if (one.target, one.event_id) in ended)
        return foreign

    def _report(self, outcomes: Iterable[EventOutcome]) -> None:
        for one in outcomes:
            about = {
                "event_name": one.event_name,
                "cameras": ",".join(one.camera_ids),
                "target": one.target,
                "event_id": one.event_id,
                "reason": one.reason,
            }
            if one.is_dead:
                self._announcer.announce(kinds.DELIVERY_DEAD, **about)
                continue
            level = logging.WARNING if one.reason else logging.INFO
            more = {"latency_s": one.latency_s, "late": one.is_late, "duplicate": one.is_duplicate}
            failed_cameras = ",".join(one.failed_camera_ids)
            self._announcer.announce(kinds.DELIVERY_DONE, level, **about, **more, failed_cameras=failed_cameras)

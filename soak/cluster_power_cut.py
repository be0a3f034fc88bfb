"""The power is cut under a NATS server while events are published to it, and others finished and removed.

What was confirmed and not finished must be there afterwards. What was finished may be there again: it is delivered a
second time, and the receiver answers `duplicate`.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.batched_publishing import BatchedPublishing
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterConnection, connected
from securos_trigger.relay.names import Names
from securos_trigger.relay.pulling import Puller
from securos_trigger.relay.removal import Removal
from securos_trigger.relay.streams import ensure_streams
from soak.power_cut import cut_the_power, loop_device, mounted, why_not
from soak.report import Report
from tests.integration.nats_servers import NatsServer

EXAMPLE: Final = Path(__file__).parent.parent / "examples" / "nats" / "nats-server.conf"
_TARGET: Final = "target"
_LASTS_S: Final = 1.5
_GATHERED_FOR_S: Final = 0.05
_AT_ONCE: Final = 20
#: This number of messages is open all the time: they must outlive the requests that remove what stands before them.
_OPEN: Final = 5


@dataclass(slots=True)
class Written:
    """What was confirmed, and what was given to be removed."""

    confirmed: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Found:
    """After a cut: how many were confirmed, finished, lost, and are there again although they were finished."""

    confirmed: int
    finished: int
    lost: int
    again: int


def with_power_cuts(report: Report, cuts: int) -> Report:
    """Add some cuts with the example's `sync_interval`, and as many with the default, which must lose."""
    if reason := why_not():
        return replace(report, figures={**report.figures, "power cuts": f"skipped: {reason}"})
    always = [_one_cut(shipped_sync_interval()) for _ in range(cuts)]
    control = [_one_cut("2m") for _ in range(cuts)]
    broken = list(report.broken)
    if lost := sum(one.lost for one in always):
        broken.append(f"{lost} confirmed events were lost in a power cut with the example's sync_interval")
    if not sum(one.finished for one in always):
        broken.append("no event was finished before the cuts: they prove nothing about what is removed")
    if not sum(one.lost for one in control):
        broken.append("the control run lost nothing: the cut proves nothing")
    figures = {
        **report.figures,
        f"power cuts under the example's sync_interval, {shipped_sync_interval()}, lost of confirmed": _sums(always),
        "of the confirmed finished before the cut, of these there again": f"{sum(one.finished for one in always)}, "
        f"{sum(one.again for one in always)}",
        "control: the default sync_interval, lost of confirmed": _sums(control),
    }
    return Report(figures, tuple(broken))


def shipped_sync_interval() -> str:
    """Say what the example of a server's configuration sets."""
    [found] = re.findall(r"^  sync_interval: (\S+)$", EXAMPLE.read_text(), re.MULTILINE)
    return str(found)


def _sums(found: Sequence[Found]) -> str:
    return f"{sum(one.lost for one in found)} of {sum(one.confirmed for one in found)}"


def _one_cut(sync_interval: str) -> Found:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loop_device(folder / "disk.img") as device:
            with mounted(device, folder / "mnt") as mount:
                server = NatsServer(folder / "nats", sync_interval=sync_interval, store=mount / "store", most_mb=32)
                server.start()
                settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "cut", "replicas": 1})
                try:
                    written = asyncio.run(_written_until(settings, lambda: cut_the_power(server.process, mount)))
                finally:
                    server.stop()
            with mounted(device, folder / "mnt"):
                server.start()
                try:
                    left = asyncio.run(_stored(settings))
                finally:
                    server.stop()
    lost = written.confirmed - written.finished - left
    return Found(len(written.confirmed), len(written.finished), len(lost), len(written.finished & left))


async def _written_until(settings: RelaySettings, cut: Callable[[], None]) -> Written:
    """Publish singly and in batches, finish beside it, then cut the power in the middle of all this."""
    names, written = Names(settings.stream), Written()
    async with connected(settings, "soak") as connection:
        await ensure_streams(connection.jetstream, names, 1)
        working = [
            asyncio.create_task(one)
            for one in (_publish(connection, names, written), _finish(connection, names, written))
        ]
        await asyncio.sleep(_LASTS_S)
        cut()
        for task in working:
            task.cancel()
        for found in await asyncio.gather(*working, return_exceptions=True):
            if isinstance(found, Exception) and not isinstance(found, CLUSTER_FAULTS):
                raise found
    return written


async def _publish(connection: ClusterConnection, names: Names, written: Written) -> None:
    """Publish one alone, then several at once, of which most go in one batch, and so on."""
    subject, publishing = names.event_subject(_TARGET), BatchedPublishing(connection, names.events)
    keys = map(str, itertools.count())

    async def publish(key: str) -> None:
        await publishing.publish(subject, key.encode(), key)
        written.confirmed.add(key)

    while True:
        await publish(next(keys))
        await asyncio.gather(*(publish(key) for key in itertools.islice(keys, _AT_ONCE)))


async def _finish(connection: ClusterConnection, names: Names, written: Written) -> None:
    config = ConsumerConfig(durable_name="soak", ack_policy=AckPolicy.EXPLICIT, max_ack_pending=1000, mem_storage=True)
    await connection.jetstream.add_consumer(names.events, config)
    pulled: list[Msg] = []
    async with Puller(connection, names.events, "soak", 256) as puller:
        removal = Removal(connection, names.events, names.event_subject(_TARGET), puller.ask_on)
        while True:
            for message in await puller.messages():
                removal.note_pulled(message)
                pulled.append(message)
            ended, pulled = pulled[:-_OPEN], pulled[-_OPEN:]
            written.finished |= {message.data.decode() for message in ended}
            await removal.remove(ended)
            await asyncio.sleep(_GATHERED_FOR_S)


async def _stored(settings: RelaySettings) -> set[str]:
    """The keys of the events that are there; none when the stream itself is gone."""
    give_up_at_s, names = time.monotonic() + 20, Names(settings.stream)
    while True:
        try:
            async with connected(settings, "soak") as connection:
                jetstream, found, place = connection.jetstream, set[str](), 1
                last = (await jetstream.stream_info(names.events)).state.last_seq
                while place <= last:
                    with suppress(*CLUSTER_FAULTS):
                        message = await jetstream.get_msg(names.events, seq=place)
                        found.add((message.data or b"").decode())
                    place += 1
                return found
        except CLUSTER_FAULTS:
            if time.monotonic() > give_up_at_s:
                return set()
            await asyncio.sleep(0.5)

"""The way through a cluster: relay leg, pull leg, deliver with the real webhook, latency, take-over, many cameras.

python -m benchmarks.bench_cluster [--events N] [--rounds N] [--json FILE]

One NATS server with `sync_interval: always` on this machine, so both sides of each comparison wait for the same disk.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.alternate import alternate, ratio
from benchmarks.bench_courier import CAMERAS, connection_to, courier_s, delivery_of, events_of
from benchmarks.table import Row, report
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Delivered, Delivery, Event, Target
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay.connection import connected
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.messages import RelayedEvent, encoded
from securos_trigger.relay.names import MESSAGE_ID, Names, message_id
from securos_trigger.relay.publishing import WINDOW
from securos_trigger.relay.pulling import Puller
from securos_trigger.relay.streams import ensure_streams
from securos_trigger.relay.target_session import MOST_PENDING
from securos_trigger.runtime.pipelines import SWITCH_INTERVAL_S
from securos_trigger.vms.simulator import Simulator
from tests.integration.nats_servers import NatsServer, nats_server

LEG_BAR: Final = 0.6
DELIVER_BAR: Final = 0.85
P99_BAR_MS: Final = 100.0
TAKE_OVER_BAR_S: Final = 10.0
#: Events at the same rate before those that are measured.
WARM_UP_S: Final = 2.0
TARGET: Final = Target("https", "127.0.0.1", 1)
_LIMIT_S: Final = 120.0
_WEEK_S: Final = 7 * 86_400.0


class NullTransport:
    """Says of every delivery that it is delivered. `began_at_s` is the instant of the first attempt."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.began_at_s = 0.0

    async def attempt(self, delivery: Delivery, *, late: bool) -> Delivered:
        """Do nothing."""
        self.began_at_s = self.began_at_s or time.perf_counter()
        return Delivered()

    async def health(self) -> dict[str, object] | None:
        """Say that it is healthy."""
        return {"ok": True}

    async def check(self, *, asks_health: bool) -> Reach:
        return Reach.CONNECTED

    async def close(self) -> None:
        """Do nothing."""


def p99_of(figures: Sequence[float]) -> float:
    """The figure that one in a hundred exceeds."""
    return sorted(figures)[int(len(figures) * 0.99)]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds of each event: from the frame to the disk, to the cluster, to SecurOS, and of all three."""

    kept: list[float]
    relayed: list[float]
    delivered: list[float]
    all: list[float]

    def stages(self) -> str:
        """The p99 of each stage."""
        named = {"kept": self.kept, "in the cluster": self.relayed, "in SecurOS": self.delivered}
        return ", ".join(f"{name} {p99_of(figures):.0f} ms" for name, figures in named.items())


class Stages:
    """When each event of a gateway was kept and stored in the cluster (Unix seconds), and how long it took in all."""

    def __init__(self) -> None:
        self._captured_at_s: dict[str, float] = {}
        self._kept_at_s: dict[str, float] = {}
        self._relayed_at_s: dict[str, float] = {}
        self._latency_s: dict[str, float] = {}

    def note_kept(self, event: Event) -> None:
        """Note that an event is on the disk."""
        assert event.captured_at is not None
        self._captured_at_s[event.event_id] = event.captured_at.timestamp()
        self._kept_at_s[event.event_id] = time.time()

    def observe(self, notice: Notice) -> None:
        """Note what is announced of an event."""
        event_id = str(notice.fields.get("event_id"))
        if notice.name == "delivery_relayed":
            self._relayed_at_s[event_id] = time.time()
        elif notice.name == "delivery_done":
            self._latency_s[event_id] = float(str(notice.fields["latency_s"]))

    def have_ended(self, event_ids: set[str]) -> bool:
        """True when all of these have been announced as delivered."""
        return event_ids <= self._latency_s.keys()

    def latencies_ms(self, event_ids: Iterable[str]) -> Latencies:
        """The stages of these events, which have all ended."""
        found = Latencies([], [], [], [])
        for one in event_ids:
            kept, relayed = self._kept_at_s[one], self._relayed_at_s[one]
            stages = (
                kept - self._captured_at_s[one],
                relayed - kept,
                self._captured_at_s[one] + self._latency_s[one] - relayed,
            )
            for figures, seconds in zip((found.kept, found.relayed, found.delivered), stages, strict=True):
                figures.append(seconds * 1000)
            found.all.append(self._latency_s[one] * 1000)
        return found


class Bench:
    """One server; every measurement uses streams of its own on it."""

    def __init__(self, server: NatsServer, events: int, folder: Path) -> None:
        self._server = server
        self._events = events
        self._folder = folder
        self._number = 0

    def settings(self) -> RelaySettings:
        """Settings with new streams."""
        self._number += 1
        values = {"servers": [self._server.url], "gateway": "bench", "replicas": 1, "stream": f"bench{self._number}"}
        return RelaySettings.model_validate(values)

    @contextmanager
    def gateway(
        self, settings: RelaySettings, target: Target, stages: Stages | None = None
    ) -> Iterator[tuple[Outbox, Callable[[], None]]]:
        """The outbox of a gateway, and what starts its couriers."""
        stages = stages or Stages()
        announcer, file = Announcer([stages.observe]), self._folder / f"{settings.stream}.sqlite"
        with closing(Outbox(file, announcer=announcer, on_kept=stages.note_kept)) as outbox:
            relay = GatewayRelay(settings, outbox, announcer)
            couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
            couriers.add(Connection(target, ""), relay.policy(_WEEK_S))

            def start() -> None:
                couriers.start()
                relay.start()

            try:
                yield outbox, start
            finally:
                couriers.close(5)
                relay.close()

    def relayed_per_s(self) -> float:
        """Events a second from the outbox into the stream."""
        settings = self.settings()
        with self.gateway(settings, TARGET) as (outbox, start):
            put(outbox, TARGET, spread(self._events, 200))
            began_at_s = time.perf_counter()
            start()
            wait_for(lambda: outbox.counts()[State.RELAYED] == self._events)
            return self._events / (time.perf_counter() - began_at_s)

    def published_per_s(self) -> float:
        """JetStream's own windowed publish and confirmation of the same messages."""
        return self._events / asyncio.run(_published_s(self.settings(), spread(self._events, 200)))

    def delivered_per_s(self) -> float:
        """Events a second out of the stream, with a transport that does nothing, until all are finished."""
        settings, transport = self.settings(), NullTransport(str(TARGET))
        asyncio.run(_published_s(settings, spread(self._events, 200)))
        receiver = ServedReceiver(Connection(TARGET, ""), DeliveryPolicy(late_per_s=1e9))
        service = DeliverService(settings, [receiver], Announcer(), make_transport=lambda _way, _policy: transport)
        service.start()
        finished_at_s = asyncio.run(_empty_at_s(settings))
        service.close()
        return self._events / (finished_at_s - transport.began_at_s)

    def pulled_per_s(self) -> float:
        """JetStream's own pull and acknowledgement, with the same number of messages pending."""
        settings = self.settings()
        asyncio.run(_published_s(settings, spread(self._events, 200)))
        return self._events / asyncio.run(_pulled_s(settings, self._events))

    def webhook_per_s(self, simulator: Simulator) -> float:
        """Events a second out of the stream and into the real receiver."""
        settings, connection = self.settings(), connection_to(simulator)
        asyncio.run(_published_s(settings, events_of(self._events), connection.target))
        service = DeliverService(settings, [ServedReceiver(connection, DeliveryPolicy(late_per_s=1e9))], Announcer())
        began_at_s = time.perf_counter()
        service.start()
        finished_at_s = asyncio.run(_empty_at_s(settings))
        service.close()
        return self._events / (finished_at_s - began_at_s)

    def latencies_ms(self, simulator: Simulator, per_s: float, lasts_s: float) -> Latencies:
        """Milliseconds from the event to the answer of SecurOS, at this rate; `deliver` is a process of its own."""
        settings, connection, stages = self.settings(), connection_to(simulator), Stages()
        sys.setswitchinterval(SWITCH_INTERVAL_S)  # as `securos-trigger run` does
        gc.collect()
        gc.freeze()  # as it does, too
        with ExitStack() as stack:
            stack.enter_context(deliver_process(self._folder, settings, connection))
            outbox, start = stack.enter_context(self.gateway(settings, connection.target, stages))
            start()
            put(outbox, connection.target, events_of(1))
            wait_for(lambda: outbox.counts()[State.DELIVERED] == 1)
            put_at_a_rate(outbox, connection.target, per_s, WARM_UP_S)  # so that all connections are there
            measured_ids = put_at_a_rate(outbox, connection.target, per_s, lasts_s)
            wait_for(lambda: stages.have_ended(measured_ids))
        gc.unfreeze()
        return stages.latencies_ms(measured_ids)

    def take_over_s(self, simulator: Simulator) -> float:
        """Seconds from `kill -9` of the owner to the next delivery by the other process."""
        settings, connection = self.settings(), connection_to(simulator)
        with ExitStack() as stack:
            outbox, start = stack.enter_context(self.gateway(settings, connection.target))
            start()
            owner = stack.enter_context(deliver_process(self._folder, settings, connection))
            put(outbox, connection.target, events_of(1))
            wait_for(lambda: outbox.counts()[State.DELIVERED] == 1)
            stack.enter_context(deliver_process(self._folder, settings, connection))
            time.sleep(3)
            owner.kill()
            killed_at_s = time.perf_counter()
            put(outbox, connection.target, events_of(1))
            wait_for(lambda: outbox.counts()[State.DELIVERED] == 2)
            return time.perf_counter() - killed_at_s

    def through_per_s(self, cameras: int) -> float:
        """Events a second from the outbox to a transport that does nothing, and back as outcomes."""
        settings = self.settings()
        receiver = ServedReceiver(Connection(TARGET, ""), DeliveryPolicy(late_per_s=1e9))
        service = DeliverService(
            settings, [receiver], Announcer(), make_transport=lambda way, _policy: NullTransport(str(way.target))
        )
        with self.gateway(settings, TARGET) as (outbox, start):
            put(outbox, TARGET, spread(self._events, cameras))
            began_at_s = time.perf_counter()
            start()
            service.start()
            wait_for(lambda: outbox.counts()[State.DELIVERED] == self._events)
            took_s = time.perf_counter() - began_at_s
        service.close()
        return self._events / took_s


def spread(number: int, cameras: int) -> list[Event]:
    """Events of so many cameras in turn."""
    return [replace(one, camera_ids=(str(index % cameras),)) for index, one in enumerate(events_of(number))]


def put(outbox: Outbox, target: Target, events: Sequence[Event]) -> None:
    """Keep events on disk."""
    for one in events:
        while not outbox.put(one, str(target)):
            time.sleep(0.01)
    assert outbox.flush(_LIMIT_S)


def put_at_a_rate(outbox: Outbox, target: Target, per_s: float, lasts_s: float) -> set[str]:
    """Keep events at an even rate, and wait until they have ended; gives their ids."""
    before, events = outbox.counts()[State.DELIVERED], events_of(int(per_s * lasts_s))
    began_at_s = time.perf_counter()
    for index, one in enumerate(events):
        time.sleep(max(0.0, began_at_s + index / per_s - time.perf_counter()))
        assert outbox.put(replace(one, captured_at=datetime.now(UTC)), str(target))
    wait_for(lambda: outbox.counts()[State.DELIVERED] == before + len(events), 0.1)
    return {one.event_id for one in events}


def wait_for(claim: Callable[[], bool], pause_s: float = 0.005) -> None:
    """Wait until something is so."""
    deadline_at_s = time.perf_counter() + _LIMIT_S
    while not claim():
        assert time.perf_counter() < deadline_at_s, "it did not come to its end"
        time.sleep(pause_s)


@contextmanager
def deliver_process(folder: Path, settings: RelaySettings, way: Connection) -> Iterator[subprocess.Popen[bytes]]:
    """`securos-trigger deliver` as a process of its own."""
    config = folder / f"{settings.stream}.toml"
    config.write_text(
        'late_per_s = 9999\nstate_folder = "state"\n'
        f'[relay]\nservers = ["{settings.servers[0]}"]\nreplicas = 1\nstream = "{settings.stream}"\n'
        f'[[receivers]]\niss_ip = "{way.target.host}"\niss_port = "{way.target.port}"\niss_password = "{way.token}"\n'
        f'iss_certificate_sha256 = "{way.certificate_sha256}"\n'
    )
    command = [sys.executable, "-m", "securos_trigger", "deliver", "--quiet", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


async def _published_s(settings: RelaySettings, events: Sequence[Event], target: Target = TARGET) -> float:
    names, window = Names(settings.stream), asyncio.Semaphore(WINDOW)
    messages = [RelayedEvent("bench", delivery_of(one, str(target)), 0.0) for one in events]
    async with connected(settings, "bench") as connection:
        await ensure_streams(connection.jetstream, names, 1)

        async def publish(message: RelayedEvent) -> None:
            async with window:
                confirmation = await connection.jetstream.publish_async(
                    names.event_subject(str(target)),
                    encoded(message),
                    stream=names.events,
                    headers={MESSAGE_ID: message_id(message.delivery)},
                )
                await confirmation

        began_at_s = time.perf_counter()
        await asyncio.gather(*map(publish, messages))
        return time.perf_counter() - began_at_s


async def _pulled_s(settings: RelaySettings, number: int) -> float:
    from nats.js.api import AckPolicy, ConsumerConfig

    names = Names(settings.stream)
    async with connected(settings, "bench") as connection:
        config = ConsumerConfig(durable_name="bench", ack_policy=AckPolicy.EXPLICIT, max_ack_pending=MOST_PENDING)
        await connection.jetstream.add_consumer(names.events, config)
        began_at_s, count = time.perf_counter(), 0
        async with Puller(connection, names.events, "bench", MOST_PENDING) as puller:
            while count < number:
                for message in await puller.messages():
                    await message.ack()
                    count += 1
        return time.perf_counter() - began_at_s


async def _empty_at_s(settings: RelaySettings) -> float:
    """Wait until no event is left in the stream; the instant at which that was seen."""
    names = Names(settings.stream)
    async with connected(settings, "bench") as connection:
        while (await connection.jetstream.stream_info(names.events)).state.messages:
            await asyncio.sleep(0.02)
        return time.perf_counter()


def _leg(
    measure: str, ours: Callable[[], float], other: Callable[[], float], what: str, bar: float, rounds: int
) -> Row:
    samples = alternate({"ours": ours, "other": other}, rounds)
    found = ratio(samples, "ours", "other")
    return Row(
        measure=measure,
        ours=f"{statistics.median(samples['ours']):,.0f}/s",
        against=f"{statistics.median(samples['other']):,.0f}/s ({what})",
        ratio=f"{found:.2f}",
        bar=f">= {bar}",
        is_reached=found >= bar,
    )


def measured(bench: Bench, events: int, rounds: int, per_s: int) -> list[Row]:
    """The rows of the table. `per_s` is the rate of events at which the latency is measured."""
    relayed = _leg(
        "relay leg: outbox to stream, 200 cameras",
        bench.relayed_per_s,
        bench.published_per_s,
        "windowed publish and confirmation alone",
        LEG_BAR,
        rounds,
    )
    pulled = _leg(
        "pull leg: stream to a transport that does nothing, finished",
        bench.delivered_per_s,
        bench.pulled_per_s,
        "pull and acknowledgement alone",
        LEG_BAR,
        rounds,
    )
    rows = [relayed, pulled]
    with Simulator(CAMERAS) as simulator:
        way = connection_to(simulator)
        rows.append(
            _leg(
                f"deliver to the real receiver, {len(CAMERAS)} cameras",
                lambda: bench.webhook_per_s(simulator),
                lambda: events / courier_s(way, events),
                "the courier of one machine",
                DELIVER_BAR,
                rounds,
            )
        )
        found = bench.latencies_ms(simulator, per_s, 10)
        reached, stages = p99_of(found.all) < P99_BAR_MS, f"p99 of the stages: {found.stages()}"
        text, bar = (
            f"p50 {statistics.median(found.all):.0f} ms, p99 {p99_of(found.all):.0f} ms",
            f"p99 < {P99_BAR_MS:.0f} ms",
        )
        rows.append(Row(f"event to SecurOS, {per_s:,} events/s", text, stages, "", bar, reached))
        took_s = bench.take_over_s(simulator)
        bar = f"< {TAKE_OVER_BAR_S:.0f} s"
        rows.append(Row("take-over after kill -9", f"{took_s:.1f} s", "", "", bar, took_s < TAKE_OVER_BAR_S))
    few, many = bench.through_per_s(100), bench.through_per_s(10_000)
    growth = f"{many / few:.2f}"
    rows.append(Row("10,000 cameras, and back", f"{many:,.0f}/s", f"{few:,.0f}/s (100 cameras)", growth, "", True))
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print the table. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2000, help="events of each side in each round")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    parser.add_argument("--per-s", type=int, default=300, help="rate at which the latency is measured (the bar: 300)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name, nats_server(Path(name) / "nats") as server:
        rows = measured(Bench(server, options.events, Path(name)), options.events, options.rounds, options.per_s)
    return report("Cluster", rows, options.json)


if __name__ == "__main__":
    raise SystemExit(main())

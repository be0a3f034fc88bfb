"""What the courier delivers a second, against the same client without an outbox.

python -m benchmarks.bench_courier [--events N] [--rounds N] [--json FILE]

The receiver is the real one, in the simulator, over TLS; both sides keep 16 requests under way for 32 cameras and take
turns. The courier's events stand in the outbox before its clock starts; it stops when the last one is settled on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import Row, report
from securos_trigger.delivery import Connection, Couriers, Webhook
from securos_trigger.model import Action, Delivered, Delivery, Event, Target
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.pipelines import SWITCH_INTERVAL_S
from securos_trigger.vms.simulator import Simulator

CAMERAS = tuple(str(number) for number in range(1, 33))
AT_ONCE = 16
BAR = 0.78


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print the table. 1 when the bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1000, help="events of each side in each round")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    sys.setswitchinterval(SWITCH_INTERVAL_S)  # as `securos-trigger run` does

    with Simulator(CAMERAS) as simulator:
        rows = measured(connection_to(simulator), options.events, options.rounds)
    return report("Courier", rows, options.json)


def measured(connection: Connection, events: int, rounds: int) -> list[Row]:
    """The rows of the table: medians over all rounds; the first round warms up and does not count."""
    bare_per_s: list[float] = []
    courier_per_s: list[float] = []
    for _ in range(rounds + 1):
        bare_per_s.append(events / bare_s(connection, events))
        courier_per_s.append(events / courier_s(connection, events))
    bare, courier = statistics.median(bare_per_s[1:]), statistics.median(courier_per_s[1:])
    ratio = statistics.median(ours / theirs for ours, theirs in zip(courier_per_s[1:], bare_per_s[1:], strict=True))
    return [
        Row(
            measure=f"deliveries a second, {len(CAMERAS)} cameras, {AT_ONCE} at once",
            ours=f"{courier:,.0f}/s",
            against=f"{bare:,.0f}/s (the same client, no outbox)",
            ratio=f"{ratio:.2f}",
            bar=f">= {BAR}",
            is_reached=ratio >= BAR,
        )
    ]


def bare_s(connection: Connection, number: int) -> float:
    """Seconds in which the client alone posts so many deliveries."""
    return asyncio.run(
        _posted_s(connection, [delivery_of(event, str(connection.target)) for event in events_of(number)])
    )


async def _posted_s(connection: Connection, deliveries: list[Delivery]) -> float:
    webhook = Webhook(connection, announcer=Announcer(), max_connections=AT_ONCE)
    left = iter(deliveries)

    async def post() -> None:
        for delivery in left:
            outcome = await webhook.attempt(delivery, late=False)
            assert isinstance(outcome, Delivered), outcome

    began_at_s = time.perf_counter()
    await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    took_s = time.perf_counter() - began_at_s
    await webhook.close()
    return took_s


def courier_s(connection: Connection, number: int) -> float:
    """Seconds in which the courier brings so many deliveries from the outbox to the receiver."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Outbox(Path(folder) / "outbox.sqlite", announcer=Announcer())) as outbox,
    ):
        for event in events_of(number):
            assert outbox.put(event, str(connection.target))
        assert outbox.flush(60)
        couriers = Couriers(outbox, [connection], announcer=Announcer())
        began_at_s = time.perf_counter()
        couriers.start()
        assert couriers.drain(300)
        took_s = time.perf_counter() - began_at_s
        couriers.close()
        assert outbox.counts()[State.DELIVERED] == number
    return took_s


def events_of(number: int) -> list[Event]:
    """Events of one camera after the other."""
    now = datetime.now(UTC)
    return [
        Event(
            event_id=str(uuid.uuid4()),
            node_id="trigger1",
            deployment_id="bench",
            name="Person in zone",
            description="2 people in zone entrance",
            camera_ids=(CAMERAS[index % len(CAMERAS)],),
            action=Action.EVENT,
            record_duration_s=5,
            at=float(index),
            captured_at=now,
        )
        for index in range(number)
    ]


def delivery_of(event: Event, target: str) -> Delivery:
    """What the courier would post for an event."""
    assert event.captured_at is not None
    return Delivery(
        sequence=0,
        target=target,
        event_id=event.event_id,
        node_id=event.node_id,
        deployment_id=event.deployment_id,
        name=event.name,
        description=event.description,
        camera_ids=event.camera_ids,
        action=event.action,
        record_duration_s=event.record_duration_s,
        captured_at_s=event.captured_at.timestamp(),
        kept_at_s=event.captured_at.timestamp(),
    )


def connection_to(simulator: Simulator) -> Connection:
    """How the simulated receiver is reached."""
    certificate = simulator.certificate
    assert certificate is not None
    target = Target("https", "127.0.0.1", simulator.receiver_port)
    return Connection(target, simulator.token, certificate_sha256=certificate.sha256)


if __name__ == "__main__":
    raise SystemExit(main())

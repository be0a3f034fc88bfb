"""Inputs: messages a second against a bare client, a thousand cameras, from the broker to SecurOS, and an idle service.

python -m benchmarks.bench_inputs [--messages N] [--rounds N] [--seconds N] [--json FILE]

The broker is mosquitto. Both sides of the comparison read the same messages of Frigate, which wait in a session of
their own at the broker (QoS 1). Ours is everything that `run` does with them: reducer, lanes, a trigger node, one
transaction, then the acknowledgement. The other side is paho-mqtt with `json.loads`, which acknowledges each by hand at
once. Both are counted in CPU time of the process, so that other work on the machine does not judge.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from benchmarks.alternate import Samples, alternate, ratio
from benchmarks.table import Row, show, write
from securos_trigger.config.reader import parse_config
from securos_trigger.inputs.source import InputSource
from securos_trigger.notices import Announcer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.vms.simulator import Simulator
from tests.brokers import Mosquitto, Publisher

THROUGHPUT_BAR = 0.5
LATENCY_BAR_MS = 50.0
LANES, LANES_BAR_PER_S = 1_000, 10_000
IDLE_BAR_MB, IDLE_BAR_SHARE = 80.0, 0.005
EVENTS = 200
CAMERAS = 20
TOPIC = "frigate/events"
RECEIVER_OF_NOBODY = {"iss_ip": "127.0.0.1", "iss_port": "9", "iss_password": "token"}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5_000, help="messages of each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--seconds", type=int, default=10, help="how long the idle service is watched")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    rows = [*throughput(options.messages, options.rounds), lanes(options.messages), latency(), *idle(options.seconds)]
    show("Inputs", rows)
    write(options.json, rows)
    return 0 if all(row.is_reached for row in rows if row.bar) else 1


# -- messages a second


def throughput(count: int, rounds: int) -> Iterator[Row]:
    """Messages a CPU second of a backlog at the broker, ours and a bare client's in turn."""
    mixed = [frigate_life(number) for number in range(count)]
    events = [frigate_object(f"thing{n}", f"camera{n % CAMERAS}", time.time()) for n in range(count // 5)]
    sides = {
        "ours": partial(turn, mixed, run_ours),
        "bare": partial(turn, mixed, run_bare),
        "bare, MQTT 5": partial(turn, mixed, partial(run_bare, protocol=MQTTProtocolVersion.MQTTv5)),
        "ours, all events": partial(turn, events, run_ours),
        "bare, all events": partial(turn, events, run_bare),
    }
    found = alternate(sides, rounds, warm_up=0)
    yield throughput_row(found, "one in ten an event", "ours", "bare", THROUGHPUT_BAR)
    yield throughput_row(found, "one in ten an event, both with MQTT 5", "ours", "bare, MQTT 5")
    yield throughput_row(found, "each an event", "ours, all events", "bare, all events")


def throughput_row(found: Samples, what: str, ours: str, bare: str, bar: float | None = None) -> Row:
    """Ours against paho-mqtt."""
    share = ratio(found, ours, bare)
    return Row(
        f"messages of Frigate a CPU second, {what}, kept before they are acknowledged",
        f"{median(found[ours]):,.0f}/s",
        f"{median(found[bare]):,.0f}/s (paho-mqtt, acknowledged by hand, and json.loads)",
        f"{share:.2f}",
        "" if bar is None else f">= {bar}",
        bar is None or share >= bar,
    )


Reader = Callable[[Path, Mosquitto, int], float]


def turn(bodies: Sequence[str], read: Reader) -> float:
    """Messages a CPU second of one side: make its session, fill it, and read it."""
    with tempfile.TemporaryDirectory() as name, Mosquitto(Path(name)) as broker:
        folder = Path(name)
        read(folder, broker, 0)
        with Publisher(broker) as frigate:
            for body in bodies:
                frigate.send(TOPIC, body)
        return read(folder, broker, len(bodies))


def run_ours(folder: Path, broker: Mosquitto, count: int) -> float:
    """Messages a CPU second of a pipeline, from its first to its last. No message: only make the session."""
    source = {"type": "frigate", "broker": broker.url, "client_id": "ours"}
    with service(folder, source, RECEIVER_OF_NOBODY, {f"camera{n}": "1" for n in range(CAMERAS)}) as found:
        wait_until(lambda: found.feed is not None and found.feed.state.is_connected)
        return rate_of(lambda: sum(found.intake.reader.counts.values()) if found.intake else 0, count)


def run_bare(
    _folder: Path, broker: Mosquitto, count: int, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311
) -> float:
    """Messages a CPU second of paho-mqtt with `json.loads`, each acknowledged by hand."""
    seen: list[Any] = []
    is_ready = threading.Event()
    is_5 = protocol is MQTTProtocolVersion.MQTTv5
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id="bare",
        clean_session=None if is_5 else False,
        protocol=protocol,
        manual_ack=True,
    )

    def take(made: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        seen.append(json.loads(message.payload)["type"])
        made.ack(message.mid, message.qos)

    client.on_message = take
    client.on_connect = lambda made, *_rest: made.subscribe(TOPIC, 1)
    client.on_subscribe = lambda *_args: is_ready.set()
    if is_5:
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = 600
        client.connect("127.0.0.1", broker.port, clean_start=False, properties=kept)
    else:
        client.connect("127.0.0.1", broker.port)
    client.loop_start()
    assert is_ready.wait(30)
    rate = rate_of(lambda: len(seen), count)
    client.disconnect()
    client.loop_stop()
    return rate


def rate_of(counted: Callable[[], int], count: int) -> float:
    """How many a CPU second of this process, from the first that was seen to the last."""
    if not count:
        return 0.0
    wait_until(lambda: counted() > 0)
    before, began_s = counted(), time.process_time()
    wait_until(lambda: counted() >= count)
    return (count - before) / max(time.process_time() - began_s, 1e-6)


def lanes(count: int) -> Row:
    """Frames a second of a thousand cameras, recorded messages from a file, with a node for each camera."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seen.jsonl"
        total = max(count, 2 * LANES)
        path.write_text("\n".join(frame_line(number % LANES, number // LANES) for number in range(total)))
        cameras = {f"camera{number}": str(number + 1) for number in range(LANES)}
        source = {"type": "deepstream", "path": str(path)}
        with service(Path(folder), source, RECEIVER_OF_NOBODY, cameras) as found:
            wait_until(lambda: found.intake is not None and len(found.intake.lanes) == LANES)
            began_at_ticks = time.process_time()
            before = sum(found.intake.reader.counts.values()) if found.intake else 0
            wait_until(lambda: found.intake is not None and sum(found.intake.reader.counts.values()) >= total)
            took_s = time.process_time() - began_at_ticks
    per_s = (total - before) / max(took_s, 1e-6)
    reached = per_s >= LANES_BAR_PER_S
    share = f"{10 * LANES / per_s:.0%} of a core at 10 frames/s each"
    return Row(
        f"{LANES:,} cameras, frames a second", f"{per_s:,.0f}/s", share, "-", f">= {LANES_BAR_PER_S:,}/s", reached
    )


# -- from the broker to SecurOS


def latency() -> Row:
    """Milliseconds from the publication of a message to the call in SecurOS."""
    published_at: list[float] = []
    with Simulator(["1"]) as simulator, tempfile.TemporaryDirectory() as name, Mosquitto(Path(name)) as broker:
        source = {"type": "frigate", "broker": broker.url}
        with service(Path(name), source, simulator.settings(), {"gate": "1"}) as found, Publisher(broker) as frigate:
            wait_until(lambda: found.feed is not None and found.feed.state.is_connected)
            for number in range(EVENTS):
                published_at.append(time.time())
                frigate.send(TOPIC, frigate_object(f"thing{number}", "gate", time.time()))
                wait_until(lambda: len(simulator.events()) > number)  # noqa: B023  it is waited for at once
        calls = [call["at_s"] for call in simulator.events()]
        times_ms = [(called_at - at) * 1000 for called_at, at in zip(calls, published_at, strict=True)]
    p50, p99 = median(times_ms), quantiles(times_ms[20:], n=100)[98]
    ours = f"{p50:.1f} ms, p99 {p99:.1f} ms"
    return Row("publication -> SecurOS call", ours, "-", "-", f"p99 < {LATENCY_BAR_MS:g} ms", p99 < LATENCY_BAR_MS)


# -- an idle service


def idle(seconds: int) -> Iterator[Row]:
    """Memory and CPU time of `securos-trigger run` with ten cameras while nothing comes."""
    with tempfile.TemporaryDirectory() as name, Mosquitto(Path(name)) as broker:
        cameras = {f"camera{number}": str(number + 1) for number in range(10)}
        text = configuration({"type": "frigate", "broker": broker.url}, RECEIVER_OF_NOBODY, cameras)
        (Path(name) / "site.toml").write_text(text)
        command = [sys.executable, "-m", "securos_trigger", "run", "site.toml"]
        with subprocess.Popen(command, cwd=name, stderr=subprocess.DEVNULL) as process:
            try:
                time.sleep(5.0)  # its start is over
                began_s = cpu_s(process.pid)
                time.sleep(seconds)
                share = (cpu_s(process.pid) - began_s) / seconds
                memory_mb = resident_mb(process.pid)
            finally:
                process.terminate()
    what = "idle service with ten cameras"
    yield Row(
        f"{what}: resident memory", f"{memory_mb:.0f} MB", "-", "-", f"< {IDLE_BAR_MB:g} MB", memory_mb < IDLE_BAR_MB
    )
    bar = f"< {IDLE_BAR_SHARE:.1%}"
    yield Row(f"{what}: of a core", f"{share:.2%}", "-", "-", bar, share < IDLE_BAR_SHARE)


def cpu_s(pid: int) -> float:
    """CPU time of a process in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100  # USER_HZ


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


# -- the parts


@contextmanager
def service(
    folder: Path, source: Mapping[str, object], receiver: dict[str, str], cameras: dict[str, str]
) -> Iterator[InputSource]:
    """The pipeline of a configuration in this process."""
    settings = parse_config(configuration(source, receiver, cameras), base=folder)
    announcer = Announcer()
    with Dispatch(settings.outbox, announcer) as dispatch:
        pipelines = Pipelines(dispatch, announcer)
        pipelines.start(settings)
        found = pipelines.threads[0].pipeline.source
        assert isinstance(found, InputSource)
        stop = threading.Event()
        try:
            yield found
        finally:
            stop.set()
            while not pipelines.wait(stop):
                pass


def configuration(source: Mapping[str, object], receiver: dict[str, str], cameras: dict[str, str]) -> str:
    """One pipeline with an input and a trigger node."""
    lines = ["[outbox]", 'path = "outbox.sqlite"', "[ledger]", "enabled = false", "[[pipelines]]", 'name = "site"']
    lines += [f"source = {inline(source)}", f"cameras = {inline(cameras)}", "[[pipelines.nodes]]"]
    lines += ['type = "trigger_securos_event"', 'event_source = "built_in"']
    return "\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in receiver.items())]) + "\n"


def inline(table: Mapping[str, object]) -> str:
    """A table of texts, and of lists of texts, in one line of TOML."""
    return "{ " + ", ".join(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in table.items()) + " }"


def frigate_object(one_id: str, camera: str, at: float, kind: str = "new", **more: Any) -> str:
    """A message of `frigate/events` with about as many keys as Frigate's."""
    after = {"id": one_id, "camera": camera, "label": "person", "frame_time": at, "start_time": at - 0.5, "score": 0.9}
    after |= {"end_time": None, "top_score": 0.9, "box": [100, 200, 180, 400], "area": 16_000, "ratio": 0.4}
    after |= {"region": [0, 0, 640, 640], "current_zones": ["yard"], "entered_zones": ["yard"], "stationary": False}
    after |= {"position_changes": 3, "motionless_count": 1, "false_positive": False, "attributes": {}, **more}
    return json.dumps({"type": kind, "before": after, "after": after})


def frigate_life(number: int) -> str:
    """One of ten messages about each thing: it is new, moves, and ends. At each camera there is one at a time."""
    step, camera = number // CAMERAS % 10, number % CAMERAS
    kind = "new" if step == 0 else "end" if step == 9 else "update"
    left = 10 * step
    return frigate_object(
        f"thing{number // CAMERAS // 10}-{camera}",
        f"camera{camera}",
        time.time() + number / 1_000,
        kind,
        box=[left, 200, left + 80, 400],
    )


def frame_line(camera: int, number: int) -> str:
    """A frame of DeepStream's minimal schema with four objects."""
    objects = [f"{one}|{10 * one}|20|{10 * one + 50}|90|Person" for one in range(4)]
    at = f"2026-05-04T09:{number // 600 % 60:02}:{number // 10 % 60:02}.{number % 10}00Z"
    return json.dumps(
        {"version": "4.0", "id": str(number), "@timestamp": at, "sensorId": f"camera{camera}", "objects": objects}
    )


def wait_until(holds: Callable[[], bool], timeout_s: float = 120.0) -> None:
    """Wait for something that another thread does."""
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.001)


if __name__ == "__main__":
    raise SystemExit(main())

"""Many cameras over one broker: CPU time, memory, and how far the service is behind what was sent.

python -m benchmarks.bench_mqtt_cameras [--cameras N] [--rate N] [--seconds N] [--json FILE]

A process of its own publishes frames of DeepStream (four objects, QoS 1) on a fixed schedule to mosquitto. The pipeline
of the configuration, with a node for each camera, keeps and acknowledges them. It is behind by the messages that were
due and are not taken yet, divided by the rate.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks.bench_inputs import RECEIVER_OF_NOBODY, resident_mb, service, wait_until
from benchmarks.table import Row, show, write
from securos_trigger.inputs.source import InputSource
from tests.brokers import Mosquitto

CPU_BAR, BEHIND_BAR_S = 0.5, 1.0
SAMPLE_EVERY_S = 0.1

PUBLISHER = """
import json, sys, time
from datetime import datetime, timezone
import paho.mqtt.client as mqtt
port, cameras, rate, count = map(int, sys.argv[1:])
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.max_inflight_messages_set(2_000)
client.connect("127.0.0.1", port)
client.loop_start()
objects = [f"{one}|{10 * one}|20|{10 * one + 50}|90|Person" for one in range(4)]
began_at, sent = time.time(), 0
print(began_at, flush=True)
while sent < count:
    while sent < min(count, (time.time() - began_at) * rate):
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {"version": "4.0", "id": str(sent // cameras), "@timestamp": at, "objects": objects}
        last = client.publish("ds/meta", json.dumps(body | {"sensorId": f"camera{sent % cameras}"}), qos=1)
        sent += 1
    time.sleep(0.002)
last.wait_for_publish(60)
client.disconnect()
client.loop_stop()
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=2_000, help="messages a second, of all cameras together")
    parser.add_argument("--seconds", type=int, default=100)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    rows = measured(options.cameras, options.rate, options.seconds)
    show("Cameras over MQTT", rows)
    write(options.json, rows)
    return 0 if all(row.is_reached for row in rows if row.bar) else 1


def measured(cameras: int, rate: int, seconds: int) -> list[Row]:
    """The rows of one run. AssertionError: a message was not taken, or was something else than a frame."""
    count = rate * seconds
    with tempfile.TemporaryDirectory() as name, Mosquitto(Path(name)) as broker:
        source = {"type": "deepstream", "broker": broker.url, "topics": ["ds/meta"]}
        names = {f"camera{number}": str(number + 1) for number in range(cameras)}
        with service(Path(name), source, RECEIVER_OF_NOBODY, names) as found:
            wait_until(lambda: found.feed is not None and found.feed.state.is_connected)
            command = [sys.executable, "-c", PUBLISHER, str(broker.port), str(cameras), str(rate), str(count)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as publisher:
                assert publisher.stdout is not None
                began_at, began_cpu_s = float(publisher.stdout.readline()), time.process_time()
                behind_s = []
                while (due := (time.time() - began_at) * rate) < count:
                    behind_s.append(max(0.0, due - taken(found)) / rate)
                    time.sleep(SAMPLE_EVERY_S)
                share = (time.process_time() - began_cpu_s) / (time.time() - began_at)
            wait_until(lambda: taken(found) >= count)
            assert found.intake is not None
            said = {str(verdict): number for verdict, number in found.intake.reader.counts.items()}
            assert said == {"frame": count}, said
    p50, p99 = median(behind_s), quantiles(behind_s, n=100)[98]
    what = f"{cameras:,} cameras, {rate:,} messages a second over MQTT, {seconds} s"
    return [
        Row(f"{what}: of a core", f"{share:.0%}", "-", "-", f"<= {CPU_BAR:.0%}", share <= CPU_BAR),
        Row(
            f"{what}: behind, p50 and p99",
            f"{p50 * 1000:.0f} ms, {p99 * 1000:.0f} ms",
            "-",
            "-",
            f"p99 < {BEHIND_BAR_S:g} s",
            p99 < BEHIND_BAR_S,
        ),
        Row(f"{what}: resident memory", f"{resident_mb(os.getpid()):.0f} MB", "-", "-", "", True),
    ]


def taken(source: InputSource) -> int:
    """How many messages the pipeline has dealt with."""
    return sum(source.intake.reader.counts.values()) if source.intake is not None else 0


if __name__ == "__main__":
    raise SystemExit(main())

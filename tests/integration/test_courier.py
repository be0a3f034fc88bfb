"""Couriers between a real outbox and real receivers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy, TrustStore, Webhook
from securos_trigger.model import Action, Delivery, Event, Outcome, Target
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox, Row, State
from securos_trigger.vms.simulator import Simulator
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver, RawServer, never_answering, new_certified_key

LIMIT_S = 60.0
CERTIFICATE = new_certified_key(["127.0.0.1"])
QUICK = BackOff(first_s=0.02, longest_s=0.1)


def event(
    *camera_ids: str, name: str = "name", action: Action = Action.EVENT_AND_RECORD_AND_SUBTITLE, age_s: float = 0
) -> Event:
    captured_at = datetime.now(UTC) - timedelta(seconds=age_s)
    return builders.event(*camera_ids, name=name, action=action, record_duration_s=2, captured_at=captured_at)


class Sending:
    """An outbox with its couriers, and what they said."""

    def __init__(self, folder: Path, connections: list[Connection], late_per_s: float) -> None:
        self.notices: list[Notice] = []
        announcer = Announcer([self.notices.append])
        self.outbox = Outbox(folder / "outbox.db", announcer=announcer)
        self.couriers = Couriers(
            self.outbox,
            connections,
            announcer=announcer,
            trust_store=TrustStore(folder / "trust.json"),
            policy=DeliveryPolicy(back_off=QUICK, late_per_s=late_per_s),
            random=lambda: 0.9,
        )

    def put(self, target: Target, *events: Event) -> None:
        for one in events:
            assert self.outbox.put(one, str(target))

    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]

    def said(self, name: str) -> list[Notice]:
        return [notice for notice in self.notices if notice.name == name]

    def wait_for(self, claim: Callable[[], bool]) -> None:
        deadline_at = time.monotonic() + LIMIT_S
        while not claim():
            assert time.monotonic() < deadline_at, self.notices
            time.sleep(0.005)

    def rows(self, state: State) -> list[Row]:
        return builders.rows_of(self.outbox, state)


@contextmanager
def sending(
    folder: Path, *connections: Connection, late_per_s: float = 10_000, starts: bool = True
) -> Iterator[Sending]:
    built = Sending(folder, list(connections), late_per_s)
    if starts:
        built.couriers.start()
    try:
        yield built
    finally:
        built.couriers.close(2.0)
        assert built.outbox.close(LIMIT_S)


def to(target: Target, *, token: str = TOKEN, total_timeout_s: float = 5.0) -> Connection:
    return Connection(target, token, connect_timeout_s=2.0, total_timeout_s=total_timeout_s)


def test_what_is_put_arrives_and_says_how_long_it_took(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver, sending(tmp_path, to(receiver.target)) as sent:
        sent.put(receiver.target, event("1", name="first"), event("1", name="second"))
        assert sent.couriers.drain(LIMIT_S)
    assert receiver.names() == ["first", "second"]
    done = sent.said("delivery_done")
    assert [sorted(notice.fields) for notice in done] == [
        ["cameras", "duplicate", "event_id", "event_name", "failed_cameras", "late", "latency_s", "reason", "target"]
    ] * 2
    assert all(0 < float(str(notice.fields["latency_s"])) < LIMIT_S for notice in done)


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (HEAD, b"1;" + b"a" * 2000 + b"\r\nx\r\n"),
        (HEAD, b"1\r\nx\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\n", b"X-Endless: header\r\n" * 100),
    ],
    ids=["100 Continue", "chunk extensions", "chunks of one byte", "header"],
)
def test_an_answer_without_end_leaves_the_other_targets_far_more_than_a_fiftieth_of_their_rate(
    tmp_path: Path, beginning: bytes, piece: bytes
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(beginning)
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(piece)
                await writer.drain()

    def delivered(folder: Path, *hostile: Target) -> int:
        """Count what arrives in a second and a half, from the first one on."""
        folder.mkdir()
        with OldReceiver() as receiver, sending(folder, *map(to, (receiver.target, *hostile)), starts=False) as sent:
            for target in (*hostile, receiver.target):
                sent.put(target, *(event(str(number % 64)) for number in range(3_000)))
            sent.couriers.start()
            sent.wait_for(lambda: bool(receiver.bodies))
            time.sleep(1.5)
            return len(receiver.bodies)

    # A courier that reads on without end leaves the others a fiftieth of their rate. The hostile receiver writes without
    # end in this very process, so on a machine that is busy with other work it costs them half and more even so; and
    # that work may fall on one of the two counts, hence up to three rounds.
    rounds: list[tuple[int, int]] = []
    while len(rounds) < 3 and not any(10 * beside_hostile >= alone > 0 for beside_hostile, alone in rounds):
        with RawServer(talk) as server:
            beside_hostile = delivered(tmp_path / f"beside{len(rounds)}", server.target)
        rounds.append((beside_hostile, delivered(tmp_path / f"alone{len(rounds)}")))
    assert any(10 * beside_hostile >= alone > 0 for beside_hostile, alone in rounds), rounds


def test_each_camera_sees_its_events_in_order_while_cameras_run_side_by_side(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        for number in range(200):
            cameras = ("1", "2") if number % 10 == 0 else (str(number % 4),)
            sent.put(receiver.target, event(*cameras, name=f"{number:03}"))
        assert sent.couriers.drain(LIMIT_S)
    for camera in "0123":
        names = [body["event_name"] for body in receiver.bodies if camera in body["camera_id"]]
        assert names == sorted(names)
    assert len(receiver.bodies) == 200


def test_an_outage_consumes_no_attempts_and_raises_one_alarm(tmp_path: Path) -> None:
    with OldReceiver() as receiver:
        target = receiver.target
    with sending(tmp_path, to(target)) as sent:
        sent.put(target, *(event(camera, name=f"{camera}{n}") for n in range(5) for camera in "123"))
        sent.wait_for(lambda: "target_unreachable" in sent.names())
        time.sleep(0.5)
        assert sent.outbox.counts()[State.WAITING] + sent.outbox.counts()[State.SENDING] == 15
        with OldReceiver(port=target.port) as receiver:
            assert sent.couriers.drain(LIMIT_S)
        for camera in "123":
            assert [name for name in receiver.names() if name[0] == camera] == [f"{camera}{n}" for n in range(5)]
        assert [row.delivery.attempts for row in sent.rows(State.DELIVERED)] == [0] * 15
    assert [name for name in sent.names() if name.startswith("target")] == ["target_unreachable", "target_recovered"]


def test_another_cause_of_an_outage_is_told_too_and_causes_that_take_turns_are_not_told_each_time(
    tmp_path: Path,
) -> None:
    with OldReceiver() as receiver:
        target = receiver.target
    with sending(tmp_path, to(target)) as sent:
        sent.put(target, event("1"))
        sent.wait_for(lambda: "target_unreachable" in sent.names())
        wrong: tuple[int, dict[str, str], bytes] = (404, {}, b"")
        away: tuple[int, dict[str, str], bytes] = (503, {}, b"")
        with OldReceiver(port=target.port) as receiver:
            receiver.answers = [wrong, wrong, away, wrong, away, wrong, away]
            assert sent.couriers.drain(LIMIT_S)
    assert [notice.fields["reason"] for notice in sent.said("target_unreachable")] == [
        "connection refused.",
        "The answer has status 404. Is this the receiver's port?",
        "The receiver is not ready (status 503).",
    ]
    assert len(sent.said("target_recovered")) == 1


def test_a_wrong_password_pauses_the_target_and_burns_nothing(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.token = "another"
        sent.put(receiver.target, *(event("1", name=str(n)) for n in range(3)))
        sent.wait_for(lambda: len(receiver.authorizations) > 3)
        assert sent.rows(State.DEAD) == []
        receiver.token = TOKEN
        assert sent.couriers.drain(LIMIT_S)
    assert receiver.names() == ["0", "1", "2"]
    alarms = [notice for notice in sent.notices if notice.level >= logging.WARNING]
    assert [notice.name for notice in alarms] == ["password_in_clear", "target_unauthorized", "target_recovered"]
    assert alarms[1].fields["reason"] == "The receiver does not accept iss_password (status 401): unauthorized"


def test_a_refused_delivery_goes_to_the_dead_letters_at_once_and_blocks_nobody(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        sent.put(receiver.target, event(name="blank"), event(name="blank too"), event("1", name="after"))
        assert sent.couriers.drain(LIMIT_S)
        assert [row.reason for row in sent.rows(State.DEAD)] == ["refused with status 400: camera_id is required"] * 2
    assert receiver.names() == ["after"]
    assert len(sent.said("delivery_dead")) == 2


def test_a_late_event_starts_no_recording_and_tells_its_true_time(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        late = event("1", age_s=31)
        sent.put(receiver.target, late, event("1", age_s=5))
        assert sent.couriers.drain(LIMIT_S)
    first, second = receiver.bodies
    assert late.captured_at is not None
    assert (first["late"], first["trigger_recording"], first["add_subtitle"]) == (True, False, False)
    assert first["event_description"] == f"[{late.captured_at:%Y-%m-%d %H:%M:%S} UTC] description"
    assert (second["late"], second["trigger_recording"], second["add_subtitle"]) == (False, True, True)
    assert second["event_description"] == "description"


def test_an_event_that_nobody_needs_any_more_is_dead_without_an_attempt(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        sent.put(receiver.target, event("1", age_s=8 * 24 * 3600), event("1", name="fresh"))
        assert sent.couriers.drain(LIMIT_S)
        (dead,) = sent.rows(State.DEAD)
    assert (dead.reason, dead.delivery.attempts) == ("expired", 0)
    assert receiver.names() == ["fresh"]


def test_late_events_leave_at_an_even_pace(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), late_per_s=50, starts=False) as sent:
        sent.put(receiver.target, *(event(str(camera), age_s=60) for camera in range(26)))
        started_at = time.monotonic()
        sent.couriers.start()
        assert sent.couriers.drain(LIMIT_S)
        took_s = time.monotonic() - started_at
    assert took_s >= 25 / 50


def test_to_an_older_receiver_only_cameras_without_their_event_are_sent_again(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.failing = {("2", "EVENT"): "busy", ("1", "REC"): "no licence"}
        sent.put(receiver.target, event("1", "2", name="both"), event("1", name="one"), event("2", name="two"))
        sent.wait_for(lambda: receiver.names().count("both") >= 3)
        sent.wait_for(lambda: "one" in receiver.names())
        assert "two" not in receiver.names()
        receiver.failing = {}
        assert sent.couriers.drain(LIMIT_S)
    both = [body["camera_id"] for body in receiver.bodies if body["event_name"] == "both"]
    assert both[0] == ["1", "2"]
    assert set(map(tuple, both[1:])) == {("2",)}
    assert receiver.names()[-1] == "two"


def test_a_recording_that_an_older_receiver_could_not_start_is_reported_and_not_repeated(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.failing = {("1", "REC"): "no licence"}
        sent.put(receiver.target, event("1"))
        assert sent.couriers.drain(LIMIT_S)
        (row,) = sent.rows(State.DELIVERED)
    assert len(receiver.bodies) == 1
    assert row.reason == "camera 1: recording failed: no licence"
    (done,) = sent.said("delivery_done")
    assert (done.level, done.fields["reason"]) == (logging.WARNING, "camera 1: recording failed: no licence")


def test_what_one_camera_has_is_delivered_although_the_other_never_gets_it(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        done = {"camera_id": "1", "step": "EVENT", "ok": True}
        busy = {"camera_id": "2", "step": "EVENT", "ok": False, "error": "busy"}
        gone = {**busy, "error": "unknown camera 2", "permanent": True}
        receiver.answers = [(200, {}, json.dumps({"results": results}).encode()) for results in ([done, busy], [gone])]
        sent.put(receiver.target, event("1", "2"))
        assert sent.couriers.drain(LIMIT_S)
        (row,) = sent.rows(State.DELIVERED)
    assert row.reason == "camera 2: event refused: SecurOS knows no such camera"


def test_a_dead_target_blocks_no_other(tmp_path: Path) -> None:
    with (
        RawServer(never_answering) as dead,
        OldReceiver() as alive,
        sending(tmp_path, to(dead.target, total_timeout_s=1.0), to(alive.target)) as sent,
    ):
        sent.put(dead.target, *(event(str(n)) for n in range(50)))
        sent.put(alive.target, *(event(str(n)) for n in range(50)))
        sent.wait_for(lambda: len(alive.bodies) == 50)
        sent.wait_for(lambda: "target_unreachable" in sent.names())
        sent.wait_for(lambda: sent.outbox.counts()[State.WAITING] >= 49)  # all but the one that probes


def test_one_event_that_gets_no_answer_does_not_stop_the_other_cameras(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.answers = [(500, {}, b'{"error": "stumbled"}')] * 5
        sent.put(receiver.target, *(event(str(n % 3), name=str(n)) for n in range(9)))
        assert sent.couriers.drain(LIMIT_S)
    assert sorted(receiver.names()) == [str(n) for n in range(9)]


@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside another camera"])
def test_an_event_that_the_receiver_always_fails_at_is_given_up_and_its_camera_goes_on(
    tmp_path: Path, others: bool
) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.stumbles_over = "poison"
        sent.put(receiver.target, event("1", name="poison"), event("1", name="after"))
        if others:
            sent.put(receiver.target, *(event("2", name=str(n)) for n in range(20)))
        assert sent.couriers.drain(LIMIT_S)
        (dead,) = sent.rows(State.DEAD)
    assert dead.reason == (
        "given up after 5 attempts while the receiver was healthy: The receiver failed with status 500: stumbled"
    )
    assert (dead.delivery.attempts, receiver.names().count("poison")) == (5, 5)
    assert "after" in receiver.names()


def test_a_proxy_that_refuses_one_event_with_an_id_of_its_own_holds_up_no_camera(tmp_path: Path) -> None:
    """The refusal names another event, so it is not believed at once; at a healthy receiver it counts in the end."""
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.stumbles_over = "large"
        receiver.stumbles_with = (413, {"error": "too large", "event_id": "0815"})
        sent.put(receiver.target, event("1", name="large"), event("1", name="after"), event("2", name="other"))
        assert sent.couriers.drain(LIMIT_S)
        (dead,) = sent.rows(State.DEAD)
        assert len(sent.rows(State.DELIVERED)) == 2
    assert dead.reason == (
        "given up after 5 attempts while the receiver was healthy: "
        "The answer has status 413 and the id of another event: too large. Is there a proxy in between?"
    )
    assert receiver.names().count("large") == 5


def test_a_receiver_that_fails_at_everything_loses_few_events_though_it_calls_itself_well(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.answers = [(500, {}, b'{"error": "stumbled"}')] * 60
        sent.put(receiver.target, *(event("1", name=str(n)) for n in range(20)))
        assert sent.couriers.drain(LIMIT_S)
        assert len(sent.rows(State.DEAD)) == 3  # after 5, 10 and 20 attempts; 25 more were not enough
    assert len(receiver.names()) == 17


def test_a_receiver_that_is_not_ready_is_down_whatever_it_answers(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.is_core_ready = False
        receiver.answers = [(500, {}, b"")] * 12
        sent.put(receiver.target, event("1"))
        sent.wait_for(lambda: len(receiver.authorizations) > 12)
        receiver.is_core_ready = True
        assert sent.couriers.drain(LIMIT_S)
        (done,) = sent.rows(State.DELIVERED)
    assert done.delivery.attempts == 0


def test_an_older_receiver_that_is_too_slow_shows_an_event_three_times_and_not_for_ever(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target, total_timeout_s=1.5)) as sent:
        receiver.slow_at = "slow"
        sent.put(receiver.target, event("1", name="slow"), event("1", name="after"))
        assert sent.couriers.drain(LIMIT_S)
        (dead,) = sent.rows(State.DEAD)
    assert receiver.names() == ["slow"] * 3 + ["after"]
    assert dead.reason == (
        "given up after 3 attempts without an answer, because this receiver knows no event ids and may show the event each time: "
        "it takes the request, and does not answer within 1.5 s."
    )


def test_a_bug_in_one_delivery_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Webhook.attempt

    async def attempt(webhook: Webhook, delivery: Delivery, *, late: bool) -> Outcome:
        if delivery.name == "struck":
            raise ZeroDivisionError("a bug")
        return await sound(webhook, delivery, late=late)

    monkeypatch.setattr(Webhook, "attempt", attempt)
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        sent.put(receiver.target, event("1", name="struck"), event("2", name="other camera"))
        sent.wait_for(lambda: sent.outbox.counts()[State.DELIVERED] == 1 and "courier_failed" in sent.names())
    assert receiver.names() == ["other camera"]
    assert str(sent.said("courier_failed")[0].fields["reason"]).startswith("ZeroDivisionError(")


def test_a_damaged_row_becomes_a_dead_letter_and_does_not_stop_the_others(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), starts=False) as sent:
        sent.put(receiver.target, event("1"), event("2", name="other camera"))
        assert sent.outbox.flush(LIMIT_S)
        with closing(sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)) as intruder:
            intruder.execute("UPDATE delivery SET name = x'00' WHERE sequence = 1")
        sent.couriers.start()
        sent.wait_for(lambda: sent.outbox.counts()[State.DELIVERED] == sent.outbox.counts()[State.DEAD] == 1)
    assert receiver.names() == ["other camera"]


def test_stopping_waits_for_attempts_under_way(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.delay_s = 0.3
        sent.put(receiver.target, event("1"), event("1"))
        sent.wait_for(lambda: len(receiver.bodies) == 1)
        assert sent.couriers.close(LIMIT_S)
        assert sent.outbox.flush(LIMIT_S)
        assert sent.outbox.counts() == {
            State.WAITING: 1,
            State.SENDING: 0,
            State.RELAYED: 0,
            State.DELIVERED: 1,
            State.DEAD: 0,
        }


def test_an_attempt_that_is_cut_off_goes_again_later(tmp_path: Path) -> None:
    with RawServer(never_answering) as server, sending(tmp_path, to(server.target)) as sent:
        sent.put(server.target, event("1"))
        sent.wait_for(lambda: server.connections == 1)
        assert not sent.couriers.close(0.05)
        assert sent.outbox.flush(LIMIT_S)
        assert sent.outbox.counts()[State.WAITING] == 1


def test_deliveries_for_a_target_that_is_not_configured_any_more_are_announced(tmp_path: Path) -> None:
    with sending(tmp_path, starts=False) as sent:
        sent.put(Target("https", "gone.example", 3443), event("1"))
        assert sent.outbox.flush(LIMIT_S)
        sent.couriers.start()
    assert [str(notice) for notice in sent.notices] == [
        'target_not_served target=https://gone.example:3443 fix="a new address? `securos-trigger outbox move CONFIG OLD NEW`"'
    ]


def test_what_waits_for_a_target_that_is_not_configured_any_more_waits_until_it_is_too_old(tmp_path: Path) -> None:
    gone = Target("https", "gone.example", 3443)
    with sending(tmp_path, starts=False) as sent:
        sent.put(gone, event("1", age_s=8 * 24 * 3600), event("1", name="young"), event("2", age_s=9 * 24 * 3600))
        assert sent.outbox.flush(LIMIT_S)
        sent.couriers.start()
        sent.wait_for(lambda: sent.outbox.counts()[State.DEAD] == 2)
        sent.wait_for(lambda: any(row.reason for row in sent.rows(State.WAITING)))  # it is not looked at just now
        [young] = sent.rows(State.WAITING)
        assert {row.reason for row in sent.rows(State.DEAD)} == {"expired: no node sends to this receiver any more"}
        assert sent.couriers.close(LIMIT_S)
    assert (young.delivery.name, young.reason) == ("young", "no node sends to this receiver any more")
    assert sent.names() == ["target_not_served", "delivery_dead", "delivery_dead"]


# -- with our receiver


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=("1", "2", "3")) as running:
        yield running


def simulated(simulator: Simulator) -> Connection:
    said = simulator.settings()
    target = Target(said["iss_scheme"], said["iss_ip"], int(said["iss_port"]))
    return Connection(target, said["iss_password"], said["iss_certificate_sha256"])


def test_our_receiver_gets_every_event_once_although_it_is_killed_meanwhile(
    tmp_path: Path, simulator: Simulator
) -> None:
    connection = simulated(simulator)
    with sending(tmp_path, connection) as sent:
        for round_number in range(3):
            names = [f"{round_number}-{n:02}" for n in range(30)]
            sent.put(
                connection.target,
                *(event(str(1 + n % 3), name=name, action=Action.EVENT) for n, name in enumerate(names)),
            )
            simulator.kill_receiver()
            simulator.restart_receiver()
        assert sent.couriers.drain(LIMIT_S)
    seen = [row["name"] for row in simulator.events() if row["name"][1:2] == "-"]
    assert set(seen) == {f"{r}-{n:02}" for r in range(3) for n in range(30)}


def test_an_unknown_camera_is_permanent_and_the_known_one_has_its_event(tmp_path: Path, simulator: Simulator) -> None:
    connection = simulated(simulator)
    with sending(tmp_path, connection) as sent:
        sent.put(
            connection.target, event("99", action=Action.EVENT), event("1", "99", name="both", action=Action.EVENT)
        )
        assert sent.couriers.drain(LIMIT_S)
        (dead,), (done,) = sent.rows(State.DEAD), sent.rows(State.DELIVERED)
    assert dead.reason == done.reason == "camera 99: event refused: SecurOS knows no such camera"


def test_a_recording_that_failed_is_repeated_and_the_event_is_not(tmp_path: Path, simulator: Simulator) -> None:
    connection = simulated(simulator)
    with sending(tmp_path, connection) as sent:
        simulator.fault({"action": "REC", "mode": "throw", "times": 2})
        sent.put(connection.target, event("2", name="recorded", action=Action.EVENT_AND_RECORD))
        assert sent.couriers.drain(LIMIT_S)
        simulator.fault()
        (done,) = sent.rows(State.DELIVERED)
    assert (done.reason, done.delivery.attempts) == ("", 2)
    assert [row["name"] for row in simulator.events()].count("recorded") == 1


def test_a_target_that_fails_is_probed_less_and_less_often(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), starts=False) as home:
        receiver.answers = [(503, {}, b"{}")] * 10_000
        home.couriers.start()
        home.put(receiver.target, *(event(str(number % 8)) for number in range(64)))
        home.wait_for(lambda: len(receiver.authorizations) > 8)
        begun = len(receiver.authorizations)
        time.sleep(1.0)
        # The rest between two probes has grown to 0.09 s here; a machine that is busy only makes it longer.
        assert 1 <= len(receiver.authorizations) - begun <= 13
        receiver.answers = []
        assert home.couriers.drain(LIMIT_S)
    assert len(receiver.bodies) == 64

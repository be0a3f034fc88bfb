"""What a running `deliver` says of itself, from its notices and the attempts that fail."""

from __future__ import annotations

import pytest

from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.relay.attempts import FAILED_TIMES, Attempts
from securos_trigger.runtime.deliver_status import DeliverStatus

A, B = "https://a.example:3443", "https://b.example:3443"
DONE = {
    "event_name": "Alarm",
    "event_id": "e",
    "cameras": "1",
    "failed_cameras": "",
    "reason": "",
    "latency_s": 0.1,
    "late": False,
    "duplicate": False,
}


def test_each_receiver_is_served_or_stands_by_with_its_counts() -> None:
    status = DeliverStatus([A, B])
    announcer = Announcer([status.observe])
    announcer.announce(kinds.TARGET_TAKEN, target=A)
    announcer.announce(kinds.DELIVERY_DONE, target=A, **DONE)
    first, second = status.answer()["targets"]
    assert (first["is_served"], first["is_healthy"], first["delivered"], first["dead"]) == (True, True, 1, 0)
    assert (second["is_served"], second["is_healthy"], second["delivered"]) == (False, None, 0)
    announcer.announce(kinds.CLUSTER_REACHED, server="nats://one:4222")
    assert status.summary() == "serves 1 of 2 receivers"
    announcer.announce(kinds.TARGET_GIVEN_UP, target=A, reason="another process has it")
    assert status.summary() == "serves 0 of 2 receivers"


def test_nothing_is_said_to_stand_by_before_the_cluster_is_reached_or_while_it_is_lost() -> None:
    attempts = Attempts()
    status = DeliverStatus([A], attempts.unserved)
    status.owner_of = attempts.owner_of
    announcer = Announcer([status.observe])
    assert status.answer()["cluster"] == {"is_reached": None, "lost_since": None, "reason": ""}
    assert status.summary() == "connects to the cluster"
    announcer.announce(kinds.CLUSTER_REACHED, server="nats://one:4222")
    assert (status.answer()["cluster"]["is_reached"], status.answer()["targets"][0]["owner"]) == (True, "")
    attempts.note_stands_by(A, "deliver-2, process 7")
    assert status.answer()["targets"][0]["owner"] == "deliver-2, process 7"
    attempts.note_failed(A, "no answer in time")
    assert status.answer()["targets"][0]["owner"] == ""
    attempts.note_stands_by(A, "deliver-2, process 7")
    announcer.announce(kinds.CLUSTER_LOST, reason="no route", fix="look")
    assert status.answer()["targets"][0]["owner"] == ""
    attempts.forget()
    announcer.announce(kinds.CLUSTER_RECOVERED, server="nats://one:4222", outage_s=3.0)
    assert status.answer()["targets"][0]["owner"] == ""


def test_a_lost_cluster_is_said_with_its_first_instant_until_it_is_back() -> None:
    status = DeliverStatus([A])
    announcer = Announcer([status.observe])
    announcer.announce(kinds.TARGET_TAKEN, target=A)
    announcer.announce(kinds.CLUSTER_LOST, reason="no route", fix="look")
    since = status.answer()["cluster"]["lost_since"]
    announcer.announce(kinds.CLUSTER_LOST, reason="refused", fix="look")
    assert status.answer()["cluster"] == {"is_reached": False, "lost_since": since, "reason": "refused"}
    assert status.summary() == "refused"
    announcer.announce(kinds.CLUSTER_RECOVERED, server="nats://one:4222", outage_s=3.0)
    assert status.answer()["cluster"]["is_reached"] is True


def test_the_trouble_of_a_receiver_that_another_process_has_taken_is_forgotten() -> None:
    status = DeliverStatus([A])
    announcer = Announcer([status.observe])
    announcer.announce(kinds.TARGET_TAKEN, target=A)
    announcer.announce(kinds.TARGET_UNREACHABLE, target=A, reason="no route", outage_s="")
    assert status.answer()["targets"][0]["is_healthy"] is False
    announcer.announce(kinds.TARGET_GIVEN_UP, target=A, reason="another process has it")
    target = status.answer()["targets"][0]
    assert (target["is_served"], target["is_healthy"]) == (False, None)
    assert (target["failing_since"], target["reason"], target["trouble"]) == (None, "", "")
    announcer.announce(kinds.TARGET_TAKEN, target=A)
    assert status.answer()["targets"][0]["is_healthy"] is None, "it may answer again: the courier looks"


@pytest.mark.parametrize(
    ("end", "about"),
    [
        (kinds.TARGET_GIVEN_UP, {"target": A, "reason": "another process has it"}),
        (kinds.CLUSTER_LOST, {"reason": "no", "fix": "look"}),
    ],
)
def test_a_camera_whose_receiver_another_process_serves_is_not_named(end: NoticeKind, about: dict[str, str]) -> None:
    status = DeliverStatus([A, B])
    announcer = Announcer([status.observe])
    for target in (A, B):
        announcer.announce(kinds.TARGET_TAKEN, target=target)
    dead = {"event_name": "Alarm", "event_id": "e", "cameras": "9", "reason": "unknown camera 9"}
    announcer.announce(kinds.DELIVERY_DEAD, target=A, **dead)
    assert [(one["target"], one["camera"]) for one in status.answer()["given_up"]] == [(A, "9")]
    announcer.announce(end, **about)
    assert status.answer()["given_up"] == []
    announcer.announce(kinds.TARGET_TAKEN, target=A)
    assert status.answer()["given_up"] == [], "the other process may have delivered to it"
    announcer.announce(kinds.DELIVERY_DEAD, target=A, **dead)
    assert [one["count"] for one in status.answer()["given_up"]] == [1]


def test_a_receiver_that_few_attempts_have_failed_to_serve_says_why_and_since_when() -> None:
    attempts = Attempts()
    status = DeliverStatus([A], attempts.unserved)
    status.owner_of, status.failing = attempts.owner_of, attempts.failing
    announcer = Announcer([status.observe])
    announcer.announce(kinds.CLUSTER_REACHED, server="nats://one:4222")

    def state() -> tuple[object, ...]:
        [target] = status.answer()["targets"]
        return target["is_served"], target["is_healthy"], bool(target["failing_since"]), target["reason"]

    assert state() == (False, None, False, "")
    attempts.note_failed(A, "no answer in time")
    assert state() == (False, None, True, "no answer in time")
    attempts.note_taken(A)
    announcer.announce(kinds.TARGET_TAKEN, target=A)
    assert state() == (True, None, False, "")


def test_a_receiver_that_cannot_be_served_is_unhealthy_however_rarely_the_log_says_so() -> None:
    attempts = Attempts()
    status = DeliverStatus([A], attempts.unserved)
    announcer = Announcer([status.observe])
    for _ in range(FAILED_TIMES):
        assert status.answer()["targets"][0]["is_healthy"] is None
        if attempts.note_failed(A, "insufficient resources"):
            announcer.announce(kinds.TARGET_GIVEN_UP, target=A, reason="insufficient resources")
    target = status.answer()["targets"][0]
    assert (target["is_served"], target["is_healthy"]) == (False, False)
    assert (target["reason"], target["trouble"]) == ("insufficient resources", "given_up")
    assert target["failing_since"]
    attempts.note_well(A)
    assert status.answer()["targets"][0]["is_healthy"] is None

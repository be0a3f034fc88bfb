"""What the ledger remembers of decisions, and when it looks at a frame."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from securos_trigger import Reason, TriggerSecurOSEvent
from securos_trigger.ledger import DeliveryNote, DeliveryState, Entry, Ledger, TargetNote
from securos_trigger.ledger.lines import line_of, record_of
from securos_trigger.model import Decision, Moment
from securos_trigger.notices import KINDS, Notice
from tests.unit.ledger.watched import ALARM, BEGAN, Camera, entries


def quiet(line: int = 0, people: int = 0) -> dict[str, Any]:
    return {"line": line, "people": people}


def said(entry: Entry) -> tuple[str, int, list[str]]:
    """The reason, the number of frames, and each clause's values."""
    return entry.reason.value, entry.frames, [str(seen) for clause in entry.clauses for seen in clause.seen]


def test_frames_that_end_alike_are_one_entry() -> None:
    ledger = Ledger()
    Camera(ledger).see(quiet(), frames=600)
    [entry] = entries(ledger)
    assert said(entry) == ("condition_false", 600, ["line = 0", "people = 0"])
    assert (entry.from_at_s, entry.until_at_s) == (BEGAN.timestamp(), BEGAN.timestamp() + 59.9)
    assert (entry.from_media_s, entry.until_media_s) == (0.0, 59.9)
    assert (str(entry.address), entry.source_name) == ("yard/alarm", "gate.mp4")


def test_a_clause_that_is_true_for_one_frame_only_is_not_missed() -> None:
    ledger = Ledger()
    camera = Camera(ledger)
    camera.see(quiet(), frames=13)
    camera.see(quiet(line=1, people=1))
    camera.see(quiet(people=1), frames=13)
    assert [said(entry) for entry in entries(ledger)] == [
        ("condition_false", 13, ["line = 0", "people = 0"]),
        ("condition_false", 1, ["line = 1", "people = 1"]),
        ("condition_false", 13, ["line = 0", "people = 1"]),
    ]


def test_cameras_with_the_same_condition_are_watched_each_for_itself() -> None:
    ledger = Ledger()
    gate, yard = Camera(ledger), Camera(ledger)
    gate.see(quiet(), frames=2)
    yard.see(quiet(line=1), frames=2)
    gate.see(quiet(), frames=2)
    assert sorted(said(entry)[1:] for entry in entries(ledger)) == [
        (2, ["line = 1", "people = 0"]),
        (4, ["line = 0", "people = 0"]),
    ]


def test_a_value_that_changes_is_looked_at_once_a_second() -> None:
    ledger = Ledger()
    camera = Camera(ledger, "people >= 1000")
    for number in range(31):
        camera.see(quiet(people=number))
    assert [said(entry)[1:] for entry in entries(ledger)] == [
        (10, ["people = 0"]),
        (10, ["people = 10"]),
        (10, ["people = 20"]),
        (1, ["people = 30"]),
    ]


def test_a_clause_that_flickers_is_looked_at_a_few_times_a_second() -> None:
    ledger = Ledger()
    camera = Camera(ledger)
    for number in range(200):
        camera.see(quiet(people=2 * (number % 2)))
    assert sum(entry.frames for entry in entries(ledger)) == 200
    assert len(entries(ledger)) <= 20 * 6


def test_a_list_that_is_changed_in_place_is_seen_to_change() -> None:
    ledger = Ledger()
    camera = Camera(ledger, '"car" in labels')
    metadata: dict[str, Any] = {"labels": []}
    camera.see(metadata, frames=15)
    metadata["labels"].append("dog")
    camera.see(metadata, frames=10)
    assert [said(entry)[2] for entry in entries(ledger)] == [["labels is a list of 0"], ["labels is a list of 1"]]


def test_a_firing_is_an_entry_with_its_event_and_what_suppresses_is_one_with_the_seconds_left() -> None:
    ledger = Ledger()
    camera = Camera(ledger, interval=10)
    decision = camera.see(quiet(line=1, people=2))
    camera.see(quiet(line=1, people=2), frames=20)
    fired, suppressed = entries(ledger)
    assert said(fired) == ("fired", 1, ["line = 1", "people = 2"])
    assert (fired.event_id, fired.event_name, fired.boxes) == (decision.events[0].event_id, "Crossing", 0)
    assert said(suppressed) == ("interval", 20, ["line = 1", "people = 2"])
    assert suppressed.interval_left_s == pytest.approx(9.9)


def test_each_upstream_event_has_an_entry_of_its_own() -> None:
    ledger = Ledger()
    node = TriggerSecurOSEvent(node_id="alarm", iss_ip="vms.example", iss_password="token", interval=5)
    node_ledger = ledger.node(ALARM)
    first = {"event_delta": 1, "event_state": 1, "event": "turn", "event_id": "a"}
    second = {**first, "event_id": "b"}
    metadata = {"nodes": {"event1": first, "event2": second}}
    for at in (0.0, 0.1):
        moment = Moment(at, BEGAN + timedelta(seconds=at))
        node_ledger.note(node.decide(metadata, moment), metadata, moment)
    last = Moment(0.2, BEGAN + timedelta(seconds=0.2))
    node_ledger.note(node.decide({}, last), {}, last)
    assert [(entry.reason, entry.upstream_event_id) for entry in entries(ledger)] == [
        (Reason.FIRED, "a"),
        (Reason.INTERVAL, "b"),
        (Reason.DUPLICATE, "a"),
        (Reason.DUPLICATE, "b"),
        (Reason.NO_EVENT, ""),
    ]


def test_a_node_without_a_condition_says_what_the_event_nodes_before_it_have_read() -> None:
    ledger = Ledger()
    node = TriggerSecurOSEvent(node_id="alarm", iss_ip="vms.example", iss_password="token")
    node_ledger = ledger.node(ALARM)
    node_ledger.explain_upstream(["people >= 3", "line > 0"])
    for number, metadata in enumerate([quiet(people=2)] * 13 + [quiet(people=3)] * 12):
        moment = Moment(number / 10, BEGAN + timedelta(seconds=number / 10))
        node_ledger.note(node.decide(metadata, moment), metadata, moment)
    assert [said(entry) for entry in entries(ledger)] == [
        ("no_event", 13, ["people = 2", "line = 0"]),
        ("no_event", 12, ["people = 3", "line = 0"]),
    ]
    node_ledger.explain_upstream([])
    node_ledger.note(node.decide({}, Moment(9.0, BEGAN)), {}, Moment(9.0, BEGAN))
    assert entries(ledger)[-1].clauses == ()


def test_an_event_of_an_event_node_says_what_its_condition_has_read() -> None:
    ledger = Ledger()
    node = TriggerSecurOSEvent(node_id="alarm", iss_ip="vms.example", iss_password="token")
    node_ledger = ledger.node(ALARM)
    node_ledger.explain_upstream(["people >= 3"])
    raised = {"event_type": "crowd", "event_state": 1, "event_delta": 1}
    nodes = {"event1": {**raised, "event_id": "a"}, "foreign": {**raised, "event_type": "other"}}
    metadata = {**quiet(people=3), "nodes": nodes}
    node_ledger.note(node.decide(metadata, Moment(0.0, BEGAN)), metadata, Moment(0.0, BEGAN))
    assert [(one.upstream_event_id, [clause.text for clause in one.clauses]) for one in entries(ledger)] == [
        ("a", ["people >= 3"]),
        ("", []),
    ], "one without an id is of no event node"


@pytest.mark.parametrize("pause_s", [2.5, -30.0], ids=["gap", "jump back"])
def test_a_run_ends_where_no_frames_come_or_time_starts_anew(pause_s: float) -> None:
    ledger = Ledger()
    camera = Camera(ledger)
    camera.see(quiet(), frames=400)
    camera.see(quiet(), frames=10, pause_s=pause_s)
    assert [entry.frames for entry in entries(ledger)] == [400, 10]


def test_a_run_ends_when_only_the_wall_clock_shows_a_gap() -> None:
    ledger = Ledger()
    camera = Camera(ledger)
    camera.see(quiet(), frames=5)
    late = BEGAN + timedelta(seconds=60)
    camera.node_ledger.note(Decision(Reason.CONDITION_FALSE, 0.5), quiet(), Moment(0.5, late, "gate.mp4"))
    assert [entry.until_at_s for entry in entries(ledger)] == [BEGAN.timestamp() + 0.4, late.timestamp()]


def test_memory_is_bounded_in_records_and_in_bytes() -> None:
    few = Ledger(max_records=10)
    small = Ledger(max_bytes=10_000)
    for ledger in (few, small):
        camera = Camera(ledger)
        for number in range(100):
            camera.see(quiet(line=1, people=2) if number % 2 else quiet())
    assert len(few.records()) == 10
    assert sum(record.size_bytes for record in small.records()) <= 10_000
    assert entries(few)[-1].from_media_s == pytest.approx(9.9), "the oldest leave"


def test_the_notices_of_couriers_become_records() -> None:
    ledger = Ledger(clock=lambda: 1000.0)
    target = "https://vms.example:3443"
    for name, fields in (
        ("event_not_kept", {"event_id": "a", "reason": "the queue to the disk is full"}),
        ("delivery_retry", {"event_id": "b", "target": target, "reason": "busy", "wait_s": 0.5}),
        ("delivery_done", {"event_id": "b", "target": target, "latency_s": 0.25, "late": True, "reason": ""}),
        ("delivery_dead", {"event_id": "c", "target": target, "reason": "expired"}),
        ("target_unreachable", {"target": target, "reason": "connection refused"}),
        ("target_recovered", {"target": target, "outage_s": 3.0}),
        ("metrics_served", {"url": "http://127.0.0.1:1"}),
    ):
        ledger.observe(Notice(KINDS[name], fields=fields))
    assert ledger.records() == [
        DeliveryNote("a", DeliveryState.NOT_KEPT, 1000.0, reason="the queue to the disk is full"),
        DeliveryNote("b", DeliveryState.RETRY, 1000.0, target, "busy", wait_s=0.5),
        DeliveryNote("b", DeliveryState.DELIVERED, 1000.0, target, latency_s=0.25, is_late=True),
        DeliveryNote("c", DeliveryState.DEAD, 1000.0, target, "expired"),
        TargetNote(target, "target_unreachable", 1000.0, "connection refused"),
        TargetNote(target, "", 1000.0),
    ]


def _cycle() -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    metadata["line"] = metadata["people"] = metadata
    return metadata


def _deep() -> dict[str, Any]:
    metadata: Any = 1
    for _ in range(100_000):
        metadata = {"line": metadata}
    return {"line": metadata, "people": 2}


@pytest.mark.parametrize(
    "metadata",
    [None, 7, [], "line", _cycle(), _deep(), {"line": float("nan"), "people": 10**5000}, MappingProxyType({"line": 1})],
    ids=["none", "number", "list", "text", "cycle", "deep", "huge", "mapping"],
)
def test_what_is_hardly_metadata_is_noted_all_the_same(metadata: Any) -> None:
    ledger = Ledger()
    Camera(ledger).see(metadata, frames=25)
    assert sum(entry.frames for entry in entries(ledger)) == 25


def test_a_run_of_an_inactive_node_has_the_instant_at_which_that_ends_and_another_instant_is_another_run() -> None:
    ledger = Ledger()
    camera = Camera(ledger, "people > 0")
    for until in (BEGAN + timedelta(hours=1), BEGAN + timedelta(hours=2)):
        camera.node.muted_until = until
        camera.node_ledger.mute_reason = f"until {until.hour}"
        camera.see(quiet(people=1), frames=5)
    first, second = entries(ledger)
    assert [said(entry) for entry in (first, second)] == [("muted", 5, ["people = 1"])] * 2
    assert first.inactive_until_at_s == (BEGAN + timedelta(hours=1)).timestamp()
    assert second.inactive_until_at_s == (BEGAN + timedelta(hours=2)).timestamp()
    assert [entry.mute_reason for entry in (first, second)] == [f"until {BEGAN.hour + ahead}" for ahead in (1, 2)]
    assert record_of(line_of(first)) == first

"""The store alone: an in-memory file, no thread, no clock."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import OutboxError
from securos_trigger.model import Action, Delivery, Event, Step, StepResult, Superseded
from securos_trigger.model.failed_steps import failed_steps
from securos_trigger.operations.events import STEPS
from securos_trigger.outbox import (
    Again,
    Backlog,
    Dead,
    Done,
    Oldest,
    Selection,
    State,
    inspection,
)
from securos_trigger.outbox.sql_files import MIGRATIONS, QUERIES
from securos_trigger.outbox.store import Store, unusable
from tests.unit.outbox.storing import NOW_S, TARGET, claim, event, memory_store, put, settle


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(memory_store()) as opened:
        yield opened


def test_a_delivery_holds_everything_the_event_said(store: Store) -> None:
    put(store, event("1", "1.17", event_id="an-id"))
    assert claim(store) == [
        Delivery(
            sequence=1,
            target=TARGET,
            event_id="an-id",
            node_id="node",
            deployment_id="deployment",
            name="name",
            description="description",
            camera_ids=("1", "1.17"),
            action=Action.EVENT_AND_RECORD,
            record_duration_s=5,
            captured_at_s=NOW_S - 1,
            kept_at_s=NOW_S,
            attempts=0,
        )
    ]


def test_the_same_event_for_the_same_target_is_kept_once(store: Store) -> None:
    put(store, event("1", event_id="x"), event("1", event_id="x"), event("1", event_id="y"))
    assert [delivery.event_id for delivery in claim(store)] == ["x"]
    assert store.counts == {State.WAITING: 1, State.SENDING: 1, State.RELAYED: 0, State.DELIVERED: 0, State.DEAD: 0}


def test_cameras_go_side_by_side_and_each_in_order(store: Store) -> None:
    put(store, event("1"), event("1"), event("2"), event())
    first = claim(store)
    assert [delivery.sequence for delivery in first] == [1, 3, 4]
    settle(store, first[0], Done())
    assert [delivery.sequence for delivery in claim(store)] == [2]


def test_a_delivery_for_two_cameras_waits_until_it_is_first_for_both(store: Store) -> None:
    put(store, event("1"), event("2"), event("1", "2"), event("2"))
    one, two = claim(store)
    settle(store, one, Done())
    assert claim(store) == []
    settle(store, two, Dead("refused"))
    both = claim(store)
    assert [delivery.camera_ids for delivery in both] == [("1", "2")]
    settle(store, both[0], Done())
    assert [delivery.sequence for delivery in claim(store)] == [4]


def test_a_repeat_waits_for_its_time_and_holds_up_its_camera(store: Store) -> None:
    put(store, event("1"), event("1"))
    settle(store, claim(store)[0], Again(10, "later", counts_as_attempt=True))
    assert claim(store, now_s=NOW_S + 9.9) == []
    again = claim(store, now_s=NOW_S + 10)
    assert [(delivery.sequence, delivery.attempts) for delivery in again] == [(1, 1)]


def test_a_partly_done_delivery_holds_up_only_the_cameras_that_lack_their_event(store: Store) -> None:
    put(store, event("1", "2", "3"), event("1"), event("2"), event("3"))
    again = Again(0, "", remaining_camera_ids=("2", "3"), holds_camera_ids=("2",))
    settle(store, claim(store)[0], again)
    due = claim(store)
    assert [delivery.camera_ids for delivery in due] == [("2", "3"), ("1",), ("3",)]
    settle(store, due[0], Done())
    assert [delivery.camera_ids for delivery in claim(store)] == [("2",)]


def test_a_delivery_without_camera_that_only_repeats_its_recording_frees_the_shared_lane(store: Store) -> None:
    put(store, event(), event())
    settle(store, claim(store)[0], Again(5, holds_camera_ids=()))
    assert [delivery.sequence for delivery in claim(store)] == [2]


def test_a_quarter_of_a_claim_is_for_the_newest_that_stand_ready(store: Store) -> None:
    put(store, *(event(str(number % 20)) for number in range(60)), event("fresh"))
    assert [delivery.sequence for delivery in claim(store, limit=8)] == [1, 2, 3, 4, 5, 6, 20, 61]
    assert [delivery.sequence for delivery in claim(store, limit=1)] == [7]


def test_a_limit_that_the_file_did_not_take_is_not_in_force() -> None:
    store = memory_store(max_bytes=2**30)
    before = (store.max_bytes, store.max_pages)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.limit_size(2**24)
    assert (store.max_bytes, store.max_pages) == before


def test_a_claim_writes_nothing_into_the_file(store: Store) -> None:
    put(store, event("1"), event("2"))
    with store.transaction(is_durable=False):
        assert len(store.claim(TARGET, 2, NOW_S)) == 2
    assert store.is_synced
    assert [row["state"] for row in store._connection.execute("SELECT state FROM delivery")] == ["waiting"] * 2


def test_a_delivery_whose_lanes_have_gone_on_is_still_seen(store: Store) -> None:
    put(store, event("1"))
    settle(store, claim(store)[0], Again(60, "REC failed", holds_camera_ids=()))
    assert numbers(store, Selection(State.WAITING)) == [1]
    with store.transaction():
        assert inspection.targets(store) == (TARGET,)


def test_waking_a_target_makes_its_repeats_due(store: Store) -> None:
    put(store, event("1"))
    settle(store, claim(store)[0], Again(60))
    assert store.next_due_at_s(TARGET) == NOW_S + 60
    with store.transaction():
        store.wake(TARGET)
    assert len(claim(store)) == 1


def test_a_probe_prefers_what_was_tried_least(store: Store) -> None:
    put(store, event("1"), event("2"))
    settle(store, claim(store, limit=1)[0], Again(1))
    with store.transaction():
        probe = store.claim(TARGET, 1, NOW_S + 2, least_tried_first=True)
    assert [delivery.camera_ids for delivery in probe] == [("2",)]


def test_settling_a_row_of_another_file_changes_nothing(store: Store) -> None:
    put(store, event("1", event_id="here"))
    (here,) = claim(store)
    with closing(memory_store()) as other:
        put(other, event("1", event_id="there"))
        claim(other)
        settle(other, here, Done())
        assert other.counts[State.SENDING] == 1


def test_a_failed_transaction_leaves_rows_and_counts_as_they_were(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.put(event("1"), TARGET, NOW_S)
        raise ZeroDivisionError
    assert store.counts.total() == 0
    assert claim(store) == []


def test_what_is_not_durable_reaches_the_disk_with_the_next_durable_commit_that_writes(tmp_path: Path) -> None:
    is_synced: list[bool] = []
    with closing(Store(tmp_path / "outbox.db", max_bytes=2**30, max_rows=100)) as store:
        put(store, event("1"), event("2"))
        is_synced.append(store.is_synced)
        with store.transaction(is_durable=False):
            deliveries = store.claim(TARGET, 2, NOW_S)
            store.settle(deliveries[0], Again(), NOW_S)
        deliveries = [*claim(store), deliveries[1]]
        is_synced.append(store.is_synced)
        with store.transaction():
            store.newest()  # writes nothing, so it takes nothing along
        is_synced.append(store.is_synced)
        settle(store, deliveries[0], Done())
        is_synced.append(store.is_synced)
        with store.transaction(is_durable=False):
            store.settle(deliveries[1], Done(), NOW_S)
        with store.transaction():
            store.touch()
        is_synced.append(store.is_synced)
        assert store.counts[State.DELIVERED] == 2
    assert is_synced == [True, False, False, True, True]


def test_half_characters_are_replaced_because_no_file_can_hold_them(store: Store) -> None:
    put(store, event("1", name="caf\u00e9 \ud800 \U0001f600"))
    assert claim(store)[0].name == "caf\u00e9 \ufffd \U0001f600"


def test_settled_rows_are_trimmed_and_others_are_not(store: Store) -> None:
    put(store, event("1"), event("2"), event("3"))
    done, dead, waiting = claim(store)
    settle(store, done, Done("camera 1: REC failed"))
    settle(store, dead, Dead("expired", counts_as_attempt=False))
    settle(store, waiting, Again())
    with store.transaction():
        assert [(row.state, row.reason) for row in inspection.select(store, Selection(State.DELIVERED))] == [
            (State.DELIVERED, "camera 1: REC failed")
        ]
        assert store.trim(State.DELIVERED, NOW_S - 1, 10) == 0
        assert store.trim(State.DELIVERED, NOW_S, 10) == 1
        assert store.trim(State.WAITING, NOW_S, 10) == 0
    assert store.counts == {State.WAITING: 1, State.SENDING: 0, State.RELAYED: 0, State.DELIVERED: 0, State.DEAD: 1}


def test_limits_say_why_no_more_fits() -> None:
    with closing(memory_store(max_rows=1)) as store:
        assert store.full_reason() == ""
        put(store, event("1"))
        assert store.full_reason() == "the outbox is full: its limit of 1 deliveries is reached"
    with closing(memory_store(max_bytes=65536)) as store:
        put(store, *(event("1", name="n" * 200) for _ in range(200)))
        assert store.full_reason() == "the outbox is full: its limit of 0.0625 MB is reached (outbox.max_size_mb)"


def test_the_space_of_deliveries_that_are_gone_is_free_again() -> None:
    with closing(memory_store(max_bytes=2**20)) as store:
        while not store.full_reason():
            put(store, event("1", description="x" * 4_000))
        for _ in range(store.counts[State.WAITING]):
            (delivery,) = claim(store, 1)
            settle(store, delivery, Done())
        with store.transaction():
            store.trim(State.DELIVERED, NOW_S, 10_000)
        assert store.counts.total() == 0
        assert store.full_reason() == ""


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(OutboxError) as caught:
        Store(path, max_bytes=2**20, max_rows=10)
    assert str(caught.value) == (
        f"The outbox {path} was written by a newer version of securos-trigger. "
        "Install that version, or name another file."
    )


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_statement_is_described(name: str) -> None:
    assert QUERIES[name].startswith("-- ")


def dead_letters(store: Store, *reasons: str) -> None:
    for number, reason in enumerate(reasons):
        put(store, event(str(number), event_id=f"event-id-{number}"))
        settle(store, claim(store)[0], Dead(reason))


def numbers(store: Store, selection: Selection) -> list[int]:
    with store.transaction():
        return [row.delivery.sequence for row in inspection.select(store, selection)]


def dead_cameras(store: Store, limit: int = 1) -> set[tuple[str, str]]:
    """All of them, `limit` dead letters at a time."""
    found, after = inspection.dead_cameras(store, None, limit)
    while after is not None:
        part, after = inspection.dead_cameras(store, after, limit)
        found |= part
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_dead_letters_are_read_a_part_at_a_time_and_each_of_them_once(store: Store, limit: int) -> None:
    for camera in ("1", "2", "3", "2"):  # all at one instant
        put(store, event(camera))
        settle(store, claim(store)[0], Dead("gone"))
    with store.transaction():
        assert dead_cameras(store, limit) == {(TARGET, camera) for camera in ("1", "2", "3")}
        found, after = inspection.dead_cameras(store, None, limit)
    assert (len(found), after is None) == (min(limit, 3), limit == 500)


def test_cameras_whose_latest_delivery_is_a_dead_letter_are_found(store: Store) -> None:
    def end(end: Done | Dead, *camera_ids: str) -> None:
        put(store, event(*camera_ids))
        settle(store, claim(store)[0], end)

    end(Dead("old"), "1", "9")
    end(Done(), "1", "2")
    end(Dead("unknown camera 9"), "9")
    end(Dead("expired"))
    end(Dead("expired"), "2")
    with store.transaction():
        found = [(one.target, one.camera_id, one.since_s, one.reason) for one in inspection.given_up(store)]
    expected = [("9", "unknown camera 9"), ("", "expired"), ("2", "expired")]
    assert found == [(TARGET, camera, NOW_S, reason) for camera, reason in expected]
    with store.transaction():
        assert dead_cameras(store) == {(TARGET, camera) for camera in ("", "1", "2", "9")}
        inspection.drop_all(store, Selection(State.DEAD, reason="expired"))
        assert dead_cameras(store) == {(TARGET, camera) for camera in ("1", "9")}
    end(Done())
    end(Done("camera 8: event refused: SecurOS knows no such camera"), "2", "8", "9")
    with store.transaction():
        assert inspection.given_up(store) == []


def test_a_camera_that_a_delivered_event_did_not_reach_gets_nothing(store: Store) -> None:
    def found() -> list[str]:
        with store.transaction():
            return [one.camera_id for one in inspection.given_up(store)]

    put(store, event("9"))
    settle(store, claim(store)[0], Dead("unknown camera 9"))
    put(store, event("1", "9"))
    settle(store, claim(store)[0], Done("camera 9: event and recording refused: SecurOS knows no such camera", ("9",)))
    put(store, event("1", "9"))
    settle(store, claim(store)[0], Done("expired", ("9",)))
    assert found() == ["9"]
    put(store, event("9"))
    settle(store, claim(store)[0], Dead("unknown camera 9"))
    with store.transaction():
        inspection.retry_all(store, Selection(ids=("4",)), NOW_S, {"9": "1"})
    settle(store, claim(store)[0], Done())
    assert found() == ["9"], "the event went to camera 1"
    put(store, event("9"))
    settle(
        store,
        claim(store)[0],
        Done("camera 9: recording failed: no archive; camera 19: event refused: SecurOS knows no such camera"),
    )
    assert found() == []


#: Each choice of steps that an event asks for, in the order in which a receiver does them.
_SOME_STEPS = sorted(
    {some for steps in STEPS.values() for some in chain(*(combinations(steps, n) for n in range(1, len(steps) + 1)))}
)


def _reasons(camera: str | None, failed: tuple[str, ...]) -> Iterator[str]:
    """What a delivery's reason may be when these steps of a camera failed and all others worked."""
    for is_final in (True, False):
        for errors in ({}, {step: f"{step} cannot be made" for step in failed}):
            yield failed_steps(
                [StepResult("1", step, ok=True) for step in STEPS[Action.EVENT_AND_RECORD_AND_SUBTITLE]]
                + [StepResult("1", "ZOOM", ok=False, error=f"unknown camera {camera}", permanent=True)]
                + [
                    StepResult(camera, step, False, errors.get(step, f"unknown camera {camera}"), is_final)
                    for step in (*failed, "ZOOM")
                ]
            )
    whose = f"camera {camera}" if camera else "no camera"
    yield f"{whose}: {', '.join(failed)} unknown camera {camera}"  # of version 0.1.0


@pytest.mark.parametrize("camera", ["9", None])
@pytest.mark.parametrize("failed", _SOME_STEPS, ids="-".join)
def test_a_delivered_event_serves_each_camera_whose_event_did_not_fail(failed: tuple[str, ...], camera: str) -> None:
    cameras = (camera,) if camera else ()
    others = ("1", *cameras) if camera else ()
    for reason in _reasons(camera, failed):
        with closing(memory_store()) as store:
            put(store, event(*cameras))
            settle(store, claim(store)[0], Dead("unknown camera 9"))
            put(store, event(*others))
            settle(store, claim(store)[0], Done(reason))
            with store.transaction():
                found = [one.camera_id for one in inspection.given_up(store)]
        assert found == ([camera or ""] if Step.EVENT in failed else []), reason


def test_a_reason_that_is_damaged_in_the_file_is_no_failure_of_the_question(store: Store) -> None:
    put(store, event("9"))
    settle(store, claim(store)[0], Dead("unknown camera 9"))
    put(store, event("9"))
    settle(store, claim(store)[0], Done("camera 1: recording failed: no archive"))
    with store.transaction():
        store._connection.execute("UPDATE delivery SET reason = CAST(x'ff20ff' AS TEXT) WHERE state = 'delivered'")
        assert [one.camera_id for one in inspection.given_up(store)] == ["9"]


def test_a_dead_letter_that_says_nothing_of_its_camera_does_not_count(store: Store) -> None:
    put(store, event("1"))
    settle(store, claim(store)[0], Dead(f"node-7 {Superseded.WHY}"))
    put(store, event("2"))
    with store.transaction():
        store._connection.execute("UPDATE delivery SET camera_ids = '[' WHERE state = 'waiting'")
    assert claim(store) == []
    with store.transaction():
        assert store.counts[State.DEAD] == 2
        assert inspection.given_up(store) == []


def test_rows_are_selected_by_number_by_event_id_and_by_reason(store: Store) -> None:
    dead_letters(store, "refused with status 400: no", "expired", "Refused with status 413: large")
    assert numbers(store, Selection()) == [1, 2, 3]
    assert numbers(store, Selection(ids=("2", "event-id-2"))) == [2, 3]
    assert numbers(store, Selection(ids=("event-i",))) == []  # too short to be meant
    assert numbers(store, Selection(reason="REFUSED")) == [1, 3]
    assert numbers(store, Selection(reason="expired", is_exact_reason=True)) == [2]
    assert numbers(store, Selection(reason="refused", is_exact_reason=True)) == []
    assert numbers(store, Selection(reason="EXPIRED", is_exact_reason=True)) == []
    assert numbers(store, Selection(reason="expired", ids=("1", "2", "3"), is_exact_reason=True)) == [2]
    assert numbers(store, Selection(last=2, limit=1)) == [1]
    assert numbers(store, Selection(State.WAITING)) == []


def test_rows_are_selected_by_their_whole_target(store: Store) -> None:
    dead_letters(store, "expired", "refused")
    put(store, event("1"))
    with store.transaction():
        store.put(event("1"), f"{TARGET}0", NOW_S)
    assert numbers(store, Selection(target=TARGET)) == [1, 2]
    assert numbers(store, Selection(target=TARGET, reason="expired")) == [1]
    assert numbers(store, Selection(target=TARGET, ids=("2",))) == [2]
    assert numbers(store, Selection(State.WAITING, target=TARGET)) == [3]
    assert numbers(store, Selection(State.WAITING, target=f"{TARGET}0")) == [4]
    assert numbers(store, Selection(State.WAITING, target=f"{TARGET}0", ids=("3", "4"))) == [4]
    assert numbers(store, Selection(target=TARGET[:-1])) == []
    claim(store)
    assert numbers(store, Selection(State.SENDING, target=TARGET)) == [3]
    assert numbers(store, Selection(State.SENDING, target=f"{TARGET}0")) == []


def test_rows_are_found_in_any_state_and_for_any_target(store: Store) -> None:
    assert inspection.find(store, ("1", "event-id"), 10) == []
    dead_letters(store, "expired")
    put(store, event("2", event_id="event-id-waits"))
    with store.transaction():
        store.put(event("2", event_id="event-id-elsewhere"), "https://other.example:3443", NOW_S)
        found = [row.delivery.sequence for row in inspection.find(store, ("event-id",), 10)]
        by_number = [(row.delivery.sequence, row.state) for row in inspection.find(store, ("2", "02", "1e0", "7"), 10)]
    assert found == [1, 2, 3]
    assert by_number == [(2, State.WAITING)]


def test_what_is_being_sent_is_selected(store: Store) -> None:
    put(store, event("1"), event("1"))
    claim(store)
    assert numbers(store, Selection(State.SENDING)) == [1]
    assert numbers(store, Selection(State.SENDING, ids=("1", "2"))) == [1]
    assert numbers(store, Selection(State.WAITING)) == [2]


def test_a_dead_letter_that_is_put_back_goes_behind_what_waits(store: Store) -> None:
    put(store, event("1", event_id="first"))
    settle(store, claim(store)[0], Dead("refused"))
    put(store, event("1", event_id="second"))
    with store.transaction():
        (row,) = inspection.select(store, Selection())
        inspection.retry(store, row.delivery, NOW_S + 5)
    (second,) = claim(store)
    settle(store, second, Done())
    (first,) = claim(store)
    assert (second.event_id, first.event_id) == ("second", "first")
    assert (first.attempts, first.retried_at_s) == (1, NOW_S + 5)


def test_what_is_being_sent_is_not_dropped(store: Store) -> None:
    put(store, event("1"))
    with store.transaction():
        (row,) = inspection.select(store, Selection(State.WAITING))
    (delivery,) = claim(store)
    with store.transaction():
        inspection.drop(store, row)
    settle(store, delivery, Done())
    assert +store.counts == {State.DELIVERED: 1}


def tables_read(store: Store, query: str, parameters: dict[str, Any]) -> dict[str, set[str]]:
    """How a query reads each table of the store: by `SEARCH` (through an index), by `SCAN` (all of it), or both.

    SQLite's releases word the rest of a plan differently.
    """
    plan = store._connection.execute(f"EXPLAIN QUERY PLAN {QUERIES[query]}", parameters).fetchall()
    steps = [found for row in plan if (found := re.match(r"(SEARCH|SCAN)(?: TABLE)? (delivery|lane)\b", row["detail"]))]
    read: dict[str, set[str]] = {}
    for step in steps:
        read.setdefault(step[2], set()).add(step[1])
    return read


def test_settling_does_not_read_the_backlog_of_a_camera(store: Store) -> None:
    assert tables_read(store, "leave_lanes", {"places": "[]"}) == {"lane": {"SEARCH"}}


def test_finding_a_row_does_not_read_the_backlog(store: Store) -> None:
    parameters: dict[str, Any] = {"wanted": "[]", "state": None, "reason": "", "is_exact_reason": False, "target": ""}
    parameters |= {"cameras": "[]", "but": "[]", "last": 0, "limit": 0}
    assert tables_read(store, "select_wanted", parameters)["delivery"] == {"SEARCH"}


def test_the_oldest_unsettled_delivery_waits_or_is_being_sent(store: Store) -> None:
    other = "https://other.example:3443"
    assert inspection.oldest_unsettled(store, [TARGET, other]) == {}
    put(store, event("1"), event("1"), event("2"))
    with store.transaction():
        store.put(event("1"), other, NOW_S + 7)
    assert inspection.oldest_unsettled(store, [TARGET, other]) == {
        TARGET: Oldest(1, NOW_S),
        other: Oldest(4, NOW_S + 7),
    }
    first, third = claim(store)
    settle(store, third, Done())
    assert inspection.oldest_unsettled(store, [TARGET]) == {TARGET: Oldest(1, NOW_S)}
    settle(store, first, Done())
    assert inspection.oldest_unsettled(store, [TARGET]) == {TARGET: Oldest(2, NOW_S)}
    settle(store, claim(store)[0], Dead("refused"))
    assert inspection.oldest_unsettled(store, [TARGET, other]) == {other: Oldest(4, NOW_S + 7)}


def test_a_dead_letter_that_was_put_back_is_as_old_as_its_return(store: Store) -> None:
    put(store, event("1"))
    [delivery] = claim(store)
    settle(store, delivery, Dead("refused"))
    with store.transaction():
        inspection.retry(store, delivery, NOW_S + 50)
    assert inspection.oldest_unsettled(store, [TARGET]) == {TARGET: Oldest(2, NOW_S + 50)}


def test_the_oldest_unsettled_delivery_is_looked_up_and_not_searched_for(store: Store) -> None:
    assert tables_read(store, "oldest_unsettled", {"targets": f'["{TARGET}"]'})["delivery"] == {"SEARCH"}


def test_the_backlog_of_each_target_is_counted(store: Store) -> None:
    other = "https://other.example:3443"
    nothing = Backlog(waiting=0, dead=0, oldest=None)
    assert inspection.backlogs(store, [TARGET, other]) == {TARGET: nothing, other: nothing}
    put(store, event("1"), event("1", "2"), event())
    with store.transaction():
        store.put(event("1"), other, NOW_S + 7)
    first, third = claim(store)
    assert inspection.backlogs(store, [TARGET, other]) == {
        TARGET: Backlog(3, 0, Oldest(1, NOW_S)),
        other: Backlog(1, 0, Oldest(4, NOW_S + 7)),
    }
    settle(store, third, Dead("refused"))
    settle(store, first, Again(holds_camera_ids=()))  # it is in no lane any more, and waits
    assert inspection.backlogs(store, [TARGET]) == {TARGET: Backlog(2, 1, Oldest(1, NOW_S))}


def test_a_backlog_that_is_too_long_to_be_counted_has_no_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    other, third = "https://other.example:3443", "https://third.example:3443"
    monkeypatch.setattr(inspection, "MAX_COUNTED", 3)
    put(store, *(event("1") for _ in range(5)))
    with store.transaction():
        store.put(event("1"), other, NOW_S)
    waiting = {target: one.waiting for target, one in inspection.backlogs(store, [TARGET, other]).items()}
    assert waiting == {TARGET: 5, other: 1}
    assert inspection.backlogs(store, [TARGET])[TARGET].waiting is None
    with store.transaction():
        for _ in range(4):
            store.put(event("1"), third, NOW_S)
    waiting = {target: one.waiting for target, one in inspection.backlogs(store, [TARGET, other, third]).items()}
    assert waiting == {TARGET: None, other: 1, third: None}
    for _ in range(4):
        settle(store, claim(store)[0], Dead("refused"))
    assert inspection.backlogs(store, [TARGET])[TARGET].dead is None


def test_looking_for_the_oldest_costs_the_same_with_a_long_backlog(store: Store) -> None:
    def look() -> None:
        assert inspection.oldest_unsettled(store, [TARGET]) == {TARGET: Oldest(1, NOW_S)}

    put(store, *(event("1") for _ in range(10)))
    claim(store)
    short = steps_of(store, look)
    put(store, *(event("1") for _ in range(5_000)))
    assert 0 < steps_of(store, look) <= short + 10


def test_looking_for_cameras_without_events_reads_nothing_older_than_their_dead_letters(store: Store) -> None:
    def look() -> None:
        assert [one.camera_id for one in inspection.given_up(store)] == ["9"]

    def end(end: Done | Dead, *events: Event) -> None:
        put(store, *events)
        for delivery in claim(store, 1_000):
            settle(store, delivery, end)

    end(Done(), event("1"))
    end(Dead("unknown camera 9"), event("9"))
    short = steps_of(store, look)
    with store.transaction():
        inspection.drop_all(store, Selection())
    end(Done(), *(event(str(number)) for number in range(100, 600)))
    end(Dead("unknown camera 9"), event("9"))
    assert 0 < steps_of(store, look) <= short + 100


def steps_of(store: Store, look: Callable[[], None]) -> int:
    """How many steps SQLite's machine takes for a look at the store."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    store._connection.set_progress_handler(count, 1)
    try:
        look()
    finally:
        store._connection.set_progress_handler(None, 1)
    return steps


def test_an_outbox_on_a_full_disk_says_what_to_free_and_another_one_does_not() -> None:
    path = Path("/var/lib/site/outbox.sqlite")
    what = f"The outbox {path} cannot be used: "
    fix = " Free some space on the disk of /var/lib/site, or a quota."
    assert str(unusable(path, "the disk is full")) == f"{what}the disk is full.{fix}"
    assert str(unusable(path, "disk I/O error")) == f"{what}disk I/O error."

"""Deliveries that get another target stand there in the order in which they were kept."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.model import Delivery
from securos_trigger.outbox import Again, Dead, Done, Relayed, Selection, Settlement, State, inspection
from securos_trigger.outbox.redirect import Redirected, redirect_all
from securos_trigger.outbox.store import Store
from tests.unit.outbox.storing import NOW_S, TARGET, check_lanes, event, memory_store

OLD = "https://old.example:3443"

cameras = st.sampled_from([("a", "b"), ("b", "a"), ("a",), ("b",), ("a", "b", "c"), ()])
stories = st.lists(st.tuples(st.sampled_from([OLD, TARGET]), cameras), min_size=4, max_size=25)
#: What becomes of the deliveries that are claimed before the move; None: a courier still has them.
_ENDS = ("again", "partial", "done", "dead", None)
old_ends = st.lists(st.sampled_from(_ENDS), min_size=8, max_size=8)
new_ends = st.lists(st.sampled_from([None, None, None, *_ENDS]), min_size=8, max_size=8)
late_ends = st.lists(st.sampled_from(["again", "partial", "extras"]), min_size=16, max_size=16)


def claimed(store: Store, target: str, limit: int = 8) -> list[Delivery]:
    with store.transaction():
        return store.claim(target, limit, NOW_S)


def settled(store: Store, delivery: Delivery, end: str | None) -> None:
    settlements: dict[str, Settlement] = {
        "again": Again(),
        "done": Done(),
        "dead": Dead("refused"),
        "relayed": Relayed(),
    }
    settlements["partial"] = Again(holds_camera_ids=delivery.camera_ids[:1])
    settlements["extras"] = Again(holds_camera_ids=())  # only a recording or a subtitle is repeated
    if end is not None:
        with store.transaction():
            store.settle(delivery, settlements[end], NOW_S)


def held_up(store: Store, delivery: Delivery) -> list[str]:
    """The cameras whose order a delivery holds up: another may overtake it for those that have their event."""
    rows = store._connection.execute("SELECT camera_id FROM lane WHERE sequence = ?", (delivery.sequence,))
    return [row["camera_id"] for row in rows]


def redirected(store: Store, state: State, limit: int = 500, last: int | None = None) -> Redirected:
    with store.transaction():
        return redirect_all(store, Selection(state, target=OLD, limit=limit, last=last), TARGET, NOW_S + 9)


@settings(max_examples=150, deadline=None)
@given(stories, old_ends, new_ends, late_ends, st.integers(1, 4))
def test_moved_deliveries_keep_their_order(
    story: list[tuple[str, tuple[str, ...]]],
    old: list[str | None],
    new: list[str | None],
    late: list[str],
    limit: int,
) -> None:
    with closing(memory_store()) as store:
        for number, (target, names) in enumerate(story):
            with store.transaction():
                store.put(event(*names, event_id=str(number)), target, NOW_S)
        held = []
        for target, becomes in ((OLD, old), (TARGET, new)):
            for delivery, end in zip(claimed(store, target), becomes, strict=False):
                settled(store, delivery, end)
                held += [delivery] if end is None else []
        check_lanes(store)
        done = redirected(store, State.WAITING, limit)
        while done.count == limit:
            check_lanes(store)
            done = redirected(store, State.WAITING, limit, done.last)
        check_lanes(store)
        for delivery, late_end in zip(held, late, strict=False):
            settled(store, delivery, late_end)
            check_lanes(store)
        while redirected(store, State.WAITING, limit).count:
            check_lanes(store)
        check_lanes(store)
        assert claimed(store, OLD) == []
        left = {row.delivery.sequence for row in inspection.select(store, Selection(State.WAITING))}
        last: dict[str, int] = {}
        while due := claimed(store, TARGET):
            for delivery in due:
                lanes = held_up(store, delivery)
                assert all(last.get(one, 0) < delivery.sequence for one in lanes)
                last |= dict.fromkeys(lanes, delivery.sequence)
                left.discard(delivery.sequence)
                settled(store, delivery, "done")
        assert left == set()


def test_a_moved_delivery_keeps_its_number_id_age_and_attempts() -> None:
    with closing(memory_store()) as store:
        with store.transaction():
            store.put(event("1", event_id="first"), OLD, NOW_S - 50)
        (before,) = claimed(store, OLD)
        with store.transaction():
            store.settle(before, Again(600, "no answer", counts_as_attempt=True), NOW_S)
        assert redirected(store, State.WAITING) == Redirected(1, 0, 1)
        (after,) = claimed(store, TARGET)
        same = ("sequence", "event_id", "kept_at_s", "captured_at_s", "camera_ids")
        assert all(getattr(after, name) == getattr(before, name) for name in same)
        assert after.attempts == before.attempts + 1


def test_a_moved_dead_letter_stays_one() -> None:
    with closing(memory_store()) as store:
        with store.transaction():
            store.put(event("1"), OLD, NOW_S)
        settled(store, claimed(store, OLD)[0], "dead")
        assert redirected(store, State.DEAD) == Redirected(1, 0, 1)
        (row,) = inspection.select(store, Selection(State.DEAD, target=TARGET))
        assert (row.reason, row.delivery.sequence) == ("refused", 1)
        check_lanes(store)


def test_a_moved_relayed_delivery_waits_again_behind_all() -> None:
    with closing(memory_store()) as store:
        with store.transaction():
            store.put(event("1", event_id="relayed"), OLD, NOW_S)
            store.put(event("1", event_id="waits"), TARGET, NOW_S)
        with store.transaction():
            store.settle(store.claim(OLD, 1, NOW_S)[0], Relayed(), NOW_S)
        assert redirected(store, State.RELAYED) == Redirected(1, 0, 2)
        check_lanes(store)
        (first,) = claimed(store, TARGET)
        settled(store, first, "done")
        (second,) = claimed(store, TARGET)
        assert (first.event_id, second.event_id, second.retried_at_s) == ("waits", "relayed", NOW_S + 9)
        assert +store.counts == {State.SENDING: 1, State.DELIVERED: 1}


@pytest.mark.parametrize("state", [State.WAITING, State.DEAD])
def test_an_event_that_the_new_target_has_is_there_once(state: State) -> None:
    with closing(memory_store()) as store:
        with store.transaction():
            for target in (OLD, TARGET):
                store.put(event("1", event_id="same"), target, NOW_S)
            store.put(event("1", event_id="other"), OLD, NOW_S)
        if state is State.DEAD:
            settled(store, claimed(store, OLD, 1)[0], "dead")
        count = 1 if state is State.DEAD else 2
        assert redirected(store, state) == Redirected(count, 1, 3)
        check_lanes(store)
        rows = store._connection.execute("SELECT event_id, target FROM delivery ORDER BY 1").fetchall()
        other = OLD if state is State.DEAD else TARGET
        assert [tuple(row) for row in rows] == [("other", other), ("same", TARGET)]
        assert store.counts.total() == 2
        assert store.counts[State.WAITING] == 2


@pytest.mark.parametrize("state", [State.WAITING, State.RELAYED, State.DEAD])
def test_an_event_that_is_dead_at_the_new_target_is_sent_if_it_was_still_to_be_sent(state: State) -> None:
    with closing(memory_store()) as store:
        with store.transaction():
            for target in (OLD, TARGET):
                store.put(event("1", event_id="same"), target, NOW_S)
        settled(store, claimed(store, TARGET)[0], "dead")
        if state is not State.WAITING:
            settled(store, claimed(store, OLD)[0], "dead" if state is State.DEAD else "relayed")
        assert redirected(store, state).already_there == (state is State.DEAD)
        check_lanes(store)
        is_dead = state is State.DEAD
        assert +store.counts == {State.DEAD if is_dead else State.WAITING: 1}
        assert [one.event_id for one in claimed(store, TARGET)] == ([] if is_dead else ["same"])

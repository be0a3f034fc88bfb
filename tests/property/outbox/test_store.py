"""What the store gives out, against a model that keeps every lane as a plain list."""

from __future__ import annotations

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.model import Delivery
from securos_trigger.outbox import Again, Dead, Done, Selection, State, inspection
from securos_trigger.outbox.store import Store
from tests.unit.outbox.storing import NOW_S, TARGET, claim, event, memory_store, put, settle


def oldest(store: Store) -> list[int]:
    return [found.sequence for found in inspection.oldest_unsettled(store, [TARGET]).values()]


def oldest_by_reading_all(store: Store) -> list[int]:
    unsettled = "SELECT sequence FROM delivery WHERE state IN ('waiting', 'sending') ORDER BY sequence LIMIT 1"
    return [row["sequence"] for row in store._connection.execute(unsettled)]


cameras = st.lists(st.sampled_from("abc"), max_size=3).map(tuple)


moves = st.one_of(
    st.tuples(st.just("put"), cameras),
    st.tuples(st.sampled_from(["done", "dead", "again", "partial", "drop", "retry"]), st.integers(0, 5)),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(moves, max_size=40))
def test_what_is_due_is_what_stands_first_in_each_of_its_lanes(story: list[tuple[str, tuple[str, ...] | int]]) -> None:
    """Against a model that keeps every lane as a plain list."""
    lanes: dict[str, list[int]] = {}
    open_lanes: dict[int, set[str]] = {}
    with closing(memory_store()) as store:
        for number, (move, value) in enumerate(story):
            assert oldest(store) == oldest_by_reading_all(store)
            due = claim(store)
            assert oldest(store) == oldest_by_reading_all(store)
            expected = sorted(s for s, held in open_lanes.items() if all(lanes[lane][0] == s for lane in held))
            assert [delivery.sequence for delivery in due] == expected
            chosen = due[value % len(due)] if isinstance(value, int) and due else None
            for delivery in due:
                if delivery is not chosen:
                    settle(store, delivery, Again())
            if isinstance(value, tuple):
                put(store, event(*value, event_id=str(number)))
                stand_last(store, value, lanes, open_lanes)
            elif move in ("drop", "retry"):
                if chosen is not None:
                    settle(store, chosen, Again())
                by_a_person(store, move, value, lanes, open_lanes)
            elif chosen is not None:
                follow(store, move, chosen, lanes, open_lanes)
        assert store.counts[State.WAITING] + store.counts[State.SENDING] == len(open_lanes)


def stand_last(
    store: Store, cameras: tuple[str, ...], lanes: dict[str, list[int]], open_lanes: dict[int, set[str]]
) -> None:
    with store.transaction():
        sequence = store.newest()
    open_lanes[sequence] = set(cameras) or {""}
    for lane in open_lanes[sequence]:
        lanes.setdefault(lane, []).append(sequence)


def by_a_person(
    store: Store, move: str, choice: int, lanes: dict[str, list[int]], open_lanes: dict[int, set[str]]
) -> None:
    with store.transaction():
        rows = inspection.select(store, Selection(State.WAITING if move == "drop" else State.DEAD))
        if not rows:
            return
        row = rows[choice % len(rows)]
        if move == "drop":
            inspection.drop(store, row)
        else:
            inspection.retry(store, row.delivery, NOW_S)
    if move == "retry":
        stand_last(store, row.delivery.camera_ids, lanes, open_lanes)
        return
    for lane in open_lanes.pop(row.delivery.sequence):
        lanes[lane].remove(row.delivery.sequence)


def follow(
    store: Store, move: str, chosen: Delivery, lanes: dict[str, list[int]], open_lanes: dict[int, set[str]]
) -> None:
    sequence = chosen.sequence
    if move == "partial" and len(chosen.camera_ids) > 1:
        keep = chosen.camera_ids[:1]
        settle(store, chosen, Again(remaining_camera_ids=chosen.camera_ids, holds_camera_ids=keep))
        left = open_lanes[sequence] - set(keep)
        open_lanes[sequence] -= left
    elif move in ("again", "partial"):
        settle(store, chosen, Again())
        left = set()
    else:
        settle(store, chosen, Done() if move == "done" else Dead("refused"))
        left = open_lanes.pop(sequence)
    for lane in left:
        lanes[lane].remove(sequence)

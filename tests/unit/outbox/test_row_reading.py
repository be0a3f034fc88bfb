"""How a row of the outbox becomes a delivery, which happens once for each attempt."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from securos_trigger.outbox import Done
from securos_trigger.outbox.store import Store
from tests.unit.outbox.storing import check_lanes, claim, event, memory_store, put, settle

#: A row has 22 columns. Where each is decoded, read and checked on its own, it takes more than 90.
MOST_CALLS = 40


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called, in Python and in C."""
    count = 0

    def note(_frame: object, kind: str, _argument: object) -> None:
        nonlocal count
        count += kind in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", ["Person in zone", "Человек в зоне"])
def test_one_more_row_of_a_claim_costs_few_calls(name: str) -> None:
    first, few, many = memory_store(), memory_store(), memory_store()
    for store, rows in ((first, 20), (few, 10), (many, 20)):
        put(store, *(event(str(number), name=name) for number in range(rows)))
    claim(first)  # makes what is made once
    calls = calls_of(lambda: claim(many)) - calls_of(lambda: claim(few))
    assert 0 < calls / 10 <= MOST_CALLS


def sent_of(store: Store) -> list[int]:
    """Send what the store has, with more claims than it has rows; gives the sequences in their order."""
    sent = []
    for _ in range(5):  # a claim that finds only a damaged row gives none
        for delivery in claim(store):
            settle(store, delivery, Done())
            sent.append(delivery.sequence)
    return sent


@pytest.mark.parametrize(
    ("column", "text", "sent"),
    [
        ("camera_ids", "CAST(x'5b2232ff225d' AS TEXT)", [2, 3]),
        ("camera_ids", "'[\"2\\udcff\"]'", [2, 3]),
        ("remaining_camera_ids", "'[\"2\\ud800\"]'", [2, 3]),
        ("name", "CAST(x'ff41' AS TEXT)", [2, 3]),
        ("boxes", f"'[[1{'0' * 400},0,0,0]]'", [1, 2, 3]),
        ("boxes", f"'{'[' * 100_000}'", [1, 2, 3]),
    ],
)
def test_a_damaged_row_stops_no_later_event_of_its_camera(column: str, text: str, sent: list[int]) -> None:
    store = memory_store()
    put(store, *(event("2", event_id=f"event-{number}") for number in "123"))
    store._connection.execute(f"UPDATE delivery SET {column} = {text} WHERE sequence = 1")
    assert sent_of(store) == sent
    check_lanes(store)

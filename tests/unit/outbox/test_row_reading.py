"""How a row of the outbox becomes a delivery, which happens once for each attempt."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.unit.outbox.storing import claim, event, memory_store, put

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

"""What inputs know and the events that come of it are written together, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from securos_trigger.outbox.input_rows import KeptWithRows, input_rows, keep_with_rows
from securos_trigger.outbox.store import Store
from tests.unit.outbox.storing import NOW_S, TARGET, claim, event, memory_store


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(memory_store()) as opened:
        yield opened


def test_rows_are_written_changed_and_dropped_for_each_input(store: Store) -> None:
    odd = "camera\0\ud800 'x'"
    with store.transaction():
        keep_with_rows(store, [], "site", [("a", {"is_live": True}), (odd, {"keys": ["\ud800"]})], NOW_S)
        keep_with_rows(store, [], "other", [("a", {"is_live": 1})], NOW_S)
        keep_with_rows(store, [], "site", [("a", {"is_live": False})], NOW_S)
        assert dict(input_rows(store, "site")) == {"a": {"is_live": False}, odd: {"keys": ["\ud800"]}}
        keep_with_rows(store, [], "site", [(odd, None)], NOW_S)
    assert input_rows(store, "site") == [("a", {"is_live": False})]
    assert input_rows(store, "other") == [("a", {"is_live": 1})]


def test_the_same_events_and_rows_a_second_time_change_nothing(store: Store) -> None:
    events = [(event("1", event_id="x"), TARGET), (event("1", event_id="y"), TARGET)]
    with store.transaction():
        assert keep_with_rows(store, events[:1], "site", [("a", {})], NOW_S) == KeptWithRows((True,))
        assert keep_with_rows(store, events, "site", [("a", {})], NOW_S) == KeptWithRows((False, True))
    assert [one.event_id for one in claim(store)] == ["x"]


def test_in_a_full_outbox_neither_rows_nor_events_are_written() -> None:
    with closing(memory_store(max_rows=1)) as store, store.transaction():
        first = [(event("1", event_id="x"), TARGET)]
        assert keep_with_rows(store, first, "site", [], NOW_S).is_new == (True,)
        refused = keep_with_rows(store, [(event("1", event_id="y"), TARGET)], "site", [("a", {})], NOW_S)
        assert refused.refusal == "the outbox is full: its limit of 1 deliveries is reached"
        assert input_rows(store, "site") == []
        assert keep_with_rows(store, first, "site", [("b", {})], NOW_S) == KeptWithRows((False,))
        assert input_rows(store, "site") == [("b", {})]

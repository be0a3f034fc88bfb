"""The lanes in memory keep the order that the outbox keeps: both are driven with the same steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.outbox import Again, Dead, Done, Settlement
from securos_trigger.outbox.store import Store
from securos_trigger.relay.lanes import Lanes
from tests import builders
from tests.unit.outbox.storing import NOW_S, claim, event, memory_store, put, settle

CAMERAS = ["1", "2", "3"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.sampled_from(CAMERAS), max_size=2, unique=True)),
        st.tuples(st.just("claim"), st.integers(1, 9)),
        st.tuples(st.sampled_from(["done", "dead", "again", "partly"]), st.integers(0, 9)),
    ),
    max_size=40,
)


@pytest.fixture
def lanes() -> Lanes:
    return Lanes()


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(memory_store()) as opened:
        yield opened


def settlement(word: str, camera_ids: tuple[str, ...]) -> Settlement:
    match word:
        case "done":
            return Done()
        case "dead":
            return Dead("refused")
        case "partly" if camera_ids:
            return Again(0.0, "later", counts_as_attempt=True, remaining_camera_ids=camera_ids[:1], holds_camera_ids=())
    return Again(0.0, "later")


@given(steps=STEPS)
@settings(max_examples=150, deadline=None)
def test_each_claim_gives_what_the_outbox_would_give(steps: list[tuple[str, object]]) -> None:
    lanes, claimed, number = Lanes(), [], 0
    with closing(memory_store()) as store:
        for word, detail in steps:
            if word == "put":
                assert isinstance(detail, list)
                number += 1
                one = event(*detail, event_id=f"{number}")
                put(store, one)
                lanes.add(builders.delivery(*detail, sequence=number, event_id=f"{number}"))
            elif word == "claim":
                assert isinstance(detail, int)
                expected = claim(store, detail)
                ours = lanes.claim(detail, NOW_S)
                assert [(x.sequence, x.camera_ids, x.attempts) for x in ours] == [
                    (x.sequence, x.camera_ids, x.attempts) for x in expected
                ]
                claimed += expected
            elif claimed:
                assert isinstance(detail, int)
                delivery = claimed.pop(detail % len(claimed))
                end = settlement(word, delivery.camera_ids)
                settle(store, delivery, end)
                if isinstance(end, Again):
                    lanes.put_back(delivery.sequence, end, NOW_S)
                else:
                    assert lanes.end(delivery.sequence)


def test_a_delivery_that_waits_for_its_next_attempt_holds_up_its_camera_until_it_is_due(lanes: Lanes) -> None:
    lanes.add(builders.delivery("1", sequence=1))
    lanes.add(builders.delivery("1", sequence=2))
    lanes.claim(9, NOW_S)
    lanes.put_back(1, Again(5), NOW_S)
    assert lanes.claim(9, NOW_S + 4) == []
    assert lanes.next_due_at_s() == NOW_S + 5
    lanes.wake()
    assert [one.sequence for one in lanes.claim(9, NOW_S)] == [1]


def test_a_probe_takes_what_was_due_first(lanes: Lanes) -> None:
    for sequence in (1, 2):
        lanes.add(replace(builders.delivery(str(sequence)), sequence=sequence))
    lanes.claim(9, NOW_S)
    lanes.put_back(1, Again(2), NOW_S)
    lanes.put_back(2, Again(1), NOW_S)
    assert [one.sequence for one in lanes.claim(1, NOW_S + 9, least_tried_first=True)] == [2]


def test_what_has_ended_is_not_here(lanes: Lanes) -> None:
    lanes.add(builders.delivery("1", sequence=1))
    assert (1 in lanes, len(lanes)) == (True, 1)
    assert lanes.end(1)
    assert not lanes.end(1)
    lanes.put_back(1, Again(), NOW_S)
    assert (1 in lanes, len(lanes), lanes.next_due_at_s()) == (False, 0, None)

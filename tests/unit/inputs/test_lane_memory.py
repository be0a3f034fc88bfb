"""What is present at a camera: which objects, and how many of them in each zone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.lane_memory import MAX_LIVE, LaneMemory

ZONES = ("yard", "gate", "road")
THINGS = ("car 1", "car 2", "person 1")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("note", "end", "forget", "end_silent", "restart")),
        st.sampled_from(THINGS),
        st.lists(st.sampled_from(ZONES), max_size=3),
    ),
    max_size=40,
)


def seen(identity: str, zones: list[str]) -> Reading:
    return Reading(says=Says.HERE, identity=identity, labels=("car",), zones=tuple(zones))


def kept(stored: dict[str, Any], memory: LaneMemory) -> dict[str, Any]:
    """What a store has of the objects after the changes."""
    stored |= dict(memory.take_changes())
    return {name: one for name, one in stored.items() if one is not None}


def walked(
    memory: LaneMemory, stored: dict[str, Any], action: str, identity: str, zones: list[str], now: float
) -> LaneMemory:
    if action == "note":
        memory.note(seen(identity, zones), now)
    elif action == "end":
        memory.end(identity)
    elif action == "forget":
        memory.forget(identity.partition(" ")[0])
    elif action == "end_silent":
        memory.end_silent(now, 3.0)
    else:
        return LaneMemory(memory.to_plain() | {"live": dict(stored)})
    return memory


@given(STEPS)
def test_the_number_in_a_zone_is_that_of_the_things_that_are_in_it(steps: list[tuple[str, str, list[str]]]) -> None:
    memory, stored = LaneMemory(), dict[str, Any]()
    for now, (action, identity, zones) in enumerate(steps):
        memory = walked(memory, stored, action, identity, zones, float(now))
        stored = kept(stored, memory)
        assert set(stored) == {name for name in THINGS if name in memory}
        for zone in ZONES:
            assert memory.count_in(zone) == sum(zone in one["zones"] for one in stored.values())


def test_only_the_object_that_a_message_is_about_is_written() -> None:
    memory = LaneMemory()
    for number in range(MAX_LIVE):
        memory.note(seen(f"car {number}", ["yard"]), 1.0)
    assert len(memory.take_changes()) == MAX_LIVE
    memory.note(seen("car 7", ["gate"]), 2.0)
    memory.end("car 8")
    changes = dict(memory.take_changes())
    assert list(changes) == ["car 7", "car 8"]
    assert changes["car 7"] is not None
    assert changes["car 7"]["zones"] == ["gate"]
    assert changes["car 8"] is None
    assert memory.take_changes() == []


def test_the_thing_that_was_mentioned_longest_ago_makes_space_and_leaves_its_zone() -> None:
    memory = LaneMemory()
    for number in range(MAX_LIVE + 1):
        memory.note(seen(f"car {number}", ["yard" if number else "gate"]), float(number))
    assert len(memory) == MAX_LIVE
    assert (memory.count_in("gate"), memory.count_in("yard")) == (0, MAX_LIVE)


def test_a_stored_row_of_another_form_has_no_zones() -> None:
    memory = LaneMemory({"live": {"car 1": {"objects": [], "entered": [], "heard_at": 1.0}, "car 2": None}})
    assert (len(memory), memory.count_in("yard")) == (1, 0)

"""One reducer for all sources: what is new, an update, over, said before, too old."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.known import KnownStates
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import Rules, reduce

NOON = 1_777_885_951.0
SWITCH = Rules(unchanged=Verdict.DUPLICATE)
OBJECT = Rules(can_begin_again=False, unknown_end=Verdict.END, missed_new_s=60.0)


class Source:
    """Says things about one identity, and keeps what the reducer wants to know."""

    def __init__(self, rules: Rules, age_limit_s: float = 300.0) -> None:
        self.rules = rules
        self.age_limit_s = age_limit_s
        self.known = KnownStates()

    def says(
        self, says: Says, after_s: float, message: dict[str, Any] | None = None, **reading: Any
    ) -> tuple[str, ...]:
        """The verdict and the changes of a message that comes `after_s` seconds after noon."""
        sent = Message(**{"body": repr((says, reading)).encode(), "arrived_at": NOON + after_s, **(message or {})})
        said = Reading(says=says, **{"identity": "a", **reading})
        found = reduce(self.rules, self.known.get("a"), said, sent, age_limit_s=self.age_limit_s)
        if found.row is not None:
            self.known.put("a", found.row, sent.arrived_at)
        return found.verdict.value, *found.changes


def test_a_switch_goes_on_and_off_and_on_again() -> None:
    source = Source(SWITCH)
    assert source.says(Says.HERE, 0) == ("new",)
    assert source.says(Says.HERE, 1) == ("duplicate",)
    assert source.says(Says.HERE, 2, compared={"count": 2}) == ("update", "count")
    assert source.says(Says.ENDED, 3) == ("end",)
    assert source.says(Says.HERE, 5) == ("new",)


def test_off_is_knowledge_where_on_was_not_known() -> None:
    assert Source(SWITCH).says(Says.ENDED, 0) == ("state",)
    assert Source(OBJECT).says(Says.ENDED, 0) == ("end",)


def test_a_thing_that_moves_on_without_a_change_is_an_update_of_nothing() -> None:
    source = Source(OBJECT)
    assert source.says(Says.BEGAN, 0, at=NOON) == ("new",)
    assert source.says(Says.HERE, 60, at=NOON + 60) == ("update",)


def test_the_same_message_again_is_a_duplicate() -> None:
    source = Source(OBJECT)
    assert source.says(Says.BEGAN, 0, at=NOON) == ("new",)
    assert source.says(Says.BEGAN, 1, at=NOON) == ("duplicate",)
    assert source.says(Says.BEGAN, 1, {"dup": True}, at=NOON) == ("duplicate",)
    assert source.says(Says.ENDED, 2, at=NOON + 1) == ("end",)
    assert source.says(Says.BEGAN, 3, {"dup": True}, at=NOON) == ("duplicate",)


def test_a_message_that_was_overtaken_is_stale_and_changes_nothing() -> None:
    source = Source(OBJECT)
    assert source.says(Says.BEGAN, 0, at=NOON, compared={"zone": "a"}) == ("new",)
    assert source.says(Says.HERE, 5, at=NOON + 5, compared={"zone": "b"}) == ("update", "zone")
    assert source.says(Says.HERE, 6, at=NOON + 3, compared={"zone": "a"}) == ("stale",)
    assert source.says(Says.HERE, 7, at=NOON + 7, compared={"zone": "b"}) == ("update",)


def test_an_object_that_has_ended_does_not_begin_again() -> None:
    source = Source(OBJECT)
    assert source.says(Says.BEGAN, 0, at=NOON) == ("new",)
    assert source.says(Says.ENDED, 1, at=NOON) == ("end",)
    assert source.says(Says.HERE, 2, at=NOON + 2) == ("update",)
    assert source.says(Says.ENDED, 3, at=NOON) == ("duplicate",)
    assert list(source.known.live()) == []


def test_an_object_whose_first_message_was_lost_is_new_only_while_it_is_young() -> None:
    assert Source(OBJECT).says(Says.HERE, 0, at=NOON, began_at=NOON - 30) == ("new",)
    assert Source(OBJECT).says(Says.HERE, 0, at=NOON, began_at=NOON - 3_600) == ("update",)
    assert Source(SWITCH).says(Says.HERE, 0) == ("new",)


def test_what_the_source_says_it_was_makes_the_changes_of_an_unknown_object() -> None:
    said = Source(OBJECT).says(Says.HERE, 0, compared={"zone": "b", "x": 1}, before=lambda: {"zone": "a", "x": 1})
    assert said == ("update", "zone")


def test_a_retained_message_fills_the_state_and_raises_nothing() -> None:
    source = Source(SWITCH)
    assert source.says(Says.HERE, 0, {"retain": True}) == ("stale",)
    assert source.says(Says.HERE, 1) == ("duplicate",)
    assert source.says(Says.LEVEL, 2, {"retain": True}) == ("state",)
    assert source.says(Says.NOT_FOR_US, 2, {"retain": True}) == ("ignored",)


@pytest.mark.parametrize("says", [Says.BEGAN, Says.FRAME, Says.MOMENT])
def test_what_is_too_old_is_stale_unless_the_transport_is_a_live_stream(says: Says) -> None:
    stored, live = Source(SWITCH, age_limit_s=60), Source(replace(SWITCH, is_stored=False), age_limit_s=60)
    assert stored.says(says, 61, at=NOON) == ("stale",)
    assert live.says(says, 61, at=NOON) != ("stale",)
    assert Source(SWITCH, age_limit_s=60).says(says, 59, at=NOON) != ("stale",)


def test_a_stale_beginning_is_known_afterwards() -> None:
    source = Source(OBJECT, age_limit_s=60)
    assert source.says(Says.BEGAN, 100, at=NOON) == ("stale",)
    assert source.says(Says.HERE, 101, at=NOON + 100) == ("update",)


def test_the_state_at_a_subscription_is_knowledge() -> None:
    source = Source(SWITCH)
    assert source.says(Says.AS_IS, 0, is_here=True) == ("state",)
    assert source.says(Says.HERE, 1) == ("duplicate",)
    assert source.says(Says.AS_IS, 2, is_here=True) == ("state",)


def test_a_thing_that_is_gone_at_a_resubscription_has_ended_once() -> None:
    source = Source(SWITCH)
    assert source.says(Says.AS_IS, 0, is_here=False) == ("state",)
    assert source.says(Says.HERE, 1) == ("new",)
    assert source.says(Says.AS_IS, 2, is_here=False) == ("end",)
    assert source.says(Says.AS_IS, 3, is_here=False) == ("state",)
    assert source.says(Says.HERE, 5) == ("new",)
    assert source.says(Says.AS_IS, 6, {"retain": True}, is_here=False) == ("stale",)


def test_a_moment_is_new_once() -> None:
    source = Source(SWITCH)
    assert source.says(Says.MOMENT, 0, key="12:00 object 4") == ("new",)
    assert source.says(Says.MOMENT, 1, key="12:00 object 4") == ("duplicate",)
    assert source.says(Says.MOMENT, 2, key="12:01 object 4") == ("new",)
    assert source.says(Says.MOMENT, 3) == ("new",)
    assert source.says(Says.MOMENT, 4) == ("new",)
    assert source.says(Says.MOMENT, 5, {"dup": True}) == ("duplicate",)


def test_a_late_fact_is_an_update_once_and_does_not_bring_a_thing_back() -> None:
    source = Source(OBJECT)
    source.says(Says.BEGAN, 0, at=NOON)
    source.says(Says.ENDED, 1, at=NOON)
    assert source.says(Says.LATE, 2, at=NOON - 5, compared={"plate": "A"}) == ("update", "plate")
    assert source.says(Says.LATE, 3, at=NOON - 5, compared={"plate": "A"}) == ("duplicate",)
    assert source.says(Says.ENDED, 4, at=NOON) == ("duplicate",)
    assert Source(OBJECT).says(Says.LATE, 0, compared={"plate": "A"}) == ("update", "plate")


def test_a_late_fact_that_comes_first_leaves_the_beginning_new() -> None:
    source = Source(OBJECT)
    assert source.says(Says.LATE, 0, at=NOON, compared={"plate": "A"}) == ("update", "plate")
    assert source.says(Says.BEGAN, 1, at=NOON, compared={"plate": "A"}) == ("new",)
    assert source.says(Says.BEGAN, 2, at=NOON + 1, compared={"plate": "B"}) == ("duplicate",)


def test_a_switch_that_was_silent_for_long_is_new_where_its_source_may_never_say_off() -> None:
    source = Source(replace(SWITCH, silent_end_s=30))
    assert source.says(Says.HERE, 0) == ("new",)
    assert source.says(Says.HERE, 20) == ("duplicate",)
    assert source.says(Says.HERE, 45) == ("duplicate",)
    assert source.says(Says.HERE, 80) == ("new",)


def test_after_a_restart_of_its_source_a_repeated_object_is_not_new() -> None:
    source = Source(OBJECT)
    source.says(Says.BEGAN, 0, at=NOON)
    assert source.known.forget("") == 1
    assert list(source.known.live()) == []
    assert source.says(Says.HERE, 60, at=NOON + 60) == ("update",)
    assert len(list(source.known.live())) == 1


def test_what_was_said_before_a_restart_of_its_source_and_comes_late_brings_nothing_back() -> None:
    source = Source(OBJECT)
    source.says(Says.BEGAN, 0, at=NOON)
    source.says(Says.HERE, 10, at=NOON + 10, key="b")
    assert source.known.forget("") == 1
    assert source.says(Says.HERE, 70, at=NOON + 10, key="b") == ("duplicate",)
    assert source.says(Says.HERE, 70, at=NOON + 5, key="c") == ("stale",)
    assert list(source.known.live()) == []


def test_a_switch_whose_clock_was_set_back_is_not_stale() -> None:
    source = Source(SWITCH)
    assert source.says(Says.HERE, 0, at=NOON) == ("new",)
    assert source.says(Says.ENDED, 1, at=NOON - 5) == ("stale",)
    assert source.says(Says.ENDED, 2, at=NOON - 3_600 + 60) == ("stale",)  # by its age: it is stored somewhere
    live = Source(replace(SWITCH, is_stored=False))
    assert live.says(Says.HERE, 0, at=NOON) == ("new",)
    assert live.says(Says.ENDED, 1, at=NOON - 5) == ("end",)
    assert live.says(Says.HERE, 2, at=NOON - 3_600) == ("new",)


def test_what_a_row_keeps_is_bounded() -> None:
    source = Source(OBJECT)
    source.says(
        Says.BEGAN, 0, at=NOON, key="k" * 100_000, compared={"zones": ("z" * 200,) * 200, "text": "t" * 100_000}
    )
    for number in range(200):
        source.says(Says.LATE, number, key=f"{number}", compared={f"attribute {number}": "x" * 10_000})
    [(_, row)] = source.known.to_rows()
    assert len(repr(row)) < 10_000
    assert len(row["keys"]) <= 16
    assert source.says(Says.LATE, 300, compared={"attribute 199": "x" * 10_000}) == ("duplicate",)
    assert source.says(Says.LATE, 301, compared={"attribute 199": "y" * 10_000}) == ("update", "attribute 199")

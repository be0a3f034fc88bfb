"""What an input knows ages out, is bounded, and can be stored."""

from __future__ import annotations

import json

from securos_trigger.inputs.known import KEPT_S, KnownStates
from securos_trigger.inputs.reducer import Row


def row(heard_at: float, is_live: bool = True) -> Row:
    compared = {"zones": ("fence", "door"), "count": 2, "sub_label": None}
    return Row(is_live, False, heard_at, heard_at, compared, ("k1", "k2"))


def test_rows_come_back_from_storage_as_they_were() -> None:
    known = KnownStates()
    known.put("b", row(20.0), 20.0)
    known.put("a", row(10.0, is_live=False), 20.0)
    stored = json.loads(json.dumps(list(known.to_rows())))
    loaded = KnownStates.from_rows([(name, plain) for name, plain in stored])
    assert [loaded.get(name) for name in ("a", "b", "c")] == [row(10.0, is_live=False), row(20.0), None]


def test_a_row_that_was_not_mentioned_for_a_day_is_forgotten() -> None:
    known = KnownStates()
    known.put("old", row(0.0), 0.0)
    known.put("young", row(100.0), 100.0)
    known.put("now", row(KEPT_S + 50), KEPT_S + 50)
    assert [known.get(name) is not None for name in ("old", "young", "now")] == [False, True, True]


def test_the_rows_are_bounded_and_the_longest_silent_one_goes() -> None:
    known = KnownStates(max_rows=3)
    for number, name in enumerate("abcad"):
        known.put(name, row(float(number)), float(number))
    assert [known.get(name) is not None for name in "abcd"] == [True, False, True, True]
    assert len(KnownStates.from_rows(known.to_rows(), max_rows=2)) == 2


def test_a_clock_that_goes_backwards_forgets_nothing() -> None:
    known = KnownStates()
    known.put("a", row(1_000_000.0), 1_000_000.0)
    known.put("b", row(5.0), 5.0)
    assert len(known) == 2


def test_channels_keep_the_kind_of_their_names() -> None:
    known = KnownStates()
    known.put_channel("gate", "1", 0.0)
    known.put_channel("gate", "vsc1", 0.0, "configuration")
    again = KnownStates.from_rows(known.to_rows())
    assert sorted(again.channels()) == [("gate", "1", ""), ("gate", "vsc1", "configuration")]


def test_changes_are_given_once_and_say_what_is_forgotten() -> None:
    known = KnownStates(max_rows=2)
    known.put("a", row(1.0), 1.0)
    known.put("b", row(2.0), 2.0)
    assert [name for name, _ in known.take_changes()] == ["a", "b"]
    assert known.take_changes() == []
    known.put("c", row(3.0), 3.0)
    changes = dict(known.take_changes())
    assert changes["a"] is None
    assert KnownStates.from_rows([("c", changes["c"] or {})]).get("c") == row(3.0)
    known.forget("b")
    assert [name for name, row in known.take_changes() if row is not None and not row["is_live"]] == ["b"]

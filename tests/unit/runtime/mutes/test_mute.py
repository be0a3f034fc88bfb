"""How long a mute lasts, whatever happens to the clock."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from securos_trigger.runtime.mutes.mute import LONGEST_S, Mute, mute_of
from securos_trigger.system.boot_clock import Instant

BEGAN = Instant(1_790_000_000.0, "boot-1", 5_000.0)
TWO_HOURS = Mute("yard/alarm", 7_200.0, BEGAN, BEGAN.wall_s, "works at the gate")


def later(seconds: float, *, clock_set_by_s: float = 0.0, boot_id: str = "boot-1") -> Instant:
    boot_s = BEGAN.boot_s + seconds if boot_id == BEGAN.boot_id else 10.0
    return Instant(BEGAN.wall_s + seconds + clock_set_by_s, boot_id, boot_s)


def test_it_is_over_after_its_time() -> None:
    assert [TWO_HOURS.left_at(later(s)) for s in (0, 3_600, 7_199, 7_200, 9_000)] == [7_200, 3_600, 1, 0, 0]


@pytest.mark.parametrize("set_by_s", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_while_the_machine_runs_changes_nothing(set_by_s: float) -> None:
    assert TWO_HOURS.left_at(later(3_600, clock_set_by_s=set_by_s)) == 3_600
    assert TWO_HOURS.left_at(later(7_200, clock_set_by_s=set_by_s)) == 0


def test_after_a_restart_of_the_machine_the_wall_clock_counts() -> None:
    assert TWO_HOURS.left_at(later(3_600, boot_id="boot-2")) == 3_600
    assert TWO_HOURS.left_at(later(7_200, boot_id="boot-2")) == 0


def test_a_clock_that_shows_a_time_before_the_last_count_ends_it() -> None:
    assert TWO_HOURS.left_at(later(600, clock_set_by_s=-601, boot_id="boot-2")) == 0
    counted = TWO_HOURS.counted_again(later(3_600))
    assert counted.left_at(later(4_000, clock_set_by_s=-401, boot_id="boot-2")) == 0


def test_counting_again_loses_and_adds_nothing() -> None:
    counted = TWO_HOURS.counted_again(later(3_600))
    assert (counted.left_s, counted.counted_at, counted.muted_at_s) == (3_600, later(3_600), BEGAN.wall_s)
    assert counted.left_at(later(5_000)) == TWO_HOURS.left_at(later(5_000)) == 2_200


def test_it_comes_back_from_plain_data() -> None:
    assert mute_of(json.loads(json.dumps(TWO_HOURS.to_json()))) == TWO_HOURS


@pytest.mark.parametrize(
    "changed",
    [
        {"left_s": LONGEST_S + 1}, {"left_s": -1}, {"left_s": float("nan")}, {"left_s": "long"}, {"left_s": None},
        {"boot_s": float("inf")}, {"node": ""}, {"node": 7}, {"node": "n" * 1_001}, {"reason": None}, {"boot_id": 1},
        {"counted_at": "soon"}, {"counted_at": 5}, {"muted_at": None},
    ],
)  # fmt: skip
def test_what_is_no_mute_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        mute_of({**TWO_HOURS.to_json(), **changed})


def test_who_muted_a_node_is_kept_and_a_mute_of_an_older_version_names_nobody() -> None:
    own = replace(TWO_HOURS, person="anna")
    assert mute_of(own.to_json()) == own
    fields = own.to_json()
    del fields["muted_by"]
    assert mute_of(fields) == TWO_HOURS
    with pytest.raises(ValueError, match="text"):
        mute_of({**fields, "muted_by": 7})


@pytest.mark.parametrize("name", sorted({*TWO_HOURS.to_json()} - {"muted_by"}))
def test_a_mute_without_a_field_is_refused(name: str) -> None:
    fields = TWO_HOURS.to_json()
    del fields[name]
    with pytest.raises(KeyError):
        mute_of(fields)

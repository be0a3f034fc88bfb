"""What the process of a placed pipeline says of itself, until and at its end."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.notices import Announcer
from securos_trigger.placement.place import Place
from securos_trigger.placement.state_file import BAD_END, ENDED, LONG_START, RUNS, STARTS, state_in, write_state
from securos_trigger.placement.state_reports import StateReports
from securos_trigger.relay.pipeline_state import StateTrouble

LIMIT_S = 60.0
_DARK = StateTrouble("the camera gives no frames", "Look at it.", needs_person=True)


class Lease:
    """Keeps what is noted; the cluster is not what is tested here."""

    def __init__(self) -> None:
        self.noted = list[tuple[str, tuple[StateTrouble, ...]]]()

    def note_state(self, state: str, troubles: Sequence[StateTrouble] = ()) -> None:
        self.noted.append((state, tuple(troubles)))

    def wait_for(self, noted: tuple[str, tuple[StateTrouble, ...]]) -> None:
        deadline_at = time.monotonic() + LIMIT_S
        while noted not in self.noted:
            assert time.monotonic() < deadline_at, self.noted
            time.sleep(0.01)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("site", "yard", "a", tmp_path)


def reports(place: Place, lease: Any) -> StateReports:
    return StateReports(place, lease, lambda _place: (_DARK,), Announcer([]))


def test_a_running_process_says_its_troubles_and_one_that_is_ended_that_it_is(place: Place) -> None:
    lease = Lease()
    write_state(place, STARTS)
    with reports(place, lease) as one:
        lease.wait_for(("starts", ()))
        write_state(place, RUNS)
        lease.wait_for(("runs", (_DARK,)))
        one.note_end(0)
    assert lease.noted[-1] == ("stopped", ())


def test_a_start_that_lasts_is_said_to_need_a_person(place: Place) -> None:
    lease = Lease()
    write_state(place, STARTS)
    with reports(place, lease):
        lease.wait_for(("starts", ()))
        long_ago = {**state_in(place.folder), "starting_since_s": time.time() - 61.0}
        (place.folder / "state.json").write_text(json.dumps(long_ago))
        lease.wait_for(("starts", (StateTrouble(LONG_START, "Its log says which.", needs_person=True),)))
        write_state(place, RUNS)
        lease.wait_for(("runs", (_DARK,)))


@pytest.mark.parametrize(("code", "is_bad"), [(0, False), (1, True)])
def test_the_end_of_a_source_is_said_and_whether_all_went_well(place: Place, code: int, is_bad: bool) -> None:
    lease = Lease()
    with reports(place, lease) as one:
        write_state(place, ENDED)
        one.note_end(code)
    [state, troubles] = lease.noted[-1]
    assert (state, [BAD_END in trouble.text and trouble.needs_person for trouble in troubles]) == (
        "ended",
        [True] * is_bad,
    )


def test_a_process_that_ends_with_an_error_says_which(place: Place) -> None:
    lease = Lease()
    with pytest.raises(OSError, match="no space"), reports(place, lease):
        raise OSError("no space left on device")
    [state, [trouble]] = lease.noted[-1]
    assert (state, trouble.text, trouble.needs_person) == (
        "stopped",
        "its process has ended: no space left on device",
        True,
    )

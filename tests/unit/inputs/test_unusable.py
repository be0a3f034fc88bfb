"""Messages of which no event can come: when they are said, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.inputs.happening import Happening, Reading, Says, Verdict
from securos_trigger.inputs.unusable import UnusableMessages

NOW = 1_777_885_951.0


def happening(verdict: Verdict, camera: str | None = "gate", **reading: Any) -> Happening:
    cameras = ("1",) if camera else ()
    return Happening(
        verdict=verdict, reading=Reading(says=Says.FRAME, source=camera, **reading), source=camera, cameras=cameras
    )


def said(seen: UnusableMessages) -> list[tuple[str, str, int]]:
    return [(one["why"], one["camera"], one["count"]) for one in seen.answer()]


@pytest.mark.parametrize("verdict", [Verdict.MALFORMED, Verdict.REFUSED, Verdict.FRAME])
def test_ten_messages_in_a_row_are_said_until_one_is_of_use(verdict: Verdict) -> None:
    seen = UnusableMessages(300.0)
    useless = happening(verdict, None, why="at 1:2")
    seen.note(happening(Verdict.FRAME), NOW)
    for _ in range(9):
        seen.note(useless, NOW)
        seen.note(happening(Verdict.STATE), NOW)
    assert said(seen) == [], "a few may be those of another sender"
    seen.note(useless, NOW)
    why = {Verdict.FRAME: "no_camera"}.get(verdict, verdict.value)
    assert said(seen) == [(why, "", 10)]
    assert seen.answer()[0]["reason"] == ("" if verdict is Verdict.FRAME else "at 1:2")
    seen.note(happening(Verdict.NEW, "yard"), NOW)
    assert said(seen) == []


def too_old(seen: UnusableMessages, *, behind_s: float, shrinks_by: float = 0.0, camera: str = "gate") -> None:
    """A message a second for a minute."""
    for number in range(61):
        at = NOW + number
        age_s = behind_s - shrinks_by * number
        seen.note(happening(Verdict.STALE, camera, at=at - age_s), at)


def test_a_camera_whose_clock_is_behind_is_said_until_it_sends_a_time_that_counts() -> None:
    seen = UnusableMessages(300.0)
    too_old(seen, behind_s=3_600.0)
    too_old(seen, behind_s=5_000.0, camera="yard")
    assert said(seen) == [("too_old", "gate", 61), ("too_old", "yard", 61)]
    seen.note(happening(Verdict.FRAME, "gate"), NOW)
    assert said(seen) == [("too_old", "yard", 61)]


def test_what_was_held_up_by_an_outage_and_what_a_broker_retained_is_no_trouble() -> None:
    seen = UnusableMessages(300.0)
    too_old(seen, behind_s=30_000.0, shrinks_by=20.0)
    for _ in range(100):
        seen.note(happening(Verdict.STALE, "yard", at=NOW - 9_000.0), NOW)
    overtaken = happening(Verdict.STALE, "door", at=NOW - 1.0)
    for number in range(100):
        seen.note(overtaken, NOW + number)
    assert said(seen) == []


def test_messages_that_name_their_camera_themselves_are_of_use() -> None:
    seen = UnusableMessages(300.0)
    for _ in range(20):
        seen.note(happening(Verdict.NEW, None, direct_cameras=()), NOW)
    assert said(seen) == []

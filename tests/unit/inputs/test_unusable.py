"""Messages of which no event can come: when they are said, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.inputs.happening import Happening, Reading, Says, Verdict
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.unusable import UnusableMessages
from securos_trigger.system.timestamps import rfc3339

NOW = 1_777_885_951.0


def happening(verdict: Verdict, camera: str | None = "gate", **reading: Any) -> Happening:
    cameras = ("1",) if camera else ()
    made = Reading(**{"says": Says.FRAME, "source": camera, **reading})
    return Happening(verdict=verdict, reading=made, source=camera, cameras=cameras)


def note(seen: UnusableMessages, one: Happening, at: float = NOW, *, is_retained: bool = False) -> None:
    seen.note(one, Message(body=b"", arrived_at=at, retain=is_retained))


def said(seen: UnusableMessages) -> list[tuple[str, str, int]]:
    return [(one["why"], one["camera"], one["count"]) for one in seen.answer(NOW)]


@pytest.mark.parametrize("verdict", [Verdict.MALFORMED, Verdict.REFUSED, Verdict.FRAME])
def test_ten_messages_in_a_row_are_said_until_one_is_of_use(verdict: Verdict) -> None:
    seen = UnusableMessages(300.0)
    useless = happening(verdict, None, why="at 1:2")
    note(seen, happening(Verdict.FRAME))
    for _ in range(9):
        note(seen, useless)
        note(seen, happening(Verdict.STATE, says=Says.LEVEL))
    note(seen, useless, is_retained=True)
    assert said(seen) == [], "a few may be those of another sender"
    note(seen, useless)
    why = {Verdict.FRAME: "no_camera"}.get(verdict, verdict.value)
    assert said(seen) == [(why, "", 10)]
    assert seen.answer(NOW)[0]["reason"] == ("" if verdict is Verdict.FRAME else "at 1:2")
    note(seen, happening(Verdict.NEW, "yard"))
    assert said(seen) == []


@pytest.mark.parametrize(
    ("read", "is_over"),
    [
        (happening(Verdict.DUPLICATE), True),
        (happening(Verdict.STATE, says=Says.AS_IS), True),
        (happening(Verdict.STALE, at=NOW - 1.0), True),  # overtaken
        (happening(Verdict.STALE, at=NOW - 9_000.0), False),
        (happening(Verdict.STATE, says=Says.LEVEL), False),
        (happening(Verdict.IGNORED, says=Says.NOT_FOR_US), False),
        (happening(Verdict.NEW, None), False),
    ],
)
def test_messages_that_are_read_end_the_run_of_those_that_are_not(read: Happening, is_over: bool) -> None:
    seen = UnusableMessages(300.0)
    for _ in range(10):
        note(seen, happening(Verdict.MALFORMED, None))
    note(seen, read)
    assert said(seen) == ([] if is_over else [("malformed", "", 10)])


def too_old(seen: UnusableMessages, *, behind_s: float, shrinks_by: float = 0.0, camera: str = "gate") -> None:
    """A message a second for a minute."""
    for number in range(61):
        at = NOW + number
        age_s = behind_s - shrinks_by * number
        note(seen, happening(Verdict.STALE, camera, at=at - age_s), at)


def test_a_camera_whose_clock_is_behind_is_said_until_it_sends_a_time_that_counts() -> None:
    seen = UnusableMessages(300.0)
    too_old(seen, behind_s=3_600.0)
    too_old(seen, behind_s=5_000.0, camera="yard")
    assert said(seen) == [("too_old", "gate", 61), ("too_old", "yard", 61)]
    note(seen, happening(Verdict.FRAME, "gate"))
    assert said(seen) == [("too_old", "yard", 61)]
    note(seen, happening(Verdict.DUPLICATE, "yard", at=NOW - 1.0))
    assert said(seen) == []


def test_what_was_held_up_by_an_outage_and_what_a_broker_retained_is_no_trouble() -> None:
    seen = UnusableMessages(300.0)
    too_old(seen, behind_s=30_000.0, shrinks_by=20.0)
    for subscribed_at in (NOW, NOW + 60.0, NOW + 600.0):
        for _ in range(100):
            note(seen, happening(Verdict.STALE, "yard", at=NOW - 9_000.0), subscribed_at, is_retained=True)
    overtaken = happening(Verdict.STALE, "door", at=NOW - 1.0)
    for number in range(100):
        note(seen, overtaken, NOW + number)
    assert said(seen) == []


def test_messages_that_name_their_camera_themselves_are_of_use() -> None:
    seen = UnusableMessages(300.0)
    for _ in range(20):
        note(seen, happening(Verdict.NEW, None, direct_cameras=()))
    assert said(seen) == []


def test_a_sender_that_is_gone_is_forgotten_after_a_day() -> None:
    seen = UnusableMessages(300.0)
    for _ in range(10):
        note(seen, happening(Verdict.MALFORMED, None))
    too_old(seen, behind_s=3_600.0)
    last_at = NOW + 24 * 3600.0
    assert [one["why"] for one in seen.answer(last_at)] == ["malformed", "too_old"]
    assert [one["why"] for one in seen.answer(last_at + 1.0)] == ["too_old"]
    assert seen.answer(last_at + 61.0) == []


def test_messages_after_a_silent_day_are_a_run_of_their_own() -> None:
    seen = UnusableMessages(300.0)
    for day in range(0, 60, 2):
        note(seen, happening(Verdict.MALFORMED, None), NOW + day * 24 * 3600.0)
    last_at = NOW + 58 * 24 * 3600.0
    assert seen.answer(last_at) == []
    for _ in range(9):
        note(seen, happening(Verdict.MALFORMED, None), last_at)
    [run] = seen.answer(last_at)
    assert (run["count"], run["since"]) == (10, rfc3339(last_at))

"""What keeps events away now begins the answer about the last minutes, however well these were."""

from __future__ import annotations

import pytest

from securos_trigger import Reason
from securos_trigger.ledger import Asked, Entry, Record, RunNote, SettingsNote, answer
from securos_trigger.model import Address
from tests.unit.ledger.test_answers import BEGAN_S, YARD, entry, fired, flat

pytestmark = pytest.mark.usefixtures("in_berlin")


def closed(from_s: float, ends_s: float) -> Entry:
    ends_at_s = BEGAN_S + ends_s
    return entry(Reason.INACTIVE_HOURS, from_s, from_s + 5, line=1, people=2, inactive_until_at_s=ends_at_s)


def summed_up(*records: Record, is_running: bool = True) -> tuple[str, str]:
    """The kind of the cause, and what is said of the minute."""
    found = answer(records, Asked(BEGAN_S, BEGAN_S + 60, 0.0, is_summary=True), YARD, is_running=is_running)
    return found.to_json()["nodes"][0]["cause"]["kind"], flat(found)


def test_hours_that_are_closed_now_come_before_the_events_of_the_open_ones() -> None:
    kind, text = summed_up(fired(3), closed(20, 600))
    assert (
        "yard/alarm: it is outside active_hours now, which begin again at 14:13:00: it sends no events. In the time "
        "that was asked about it fired once; what became of it is not recorded."
    ) in text
    assert "Next: change active_hours, if this time should be watched." in text
    assert kind == "inactive_hours"


@pytest.mark.parametrize(
    "records",
    [
        pytest.param((closed(3, 30), fired(40)), id="they are open again"),
        pytest.param((fired(3), closed(20, 30)), id="they have begun again"),
        pytest.param(
            (
                fired(3),
                closed(20, 600),
                SettingsNote(Address("yard", "", "alarm"), BEGAN_S + 40, changed=("active_hours",)),
            ),
            id="they were changed",
        ),
    ],
)
def test_hours_that_are_open_now_come_after_the_events(records: tuple[Record, ...]) -> None:
    kind, text = summed_up(*records)
    assert "outside active_hours now" not in text
    assert kind == "unknown"


def test_a_time_in_the_past_is_answered_without_the_hours_of_now() -> None:
    found = answer((fired(3), closed(20, 600)), Asked(BEGAN_S, BEGAN_S + 60), YARD)
    assert "outside active_hours now" not in flat(found)


ENDED = "no service runs since Sunday 22 November 2026, 14:03:20."
KILLED = (
    "the ledger was written until Sunday 22 November 2026, 14:03:10, and no service runs now. What was decided after "
    "that is not known."
)


FINISHED = "The run ended at Sunday 22 November 2026, 14:03:20: its sources had come to their end."


@pytest.mark.parametrize(
    ("decided", "kind", "said"),
    [
        (fired(3), "unknown", "it fired once; "),
        (entry(Reason.CONDITION_FALSE, 3, 15, line=1, people=2), "condition_false", "it did not fire: the condition "),
    ],
)
def test_what_a_run_that_ended_by_itself_did_comes_first(decided: Entry, kind: str, said: str) -> None:
    end = RunNote(BEGAN_S + 20, is_end=True, is_finished=True)
    found, text = summed_up(RunNote(BEGAN_S - 10), decided, end, is_running=False)
    assert f"yard/alarm: {said}" in text
    assert (found, text.count(FINISHED)) == (kind, 1)


@pytest.mark.parametrize(
    ("end", "why", "said"),
    [((RunNote(BEGAN_S + 20, is_end=True),), "not_running", ENDED), ((), "unknown", KILLED)],
)
def test_that_no_service_runs_now_comes_before_what_it_did(end: tuple[Record, ...], why: str, said: str) -> None:
    began = RunNote(BEGAN_S - 10)
    kind, text = summed_up(began, fired(3), entry(Reason.INTERVAL, 4, 10, line=1, people=2), *end, is_running=False)
    assert f"yard/alarm: {said} In the time that was asked about it fired once; " in text
    assert (kind, text.lower().count(said.lower())) == (why, 1)

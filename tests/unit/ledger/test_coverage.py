"""Times of which the ledger says nothing: gaps, times without a service, what came before its first line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from securos_trigger import Reason
from securos_trigger.ledger import Answer, Asked, DeliveryNote, DeliveryState, GapNote, Record, RunNote, answer
from securos_trigger.ledger.coverage import Coverage, Silence, Why
from securos_trigger.ledger.journal_gap import STOOD_STILL
from tests.unit.ledger.test_answers import BEGAN_S, HEAD, YARD, asked, entry, fired, flat

pytestmark = pytest.mark.usefixtures("in_berlin")

FULL = "the disk is full"
BEFORE = entry(Reason.CONDITION_FALSE, -100, -20)
KEPT_AHEAD = DeliveryNote("e0", DeliveryState.KEPT, BEGAN_S + 690)


def gap(from_s: float, until_s: float, frames: int = 1_204, events_lost: int = 31) -> GapNote:
    return GapNote(BEGAN_S + from_s, BEGAN_S + until_s, FULL, frames, events_lost)


def asked_without_a_service(*records: Record) -> Answer:
    return answer(records, Asked(BEGAN_S, BEGAN_S + 60, 0.0), YARD, is_running=False)


def test_a_gap_is_said_and_not_that_no_frame_came() -> None:
    text = flat(asked(BEFORE, gap(-20, 70), entry(Reason.CONDITION_FALSE, 70, 80), around_s=0))
    lost = f"1,204 decisions were not kept, 31 events were lost, of all nodes together, because of this: {FULL}"
    begin = (
        "yard/alarm: no frame is recorded in that time. The ledger has a gap from Sunday 22 November 2026, 14:02:40 to"
    )
    assert f"{begin} 14:04:10: {lost}. Next: `securos-trigger doctor CONFIG` says" in text
    assert text.endswith(f"> 14:02:40 to 14:04:10 not recorded: {lost}")


def test_a_gap_in_the_middle_stands_among_the_rows_in_its_place() -> None:
    text = str(
        asked(BEFORE, entry(Reason.CONDITION_FALSE, 0, 9.9), gap(10, 20, 1, 1), entry(Reason.CONDITION_FALSE, 20, 59.9))
    )
    rows = [line for line in text.split("\n") if " to 14:0" in line and line.startswith((">", "  1"))]
    assert [row.split()[1:5] for row in rows[1:]] == [
        ["14:03:00", "to", "14:03:09.90", "condition_false,"],
        ["14:03:10", "to", "14:03:20", "not"],
        ["14:03:20", "to", "14:03:59.90", "condition_false,"],
    ]
    assert "1 decision was not kept, 1 event was lost" in flat(text)


def test_a_service_that_stood_still_is_no_camera_without_frames() -> None:
    still = GapNote(BEGAN_S - 20, BEGAN_S + 70, STOOD_STILL)
    text = flat(asked(BEFORE, still, entry(Reason.CONDITION_FALSE, 70, 80), around_s=0))
    assert (
        "yard/alarm: no frame is recorded in that time. The service stood still from Sunday 22 November 2026, 14:02:40 "
        "to 14:04:10: its process was stopped, or this machine was far too busy. Nothing was read or decided then."
    ) in text
    assert "see who stopped the process" in text
    assert "no frame came" not in text


def test_gaps_that_follow_each_other_are_one() -> None:
    found = asked(BEFORE, gap(0, 5, 10, 1), gap(6, 9, 20, 2), gap(40, 41, 1, 0))
    assert [(one.from_at_s - BEGAN_S, one.until_at_s - BEGAN_S, one.frames) for one in found.silences] == [
        (0, 9, 30),
        (40, 41, 1),
    ]


def test_what_the_running_service_could_not_write_yet_is_a_gap_too() -> None:
    found = answer([BEFORE], Asked(BEGAN_S, BEGAN_S + 60), YARD, is_running=True, present_gap=gap(-20, 55, 800, 0))
    assert "no frame is recorded in that time." in flat(found)
    assert (
        "The ledger has a gap from Sunday 22 November 2026, 14:02:40 to 14:03:55: 800 decisions were not kept"
        in flat(found)
    )


def test_a_running_service_without_a_gap_had_no_frame() -> None:
    assert "yard/alarm: no frame came in that time." in str(answer([BEFORE], Asked(BEGAN_S, BEGAN_S + 60), YARD))


def test_of_what_a_running_service_may_not_have_written_yet_nothing_is_said() -> None:
    fresh = Asked(BEGAN_S, BEGAN_S + 60, written_until_at_s=BEGAN_S + 59)
    text = flat(answer([BEFORE], fresh, YARD))
    assert "yard/alarm: what came in that time is not in the ledger yet. Next: ask again in ten seconds." in text
    written = replace(fresh, written_until_at_s=BEGAN_S + 60)
    assert "yard/alarm: no frame came in that time." in str(answer([BEFORE], written, YARD))


def test_a_service_that_was_killed_may_have_decided_more() -> None:
    text = flat(asked_without_a_service(BEFORE))
    assert "no frame is recorded in that time." in text
    assert (
        "yard/alarm: no frame is recorded in that time. The ledger was written until Sunday 22 November 2026, 14:02:40, "
        "and no service runs now. What was decided after that is not known. Next: "
    ) in text


def test_a_service_that_ended_decided_nothing_after_that() -> None:
    text = flat(asked_without_a_service(BEFORE, RunNote(BEGAN_S - 5, is_end=True)))
    assert "no frame is recorded in that time. No service runs since Sunday 22 November 2026, 14:02:55. Next: " in text


def test_a_run_that_ended_by_itself_says_so() -> None:
    text = flat(asked_without_a_service(BEFORE, RunNote(BEGAN_S - 5, is_end=True, is_finished=True)))
    assert (
        "no frame is recorded in that time. The run ended at Sunday 22 November 2026, 14:02:55: its sources had come to "
        "their end. Next: ask about the last frame: `securos-trigger explain CONFIG --at 2026-11-22T"
    ) in text


def test_between_two_runs_it_is_known_whether_one_ended() -> None:
    again = RunNote(BEGAN_S + 70)
    ended = flat(asked(BEFORE, RunNote(BEGAN_S - 10, is_end=True), again, around_s=0))
    assert "No service ran from Sunday 22 November 2026, 14:02:50 to 14:04:10." in ended
    killed = flat(asked(RunNote(BEGAN_S - 200), BEFORE, again, around_s=0))
    assert (
        "The ledger was not written from Sunday 22 November 2026, 14:02:40 to 14:04:10, when a service began again: the "
        "one before it was killed, or could not write it to its end. What was decided meanwhile is not known."
    ) in killed


def test_after_lines_of_an_older_version_it_is_not_said_that_a_service_was_killed() -> None:
    found = asked(BEFORE, RunNote(BEGAN_S + 70), around_s=0)
    assert (
        "The ledger was not written from Sunday 22 November 2026, 14:02:40 to 14:04:10. Whether a service ran then is not "
        "known."
    ) in flat(found)
    assert [one.why for one in found.silences] == ["unmarked"]


AHEAD_S = 600


@pytest.mark.parametrize("ahead", [[RunNote(BEGAN_S + AHEAD_S + 90, is_end=True)], [KEPT_AHEAD]])
def test_a_clock_that_was_ahead_is_no_time_without_a_service(ahead: list[Record]) -> None:
    found = asked(
        BEFORE,
        RunNote(BEGAN_S - 10, is_end=True),
        RunNote(BEGAN_S + AHEAD_S),
        *ahead,
        RunNote(BEGAN_S + 5),  # the clock is right again
        fired(10),
        RunNote(BEGAN_S + 50, is_end=True),
        RunNote(BEGAN_S + 55),
        around_s=0,
    )
    text = flat(found)
    assert "yard/alarm: it fired" in text
    assert (
        "The clock of this machine went back by at least 11 minutes when a service began at Sunday 22 November 2026, "
        "14:03:05: times from then to 14:14:30 are shown as the clock had them, of both services."
    ) in text
    assert "No service ran from Sunday 22 November 2026, 14:02:50 to 14:03:05." in text
    assert "No service ran from Sunday 22 November 2026, 14:03:50 to 14:03:55." in text
    assert [one.why for one in found.silences] == ["not_running", "clock_went_back", "not_running"]


def test_a_device_whose_clock_is_ahead_does_not_put_that_of_the_machine_back() -> None:
    found = asked(RunNote(BEGAN_S - 10), entry(Reason.CONDITION_FALSE, 590, 600), RunNote(BEGAN_S + 5), around_s=0)
    assert "clock_went_back" not in [one.why for one in found.silences]


def test_before_the_first_line_nothing_is_known() -> None:
    text = flat(asked(entry(Reason.CONDITION_FALSE, 300, 400), around_s=0))
    assert "no frame is recorded in that time." in text
    assert "The ledger begins at Sunday 22 November 2026, 14:08:00: what was before that is not known." in text
    assert "The ledger begins" not in str(asked(entry(Reason.CONDITION_FALSE, 30, 40))), "it has frames of the time"


def test_a_summary_names_the_gap_and_a_ledger_without_decisions_too() -> None:
    summary = flat(asked(BEFORE, fired(3), gap(10, 20), is_summary=True))
    assert "The ledger has a gap from " in summary
    assert flat(asked(gap(10, 20))).startswith(
        flat(HEAD) + " The ledger holds no decision yet. The ledger has a gap from "
    )


def test_many_times_without_a_service_are_counted() -> None:
    notes = [RunNote(BEGAN_S + second, is_end=second % 2 == 1) for second in range(1, 41)]
    text = flat(asked(BEFORE, *notes))
    assert "The ledger is silent 20 times; the last 5:" in text
    assert text.count("No service ran from") == 6  # and the cause


def test_the_json_has_them_with_nulls_where_there_is_no_end() -> None:
    [before, after] = asked_without_a_service(entry(Reason.CONDITION_FALSE, 30, 40)).to_json()["silences"]
    assert before == {
        "why": "before",
        "from": None,
        "until": "2026-11-22T13:03:30.000Z",
        "reason": "",
        "frames": 0,
        "events_lost": 0,
    }
    assert (after["why"], after["from"], after["until"]) == ("unknown", "2026-11-22T13:03:40.000Z", None)


def test_a_gap_that_begins_and_ends_in_one_instant_has_one_time() -> None:
    silence = Silence(Why.GAP, BEGAN_S + 10, BEGAN_S + 10, FULL)
    assert silence.sentence().startswith("The ledger has a gap at Sunday 22 November 2026, 14:03:10")


@pytest.mark.parametrize(("torn_s", "true_s", "count"), [(10.0, 10.0, 1), (10.0, 10.3, 1), (10.0, 20.0, 2)])
def test_a_line_cut_off_where_a_gap_begins_is_no_gap_of_its_own(torn_s: float, true_s: float, count: int) -> None:
    torn = GapNote(BEGAN_S + torn_s, BEGAN_S + torn_s, "1 line cannot be read")
    true = GapNote(BEGAN_S + true_s, BEGAN_S + 60, FULL, 1_204)
    coverage = Coverage()
    list(coverage.watching([torn, true]))
    gaps = [one for one in coverage.silences(is_running=True, present_gap=None) if one.is_gap]
    assert len(gaps) == count
    assert (gaps[0].from_at_s, gaps[-1].reason, gaps[-1].frames) == (BEGAN_S + torn_s, FULL, 1_204)

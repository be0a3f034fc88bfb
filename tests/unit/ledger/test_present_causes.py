"""What keeps events away now begins the answer about the last minutes, however well these were."""

from __future__ import annotations

import pytest

from securos_trigger import Reason
from securos_trigger.ledger import (
    Asked,
    DeliveryNote,
    DeliveryState,
    Entry,
    GapNote,
    Record,
    RunNote,
    SettingsNote,
    SourceNote,
    TargetNote,
    answer,
)
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
        "yard/alarm: it is outside active_hours now, which begin again at 14:13:00: it sends no events. Next: change "
        "active_hours, if this time should be watched. In the time that was asked about it fired once at 14:03:03; 51 "
        "frames since 14:03:20 were held back: it was outside active_hours, which begin again at 14:13:00. Of the "
        "event: what became of it is not recorded."
    ) in text
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
    assert f"yard/alarm: {said} Next: " in text
    assert " In the time that was asked about it fired once; " in text
    assert (kind, text.lower().count(said.lower())) == (why, 1)


NO_FRAME = "no frame since Sunday 22 November 2026, 14:03:20: the source gate was lost: Connection refused."
DEAD = SourceNote(BEGAN_S + 30, source="gate", pipeline="yard", reason="Connection refused")
WELL = entry(Reason.CONDITION_FALSE, 4, 20, line=1, people=2)
LOST = GapNote(BEGAN_S + 31, BEGAN_S + 55, "the disk is full", 120, 54)
TARGET = "https://vms.example:3443"
FAILING = TargetNote(TARGET, "target_unreachable", BEGAN_S + 25, "Connection refused")


def lines_now(*records: Record, gap: GapNote | None = None) -> list[str]:
    """What is said of the node before the counts of frames, a line of the answer each."""
    found = answer(records, Asked(BEGAN_S, BEGAN_S + 60, 0.0, is_summary=True), YARD, present_gap=gap)
    return list(found.to_json()["nodes"][0]["cause"]["lines"])


def test_a_camera_that_is_dead_now_comes_before_the_events_that_it_gave() -> None:
    [now, past] = lines_now(fired(3), WELL, DEAD)
    assert now == NO_FRAME
    assert past.startswith("In the time that was asked about it fired once; ")


def test_events_that_are_lost_now_come_before_all_else_each_thing_on_a_line_of_its_own() -> None:
    kept = DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + 3, TARGET)
    lines = lines_now(fired(3, "e1"), kept, WELL, FAILING, closed(21, 600), DEAD, gap=LOST)
    assert lines == [
        "events are being lost now, 54 events since 14:03:31, of all nodes together: the disk is full.",
        NO_FRAME.replace("14:03:20", "14:03:26"),
        f"{TARGET} takes no events since Sunday 22 November 2026, 14:03:25: Connection refused.",
        "it is outside active_hours now, which begin again at 14:13:00: it sends no events.",
        "In the time that was asked about it fired once; not delivered yet.",
        "51 frames since 14:03:21 were held back: it was outside active_hours, which begin again at 14:13:00.",
    ]


def test_events_that_are_lost_before_the_outbox_come_before_the_target_that_fills_it() -> None:
    lost = DeliveryNote("e1", DeliveryState.NOT_KEPT, BEGAN_S + 8, reason="the outbox is full")
    kept = DeliveryNote("e0", DeliveryState.KEPT, BEGAN_S + 3, TARGET)
    records = (fired(3, "e0"), kept, fired(8, "e1"), lost, FAILING)
    assert lines_now(*records) == [
        "it fired 2 times, and 1 event of these was lost at 14:03:08: the outbox is full.",
        f"{TARGET} takes no events since Sunday 22 November 2026, 14:03:25: Connection refused.",
        "1 event is not delivered yet.",
    ]
    assert summed_up(*records)[0] == "not_kept"


def test_a_time_in_the_past_is_answered_without_what_is_wrong_now() -> None:
    found = answer((fired(3), WELL, FAILING), Asked(BEGAN_S, BEGAN_S + 10), YARD, present_gap=LOST)
    assert found.to_json()["nodes"][0]["cause"]["lines"][0].startswith("it fired once; ")


def changed(*names: str) -> SettingsNote:
    return SettingsNote(Address("yard", "", "alarm"), BEGAN_S + 30, changed=names)


def test_hours_that_were_taken_away_held_back_until_then() -> None:
    lines = lines_now(closed(3, 9000), changed("active_hours"), fired(40))
    assert lines[-1] == (
        "51 frames since 14:03:03 were held back: it was outside active_hours until the settings were changed at 14:03:30."
    )
    [only] = lines_now(closed(3, 9000), changed("active_hours"))
    assert only == (
        "it did not fire: it would have fired, but it was outside active_hours until the settings were changed at 14:03:30."
    )


@pytest.mark.parametrize(
    ("reason", "name"), [(Reason.INTERVAL, "interval"), (Reason.HOLDING, "hold"), (Reason.CONDITION_FALSE, "trigger")]
)
def test_what_a_setting_held_back_is_over_when_it_is_changed(reason: Reason, name: str) -> None:
    held = entry(reason, 3, 20, line=1, people=2)
    assert lines_now(held, changed(name))[1] == f"that was so until the settings were changed at 14:03:30: {name}."
    assert len(lines_now(held, changed("event_name"))) == 1


def test_events_that_were_given_up_before_the_camera_was_corrected_are_over() -> None:
    refused = DeliveryNote("e1", DeliveryState.DEAD, BEGAN_S + 4, TARGET, "no camera 12")
    done = DeliveryNote("e2", DeliveryState.DELIVERED, BEGAN_S + 41, TARGET)
    assert lines_now(fired(3, "e1"), refused, changed("iss_camera_ids"), fired(40, "e2"), done)[1:] == [
        "the settings were changed after that, at 14:03:30: iss_camera_ids.",
        "later ones were delivered.",
    ]

"""Lost sources, failing targets and mutes: when they began and ended, and what an answer says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from securos_trigger import Reason
from securos_trigger.ledger import (
    Answer,
    Asked,
    DeliveryNote,
    DeliveryState,
    Record,
    RunNote,
    SettingsNote,
    SourceNote,
    StateNote,
    TargetNote,
    answer,
)
from securos_trigger.ledger.lines import line_of, record_of
from securos_trigger.ledger.notices import record_of_notice
from securos_trigger.ledger.periods import Period
from securos_trigger.model import Address
from securos_trigger.notices import Notice, kinds
from tests.unit.ledger.test_answers import BEGAN_S, TARGET, YARD, entry, fired, flat

pytestmark = pytest.mark.usefixtures("in_berlin")

ALARM = Address("yard", "", "alarm")


def of_the_yard(*records: Record, until_s: float = 60.0) -> Answer:
    """What is said of the minute; every record goes through its line."""
    read = [read_back for one in records if (read_back := record_of(line_of(one))) is not None]
    assert read == list(records)
    return answer(read, Asked(BEGAN_S, BEGAN_S + until_s), YARD)


def lost(at_s: float, reason: str) -> SourceNote:
    return SourceNote(BEGAN_S + at_s, source="gate", pipeline="yard", reason=reason)


def test_every_loss_of_the_time_is_counted_in_one_sentence_and_the_json_has_them_all() -> None:
    losses = [note for n in range(11) for note in (lost(5 * n, "Connection refused"), lost(5 * n + 1 + n / 10, ""))]
    found = of_the_yard(entry(Reason.CONDITION_FALSE, 0, 59.9), *losses)
    assert (
        "The source gate was lost 11 times between 14:03:00 and 14:03:52, the longest for 2.00 s at 14:03:50, "
        "16 s in all: Connection refused." in flat(found)
    )
    assert flat(found).count("Connection refused") == 1
    periods = found.to_json()["nodes"][0]["periods"]
    assert len(periods) == 11
    assert (periods[1]["what"], periods[1]["from"], periods[1]["until"]) == (
        "source_lost",
        "2026-11-22T13:03:05.000Z",
        "2026-11-22T13:03:06.100Z",
    )


def test_a_source_that_was_lost_for_most_of_the_time_is_the_cause_and_not_what_the_few_frames_were() -> None:
    found = of_the_yard(entry(Reason.CONDITION_FALSE, 0, 5), lost(6, "timed out"), lost(50, ""))
    assert (
        "yard/alarm: hardly a frame came: the source gate was lost from 14:03:06 to 14:03:50 (44 s): timed out."
        in flat(found)
    )
    assert found.to_json()["nodes"][0]["cause"]["kind"] == "source_lost"


def test_several_reasons_of_losses_are_each_said_once_with_their_number() -> None:
    notes = [lost(1, "refused"), lost(2, ""), lost(3, "refused"), lost(4, ""), lost(5, "timed out"), lost(6, "")]
    text = flat(of_the_yard(*notes, entry(Reason.CONDITION_FALSE, 7, 59)))
    assert "was lost 3 times between 14:03:01 and 14:03:06" in text
    assert "3.00 s in all: refused (2 times), timed out (1 time)." in text


def behind(at_s: float, number: str) -> StateNote:
    reason = f"{number} of 10.0 frames a second are left out"
    return StateNote(BEGAN_S + at_s, "source_behind", pipeline="yard", source="gate", reason=reason)


def test_frames_that_were_left_out_are_said_where_nothing_fired_and_reasons_that_differ_without_a_number() -> None:
    notes = [note for at_s, number in ((1, "6.6"), (31, "6.3")) for note in (behind(at_s, number), over(at_s + 2))]
    false = entry(Reason.CONDITION_FALSE, 0, 59)
    text = flat(of_the_yard(false, *notes))
    assert "6.6 of 10.0 frames a second are left out, 6.3 of 10.0 frames a second are left out." in text
    assert "left out" not in flat(of_the_yard(false, *notes, fired(40)))


def over(at_s: float) -> StateNote:
    return replace(behind(at_s, ""), is_over=True, reason="")


def test_a_loss_that_the_end_of_the_service_cut_off_does_not_last_for_ever() -> None:
    notes: list[Record] = [
        lost(1, "refused"),
        RunNote(BEGAN_S + 5, is_end=True),
        RunNote(BEGAN_S + 6),
        entry(Reason.CONDITION_FALSE, 7, 9),
    ]
    [period] = of_the_yard(*notes).to_json()["nodes"][0]["periods"]
    assert (period["until"], period["ended"]) == ("2026-11-22T13:03:05.000Z", "the service ended")


# -- mutes


def muted(at_s: float, until_s: float, reason: str = "works") -> StateNote:
    return StateNote(BEGAN_S + at_s, "muted", node="yard/alarm", reason=reason, until_at_s=BEGAN_S + until_s)


def unmuted(at_s: float, reason: str) -> StateNote:
    return StateNote(BEGAN_S + at_s, "muted", is_over=True, node="yard/alarm", reason=reason)


HELD = entry(Reason.MUTED, 0, 20, line=1, people=2, inactive_until_at_s=BEGAN_S + 7200, mute_reason="works")


def test_a_mute_that_a_person_ended_is_said_with_its_end_and_not_with_the_planned_one() -> None:
    text = flat(of_the_yard(muted(-60, 7200), HELD, unmuted(20.5, "a person ended it")))
    end = "until 14:03:20.50, when a person ended it; it was to last until 16:03:00 (works)"
    assert f"yard/alarm: it did not fire: it would have fired, but the node was muted {end}." in text
    assert f"The node was muted from 14:02:00 {end}." in text


def test_a_mute_is_the_cause_also_where_the_rise_was_before_the_asked_time() -> None:
    true = entry(Reason.NOT_RISEN, -20, 60)
    lasts = of_the_yard(muted(-60, 600), true)
    assert (
        flat(lasts).count("yard/alarm: it did not fire: the node is muted since 14:02:00 until 14:13:00 (works); the")
        == 1
    )
    assert lasts.to_json()["nodes"][0]["cause"]["kind"] == "muted"
    over = of_the_yard(muted(-600, -120), unmuted(-120, "its time is over"), true)
    assert over.to_json()["nodes"][0]["cause"]["kind"] == "not_risen"


def test_closed_hours_are_the_cause_also_where_the_rise_was_before_the_asked_time() -> None:
    closed = entry(Reason.INACTIVE_HOURS, -600, -600, inactive_until_at_s=BEGAN_S + 3600)
    true = entry(Reason.NOT_RISEN, -599.9, 60)
    found = of_the_yard(RunNote(BEGAN_S - 1000), closed, true)
    assert "did not fire: it was outside active_hours, which begin again at 15:03:00; the condition stay" in flat(found)
    assert found.to_json()["nodes"][0]["cause"]["kind"] == "inactive_hours"
    opened = SettingsNote(ALARM, BEGAN_S - 300, ("active_hours",))
    short = entry(Reason.INACTIVE_HOURS, -600, -600, inactive_until_at_s=BEGAN_S + 30)
    for records in ([closed, opened], [closed, RunNote(BEGAN_S - 300)], [short]):
        other = of_the_yard(RunNote(BEGAN_S - 1000), *records, true).to_json()
        assert other["nodes"][0]["cause"]["kind"] == "not_risen"


def test_after_a_mute_has_ended_the_node_is_not_said_to_be_muted() -> None:
    quiet = entry(Reason.CONDITION_FALSE, 0, 59)
    over = of_the_yard(muted(-600, -120), unmuted(-120, "its time is over"), quiet)
    assert "muted" not in flat(over)
    lasts = flat(of_the_yard(muted(-600, 600), quiet))
    assert "The node is muted since 13:53:00 until 14:13:00 (works)." in lasts
    assert lasts.index("the condition was false") < lasts.index("The node is muted"), "it changed nothing"


def test_a_mute_during_an_outage_leaves_the_outage_the_cause() -> None:
    text = flat(of_the_yard(muted(-60, 600), lost(-30, "refused")))
    assert "yard/alarm: no frame since Sunday 22 November 2026, 14:02:30: the source gate was lost: refused." in text
    assert "The node is muted since 14:02:00 until 14:13:00 (works)." in text


def test_a_mute_that_replaces_another_ends_it() -> None:
    found = of_the_yard(muted(1, 600), muted(2, 900, "longer"), HELD)
    first, second = found.to_json()["nodes"][0]["periods"]
    assert (first["ended"], second["reason"]) == ("another mute replaced it", "longer")


def test_a_mute_that_goes_on_over_a_start_lasts_since_a_person_ordered_it() -> None:
    days_before_s = BEGAN_S - 4 * 86_400
    text = flat(of_the_yard(replace(muted(-60, 7200), since_at_s=days_before_s), HELD))
    assert "The node is muted since Wednesday 18 November 2026, 14:03:00 until 16:03:00 (works)." in text
    assert "Next: `securos-trigger unmute CONFIG yard/alarm` ends the mute." in text
    later = replace(muted(-60, 7200), since_at_s=BEGAN_S + 9_000)
    assert "The node is muted since 14:02:00 until 16:03:00 (works)." in flat(of_the_yard(later, HELD)), (
        "a clock was set"
    )


def test_the_notices_of_mutes_become_records() -> None:
    since = {"since": "2026-11-22T13:02:00Z", "until": "2026-11-22T15:03:00Z"}
    begin = Notice(kinds.NODE_MUTED, fields={"node": "yard/alarm", **since, "reason": "works"})
    assert record_of_notice(begin, BEGAN_S) == replace(muted(0, 7200), since_at_s=BEGAN_S - 60)
    end = Notice(kinds.NODE_UNMUTED, fields={"node": "yard/alarm", "reason": "its time is over"})
    assert record_of_notice(end, BEGAN_S) == unmuted(0, "its time is over")


# -- targets


def test_a_certificate_that_is_not_trusted_is_dated_since_it_was_seen_and_not_since_the_target_was_unreachable() -> (
    None
):
    """The notice of a second cause says how long the trouble lasts as a whole."""
    unreachable = record_of_notice(
        Notice(kinds.TARGET_UNREACHABLE, fields={"target": TARGET, "reason": "refused", "outage_s": 2.0}), BEGAN_S - 598
    )
    untrusted = record_of_notice(
        Notice(kinds.TARGET_UNTRUSTED, fields={"target": TARGET, "reason": "another one", "outage_s": 610.0}),
        BEGAN_S + 10,
    )
    assert isinstance(unreachable, TargetNote)
    assert isinstance(untrusted, TargetNote)
    kept = DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + 8.01, TARGET)
    lasting = of_the_yard(unreachable, fired(8), kept, untrusted)
    assert "shows a certificate that is not trusted since Sunday 22 November 2026, 14:03:10: another one" in flat(
        lasting
    )
    assert f"{TARGET} took no events from 13:53:00 to 14:03:10 (10 minutes): refused." in flat(lasting)
    over = of_the_yard(unreachable, fired(8), kept, untrusted, TargetNote(TARGET, "", BEGAN_S + 40))
    assert f"{TARGET} showed a certificate that is not trusted from 14:03:10 to 14:03:40 (30 s): another one." in flat(
        over
    )
    first, second = over.to_json()["target_periods"]
    assert (first["what"], first["from"], first["until"]) == (
        "target_unreachable",
        "2026-11-22T12:53:00.000Z",
        "2026-11-22T13:03:10.000Z",
    )
    assert (second["what"], second["until"]) == ("target_untrusted", "2026-11-22T13:03:40.000Z")


# -- order, and what is said once


def test_changes_and_decisions_stand_in_the_order_of_time() -> None:
    change = SettingsNote(ALARM, BEGAN_S + 20, ("trigger",), "line > 1")
    lines = str(
        of_the_yard(change, entry(Reason.CONDITION_FALSE, 30, 40), entry(Reason.CONDITION_FALSE, 5, 10))
    ).splitlines()
    times = [line.split()[0] for line in lines if line.startswith("  14:03:")]
    assert times == ["14:03:05", "14:03:20", "14:03:30"]


def test_events_that_were_lost_for_one_reason_are_one_row_with_the_pauses_between_them() -> None:
    why = "the outbox accepts no more: the disk is full, 0 bytes are left in the folder of the outbox"
    records: list[Record] = []
    for n in range(11):
        records += [
            fired(5 * n, f"e{n}"),
            DeliveryNote(f"e{n}", DeliveryState.NOT_KEPT, BEGAN_S + 5 * n, reason=why),
            entry(Reason.PAUSE_AFTER_LOSS, 5 * n + 0.1, 5 * n + 1, line=1, people=2, interval_left_s=0.9),
        ]
    text = flat(of_the_yard(*records))
    assert f"it fired 11 times, and 11 events of these were lost between 14:03:00 and 14:03:50: {why}." in text
    assert '14:03:00 to 14:03:51 fired 11 times: "Crossing"' in text
    assert "pause_after_loss between them, 110 frames" in text
    assert text.count(why) == 2


def of_camera_12(*fates: str) -> str:
    """The first sentence where events came ten seconds apart and fared like this: `lost`, `dead`, `waits`, `new`, `done`."""
    records: list[Record] = []
    for n, fate in enumerate(fates):
        name, at_s = f"e{n}", BEGAN_S + 10 * n
        kept = DeliveryNote(name, DeliveryState.KEPT, at_s, TARGET)
        steps = {
            "lost": [DeliveryNote(name, DeliveryState.NOT_KEPT, at_s, reason="the disk is full")],
            "dead": [kept, DeliveryNote(name, DeliveryState.DEAD, at_s + 1, TARGET, "no camera 12")],
            "waits": [kept, DeliveryNote(name, DeliveryState.RETRY, at_s + 1, TARGET, "certificate refused")],
            "new": [kept],
            "done": [kept, DeliveryNote(name, DeliveryState.DELIVERED, at_s + 1, TARGET)],
            "late": [
                kept,
                DeliveryNote(name, DeliveryState.RETRY, at_s + 1, TARGET, "the call was rejected"),
                DeliveryNote(name, DeliveryState.DELIVERED, at_s + 43, TARGET, latency_s=43.0, is_late=True),
            ],
            "behind": [kept, DeliveryNote(name, DeliveryState.DELIVERED, at_s + 20, TARGET, latency_s=20.0)],
            "partly": [
                kept,
                DeliveryNote(name, DeliveryState.DELIVERED, at_s + 1, TARGET, "camera 1: recording failed"),
            ],
        }[fate]
        records += [fired(10 * n, name), *steps]
    cause = of_the_yard(*records).to_json()["nodes"][0]["cause"]
    return f"{cause['kind']}: {cause['text']}"


def test_events_that_were_held_up_are_not_called_like_those_that_came_at_once() -> None:
    assert of_camera_12("done", "late", "behind", "done", "done") == (
        f"delivered: it fired 5 times; 3 events alike, the last one: delivered to {TARGET} at 14:03:41. "
        "2 events were held up, by up to 43 s, 1 of them late and therefore without recording and subtitle: "
        "the call was rejected."
    )
    assert of_camera_12("late", "partly", "done") == (
        f"delivered: it fired 3 times; 1 of them: delivered to {TARGET} at 14:03:21. "
        "1 event was held up, by up to 43 s, late and therefore without recording and subtitle: the call was rejected. "
        "1 event was delivered, and failed in part: camera 1: recording failed."
    )
    assert of_camera_12("late", "late") == (
        f"delivered: it fired 2 times; all alike, the last one: delivered to {TARGET} at 14:03:53, 43 s after the frame, "
        "late and therefore without recording and subtitle."
    )


def test_the_trouble_of_the_newest_event_comes_before_one_that_is_over() -> None:
    assert of_camera_12("lost", "lost", "dead", "waits", "waits") == (
        "waiting: it fired 5 times; 2 events alike, the last one: not delivered yet: 1 attempt at 14:03:41 failed: "
        "certificate refused. 1 event was given up, at 14:03:21: no camera 12. 2 events of these were lost between 14:03:00 and 14:03:10: the disk is full "
        "(later ones were kept)."
    )
    assert of_camera_12("lost", "waits", "dead", "dead") == (
        "dead: it fired 4 times; 2 events alike, the last one: given up at 14:03:31, it will not be sent again: "
        "no camera 12. 1 event is not delivered yet. 1 event of these was lost at 14:03:00: "
        "the disk is full (later ones were kept)."
    )
    assert of_camera_12("dead", "waits", "lost", "lost") == (
        "not_kept: it fired 4 times, and 2 events of these were lost between 14:03:20 and 14:03:30: the disk is full. "
        "1 event is not delivered yet. 1 event was given up, at 14:03:01: no camera 12."
    )


def test_a_loss_before_events_that_arrived_is_said_to_be_over() -> None:
    over = (
        "not_kept: it fired 2 times, and 1 event of these was lost at 14:03:00: the disk is full. Later ones were kept."
    )
    assert of_camera_12("lost", "done") == over
    assert of_camera_12("lost", "new") == f"{over} 1 event is not delivered yet."  # on its way, not in trouble


def test_a_pause_after_a_loss_is_not_called_the_interval() -> None:
    text = flat(of_the_yard(entry(Reason.PAUSE_AFTER_LOSS, 1, 2, line=1, people=2, interval_left_s=0.9)))
    assert "it did not fire: the event before could not be kept, and the pause after that was not over, 0.9 s" in text
    assert "interval" not in text


def test_the_long_reason_of_several_deliveries_is_said_once() -> None:
    why = "refused with status 400: the camera 7 is not known to this server"
    steps = [DeliveryNote(f"e{n}", DeliveryState.DEAD, BEGAN_S + n + 0.5, TARGET, why) for n in range(3)]
    text = str(of_the_yard(*(fired(n, f"e{n}") for n in range(3)), *steps))
    assert flat(text).count(why) == 2, "in the first line, and in the first row"
    assert flat(text).count("the same reason as above") == 2
    assert max(map(len, text.splitlines())) <= 80


def test_other_states_that_explain_the_silence_are_the_cause() -> None:
    for notice, words in (
        (
            Notice(kinds.CAMERA_UNKNOWN, fields={"pipeline": "yard", "source": "gate", "cameras": "side", "fix": ""}),
            "messages came of camera side, which is not in the camera map",
        ),
        (
            Notice(
                kinds.CAMERA_OFFLINE, fields={"pipeline": "yard", "source": "gate", "cameras": "side", "reason": "off"}
            ),
            "the source gate said that its camera side is offline",
        ),
        (
            Notice(kinds.MESSAGE_MALFORMED, fields={"pipeline": "yard", "source": "gate", "reason": "no JSON"}),
            "messages of gate could not be read",
        ),
        (
            Notice(
                kinds.MESSAGES_TOO_OLD,
                fields={"pipeline": "yard", "source": "gate", "cameras": "side", "reason": "420 s old"},
            ),
            "messages of camera side were too old to raise an event",
        ),
    ):
        record = record_of_notice(notice, BEGAN_S + 5)
        assert record is not None
        assert f"yard/alarm: no frame came in that time: {words}" in flat(of_the_yard(record))


def test_a_source_that_came_too_fast_is_named_beside_the_frames_that_came() -> None:
    about = {"pipeline": "yard", "source": "gate"}
    for more, words in (
        (
            {"behind_s": "", "reason": "8.1 of 10.0 frames a second are left out"},
            "8.1 of 10.0 frames a second are left out",
        ),
        ({"behind_s": 5.3}, "it was 5.3 s behind when that began"),
    ):
        began = record_of_notice(Notice(kinds.SOURCE_BEHIND, fields={**about, **more}), BEGAN_S - 5)
        ended = record_of_notice(Notice(kinds.SOURCE_CAUGHT_UP, fields={**about, "outage_s": 60.0}), BEGAN_S + 55)
        assert began is not None
        assert ended is not None
        text = flat(said(began, ended))
        assert "The source gate came faster than this machine takes it from" in text
        assert words in text
        assert "it did not fire" in text, "frames came, and the condition is the cause"


# -- what ends without a notice of its own


def said(*records: Record) -> Answer:
    """Of a minute some while after these records, with frames before and in it that were all false."""
    frames = [entry(Reason.CONDITION_FALSE, 10 * n, 10 * n + 9.9) for n in (-40, *range(6))]
    return of_the_yard(RunNote(BEGAN_S - 1000), *records, *frames)


def state(at_s: float, name: str, *, is_over: bool = False, pipeline: str = "yard", cameras: str = "") -> StateNote:
    of_pipeline = name in ("pipeline_ended", "reload_refused")
    source, reason = ("", "") if of_pipeline else ("gate", "why")
    about = "" if name == "reload_refused" else pipeline
    return StateNote(
        BEGAN_S + at_s, name, is_over=is_over, pipeline=about, source=source, cameras=cameras, reason=reason
    )


RELOADED = [state(-600, "pipeline_ended"), state(-599.8, "reload_refused", is_over=True)]


@pytest.mark.parametrize(
    "before",
    [
        RELOADED,
        [SourceNote(BEGAN_S - 700, pipeline="yard", reason="the model is damaged"), RELOADED[1]],
        [lost(-700, "401 unauthorized"), *RELOADED],
        [lost(-700, "401 unauthorized")],
        [SourceNote(BEGAN_S - 700, source="gate", reason="written by an older version")],
        [state(-700, "camera_offline", cameras="side"), *RELOADED],
        [state(-700, "input_held_up"), *RELOADED],
        [state(-700, "camera_unknown", cameras="side"), *RELOADED],
    ],
)
def test_what_a_reload_mended_is_no_cause_any_more(before: list[Record]) -> None:
    node = said(*before).to_json()["nodes"][0]
    assert (node["cause"]["kind"], node["periods"], node["stopped"]) == ("condition_false", [], None)


@pytest.mark.parametrize(
    "name", ["camera_offline", "input_held_up", "camera_unknown", "source_frozen", "source_times_unusable"]
)
@pytest.mark.parametrize(
    ("at_s", "end"),
    [
        (10, state(10, "pipeline_ended")),
        (10, SourceNote(BEGAN_S + 10, pipeline="yard", reason="the model is damaged")),
        (None, state(10, "pipeline_ended", pipeline="garage")),
        (None, state(10, "reload_refused", is_over=True)),
    ],
)
def test_the_end_of_its_pipeline_ends_a_state_and_that_of_another_does_not(
    name: str, at_s: float | None, end: Record
) -> None:
    found = of_the_yard(state(1, name, cameras="side"), end).to_json()["nodes"][0]["periods"]
    [period] = [one for one in found if one["what"] == name]
    assert (period["until"], period.get("ended")) == (
        (None, None) if at_s is None else ("2026-11-22T13:03:10.000Z", "its pipeline ended")
    )


@pytest.mark.parametrize(("camera", "is_known"), [("side", True), ("front", False)])
def test_a_camera_whose_frames_are_decided_on_is_not_unknown_any_more(camera: str, is_known: bool) -> None:
    decided = entry(Reason.CONDITION_FALSE, -300, -290, address=Address("yard", camera, "alarm"))
    found = of_the_yard(RunNote(BEGAN_S - 1000), state(-700, "camera_unknown", cameras="side"), decided).to_json()
    [node] = [one for one in found["nodes"] if one["camera"] == camera]
    assert node["cause"]["kind"] == "no_frame", "of another camera it is no cause"
    assert bool(node["periods"]) != is_known


def test_a_pipeline_that_a_reload_began_again_is_not_said_to_have_ended_while_no_message_comes() -> None:
    assert of_the_yard(entry(Reason.CONDITION_FALSE, -900, -890), *RELOADED).to_json()["nodes"][0]["periods"] == []
    [ended] = of_the_yard(entry(Reason.CONDITION_FALSE, -900, -890), RELOADED[0]).to_json()["nodes"][0]["periods"]
    assert (ended["what"], ended["until"]) == ("pipeline_ended", None)


def test_a_pipeline_that_a_save_begins_again_has_not_come_to_its_end() -> None:
    found = of_the_yard(state(10, "pipeline_ended"), state(10.2, "reload_refused", is_over=True))
    [period] = found.to_json()["nodes"][0]["periods"]
    assert (period["what"], period.get("ended")) == ("pipeline_reloaded", None)
    text = flat(found)
    assert "A save or a reload ended the pipeline yard, to begin it again or to remove it, at 14:03:10" in text
    assert "come to its end" not in text


def test_frames_that_were_on_their_way_do_not_end_a_loss() -> None:
    found = of_the_yard(lost(1, "refused"), entry(Reason.CONDITION_FALSE, 1.2, 1.4)).to_json()["nodes"][0]
    assert (found["cause"]["kind"], found["periods"][0]["until"]) == ("source_lost", None)
    back = entry(Reason.CONDITION_FALSE, 49.9, 59)
    found = of_the_yard(lost(1, "refused"), lost(50, ""), back).to_json()["nodes"][0]
    assert found["cause"]["kind"] == "source_lost", "the first frame is older than the notice that the source is back"


def test_a_camera_that_is_offline_is_not_the_cause_where_messages_come() -> None:
    sparse = [entry(Reason.CONDITION_FALSE, 10 * n, 10 * n) for n in range(6)]
    text = flat(of_the_yard(state(-600, "camera_offline", cameras="side"), *sparse))
    assert "yard/alarm: it did not fire: the condition was false" in text
    assert "The source gate said that its camera side is offline since 13:53:00: why." in text


def test_the_time_that_two_cameras_were_offline_together_counts_once() -> None:
    """Together they have 80 % of the minute, and no more than 45 % of it is without one of them."""
    cameras: tuple[tuple[str, int], ...] = ("side", 31), ("back", 34)
    both: list[Record] = [
        note
        for camera, begin in cameras
        for note in (
            state(begin, "camera_offline", cameras=camera),
            state(begin + 24, "camera_offline", is_over=True, cameras=camera),
        )
    ]
    found = of_the_yard(entry(Reason.CONDITION_FALSE, 0, 30), *both)
    assert found.to_json()["nodes"][0]["cause"]["kind"] == "condition_false"


def test_frames_of_another_camera_say_that_the_pipeline_runs_again() -> None:
    failed = SourceNote(BEGAN_S - 700, pipeline="yard", reason="the model is damaged")
    records: list[Record] = [
        entry(Reason.CONDITION_FALSE, -900, -890, address=Address("yard", "side", "alarm")),
        failed,
        entry(Reason.CONDITION_FALSE, -600, 59, address=Address("yard", "back", "alarm")),
    ]
    by_camera = {node["camera"]: node for node in of_the_yard(*records).to_json()["nodes"]}
    assert (by_camera["side"]["stopped"], by_camera["side"]["cause"]["kind"]) == (None, "no_frame")


# -- several mutes


def test_each_mute_of_the_time_is_said() -> None:
    text = flat(
        of_the_yard(
            muted(-60, 3600, "works"), HELD, unmuted(20.5, "a person ended it"), muted(40, 7200, "the gate is open")
        )
    )
    assert "The node was muted from 14:02:00 until 14:03:20.50, when a person ended it" in text
    assert "The node is muted since 14:03:40 until 16:03:00 (the gate is open)." in text


@pytest.mark.parametrize("stop", [[RunNote(BEGAN_S + 25, is_end=True)], []])
def test_a_mute_that_a_restart_cut_in_two_is_one(stop: list[Record]) -> None:
    found = of_the_yard(muted(-600, 7200), HELD, *stop, RunNote(BEGAN_S + 30), muted(31, 7200.4))
    assert flat(found).count("The node is muted since 13:53:00 until 16:03:00") == 1
    [period] = found.to_json()["nodes"][0]["periods"]
    assert (period["from"], period["until"]) == ("2026-11-22T12:53:00.000Z", None)


@pytest.mark.parametrize(("until_s", "reason"), [(9000, "works"), (7200, "another reason")])
def test_another_mute_after_a_restart_is_another(until_s: float, reason: str) -> None:
    restart = [RunNote(BEGAN_S + 25, is_end=True), RunNote(BEGAN_S + 30)]
    found = of_the_yard(muted(-600, 7200), HELD, *restart, muted(31, until_s, reason))
    first, second = found.to_json()["nodes"][0]["periods"]
    assert (first["ended"], second["until"]) == ("the service ended", None)


@pytest.mark.parametrize(
    ("name", "address", "is_of_it"),
    [
        ("a/b/alarm", Address("a/b", "", "alarm"), True),
        ("a/b/alarm", Address("a/b", "side", "alarm"), True),
        ("a/b/alarm", Address("a", "b", "alarm"), True),
        ("a/b/alarm", Address("a", "", "alarm"), False),
        ("a/b/alarm", Address("", "", "alarm"), True),
        ("a/b/alarm", Address("a/b", "", "other"), False),
        ("yard/alarm", Address("yard", "side", "alarm"), True),
    ],
)
def test_a_mute_is_of_the_node_of_its_pipeline_although_the_name_has_a_slash(
    name: str, address: Address, is_of_it: bool
) -> None:
    assert Period("muted", BEGAN_S, node=name).is_of(address, "gate") is is_of_it


# -- a dead event that a person sent again


def test_an_event_that_a_person_sent_again_waits_and_is_not_given_up() -> None:
    steps = [
        DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + 8.1, TARGET),
        DeliveryNote("e1", DeliveryState.DEAD, BEGAN_S + 10, TARGET, "no such camera"),
    ]
    dead = of_the_yard(fired(8), *steps)
    assert dead.to_json()["nodes"][0]["cause"]["kind"] == "dead"
    assert "given up at 14:03:10, it will not be sent again: no such camera" in flat(dead)
    again = of_the_yard(fired(8), *steps, DeliveryNote("e1", DeliveryState.RETRY, BEGAN_S + 20, TARGET, "busy"))
    assert again.to_json()["nodes"][0]["cause"]["kind"] == "waiting"
    assert "it fired once; not delivered yet: 1 attempt at 14:03:20 failed: busy." in flat(again)
    assert "given up at 14:03:10: no such camera; a person sent it again 1 attempt at 14:03:20 failed: busy" in flat(
        again
    )
    assert "will not be sent again" not in flat(again)
    arrived = of_the_yard(fired(8), *steps, DeliveryNote("e1", DeliveryState.DELIVERED, BEGAN_S + 20, TARGET))
    assert "given up at 14:03:10: no such camera; a person sent it again delivered to" in flat(arrived)
    twice = [
        *steps,
        DeliveryNote("e1", DeliveryState.RETRY, BEGAN_S + 20, TARGET, "busy"),
        DeliveryNote("e1", DeliveryState.DEAD, BEGAN_S + 30, TARGET, "still no such camera"),
    ]
    assert "it fired once; given up at 14:03:30, it will not be sent again: still" in flat(
        of_the_yard(fired(8), *twice)
    )

"""What the ledger answers, in words: whole texts, in a fixed zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from securos_trigger import Condition, Reason
from securos_trigger.ledger import (
    Answer,
    Asked,
    DeliveryNote,
    DeliveryState,
    Entry,
    Record,
    SettingsNote,
    SourceNote,
    TargetNote,
    answer,
)
from securos_trigger.ledger.lines import line_of, record_of
from securos_trigger.model import Address

BEGAN_S = datetime(2026, 11, 22, 13, 3, tzinfo=UTC).timestamp()
TARGET = "https://vms.example:3443"
TRIGGER = "line > 0 and people >= 2"
HEAD = "Sunday 22 November 2026, 14:03:00 to 14:04:00, local time (CET, UTC+01:00)\n\n"

pytestmark = pytest.mark.usefixtures("in_berlin")


def entry(reason: Reason, from_s: float, until_s: float, line: int = 0, people: int = 0, **more: object) -> Entry:
    values: dict[str, object] = {
        "address": Address("yard", "", "alarm"),
        "source_name": "gate",
        "reason": reason,
        "from_at_s": BEGAN_S + from_s,
        "until_at_s": BEGAN_S + until_s,
        "from_media_s": 100 + from_s,
        "until_media_s": 100 + until_s,
        "frames": round((until_s - from_s) * 10) + 1,
        "clauses": Condition(TRIGGER).explain({"line": line, "people": people}).clauses,
    }
    return Entry(**{**values, **more})  # type: ignore[arg-type]


def fired(at_s: float, event_id: str = "e1") -> Entry:
    return entry(Reason.FIRED, at_s, at_s, line=1, people=2, event_id=event_id, event_name="Crossing")


def asked(*records: Record, around_s: float = 30.0, node: str = "", is_summary: bool = False) -> Answer:
    return answer(records, Asked(BEGAN_S, BEGAN_S + 60, around_s, node, is_summary))


def flat(text: object) -> str:
    """The text without its line breaks: sentences are broken to fit a terminal."""
    return " ".join(str(text).split())


def test_a_false_condition_names_the_false_clause_first() -> None:
    assert str(asked(entry(Reason.CONDITION_FALSE, 0, 59.9, people=3))) == HEAD + (
        "yard/alarm: it did not fire: the condition was false: line > 0 was 0.\n"
        "  Next: compare the values below with the video; if they are right, change\n"
        "    trigger.\n"
        "  Frames: condition_false 600.\n"
        "\n"
        "  14:03:00 to 14:03:59.90  condition_false, 600 frames: the condition was false\n"
        "      false    line > 0     was 0\n"
        "      true     people >= 2  was 3"
    )


def test_a_time_over_a_change_of_daylight_saving_names_both_zones() -> None:
    change_s = datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()
    text = flat(answer((), Asked(change_s - 600, change_s + 30, 30.0, "", False)))
    head = "Sunday 25 October 2026, 02:50:00 to 02:00:30, local time (CEST, UTC+02:00, then CET, UTC+01:00)"
    assert text.startswith(head)


def test_a_missing_path_is_said_to_be_missing() -> None:
    clauses = Condition(TRIGGER).explain({"people": 3}).clauses
    assert str(asked(entry(Reason.CONDITION_UNKNOWN, 0, 9.9, clauses=clauses))) == HEAD + (
        "yard/alarm: it did not fire: the condition was unknown: something it reads was\n"
        "  missing, or could not be compared: line > 0 was missing.\n"
        "  Next: look for a typing mistake in the path, and for the node that should\n"
        "    write the value.\n"
        "  Frames: condition_unknown 100.\n"
        "\n"
        "  14:03:00 to 14:03:09.90  condition_unknown, 100 frames: the condition was\n"
        "    unknown: something it reads was missing, or could not be compared\n"
        "      unknown  line > 0     was missing\n"
        "      true     people >= 2  was 3"
    )


def runs(*frames: tuple[Reason, int]) -> str:
    """The kind of the cause where these runs of frames came one after the other in the minute."""
    records, step_s, from_s = [], 59 / sum(count for _, count in frames), 0.0
    for reason, count in frames:
        until_s = from_s + (count - 1) * step_s
        records.append(entry(reason, from_s, until_s, frames=count))
        from_s = until_s + step_s
    [node] = asked(*records).to_json()["nodes"]
    return str(node["cause"]["kind"])


def test_one_false_frame_in_hours_of_unknown_ones_hides_nothing() -> None:
    unknown, false = Reason.CONDITION_UNKNOWN, Reason.CONDITION_FALSE
    assert runs((unknown, 5000), (false, 1), (unknown, 5000)) == "condition_unknown"
    assert runs((unknown, 5000), (false, 1), (unknown, 5000), (false, 1), (unknown, 5000)) == "condition_unknown"


@pytest.mark.parametrize("every", [2, 5, 25, 100])
def test_a_condition_that_is_false_where_a_node_looked_is_false(every: int) -> None:
    looks = [(Reason.CONDITION_FALSE, 1), (Reason.CONDITION_UNKNOWN, every - 1)] * 12
    assert runs(*looks) == "condition_false"


def test_a_suppressed_event_tells_the_seconds_left_and_the_event_before() -> None:
    text = str(asked(fired(-5), entry(Reason.INTERVAL, 1, 4, line=1, people=2, interval_left_s=6.0)))
    assert text == HEAD + (
        "yard/alarm: it did not fire: the interval since the last event was not over,\n"
        "  6.0 s of it left.\n"
        "  Next: make interval shorter, if two events so close are wanted.\n"
        "  Frames: interval 31.\n"
        "\n"
        '  14:02:55  fired: "Crossing", event e1\n'
        "      what became of it is not recorded\n"
        "      true     line > 0  was 1\n"
        "\n"
        "> 14:03:01 to 14:03:04  interval, 31 frames: the interval since the last event\n"
        "    was not over, 6.0 s of it left at first, 3.0 s at the end\n"
        '      It counts from "Crossing" at 14:02:55.\n'
        "      true     line > 0     was 1\n"
        "      true     people >= 2  was 2"
    )


def test_a_fired_event_says_how_many_boxes_the_operator_gets() -> None:
    for count, words in ((1, "with 1 bounding box"), (3, "with 3 bounding boxes")):
        lines = str(asked(replace(fired(5), boxes=count))).split("\n")
        assert lines[lines.index('  14:03:05  fired: "Crossing", event e1') + 1] == f"      {words}"
    assert "bounding" not in str(asked(fired(5)))


def test_an_event_that_was_not_kept_is_not_what_the_interval_counts_from() -> None:
    lost = DeliveryNote("e2", DeliveryState.NOT_KEPT, BEGAN_S - 4, reason="the disk is full")
    held = entry(Reason.INTERVAL, 1, 4, line=1, people=2, interval_left_s=6.0)
    text = flat(asked(fired(-50), fired(-4, "e2"), lost, held))
    assert 'It counts from "Crossing" at 14:02:10.' in text
    assert "not kept: the disk is full. It is lost, and the interval is open again (reported at 14:02:56)" in text


def test_a_fired_event_tells_its_delivery_from_beginning_to_end() -> None:
    steps = (
        DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + 8.01, TARGET),
        DeliveryNote("e1", DeliveryState.RETRY, BEGAN_S + 8.2, TARGET, "camera 1: EVENT busy", wait_s=0.4),
        DeliveryNote("e1", DeliveryState.RETRY, BEGAN_S + 9, TARGET, "camera 1: EVENT busy", wait_s=1.2),
        DeliveryNote("e1", DeliveryState.DELIVERED, BEGAN_S + 40.5, TARGET, latency_s=32.5, is_late=True),
    )
    assert str(asked(fired(8), *steps)) == HEAD + (
        "yard/alarm: it fired once; delivered to https://vms.example:3443 at 14:03:40.50,\n"
        "  32 s after the frame, late and therefore without recording and subtitle.\n"
        "\n"
        '  14:03:08  fired: "Crossing", event e1\n'
        f"      kept at 14:03:08.01, to be delivered to {TARGET}\n"
        "      2 attempts, the last one at 14:03:09 failed: camera 1: EVENT busy, to go\n"
        "        again after 1.20 s\n"
        f"      delivered to {TARGET} at 14:03:40.50, 32 s after the\n"
        "        frame, late and therefore without recording and subtitle\n"
        "      true     line > 0     was 1\n"
        "      true     people >= 2  was 2"
    )


def test_an_event_that_waits_tells_what_is_wrong_with_its_target() -> None:
    kept = DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + 8.01, TARGET)
    trouble = TargetNote(TARGET, "target_unreachable", BEGAN_S - 60, "connection refused")
    waits = f"not delivered yet: {TARGET} takes no events since Sunday 22 November 2026, 14:02:00: connection refused"
    assert waits in flat(asked(trouble, fired(8), kept))
    recovered = TargetNote(TARGET, "", BEGAN_S + 9)
    assert "      not delivered yet\n" in str(asked(trouble, fired(8), kept, recovered))


def test_a_dead_delivery_tells_why() -> None:
    dead = DeliveryNote("e1", DeliveryState.DEAD, BEGAN_S + 9, TARGET, "refused with status 400: no")
    text = flat(asked(fired(8), dead))
    assert (
        "yard/alarm: it fired once; given up at 14:03:09, it will not be sent again: refused with status 400: no."
        in text
    )
    assert "Next: `securos-trigger status CONFIG` says what to correct and how to send it again" in text


def test_the_frame_that_came_nearest_is_shown_among_many_others() -> None:
    dull = [
        entry(reason, second + 0.5 * half, second + 0.5 * half + 0.4, people=half)
        for second in range(40)
        for half, reason in ((0, Reason.CONDITION_FALSE), (1, Reason.CONDITION_UNKNOWN))
    ]
    near = entry(Reason.CONDITION_FALSE, 40, 40, line=1, people=1)
    text = str(asked(*dull, near))
    assert (
        "  14:03:40  condition_false, 1 frame\n      false    people >= 2  was 1\n      true     line > 0     was 1\n"
    ) in text
    assert text.endswith("  … and 71 rows more; --json shows all.")
    assert "line > 0 was 0. This came nearest" not in flat(text)
    assert "the condition was false: people >= 2 was 1. This came nearest, at 14:03:40." in flat(text)
    assert len(text.splitlines()) < 55


def test_neighbours_that_ended_alike_are_one_row_with_the_range_of_their_values() -> None:
    runs = [entry(Reason.CONDITION_FALSE, second, second + 0.9, people=2 + second) for second in range(3)]
    assert str(asked(*runs)) == HEAD + (
        "yard/alarm: it did not fire: the condition was false: line > 0 was 0.\n"
        "  Next: compare the values below with the video; if they are right, change\n"
        "    trigger.\n"
        "  Frames: condition_false 30.\n"
        "\n"
        "  14:03:00 to 14:03:02.90  condition_false, 30 frames: the condition was false\n"
        "      false    line > 0     was 0\n"
        "      true     people >= 2  was 2 to 4"
    )


def test_a_time_without_frames_names_the_nearest_ones() -> None:
    before, after = entry(Reason.CONDITION_FALSE, -100, -20), entry(Reason.CONDITION_FALSE, 300, 400)
    assert str(asked(before, after, around_s=10)) == HEAD + (
        "yard/alarm: no frame came in that time.\n"
        "  Next: `securos-trigger status CONFIG` shows whether frames or messages come\n"
        "    now.\n"
        "  The last one before it: Sunday 22 November 2026, 14:02:40 (20 s earlier). The\n"
        "    first one after it: Sunday 22 November 2026, 14:08:00 (4 minutes later)."
    )


def test_what_happened_around_a_time_without_frames_is_told_all_the_same() -> None:
    assert str(asked(entry(Reason.CONDITION_FALSE, -20, -10))) == HEAD + (
        "yard/alarm: no frame came in that time.\n"
        "  Next: `securos-trigger status CONFIG` shows whether frames or messages come\n"
        "    now.\n"
        "  The last one before it: Sunday 22 November 2026, 14:02:50 (10 s earlier).\n"
        "\n"
        "  14:02:40 to 14:02:50  condition_false, 101 frames: the condition was false\n"
        "      false    line > 0  was 0"
    )


def test_an_empty_ledger_says_so() -> None:
    assert str(asked()) == HEAD + "The ledger holds no decision yet."


def test_only_the_node_that_is_asked_about_is_told_and_the_others_are_known() -> None:
    other = entry(Reason.NO_EVENT, 0, 1, address=Address("gate", "", "alarm"), clauses=())
    found = asked(entry(Reason.CONDITION_FALSE, 0, 1), other, node="gate/alarm")
    assert [node.name for node in found.nodes] == ["gate/alarm"]
    assert found.known_nodes == ("gate/alarm", "yard/alarm")
    assert [node.name for node in asked(entry(Reason.CONDITION_FALSE, 0, 1), other, node="alarm").nodes] == [
        "gate/alarm",
        "yard/alarm",
    ]


@pytest.mark.parametrize(
    ("node", "meant"),
    [
        ("", ["yard/door/alarm", "yard/gate/alarm"]),
        ("alarm", ["yard/door/alarm", "yard/gate/alarm"]),
        ("yard/alarm", ["yard/door/alarm", "yard/gate/alarm"]),
        ("yard/gate/alarm", ["yard/gate/alarm"]),
        ("gate/alarm", []),
    ],
)
def test_nodes_of_several_cameras_are_told_apart(node: str, meant: list[str]) -> None:
    entries = [
        entry(Reason.CONDITION_FALSE, 0, 1, address=Address("yard", camera, "alarm")) for camera in ("gate", "door")
    ]
    found = asked(*entries, node=node)
    assert [one.name for one in found.nodes] == meant
    assert found.known_nodes == ("yard/door/alarm", "yard/gate/alarm")
    assert [one["camera"] for one in found.to_json()["nodes"]] == [name.split("/")[1] for name in meant]


def test_a_run_that_was_written_twice_counts_once() -> None:
    early, later = entry(Reason.CONDITION_FALSE, 0, 5), entry(Reason.CONDITION_FALSE, 0, 9.9)
    assert "Frames: condition_false 100." in str(asked(early, later))


def test_a_run_that_reaches_beyond_the_time_is_counted_in_part() -> None:
    assert "Frames: about condition_false 600." in str(asked(entry(Reason.CONDITION_FALSE, -30, 90)))


def test_a_summary_tells_the_commonest_endings_and_the_last_events() -> None:
    records = (
        entry(Reason.CONDITION_FALSE, 0, 9.9),
        entry(Reason.CONDITION_FALSE, 10, 10, line=1, people=1),
        fired(11),
        DeliveryNote("e1", DeliveryState.DELIVERED, BEGAN_S + 11.2, TARGET, latency_s=0.2),
        entry(Reason.INTERVAL, 11.1, 12, line=1, people=2, interval_left_s=9.9),
    )
    assert str(asked(*records, is_summary=True)) == HEAD + (
        f"yard/alarm: it fired once; delivered to {TARGET} at 14:03:11.20,\n"
        "  0.20 s after the frame.\n"
        "  Other frames: condition_false 101, interval 10.\n"
        "\n"
        "  condition_false, 100 frames, the last at 14:03:09.90: the condition was false\n"
        "      false    line > 0     was 0\n"
        "      false    people >= 2  was 0\n"
        "\n"
        "  condition_false, 1 frame, the last at 14:03:10\n"
        "      false    people >= 2  was 1\n"
        "      true     line > 0     was 1\n"
        "\n"
        "  interval, 10 frames, the last at 14:03:12: the interval since the last event\n"
        "    was not over\n"
        "      true     line > 0     was 1\n"
        "      true     people >= 2  was 2\n"
        "\n"
        f'  14:03:11  fired: "Crossing", delivered to {TARGET} at\n'
        "    14:03:11.20, 0.20 s after the frame"
    )


@pytest.mark.parametrize(
    ("trigger", "metadata", "order"),
    [
        ("a or b", {"a": 0, "b": 0}, ["a", "b"]),
        ("a or b", {"a": 0, "b": 1}, ["b", "a"]),
        ("a and not (b and c)", {"a": 1, "b": 1, "c": 1}, ["b", "c", "a"]),
        ("a and (b or c) and d", {"a": 1, "b": 0, "c": 0, "d": 1}, ["b", "c", "a", "d"]),
    ],
)
def test_the_clauses_that_decided_come_first(trigger: str, metadata: dict[str, int], order: list[str]) -> None:
    clauses = Condition(trigger).explain(metadata).clauses
    lines = (
        str(asked(entry(Reason.CONDITION_FALSE, 0, 1, clauses=clauses))).partition("\n\n  14:03")[2].splitlines()[1:]
    )
    assert [line.split()[1] for line in lines] == order


def test_text_of_events_cannot_steer_a_terminal() -> None:
    steering = entry(Reason.FIRED, 1, 1, event_id="e1", event_name="\x1b[2Jgone\n\ud800")
    assert 'fired: "\\x1b[2Jgone\\n\\ud800"' in str(asked(steering))


def test_json_holds_every_entry_with_its_deliveries() -> None:
    kept = DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + 8.01, TARGET)
    data = asked(fired(8), kept).to_json()
    [node] = data["nodes"]
    [only] = node["entries"]
    assert (node["pipeline"], node["node"]) == ("yard", "alarm")
    assert (only["reason"], only["from"], only["event_id"]) == ("fired", "2026-11-22T13:03:08.000Z", "e1")
    assert [step["state"] for step in only["deliveries"]] == ["kept"]


def test_a_muted_node_says_why_a_person_muted_it() -> None:
    ends_at_s = datetime(2026, 11, 22, 15, tzinfo=UTC).timestamp()
    muted = entry(Reason.MUTED, 0, 0.9, line=1, people=2, inactive_until_at_s=ends_at_s, mute_reason="works\x1b[2J")
    assert record_of(line_of(muted)) == muted
    sentence = "it would have fired, but the node was muted until 16:00:00 (works\\x1b[2J)"
    assert sentence in flat(asked(muted))
    assert sentence in flat(asked(muted, is_summary=True))


@pytest.mark.parametrize(
    ("reason", "until", "sentence"),
    [
        (Reason.MUTED, datetime(2026, 11, 22, 15, tzinfo=UTC), "the node was muted until 16:00:00"),
        (
            Reason.INACTIVE_HOURS,
            datetime(2026, 11, 23, 21, tzinfo=UTC),
            "it was outside active_hours, which begin again at Monday 23 November 2026, 22:00:00",
        ),
    ],
)
def test_an_inactive_node_says_until_when(reason: Reason, until: datetime, sentence: str) -> None:
    inactive = entry(reason, 0, 0.9, line=1, people=2, inactive_until_at_s=until.timestamp())
    text = flat(asked(inactive))
    assert f"yard/alarm: it did not fire: it would have fired, but {sentence}. Next: " in text
    assert (
        f"Frames: {reason} 10. 14:03:00 to 14:03:00.90 {reason}, 10 frames: it would have fired, but {sentence}" in text
    )
    assert sentence in flat(asked(inactive, is_summary=True))


@pytest.mark.parametrize(
    ("reason", "why"),
    [(Reason.MUTED, "the node was muted until 16:00:00"), (Reason.INACTIVE_HOURS, "it was outside active_hours")],
)
def test_what_was_held_back_beside_an_event_is_said(reason: Reason, why: str) -> None:
    ends_at_s = datetime(2026, 11, 22, 15, tzinfo=UTC).timestamp()
    held = entry(reason, 20, 20.9, line=1, people=2, inactive_until_at_s=ends_at_s)
    assert f" 10 frames since 14:03:20 were held back: {why}" in flat(asked(fired(8), held))
    before = entry(reason, -9, 0.9, line=1, people=2, inactive_until_at_s=ends_at_s)
    assert f" Frames since 14:02:51 were held back: {why}" in flat(asked(before, fired(8)))
    assert "held back" not in flat(asked(fired(8), entry(Reason.INTERVAL, 9, 12, line=1, people=2)))


def first_lines(*records: Record) -> list[str]:
    return list(asked(*records).to_json()["nodes"][0]["cause"]["lines"])


def test_the_first_sentence_names_the_events_and_what_was_held_back_after_them() -> None:
    ends_at_s = datetime(2026, 11, 22, 15, tzinfo=UTC).timestamp()
    closed = entry(Reason.INACTIVE_HOURS, 20, 20.6, line=1, people=2, inactive_until_at_s=ends_at_s)
    hours = "it was outside active_hours, which begin again at 16:00:00"
    [first, second] = first_lines(fired(8), fired(13, "e2"), closed)
    assert first == f"it fired 2 times until 14:03:13; 7 frames since 14:03:20 were held back: {hours}."
    assert second == "of the events: all alike, the last one: what became of it is not recorded."
    [first, _] = first_lines(closed, fired(28))
    assert first == "it fired once; what became of it is not recorded.", "it was held back before the event"


@pytest.mark.parametrize(
    ("setting", "reason", "why"),
    [
        ("trigger", Reason.CONDITION_FALSE, "the condition was false"),
        ("interval", Reason.INTERVAL, "the interval since the last event was not over"),
        ("enabled", Reason.DISABLED, "the node is switched off (enabled = false)"),
    ],
)
def test_the_first_sentence_names_a_changed_setting_that_ended_the_events(
    setting: str, reason: Reason, why: str
) -> None:
    changed = SettingsNote(Address("yard", "", "alarm"), BEGAN_S + 19, changed=(setting,))
    after = entry(reason, 20, 20.6)
    [first, _] = first_lines(fired(8), changed, after)
    settings = f"the settings were changed at 14:03:19: {setting}"
    assert first == f"it fired once at 14:03:08; 7 frames since 14:03:20 did not fire: {why} ({settings})."
    assert first_lines(fired(8), after) == ["it fired once; what became of it is not recorded."]


def test_a_trouble_of_the_events_stays_before_what_was_held_back_after_them() -> None:
    lost = DeliveryNote("e1", DeliveryState.NOT_KEPT, BEGAN_S + 8, reason="the outbox is full")
    held = entry(Reason.MUTED, 20, 20.6, line=1, people=2)
    assert first_lines(fired(8), lost, held) == [
        "it fired once, and the event was lost at 14:03:08: the outbox is full.",
        "7 frames since 14:03:20 were held back: the node was muted.",
    ]


YARD = {Address("yard", "", "alarm"): "gate"}


def lost(at_s: float, reason: str = "Connection refused", pipeline: str = "yard") -> SourceNote:
    return SourceNote(BEGAN_S + at_s, source="gate", pipeline=pipeline, reason=reason)


def asked_of_the_yard(*records: Record) -> str:
    return str(answer(records, Asked(BEGAN_S, BEGAN_S + 60), YARD))


def test_a_camera_that_never_gave_a_frame_is_answered_for_with_its_reason() -> None:
    assert asked_of_the_yard(lost(-70)) == HEAD + (
        "yard/alarm: no frame since Sunday 22 November 2026, 14:01:50: the source gate\n"
        "  was lost: Connection refused.\n"
        "  Next: look at the camera, its power, address and password; the service\n"
        "    connects again by itself."
    )


def test_a_camera_that_died_in_the_time_is_said_below_what_was_decided_before() -> None:
    text = flat(asked_of_the_yard(entry(Reason.CONDITION_FALSE, 0, 9.9), lost(12, "Connection timed out")))
    last = "no frame since Sunday 22 November 2026, 14:03:09.90: the source gate was lost: Connection timed out."
    assert f"yard/alarm: {last} Next: " in text  # the time of its last frame, not that when the loss was noticed
    assert "Frames: condition_false 100. 14:03:00 to 14:03:09.90 condition_false, 100 frames" in text


def test_a_camera_that_gave_frames_again_before_the_end_is_not_said_to_be_lost() -> None:
    back = entry(Reason.CONDITION_FALSE, 30, 40)
    for records in ([lost(-70), lost(-60, "")], [lost(-70), back], [back, lost(80)]):
        assert "No frame since" not in asked_of_the_yard(*records)


def test_a_camera_that_is_lost_for_another_reason_meanwhile_is_said_since_its_loss_with_the_last_reason() -> None:
    ended, refused, timed_out = lost(12, "the stream ended"), lost(13), lost(20, "Connection timed out")
    text = flat(asked_of_the_yard(entry(Reason.CONDITION_FALSE, 0, 9.9), ended, refused, timed_out))
    last = "no frame since Sunday 22 November 2026, 14:03:09.90: the source gate was lost: Connection timed out"
    assert last in text
    a_frame_between = entry(Reason.CONDITION_FALSE, 15, 16)
    text = flat(asked_of_the_yard(ended, refused, a_frame_between, timed_out))
    assert "No frame since Sunday 22 November 2026, 14:03:16: the source gate was lost: Connection timed out" in text


def test_a_lost_source_of_the_same_name_in_another_pipeline_is_not_said() -> None:
    """Two cameras of one recorder have its host as their name."""
    assert "No frame since" not in asked_of_the_yard(lost(-70, pipeline="road"))


def test_a_lost_source_in_a_line_of_an_older_version_has_no_pipeline_and_is_said() -> None:
    assert "the source gate was lost" in flat(asked_of_the_yard(lost(-70, pipeline="")))


def test_a_pipeline_that_failed_is_said_for_its_nodes_only() -> None:
    note = SourceNote(BEGAN_S - 5, pipeline="yard", reason="The video yard.mp4 cannot be read: No such file")
    other = entry(Reason.CONDITION_FALSE, 0, 9.9, address=Address("gate", "", "alarm"))
    configured = {**YARD, other.address: "gate"}
    text = flat(answer([note, other], Asked(BEGAN_S, BEGAN_S + 60), configured))
    failed = (
        "the pipeline yard failed on Sunday 22 November 2026, 14:02:55: The video yard.mp4 cannot be read: No such file"
    )
    assert text.count("failed on") == 1
    assert f"yard/alarm: {failed}. Next: " in text


def test_a_configured_node_that_was_seen_for_a_camera_is_not_there_twice() -> None:
    of_camera = entry(Reason.CONDITION_FALSE, 0, 9.9, address=Address("yard", "7", "alarm"))
    assert answer([of_camera], Asked(BEGAN_S, BEGAN_S + 60), YARD).known_nodes == ("yard/7/alarm",)


def test_nodes_of_another_file_that_shares_the_ledger_are_left_out_and_named_last() -> None:
    of_demo = entry(Reason.CONDITION_FALSE, 0, 9.9, address=Address("demo", "", "group"))
    long_ago = entry(Reason.CONDITION_FALSE, -900, -890, address=Address("old", "", "alarm"))
    records = [long_ago, of_demo, entry(Reason.CONDITION_FALSE, 0, 9.9)]
    found = answer(records, Asked(BEGAN_S, BEGAN_S + 60, config="yard.toml"), YARD)
    assert [one.name for one in found.nodes] == ["yard/alarm"]
    assert found.to_json()["other_nodes"] == ["demo/group"]
    assert flat(found).endswith(
        "Left out, because they are not in this file: demo/group. They share its ledger. "
        "`securos-trigger explain yard.toml --node NODE` shows one."
    )
    by_name = answer(records, Asked(BEGAN_S, BEGAN_S + 60, node="demo/group"), YARD)
    assert ([one.name for one in by_name.nodes], by_name.other_nodes) == (["demo/group"], ())


def test_an_event_that_was_there_already_is_neither_waiting_nor_lost() -> None:
    note = DeliveryNote("e1", DeliveryState.ALREADY_THERE, BEGAN_S + 1, TARGET)
    assert "not sent a second time: at 14:03:01 the outbox had an event of this id already" in flat(
        asked(fired(1), note)
    )
    assert 'fired: "Crossing", not sent a second time: at 14:03:01 the outbox had' in flat(
        asked(fired(1), note, is_summary=True)
    )


def test_a_line_about_one_more_row_is_that_row() -> None:
    rows = [entry(Reason.CONDITION_FALSE, 5 * n, 5 * n + 1, people=n) for n in range(12)]
    assert "more; --json" not in str(asked(*rows[:11]))
    assert str(asked(*rows)).endswith("  … and 2 rows more; --json shows all.")


def test_the_times_of_the_json_are_rfc_3339() -> None:
    found = answer([entry(Reason.CONDITION_FALSE, -9, -5), lost(-2)], Asked(BEGAN_S, BEGAN_S + 60, 0), YARD).to_json()
    assert (found["asked"]["from"], found["asked"]["until"]) == ("2026-11-22T13:03:00.000Z", "2026-11-22T13:04:00.000Z")
    (node,) = found["nodes"]
    assert (node["frame_before"], node["frame_after"]) == ("2026-11-22T13:02:55.000Z", None)
    assert node["stopped"] == {
        "kind": "source",
        "at": "2026-11-22T13:02:58.000Z",
        "source": "gate",
        "pipeline": "yard",
        "reason": "Connection refused",
    }


def test_of_one_second_few_rows_are_shown_and_the_asked_one_is_marked() -> None:
    rows = [entry(Reason.CONDITION_FALSE, 4 * number, 4 * number + 1) for number in range(8)]
    second = answer(rows, Asked(BEGAN_S + 12, BEGAN_S + 13, 30.0, ""))
    shown = [line for line in str(second).splitlines() if "condition_false, " in line]
    assert len(shown) == 5
    assert [line[:10] for line in shown if line.startswith(">")] == ["> 14:03:12"]
    assert "  … and 3 rows more; --json shows all." in str(second)


def test_nothing_is_marked_when_every_row_belongs_to_the_asked_time() -> None:
    assert "\n>" not in str(asked(entry(Reason.CONDITION_FALSE, 0, 5), entry(Reason.CONDITION_FALSE, 20, 25)))


def test_rows_of_several_days_have_their_day() -> None:
    day_s = 24 * 3600.0
    notes = [DeliveryNote("e1", DeliveryState.KEPT, BEGAN_S + day_s + 0.5, TARGET)]
    records: list[Record] = [entry(Reason.CONDITION_FALSE, 0, 0.9), fired(day_s), *notes]
    found = answer(records, Asked(BEGAN_S, BEGAN_S + day_s + 60))
    text = flat(found)
    assert "Sun 22 Nov 14:03:00 to Sun 22 Nov 14:03:00.90 condition_false, 10 frames" in text
    assert 'Mon 23 Nov 14:03:00 fired: "Crossing", event e1' in text
    assert "kept at Mon 23 Nov 14:03:00.50" in text
    assert "Sun 22 Nov" not in flat(answer(records, Asked(BEGAN_S, BEGAN_S + 60)))


COUNT = "count >= 3"


def upstream(reason: Reason, from_s: float, until_s: float, count: int | None, **more: object) -> Entry:
    """An entry of a node without a condition; `count`: what the condition of the event node before it read."""
    clauses = () if count is None else Condition(COUNT).explain({"count": count}).clauses
    return entry(reason, from_s, until_s, 0, 0, clauses=clauses, **more)


def raised(at_s: float, reason: Reason = Reason.FIRED) -> Entry:
    event = {"event_id": "e1", "event_name": "Crowd"} if reason is Reason.FIRED else {}
    return upstream(reason, at_s, at_s, None, upstream_event_id="u1", **event)


@pytest.mark.parametrize("reason", [Reason.FIRED, Reason.MUTED, Reason.INTERVAL])
@pytest.mark.parametrize(("raised_s", "clock"), [(-7200, "12:03:00"), (-10, "14:02:50")], ids=["long before", "near"])
def test_a_true_condition_of_an_event_node_is_no_reason_and_says_since_when_it_was_true(
    reason: Reason, raised_s: float, clock: str
) -> None:
    seen = [raised(raised_s, reason), upstream(Reason.NO_EVENT, raised_s + 0.1, 59.9, 3)]
    assert flat(asked(upstream(Reason.NO_EVENT, raised_s - 30, raised_s - 0.1, 2), *seen)).startswith(
        f"{flat(HEAD)} yard/alarm: it did not fire: no upstream node raised an event: count >= 3 was true already since "
        f"{clock}; an event node raises one only when it becomes true. "
        f"Next: `securos-trigger explain CONFIG --at 2026-11-22T{clock}` says what became of that event. "
    )


def test_a_condition_that_was_false_in_between_is_true_since_it_rose_again() -> None:
    found = asked(
        raised(-600),
        upstream(Reason.NO_EVENT, -599.9, -400, 3),
        upstream(Reason.NO_EVENT, -399.9, -100.1, 2),
        raised(-100),
        upstream(Reason.NO_EVENT, -99.9, -50, 3),
        upstream(Reason.NO_EVENT, -49.9, 59.9, 4),
    )
    assert "was true already since 14:01:20;" in flat(found)


@pytest.mark.parametrize(
    "before",
    [[], [upstream(Reason.NO_EVENT, -60, -0.1, 2)], [raised(-60), upstream(Reason.NO_EVENT, -59.9, -20, 3)]],
    ids=["the ledger begins", "it was false for less than min_duration", "no frames in between"],
)
def test_a_condition_that_rose_while_its_event_lasted_is_not_said_to_be_true_since_an_event(
    before: list[Entry],
) -> None:
    said = flat(asked(*before, upstream(Reason.NO_EVENT, 0, 59.9, 3)))
    assert "count >= 3 was true at 14:03:00, and the event that it had raised before was not over yet." in said


def test_a_false_condition_of_an_event_node_is_the_reason_and_stays_it() -> None:
    said = flat(asked(raised(-60), upstream(Reason.NO_EVENT, -59.9, -0.1, 3), upstream(Reason.NO_EVENT, 0, 59.9, 2)))
    assert "it did not fire: no upstream node raised an event: count >= 3 was 2. " in said

"""What a message does to an input: verdicts, frames, rows; and that a restart changes nothing of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from securos_trigger.inputs.feed import Arrival
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.intake import InputIntake
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.known import row_from_plain
from securos_trigger.inputs.message import Message
from securos_trigger.model import Frame

NOW = 1_800_000_000.0


class Nodes:
    """Stands for the nodes of lanes: remembers which were opened, and with what."""

    def __init__(self) -> None:
        self.opened: dict[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {}
        self.waiting: set[str] = set()
        self.repetitions_are_seen = True
        self.change_frames = True

    def open(self, lane: str, cameras: tuple[str, ...], stored: Mapping[str, Any]) -> None:
        self.opened[lane] = (cameras, stored)

    def to_plain(self, lane: str) -> dict[str, Any]:
        return {"alarm": {"interval": [1.0, lane, None]}}

    def is_waiting(self, lane: str) -> bool:
        return lane in self.waiting

    def sees_repetitions(self, lane: str) -> bool:
        return self.repetitions_are_seen

    def changes_frames(self, lane: str) -> bool:
        return self.change_frames


def intake_of(
    nodes: Nodes, stored: Sequence[tuple[str, dict[str, Any]]] = (), kind: str = "frigate", **settings: Any
) -> InputIntake:
    loaded = load_kind(kind)
    settings.setdefault("cameras", {"gate": "1", "yard": "2,3"})
    return InputIntake(loaded, loaded.settings(**settings), nodes, stored)


def person(
    number: int = 1, camera: str = "gate", kind: str = "new", *, at: float = NOW, zones: Sequence[str] = (), **more: Any
) -> dict[str, Any]:
    after = {
        "id": f"1777885950.{number}-abc",
        "camera": camera,
        "label": "person",
        "frame_time": at,
        "start_time": NOW - 0.5,
        "end_time": at if kind == "end" else None,
        "score": 0.9,
        "box": [100, 200, 180, 400],
        "current_zones": list(zones),
        "entered_zones": list(zones),
        **more,
    }
    return {"type": kind, "before": {**after, "entered_zones": []}, "after": after}


def sent(body: object, topic: str = "frigate/events", *, at: float = NOW, key: str = "", **more: Any) -> Arrival:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Arrival(Message(body=text, arrived_at=at + 0.1, topic=topic, **more), key=key)


def node_of(frame: Frame) -> dict[str, Any]:
    found = frame.metadata["nodes"]["frigate"]
    assert isinstance(found, dict)
    return found


def stored_rows(intake: InputIntake) -> list[tuple[str, dict[str, Any]]]:
    """What a store has after these rows: as JSON brings it back."""
    rows = {name: row for name, row in intake.take_rows() if row is not None}
    return [(name, json.loads(json.dumps(row))) for name, row in rows.items()]


def test_a_thing_that_begins_gives_its_camera_a_frame_with_a_built_in_event() -> None:
    nodes = Nodes()
    intake = intake_of(nodes, detect_size=(1280, 720))
    assert set(nodes.opened) == {"gate", "yard"}
    assert nodes.opened["yard"] == (("2", "3"), {})
    happenings, [frame] = intake.take(sent(person(zones=["fence"])))
    assert [one.verdict for one in happenings] == [Verdict.NEW]
    assert frame.source_name == "gate"
    assert frame.image is None
    assert frame.moment.start == ""
    assert frame.at == NOW
    assert frame.size == (1280, 720)
    [thing] = frame.metadata["objects"]
    assert thing["label"] == "person"
    assert thing["rect"] == {"left": 100.0, "top": 200.0, "width": 80.0, "height": 200.0}
    node = node_of(frame)
    assert (node["new_delta"], node["updated_delta"], node["ended_delta"]) == (1, 0, 0)
    assert node["current_objects_count"] == 1
    assert node["zones"] == {"fence": {"entered_delta": 1, "current_objects_count": 1}}
    assert node["message"]["labels"] == ["person"]
    assert node["message"]["plate"] is None  # a field that this message does not have
    [event] = node["events"]
    assert (event["event_delta"], event["event_state"], event["event"]) == (1, 1, "person")
    assert event["event_description"] == "person at gate, zone fence"
    assert intake.must_keep


def test_a_zone_that_only_the_end_names_was_entered_with_it() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(zones=["door"])))
    end = person(kind="end", zones=["door", "fence"], at=NOW + 3)
    _, [over] = intake.take(sent(end, at=NOW + 3))
    deltas = {zone: found["entered_delta"] for zone, found in node_of(over)["zones"].items()}
    assert (deltas, node_of(over)["ended_delta"]) == ({"door": 0, "fence": 1}, 1)


def test_an_end_that_repeats_what_was_published_before_enters_nothing() -> None:
    intake = intake_of(Nodes())
    end = person(kind="end", zones=["fence"], at=NOW + 3)
    end["before"]["entered_zones"] = ["fence"]
    _, [over] = intake.take(sent(end, at=NOW + 3))
    assert sum(found["entered_delta"] for found in node_of(over)["zones"].values()) == 0


def test_a_zone_is_entered_once_and_the_end_takes_the_object_away() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person()))
    _, [entered] = intake.take(sent(person(kind="update", zones=["fence"], at=NOW + 1), at=NOW + 1))
    _, [inside] = intake.take(sent(person(kind="update", zones=["fence"], at=NOW + 2, stationary=True), at=NOW + 2))
    _, [over] = intake.take(sent(person(kind="end", zones=[], at=NOW + 3), at=NOW + 3))
    deltas = [node_of(frame)["zones"]["fence"]["entered_delta"] for frame in (entered, inside, over)]
    counts = [node_of(frame)["zones"]["fence"]["current_objects_count"] for frame in (entered, inside, over)]
    assert deltas == [1, 0, 0]
    assert counts == [1, 1, 0]
    assert over.metadata["objects"] == []
    assert [(one["event_delta"], one["event_state"]) for one in node_of(over)["events"]] == [(1, 0)]


def test_an_object_that_only_moves_makes_a_frame_a_second_where_events_come_of_what_begins() -> None:
    nodes = Nodes()
    intake = intake_of(nodes)
    intake.take(sent(person()))
    intake.take_rows()
    moves = [person(kind="update", at=NOW + tenth / 10, box=[100 + tenth, 200, 180, 400]) for tenth in range(1, 25)]
    nodes.repetitions_are_seen = False
    found = [intake.take(sent(one, at=one["after"]["frame_time"])) for one in moves]
    assert {one.verdict for happenings, _ in found for one in happenings} == {Verdict.UPDATE}
    frames = [frame for _, made in found for frame in made]
    assert [round(frame.at - NOW, 1) for frame in frames] == [1.0, 2.0]
    assert frames[-1].metadata["objects"][0]["rect"]["left"] == 120.0
    [known] = [row for name, row in stored_rows(intake) if name.startswith("\0input\0object\0gate\0")]
    assert known["object"]["objects"][0]["rect"]["left"] == 124.0  # what is known goes on


def test_an_object_is_a_row_of_its_own_which_goes_with_it_and_comes_back_in_the_order_of_the_last_word() -> None:
    intake = intake_of(Nodes())
    for number in (1, 2, 3):
        intake.take(sent(person(number, at=NOW + number), at=NOW + number))
    rows = dict(stored_rows(intake))
    intake.take(sent(person(1, kind="update", at=NOW + 4, box=[1, 2, 3, 4]), at=NOW + 4))
    intake.take(sent(person(2, kind="end", at=NOW + 5), at=NOW + 5))
    changes = dict(intake.take_rows())
    assert sorted(row is None for name, row in changes.items() if name.startswith("\0input\0object")) == [False, True]
    rows |= {name: json.loads(json.dumps(row)) for name, row in changes.items()}
    begun = intake_of(Nodes(), stored=[(name, row) for name, row in reversed(rows.items()) if row is not None])
    objects = begun.lanes["gate"].memory.objects()
    assert objects == intake.lanes["gate"].memory.objects()
    assert len(objects) == 2


def test_the_objects_that_stood_in_the_row_of_their_lane_are_known_and_get_rows_of_their_own() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(1)))
    rows = dict(stored_rows(intake))
    [known] = [rows.pop(name) for name in list(rows) if name.startswith("\0input\0object")]
    rows["\0lane\0gate"]["memory"]["live"] = {known["identity"]: known["object"]}
    begun = intake_of(Nodes(), stored=list(rows.items()))
    assert len(begun.lanes["gate"].memory) == 1
    begun.take(sent(person(2, at=NOW + 1), at=NOW + 1))
    names = [name for name, row in begun.take_rows() if row is not None]
    assert len([name for name in names if name.startswith("\0input\0object\0gate\0")]) == 2


def test_a_version_without_rows_of_objects_reads_these_rows_and_what_it_writes_then_is_read() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(1)))
    rows = dict(stored_rows(intake))
    things = [row for name, row in rows.items() if not name.startswith(("\0lane\0", "\0input"))]
    assert [row_from_plain(row).is_live for row in things] == [True]
    [known] = [row for name, row in rows.items() if name.startswith("\0input\0object")]
    rows["\0lane\0gate"]["memory"]["live"] = {"another": known["object"]}  # the older version writes so
    begun = intake_of(Nodes(), stored=list(rows.items()))
    assert "another" in begun.lanes["gate"].memory
    assert len(begun.lanes["gate"].memory) == 1, "the row of an object is from before that"


def test_objects_with_the_name_of_before_are_read_and_written_with_the_new_one() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(1)))
    rows = [(name.replace("\0input\0object", "\0object"), row) for name, row in stored_rows(intake)]
    begun = intake_of(Nodes(), stored=rows)
    assert len(begun.lanes["gate"].memory) == 1
    changes = begun.take_rows()
    assert [row for name, row in changes if name.startswith("\0object\0")] == [None]
    assert [row is None for name, row in changes if name.startswith("\0input\0object\0")] == [False]


OBJECT: dict[str, list[Any]] = {"objects": [], "zones": [], "entered": []}


@pytest.mark.parametrize(
    "damaged",
    [
        ("\0input\0object\0gate\0x", {"lane": "gate", "identity": "x"}),
        ("\0object\0gate\0x", {"lane": "gate", "identity": "x", "object": None}),
        ("\0input\0object\0gate\0x", {"lane": "gate", "identity": "x", "object": {"objects": []}}),
        ("\0input\0object\0gate\0x", {"identity": "x"}),
        ("\0input\0object\0gate\0x", None),
        ("thing", {"is_live": True}),
        ("thing", {"is_live": True, "has_ended": 0, "at": 1, "heard_at": None, "compared": {}, "keys": []}),
        ("thing", {"is_live": 1, "has_ended": 0, "at": 1, "heard_at": 10**400, "compared": {}, "keys": []}),
        ("\0input\0object\0gate\0x", {"lane": "gate", "identity": "x", "object": {**OBJECT, "heard_at": 10**400}}),
    ],
)
def test_a_damaged_row_is_left_out_and_removed(damaged: tuple[str, Any]) -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(1)))
    begun = intake_of(Nodes(), stored=[*stored_rows(intake), damaged])
    assert len(begun.lanes["gate"].memory) == 1
    assert [damaged[0]] == [name for name, row in begun.take_rows() if row is None]


@pytest.mark.parametrize(
    "lane", [{"memory": None}, {"memory": {"live": {"x": {}}}}, {"now": "?", "nodes": 1}, {"now": 10**400}, {}]
)
def test_a_damaged_row_of_a_lane_ends_nothing(lane: dict[str, Any]) -> None:
    begun = intake_of(Nodes(), stored=[("\0lane\0gate", lane)])
    _, [frame] = begun.take(sent(person(1)))
    assert node_of(frame)["current_objects_count"] == 1


def test_the_objects_of_a_camera_that_left_the_map_are_removed_after_a_day() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(1)))
    rows = stored_rows(intake)
    for later, removed in ((60.0, 0), (2 * 86_400.0, 1)):
        begun = intake_of(Nodes(), stored=json.loads(json.dumps(rows)), cameras={"yard": "2"})
        begun.take(sent(person(2, "yard", at=NOW + later), at=NOW + later))
        gone = [name for name, row in begun.take_rows() if row is None and name.startswith("\0input\0object\0gate")]
        assert len(gone) == removed


def test_what_changes_makes_a_frame_at_once_although_only_what_begins_fires() -> None:
    nodes = Nodes()
    nodes.repetitions_are_seen = False
    intake = intake_of(nodes)
    intake.take(sent(person()))
    assert len(intake.take(sent(person(kind="update", at=NOW + 0.1, sub_label="courier"), at=NOW + 0.1))[1]) == 1
    assert len(intake.take(sent(person(kind="update", at=NOW + 0.2, zones=["fence"]), at=NOW + 0.2))[1]) == 1
    assert len(intake.take(sent(person(2), at=NOW + 0.3))[1]) == 1
    assert len(intake.take(sent(person(kind="end", at=NOW + 0.4), at=NOW + 0.4))[1]) == 1
    assert intake.must_keep


def test_a_move_of_an_object_makes_a_frame_where_a_node_looks_at_it() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person()))
    intake.take_rows()
    assert len(intake.take(sent(person(kind="update", at=NOW + 0.1, box=[1, 2, 3, 4]), at=NOW + 0.1))[1]) == 1
    assert intake.must_keep


def test_what_a_node_writes_into_an_object_stands_in_no_later_frame() -> None:
    intake = intake_of(Nodes())
    _, [first] = intake.take(sent(person(1)))
    first.metadata["objects"][0]["label"] = "burglar"
    _, [second] = intake.take(sent(person(2)))
    assert [one["label"] for one in second.metadata["objects"]] == ["person", "person"]


def test_frames_that_no_node_changes_share_the_objects_that_have_not_changed() -> None:
    nodes = Nodes()
    nodes.change_frames = False
    intake = intake_of(nodes)
    _, [first] = intake.take(sent(person(1)))
    _, [second] = intake.take(sent(person(2)))
    _, [third] = intake.take(sent(person(1, kind="update", zones=["fence"], at=NOW + 1), at=NOW + 1))
    assert first.metadata["objects"][0] is second.metadata["objects"][0]
    assert second.metadata["objects"][1] is third.metadata["objects"][0]
    assert [one["zones"] for one in (*second.metadata["objects"], third.metadata["objects"][1])] == [[], [], ["fence"]]


def test_a_restart_in_the_middle_gives_the_same_frames() -> None:
    whole, nodes = intake_of(Nodes()), Nodes()
    first = intake_of(Nodes())
    story = [
        person(),
        person(kind="update", zones=["fence"], at=NOW + 1),
        person(kind="update", zones=["fence"], at=NOW + 2, sub_label="courier"),
        person(kind="end", at=NOW + 3),
    ]
    for number in (0, 1):
        whole.take(sent(story[number], at=NOW + number))
        first.take(sent(story[number], at=NOW + number))
    second = intake_of(nodes, stored_rows(first))
    assert nodes.opened["gate"] == (("1",), {"alarm": {"interval": [1.0, "gate", None]}})
    for number in (2, 3):
        [wanted] = whole.take(sent(story[number], at=NOW + number))[1]
        [got] = second.take(sent(story[number], at=NOW + number))[1]
        assert got == wanted


def test_what_the_broker_sends_once_more_is_known_by_its_key_after_a_restart_too() -> None:
    first = intake_of(Nodes(), kind="generic", mapping=[MOTION])
    arrival = sent({"state": "x"}, "cam/gate", key="7 abc", qos=1)
    assert len(first.take(arrival)[1]) == 1
    second = intake_of(Nodes(), stored_rows(first), kind="generic", mapping=[MOTION])
    again = sent({"state": "x"}, "cam/gate", key="7 abc", qos=1, dup=True)
    another = sent({"state": "x"}, "cam/gate", key="8 abc", qos=1, dup=True)
    assert [one.verdict for one in second.take(again)[0]] == [Verdict.DUPLICATE]
    assert len(second.take(another)[1]) == 1


MOTION = {"topic": "cam/{camera}", "gives": "event", "keep": {"state": "state"}}


def test_a_retained_message_fills_the_state_and_makes_no_frame() -> None:
    intake = intake_of(Nodes())
    happenings, frames = intake.take(sent(person(), retain=True))
    assert ([one.verdict for one in happenings], frames) == ([Verdict.STALE], [])
    assert not intake.must_keep
    assert len(intake.lanes["gate"].memory) == 1


def test_unknown_cameras_make_no_lane_and_are_counted() -> None:
    intake = intake_of(Nodes())
    happenings, frames = intake.take(sent(person(camera="attic")))
    assert (happenings[0].is_unknown, frames) == (True, [])
    assert "attic" not in intake.lanes
    assert intake.reader.unknown.counts()["attic"] == 1


def test_all_other_cameras_have_lanes_when_they_are_first_seen_and_after_a_restart() -> None:
    nodes = Nodes()
    first = intake_of(nodes, cameras={"*": "9"})
    assert nodes.opened == {}
    first.take(sent(person(camera="attic")))
    assert nodes.opened == {"attic": (("9",), {})}
    again = Nodes()
    intake_of(again, stored_rows(first), cameras={"*": "9"})
    assert set(again.opened) == {"attic"}
    other = Nodes()
    intake_of(other, stored_rows(first), cameras={"gate": "1"})
    assert set(other.opened) == {"gate"}


@pytest.mark.parametrize(("events_from", "wanted"), [("objects", ["person"]), ("reviews", ["person and car"])])
def test_an_object_and_its_review_are_one_event(events_from: str, wanted: list[str]) -> None:
    intake = intake_of(Nodes(), events_from=events_from)
    review = {
        "id": "1777885950.9-rev",
        "camera": "gate",
        "start_time": NOW - 0.5,
        "end_time": None,
        "severity": "alert",
        "data": {"objects": ["person", "car"], "zones": [], "sub_labels": [], "audio": [], "detections": ["1"]},
    }
    frames = intake.take(sent(person()))[1]
    frames += intake.take(sent({"type": "new", "before": review, "after": review}, "frigate/reviews"))[1]
    names = [event["event"] for frame in frames for event in node_of(frame)["events"]]
    assert names == wanted
    assert len(frames[-1].metadata["objects"]) == 1


def test_a_lane_ticks_only_while_something_is_present_or_a_hold_is_pending() -> None:
    nodes = Nodes()
    intake = intake_of(nodes)
    assert list(intake.ticks(NOW)) == []
    intake.take(sent(person()))
    assert list(intake.ticks(NOW + 0.5)) == []
    [tick] = intake.ticks(NOW + 1.2)
    assert (tick.source_name, node_of(tick)["new_delta"], len(tick.metadata["objects"])) == ("gate", 0, 1)
    assert tick.at == pytest.approx(NOW + 1.1)
    intake.take(sent(person(kind="end", at=NOW + 2), at=NOW + 2))
    assert list(intake.ticks(NOW + 4)) == []
    nodes.waiting.add("gate")
    assert [frame.source_name for frame in intake.ticks(NOW + 4)] == ["gate"]


def test_frigate_that_starts_again_takes_its_objects_away() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person()))
    intake.take(sent(b"online", "frigate/available"))
    assert list(intake.ticks(NOW + 5)) == []


def test_a_late_fact_without_a_camera_goes_to_the_lane_of_its_object() -> None:
    intake = intake_of(Nodes())
    intake.take(sent(person(camera="yard")))
    fact = {"type": "lpr", "id": "1777885950.1-abc", "plate": "TEST001", "timestamp": NOW + 1}
    _, [frame] = intake.take(sent(fact, "frigate/tracked_object_update", at=NOW + 1))
    assert frame.source_name == "yard"
    assert node_of(frame)["message"]["plate"] == "TEST001"
    assert node_of(frame)["updated_delta"] == 1


def test_a_bug_of_a_parser_is_a_malformed_message(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = intake_of(Nodes())

    def fail(_message: Message) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(intake.reader, "take", fail)
    [happening], frames = intake.take(sent(person()))
    assert (happening.verdict, happening.why, frames) == (
        Verdict.MALFORMED,
        "an unexpected error in the parser: ZeroDivisionError",
        [],
    )
    assert intake.bugs == 1


def test_frames_of_objects_stand_as_they_are_and_need_no_commit() -> None:
    intake = intake_of(Nodes(), kind="ultralytics", cameras={"*": "1"})
    row = {"name": "car", "class": 2, "confidence": 0.8, "box": {"x1": 1, "y1": 2, "x2": 11, "y2": 22}, "track_id": 7}
    _, [frame] = intake.take(sent([row], "yolo/gate"))
    assert frame.metadata["objects"] == [
        {"id": 7, "label": "car", "probability": 0.8, "rect": {"left": 1.0, "top": 2.0, "width": 10.0, "height": 20.0}}
    ]
    assert frame.metadata["nodes"]["ultralytics"]["current_objects_count"] == 1
    assert not intake.must_keep
    assert list(intake.ticks(NOW + 5)) == []

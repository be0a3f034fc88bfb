"""Dahua: events in a stream with faulty frames, indexes from 0, boxes in a grid, clocks with local time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import NOON, Sender

HEAD = b"--myboundary\r\nContent-Type: text/plain\r\nContent-Length:36\r\n\r\n"


def event(code: str = "CrossLineDetection", action: str = "Start", index: int = 0, data: Any = None) -> bytes:
    written = f"Code={code};action={action};index={index}"
    if data is not None:
        written += f";data={json.dumps(data, indent=1)}\n"
    return written.encode() + b"\r\n\r\n"


def person(number: int = 7, **more: Any) -> dict[str, Any]:
    box = [2048, 4096, 4096, 6144]
    return {"Name": "barrier", "Object": {"ObjectID": number, "ObjectType": "Human", "BoundingBox": box}, **more}


def verdicts(sender: Sender, body: bytes, after_s: float = 0.0, **message: Any) -> list[str]:
    return [one["verdict"] for one in sender.send(body, after_s, **message).get("messages", [])]


def sender(**settings: Any) -> Sender:
    return Sender("dahua", device="gate", **settings)


def test_start_is_new_then_repeated_and_stop_ends_it() -> None:
    one = sender()
    assert verdicts(one, event(data=person())) == ["new"]
    assert verdicts(one, event(data=person()), 1) == ["duplicate"]
    assert verdicts(one, event(data=person(8)), 1) == ["new"]
    assert verdicts(one, event(action="Stop", data=person()), 2) == ["end"]
    assert verdicts(one, event(action="Stop", data=person()), 3) == ["duplicate"]


def test_a_stop_that_names_nothing_ends_all_of_its_code() -> None:
    one = sender()
    verdicts(one, event(data=person()) + event("VideoMotion", data={"RegionName": ["a"]}))
    assert verdicts(one, event(action="Stop"), 1) == ["end"]
    assert verdicts(one, event("VideoMotion", "Stop"), 1) == ["end"]


@pytest.mark.parametrize("stopped", [{"ObjectID": 0}, {"ObjectID": 0, "ObjectType": "Unknown"}, {}])
def test_a_stop_of_object_0_names_no_object(stopped: dict[str, Any]) -> None:
    one = sender()
    verdicts(one, event(data=person()) + event(data=person(8, Name="fence")))
    assert verdicts(one, event(action="Stop", data={"Name": "barrier", "Object": stopped}), 1) == ["end"]
    assert verdicts(one, event(data=person(8, Name="fence")), 2) == ["duplicate"]


def test_a_pulse_has_no_end_and_is_new_each_time() -> None:
    one = sender()
    assert verdicts(one, event("AlarmLocal", "Pulse") + event("AlarmLocal", "Pulse")) == ["new", "new"]
    assert verdicts(one, event("AlarmLocal", "State")) == ["state"]


@pytest.mark.parametrize(
    "code",
    ["TimeChange", "NTPAdjustTime", "NewFile", "RtspSessionDisconnect", "StorageFailure", "IPConflict", "AlarmOutput"],
)
@pytest.mark.parametrize("action", ["Pulse", "Start", "Stop"])
def test_what_a_device_does_with_itself_raises_nothing(code: str, action: str) -> None:
    assert verdicts(sender(), event(code, action, data={"ModifiedTime": "05-09-2023 11:32:22"})) == ["state"]


@pytest.mark.parametrize(
    "code",
    [
        *("NetAlarm", "SystemAlarm", "RecordAlarm", "SDetection", "FileDetection", "TimeStayDetection", "FanDetection"),
        *("UserDefinedEvent", "UserButton", "NetIntrusion", "StorageFence", "PassiveAlarm"),
    ],
)
def test_an_alarm_is_news_however_its_code_begins(code: str) -> None:
    assert verdicts(sender(), event(code, "Pulse")) == ["new"]


def test_heartbeat_and_video_loss_are_health() -> None:
    one = sender()
    assert one.send(HEAD + b"Heartbeat\r\n\r\n")["health"] == "alive"
    assert one.send(event("VideoLoss"))["health"] == "lost"
    assert one.send(event("VideoLoss", "Stop"))["health"] == "alive"


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_pieces_of_any_size_make_the_same_events(size: int) -> None:
    one = sender()
    body = HEAD + b"Heartbeat\r\n\r\n" + HEAD + event(data=person()) + HEAD + event("VideoMotion", "Pulse", 12)
    body += b"-- myboundary\r\nContent-Type: text/plain\r\nContent-Length:9\r\n\r\nHeartbeat\r\n\r\n"
    found: list[str] = []
    for at in range(0, len(body), size):
        found += verdicts(one, body[at : at + size], is_last_part=at + size >= len(body))
    assert found == ["state", "new", "new", "state"]


def test_signs_of_the_frame_inside_the_json_are_text() -> None:
    odd = person(Name='a;b=c;data={ "x": [', Text='Code=X;action=Stop;index=1 Heartbeat -- "quoted" \\ ]}')
    found = sender().send(event(data=odd) + event("VideoMotion"))
    assert [one["event"] for one in found["messages"]] == ["CrossLineDetection", "VideoMotion"]
    assert found["messages"][0]["rule"] == odd["Name"]


def test_headers_without_an_empty_line_and_a_whole_http_answer_do_no_harm() -> None:
    odd = b"--myboundary\r\nContent-Type: text/plain\r\nContent-Length:36\r\n" + event(data=person())
    odd += b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=myboundary\r\n\r\n"
    odd += b"-- myboundary\r\nContent-Type: text/plain\r\nContent-Length:9\r\nHeartbeat\r\n\r\n" + event("VideoMotion")
    assert verdicts(sender(), odd) == ["new", "state", "new"]


def test_spaces_after_semicolons_are_read() -> None:
    found = sender().send(b'Code=VideoMotion; action=Start; index=1; data={"Name": "a"}\r\n')
    assert (found["verdict"], found["source"], found["messages"][0]["rule"]) == ("new", "gate", "a")


def test_json_that_is_cut_spoils_no_other_event() -> None:
    one = sender()
    cut = event(data=person()).partition(b'"Object"')[0]
    assert verdicts(one, HEAD + cut + b"\r\n" + HEAD + event("VideoMotion")) == ["malformed", "new"]
    assert verdicts(one, HEAD + cut) == ["malformed"]
    assert verdicts(one, HEAD + event("AlarmLocal")) == ["new"]


def test_index_0_is_channel_1() -> None:
    one = sender(cameras={"gate#1": "11", "gate#3": "13"})
    assert one.send(event(index=0))["camera"] == "11"
    assert one.send(event(index=2))["camera"] == "13"
    assert one.send(b"Heartbeat\r\n")["source"] is None
    assert not one.reader.unknown.counts()
    assert one.send(event(index=1))["source"] == "gate"
    assert one.reader.unknown.counts() == {"gate": 1}


def test_boxes_are_fractions_of_a_grid_of_8192_corners() -> None:
    assert sender().send(event(data=person()))["rect_fractions"] == [0.25, 0.5, 0.25, 0.25]


@pytest.mark.parametrize("key", ["Objects", "object", "Object"])
def test_several_objects_are_one_event(key: str) -> None:
    listed = [{"HumamID": 5, "Rect": [0, 0, 8192, 4096]}, {"ObjectID": 6, "ObjectType": "Human"}]
    found = sender().send(event("SmartMotionHuman", data={key: listed, "RegionName": ["fence"]}))
    assert (found["labels"], found["object_ids"]) == (["Human", "human"], ["5", "6"])
    assert (found["rect_fractions"], found["messages"][0]["regions"]) == ([0, 0, 1, 0.5], ["fence"])


@pytest.mark.parametrize(
    ("ahead_s", "is_used"), [(0, True), (7200, True), (-19_800, True), (400, False), (-40_000_000, False)]
)
def test_local_time_is_taken_off_and_a_wrong_clock_is_not_used(ahead_s: int, *, is_used: bool) -> None:
    found = sender().send(event(data=person(UTC=int(NOON) + ahead_s, UTCMS=250)))
    assert (found["verdict"], found["time_unix"]) == ("new", NOON if is_used else None)


def test_a_plate_is_read() -> None:
    found = sender().send(event("TrafficJunction", "Pulse", data={"TrafficCar": {"PlateNumber": "TEST001"}}))
    assert found["plate"] == "TEST001"
    found = sender().send(
        event("TrafficJunction", "Pulse", data={"Object": {"ObjectType": "Plate", "Text": "TEST002"}})
    )
    assert found["plate"] == "TEST002"


def test_a_login_page_and_a_refusal_have_sentences() -> None:
    assert "HTML page" in sender().send(b"<html><body>login</body></html>")["why"]
    assert "Error Bad Request" in sender().send(b"Error\r\nBad Request!\r\n")["why"]
    assert sender().verdict(b"hello") == "malformed"


def test_an_endless_event_is_given_up_and_memory_is_bounded() -> None:
    one = sender()
    found = verdicts(one, b'Code=X;action=Start;index=0;data={"a": "', is_last_part=False)
    for _ in range(40):
        found += verdicts(one, b"x" * 10_000, is_last_part=False)
    assert found == ["malformed"]
    assert verdicts(one, HEAD + event("VideoMotion")) == ["new"]


def test_a_message_full_of_events_is_bounded_and_the_stream_goes_on() -> None:
    one = sender()
    assert len(one.send(b"Heartbeat\r\n" * 10_000)["messages"]) == 10_000
    assert "more than 20,000 events" in one.send(b"Heartbeat\r\n" * 380_000)["why"]
    assert verdicts(one, HEAD + event("VideoMotion"))[-1] == "new"


def test_a_beginning_that_no_value_follows_does_not_keep_what_comes_after_it_from_being_read() -> None:
    one = sender()
    assert verdicts(one, b"Code\r\n\r\n=CrossLineDetection;action=Stop\r\n\r\n") == ["ignored"]
    assert verdicts(one, event(data=person()), 1) == ["new"]
    assert one.malformed == 0

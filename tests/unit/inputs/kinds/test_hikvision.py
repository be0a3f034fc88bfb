"""Hikvision: alerts in a stream with faulty frames, heartbeats, regions, ends that are missing, posted alerts."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.inputs.kinds import hikvision
from tests.unit.inputs.kinds_of_messages import Sender

HEAD = b'--boundary\r\nContent-Type: application/xml; charset="UTF-8"\r\nContent-Length: 400\r\n\r\n'


def alert(
    kind: str = "fielddetection", state: str = "active", region: str = "2", channel: str = "1", **more: str
) -> bytes:
    regions = f"<DetectionRegionList><DetectionRegionEntry><regionID>{region}</regionID><detectionTarget>human"
    regions += "</detectionTarget></DetectionRegionEntry></DetectionRegionList>"
    fields = {
        "channelID": channel,
        "dateTime": "2026-05-04T11:12:34+02:00",
        "eventType": kind,
        "eventState": state,
        **more,
    }
    written = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    root = 'EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"'
    return f"<{root}>{written}{regions if region else ''}</EventNotificationAlert>\r\n".encode()


def verdicts(sender: Sender, body: bytes, after_s: float = 0.0, **message: Any) -> list[str]:
    found = sender.send(body, after_s, **message)
    return [one["verdict"] for one in found.get("messages", [])]


def sender(**settings: Any) -> Sender:
    return Sender("hikvision", device="gate", **settings)


def test_active_is_new_then_repeated_and_inactive_without_a_region_ends_all_regions() -> None:
    one = sender()
    assert verdicts(one, HEAD + alert() + HEAD + alert(region="3")) == ["new", "new"]
    assert verdicts(one, HEAD + alert(activePostCount="7"), 1) == ["duplicate"]
    assert verdicts(one, HEAD + alert(state="inactive", region=""), 2) == ["end", "end"]
    assert verdicts(one, HEAD + alert(), 3) == ["new"]


def test_what_is_about_the_device_itself_makes_its_one_camera_no_second_one() -> None:
    one = sender(cameras={"gate": "1"})
    assert one.send(alert(kind="illAccess", channel="0", region=""))["source"] == "gate"
    assert one.send(alert(kind="illAccess", channel="", dynChannelID="0", region=""), 1)["source"] == "gate"
    found = one.send(alert(), 2)
    assert (found["verdict"], found["source"], found["camera"]) == ("new", "gate", "1")


def test_an_alert_that_has_0_and_a_channel_is_of_the_channel() -> None:
    one = sender(cameras={"gate#33": "1", "gate#34": "2"})
    found = one.send(alert(channel="0", dynChannelID="33"))
    assert (found["verdict"], found["source"], found["camera"]) == ("new", "gate#33", "1")
    found = one.send(alert(channel="34", dynChannelID="0"))
    assert (found["verdict"], found["source"], found["camera"]) == ("new", "gate#34", "2")


@pytest.mark.parametrize("posted", ["", "/metadata/post"])
def test_a_row_for_channel_0_is_for_what_has_it(posted: str) -> None:
    one = sender(cameras={"gate#0": "1", "gate#1": "2", "post#0": "1", "post#1": "2"})
    url: dict[str, Any] = {"url": posted} if posted else {}
    assert [one.send(alert(channel=channel), **url)["camera"] for channel in ("0", "1")] == ["1", "2"]


def test_inactive_with_a_region_ends_that_region_only() -> None:
    one = sender()
    verdicts(one, alert() + alert(region="3"))
    assert verdicts(one, alert(state="inactive", region="3"), 1) == ["end"]
    assert verdicts(one, alert(), 2) == ["duplicate"]


def test_duration_goes_on_with_the_event_that_it_names() -> None:
    one = sender()
    verdicts(one, alert())
    assert verdicts(one, alert(kind="duration", relationEvent="fielddetection", region=""), 1) == ["duplicate"]
    assert verdicts(one, alert(state="inactive"), 2) == ["end"]


def test_an_event_that_never_ended_is_new_after_30_s_of_silence() -> None:
    one = sender()
    assert verdicts(one, alert(kind="VMD", region="")) == ["new"]
    assert verdicts(one, alert(kind="VMD", region=""), 29) == ["duplicate"]
    assert verdicts(one, alert(kind="VMD", region=""), 60) == ["new"]


@pytest.mark.parametrize("kind", ["netAlarm", "recordingAlarm", "HDetection", "netIntrusion", "recordDefined"])
def test_an_alarm_is_news_however_its_type_begins(kind: str) -> None:
    assert verdicts(sender(), alert(kind=kind, region="")) == ["new"]


@pytest.mark.parametrize("kind", ["diskfull", "hdError", "nicbroken", "netBroken", "recordException", "ipconflict"])
def test_what_a_device_says_of_itself_raises_nothing(kind: str) -> None:
    assert verdicts(sender(), alert(kind=kind, region="")) == ["state"]


def test_videoloss_is_the_heartbeat_and_when_active_a_lost_camera() -> None:
    one = sender()
    found = one.send(alert("videoloss", "inactive", region=""))
    assert (found["verdict"], found["health"], found["source"]) == ("state", "alive", "gate")
    found = one.send(alert("videoloss", "active", region=""))
    assert (found["verdict"], found["health"]) == ("state", "lost")


def test_a_heartbeat_shows_no_channel() -> None:
    one = sender()
    one.send(alert("videoloss", "inactive", region="", channel="0"))
    assert one.send(alert(channel="1"))["camera"] == "1"


def test_a_second_channel_is_never_taken_for_the_device() -> None:
    one = sender()
    assert one.send(alert(channel="33"))["camera"] == "1"
    found = one.send(alert(channel="34"))
    assert (found["source"], found["unknown_source"]) == ("gate#34", True)
    assert one.send(alert(channel="", dynChannelID="34"))["source"] == "gate#34"


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_pieces_of_any_size_make_the_same_alerts(size: int) -> None:
    one = sender()
    body = HEAD + alert() + HEAD + alert(region="3") + HEAD + alert(state="inactive")
    found: list[str] = []
    for at in range(0, len(body), size):
        found += verdicts(one, body[at : at + size], is_last_part=at + size >= len(body))
    assert found == ["new", "new", "end"]


def test_wrong_boundaries_lengths_and_a_whole_http_answer_do_no_harm() -> None:
    one = sender()
    odd = b"--other\r\nContent-Type: application/xml\r\nContent-Length: 3\r\n" + alert()
    odd += b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n-- boundary\r\n" + alert(region="3")
    assert verdicts(one, odd, content_type="multipart/mixed; boundary=MIME_boundary") == ["new", "new"]


def test_an_image_between_alerts_is_passed_over() -> None:
    image = (
        b"--boundary\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0<Event"
        + bytes(range(256)) * 20
        + b"\xff\xd9\r\n"
    )
    assert verdicts(sender(), image + alert() + image) == ["new"]
    assert sender().verdict(image) == "ignored"


def test_an_alert_that_is_cut_spoils_no_other() -> None:
    one = sender()
    assert verdicts(one, alert()[:200] + HEAD + alert()) == ["malformed", "new"]
    assert verdicts(one, alert(region="3")[:200]) == ["malformed"]
    assert verdicts(one, alert(region="3")) == ["new"]


def test_a_bare_ampersand_and_broken_letters_are_read() -> None:
    found = sender().send(alert(channelName="Gate & Yard").replace(b"Yard", b"Y\xe9rd"))
    assert found["verdict"] == "new"
    assert found["messages"][0]["channel_name"].startswith("Gate & Y")


def test_a_target_has_its_box_and_its_time_has_a_zone() -> None:
    rect = "<TargetRect><X>0.1</X><Y>0.2</Y><width>0.3</width><height>0.4</height></TargetRect></DetectionRegionEntry>"
    found = sender().send(alert().replace(b"</DetectionRegionEntry>", rect.encode()))
    assert found["rect_fractions"] == [0.1, 0.2, 0.3, 0.4]
    assert found["time"] == "2026-05-04T09:12:34.000000Z"
    assert found["messages"][0]["region"] == 2


def test_a_stream_is_live_whatever_its_clock_says() -> None:
    assert sender().verdict(alert(), 86_400) == "new"


def test_a_posted_alert_is_the_same_as_the_one_of_the_stream() -> None:
    one = sender()
    form = (
        b'--X\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/xml\r\n\r\n' + alert() + b"--X--"
    )
    assert verdicts(one, HEAD + alert()) == ["new"]
    assert verdicts(one, form, 1, content_type="multipart/form-data; boundary=X") == ["duplicate"]


def test_a_login_page_and_a_refusal_have_sentences() -> None:
    assert "HTML page" in sender().send(b"<!DOCTYPE html><html><body>login</body></html>")["why"]
    refusal = (
        b"<ResponseStatus><statusCode>4</statusCode><statusString>Invalid Operation</statusString></ResponseStatus>"
    )
    assert "Invalid Operation" in sender().send(refusal)["why"]
    assert sender().verdict(b"hello") == "malformed"


def test_each_plate_is_an_event() -> None:
    one = sender()

    def read(plate: str) -> dict[str, Any]:
        return one.send(alert("ANPR", region="", ANPR=f"<licensePlate>{plate}</licensePlate>"))

    assert (read("TEST001")["verdict"], read("TEST001")["verdict"], read("TEST002")["verdict"]) == (
        "new",
        "duplicate",
        "new",
    )
    assert read("TEST002")["plate"] == "TEST002"


def test_an_endless_alert_is_given_up_and_memory_is_bounded() -> None:
    one = sender()
    found = verdicts(one, b"<EventNotificationAlert>", is_last_part=False)
    for _ in range(80):
        found += verdicts(one, b"<a>" + b"x" * 10_000, is_last_part=False)
    assert found == ["malformed"]
    assert verdicts(one, HEAD + alert()) == ["new"]


def test_devices_that_post_are_told_apart_by_the_address() -> None:
    poster = Sender("hikvision", cameras={"gate": "1", "yard": "2"})
    for camera in ("gate", "yard"):
        found = poster.send(alert(), url=f"/metadata/{camera}", content_type="multipart/form-data; boundary=x")
        assert (found["verdict"], found["source"]) == ("new", camera)
    found = poster.send(alert(state="inactive", region=""), 1.0, url="/metadata/gate")
    assert (found["verdict"], found["source"]) == ("end", "gate")
    assert poster.send(alert(), 2.0, url="/metadata/yard")["verdict"] == "duplicate"


def test_what_is_left_of_a_post_with_too_many_alerts_is_no_part_of_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hikvision, "MAX_PARTS", 2)
    one = sender()
    refused = one.send(b"".join(alert(region=str(number)) for number in range(4)), url="/metadata/yard")
    assert refused["verdict"] == "malformed"
    found = one.send(alert(region="9"), 1, url="/metadata/gate")
    assert [(each["source"], each["region"]) for each in found["messages"]] == [("gate", 9)]

"""ONVIF PullPoint: states and moments, identity by Source and Key, clocks, forms of XML, faults."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import NOON, Sender

NAMESPACES = (
    'xmlns:S="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:e="http://www.onvif.org/ver10/events/wsdl" xmlns:t="http://www.onvif.org/ver10/schema"'
)
MOTION = "tns1:RuleEngine/CellMotionDetector/Motion"


def items(**named: str) -> str:
    return "".join(f'<t:SimpleItem Name="{name}" Value="{value}"/>' for name, value in named.items())


def notification(
    data: str, operation: str = "Changed", topic: str = MOTION, source: str = "", key: str = "", utc: str = ""
) -> str:
    utc = utc or "2026-05-04T09:12:31.250Z"
    said = f' PropertyOperation="{operation}"' if operation else ""
    source = source or items(VideoSourceConfigurationToken="vsc1", Rule="fence")
    message = f'<t:Message UtcTime="{utc}"{said}><t:Source>{source}</t:Source>'
    message += f"<t:Key>{key}</t:Key>" if key else ""
    message += f"<t:Data>{data}</t:Data></t:Message>"
    return (
        f"<w:NotificationMessage><w:Topic> {topic}\n</w:Topic><w:Message>{message}</w:Message></w:NotificationMessage>"
    )


def answer(*notifications: str, current: str = "2026-05-04T09:12:31Z") -> bytes:
    body = f"<e:PullMessagesResponse><e:CurrentTime>{current}</e:CurrentTime>{''.join(notifications)}"
    return f"<S:Envelope {NAMESPACES}><S:Body>{body}</e:PullMessagesResponse></S:Body></S:Envelope>".encode()


def sender(**settings: Any) -> Sender:
    return Sender("onvif-pullpoint", device="gate", **settings)


def test_what_is_so_at_the_subscription_is_no_news_and_its_end_is() -> None:
    one = sender()
    assert one.verdict(answer(notification(items(IsMotion="true"), "Initialized"))) == "state"
    assert one.verdict(answer(notification(items(IsMotion="true"))), 1) == "duplicate"
    assert one.verdict(answer(notification(items(IsMotion="false"))), 2) == "end"


@pytest.mark.parametrize(("on", "off"), [("true", "false"), ("1", "0"), ("True", "FALSE")])
@pytest.mark.parametrize("name", ["IsMotion", "State", "IsInside", "LogicalState", "IsPeople"])
def test_on_and_off_have_several_names_and_words(name: str, on: str, off: str) -> None:
    one = sender()
    assert one.verdict(answer(notification(items(**{name: off})))) == "state"
    assert one.verdict(answer(notification(items(**{name: on}))), 1) == "new"
    assert one.verdict(answer(notification(items(**{name: off}))), 2) == "end"
    assert one.verdict(answer(notification(items(**{name: off}))), 3) == "duplicate"


def test_deleted_is_the_end() -> None:
    one = sender()
    one.send(answer(notification(items(IsInside="true"))))
    assert one.verdict(answer(notification(items(IsInside="true"), "Deleted")), 1) == "end"


def test_each_key_and_each_source_is_a_thing_of_its_own() -> None:
    one = sender()
    on, off = items(IsInside="true"), items(IsInside="false")
    keys = [items(ObjectId="4"), items(ObjectId="5")]
    assert [one.verdict(answer(notification(on, key=key))) for key in keys] == ["new", "new"]
    assert one.verdict(answer(notification(on, source=items(Rule="yard"), key=keys[0]))) == "new"
    assert one.verdict(answer(notification(off, key=keys[1])), 1) == "end"
    assert one.verdict(answer(notification(on, key=keys[0])), 2) == "duplicate"


def test_the_order_of_items_and_the_prefix_of_the_topic_do_not_count() -> None:
    one = sender()
    turned = items(Rule="fence", VideoSourceConfigurationToken="vsc1")
    one.send(answer(notification(items(IsMotion="true"))))
    again = notification(items(IsMotion="false"), source=turned, topic="x:RuleEngine/y:CellMotionDetector/Motion")
    assert one.verdict(answer(again), 1) == "end"


def test_a_crossed_line_is_a_moment_and_the_same_one_is_said_once() -> None:
    one = sender()
    topic = "tns1:RuleEngine/LineDetector/Crossed"
    crossed = notification(items(ObjectId="1"), "", topic)
    found = one.send(answer(crossed))
    assert (found["verdict"], found["object_ids"], found["messages"][0]["rule"]) == ("new", ["1"], "fence")
    assert one.verdict(answer(crossed), 1) == "duplicate"
    later = notification(items(ObjectId="1"), "", topic, utc="2026-05-04T09:12:35Z")
    assert one.verdict(answer(later), 4) == "new"


def test_a_counter_is_a_level_and_an_object_detector_names_classes() -> None:
    one = sender()
    found = one.send(answer(notification(items(Count="1"), topic="tns1:RuleEngine/CountAggregation/Counter")))
    assert (found["verdict"], found["count"]) == ("state", 1)
    topic = "tns1:RuleEngine/ObjectDetection/Object"
    found = one.send(answer(notification(items(ClassTypes="Human Vehicle"), topic=topic)))
    assert (found["verdict"], found["labels"]) == ("new", ["Human", "Vehicle"])
    assert one.verdict(answer(notification(items(ClassTypes=""), topic=topic)), 1) == "end"


def test_a_device_that_never_ends_is_new_after_30_s() -> None:
    one = sender()
    on = answer(notification(items(State="true"), topic="tns1:RuleEngine/MyRuleDetector/PeopleDetect"))
    assert [one.verdict(on), one.verdict(on, 20), one.verdict(on, 60)] == ["new", "duplicate", "new"]


def test_times_move_by_the_offset_of_the_clock_and_without_a_zone_are_utc() -> None:
    wrong = answer(
        notification(items(IsMotion="true"), utc="2026-05-04T10:12:30.250Z"), current="2026-05-04T10:12:31.250Z"
    )
    assert sender().send(wrong)["time_unix"] == NOON - 1
    right = answer(notification(items(IsMotion="true"), utc="2026-05-04T09:12:30.250"), current="2026-05-04T09:12:29Z")
    assert sender().send(right)["time_unix"] == NOON - 1


def test_an_old_event_of_a_live_connection_is_news() -> None:
    old = notification(items(IsMotion="true"), utc="2020-01-01T00:00:00Z")
    assert sender().verdict(answer(old)) == "new"


def test_namespaces_may_be_any_and_a_message_may_be_broken_alone() -> None:
    plain = answer(notification(items(IsMotion="true")).replace("t:", "").replace("w:", "")).replace(b"e:", b"")
    assert sender().verdict(plain) == "new"
    no_topic = notification(items(IsMotion="true")).replace(f" {MOTION}\n", "")
    found = sender().send(answer(no_topic, notification(items(IsMotion="true"))))
    assert [one["verdict"] for one in found["messages"]] == ["malformed", "new"]
    assert found["messages"][0]["why"] == "NotificationMessage[0]: the Topic is missing"


def test_one_camera_has_a_token_of_its_configuration_and_one_of_its_source() -> None:
    one = sender()
    assert one.send(answer(notification(items(IsMotion="true"))))["camera"] == "1"
    alarm = notification(items(State="true"), topic="tns1:VideoSource/MotionAlarm", source=items(Source="000"))
    assert one.send(answer(alarm))["camera"] == "1"
    second = notification(items(IsMotion="true"), source=items(VideoSourceConfigurationToken="vsc2"))
    assert one.send(answer(second))["source"] == "gate#vsc2"
    assert one.send(answer(alarm), 40)["source"] == "gate#000"


def test_element_items_are_read() -> None:
    data = '<t:ElementItem Name="Info"><t:LicensePlateInfo><t:PlateNumber>TEST001</t:PlateNumber></t:LicensePlateInfo>'
    topic = "tns1:RuleEngine/Recognition/LicensePlate"
    found = sender().send(answer(notification(f"{data}</t:ElementItem>", "", topic)))
    assert (found["verdict"], found["plate"]) == ("new", "TEST001")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!DOCTYPE html><html><body>Login</body></html>", "an HTML page came instead of a message"),
        (b"<html><head/></html>", "an HTML page came instead of a message"),
        (b"", "the message is empty, and XML is expected"),
        (b"<a><b></a>", "no XML at line 1, column 8: mismatched tag"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "the XML declares a document type"),
        (b"<a/>", 'the answer to PullMessages is expected, not "a"'),
        (b"<a>" * 60 + b"</a>" * 60, "the XML is nested too deep"),
    ],
)
def test_what_is_no_answer_has_a_sentence(body: bytes, sentence: str) -> None:
    found = sender().send(body)
    assert found["verdict"] == "malformed"
    assert found["why"].startswith(sentence)


@pytest.mark.parametrize(
    "fault",
    [
        "<S:Code><S:Value>S:Sender</S:Value></S:Code><S:Reason><S:Text>gone</S:Text></S:Reason>",
        "<faultcode>S:Client</faultcode><faultstring>gone</faultstring>",
    ],
)
def test_a_soap_fault_has_a_sentence(fault: str) -> None:
    body = f"<S:Envelope {NAMESPACES}><S:Body><S:Fault>{fault}</S:Fault></S:Body></S:Envelope>".encode()
    assert 'SOAP fault: "gone, S:' in sender().send(body)["why"]

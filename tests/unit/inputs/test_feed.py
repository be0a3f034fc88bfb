"""The queue between a transport and its pipeline, and the state of its connection."""

from __future__ import annotations

from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState
from securos_trigger.inputs.message import Message
from securos_trigger.notices import Announcer, Notice, kinds


def arrival(body: bytes = b"{}") -> Arrival:
    return Arrival(Message(body=body, arrived_at=1.0))


def test_messages_come_out_in_order_and_no_more_than_asked_for() -> None:
    queue = ArrivalQueue()
    sent = [arrival(str(number).encode()) for number in range(5)]
    assert all(queue.put(one) for one in sent)
    assert queue.take(3, 0.0) == sent[:3]
    assert queue.take(64, 0.0) == sent[3:]
    assert queue.take(64, 0.0) == []


def test_a_queue_is_full_by_number_or_by_bytes_and_has_space_after_a_take() -> None:
    by_number, by_bytes = ArrivalQueue(max_count=2), ArrivalQueue(max_bytes=10)
    assert [by_number.put(arrival()) for _ in range(3)] == [True, True, False]
    assert [by_bytes.put(arrival(b"123456")) for _ in range(3)] == [True, True, False]
    assert not by_bytes.wait_for_space(0.0)
    by_bytes.take(1, 0.0)
    assert by_bytes.wait_for_space(0.0)
    assert by_bytes.put(arrival())


def test_the_first_connection_is_announced_with_what_it_is_to() -> None:
    heard: list[Notice] = []
    state = ConnectionState("gate", Announcer([heard.append]))
    state.note_connected("mqtt://broker:1883, subscribed to a/# (QoS 1)")
    state.note_connected("mqtt://broker:1883, subscribed to a/# (QoS 1)")
    assert [notice.kind for notice in heard] == [kinds.SOURCE_CONNECTED]
    assert heard[0].fields["text"] == "mqtt://broker:1883, subscribed to a/# (QoS 1)"


def test_an_outage_is_announced_as_lost_once_and_each_further_reason_once() -> None:
    """A broker that restarts ends the connection and refuses the next ones: that is one loss, with two reasons."""
    heard: list[Notice] = []
    state = ConnectionState("gate", Announcer([heard.append]))
    for _ in range(3):
        state.note_lost("the broker has ended the connection")
        state.note_lost("the login is refused")
    assert (state.is_connected, state.reason) == (False, "the login is refused")
    state.note_connected()
    state.note_connected()
    expected = [kinds.SOURCE_LOST, kinds.SOURCE_STILL_LOST, kinds.SOURCE_CONNECTED, kinds.SOURCE_RECOVERED]
    assert [notice.kind for notice in heard] == expected
    assert (state.is_connected, state.reason) == (True, "")
    state.note_lost("the login is refused")
    assert heard[-1].kind is kinds.SOURCE_LOST

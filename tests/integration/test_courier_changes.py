"""Couriers whose targets, tokens and certificates change while they deliver."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from securos_trigger.delivery import DeliveryPolicy
from securos_trigger.outbox import State
from tests.integration.fake_receivers import OldReceiver
from tests.integration.test_courier import CERTIFICATE, LIMIT_S, QUICK, event, sending, to

NOT_SERVED = "no node sends to this receiver any more"


def test_a_new_token_serves_at_once_what_the_old_one_could_not(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver, sending(tmp_path, to(receiver.target, token="the-old-one")) as sent:
        sent.put(receiver.target, *(event("1", name=f"event {number}") for number in range(20)))
        sent.wait_for(lambda: "target_unauthorized" in sent.names())
        assert receiver.names() == []
        assert sent.couriers.change([sent.couriers.prepare(to(receiver.target))])
        assert sent.couriers.drain(LIMIT_S)
        assert receiver.names() == [f"event {number}" for number in range(20)]
    assert sent.names().count("target_unauthorized") == 1
    assert sent.names().count("target_recovered") == 1
    assert "target_unreachable" not in sent.names()


def test_what_is_under_way_when_the_connection_changes_ends_as_it_began(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver, sending(tmp_path, to(receiver.target)) as sent:
        receiver.delay_s = 0.3
        sent.put(receiver.target, *(event(str(number), name="slow") for number in range(8)))
        sent.wait_for(lambda: bool(receiver.bodies))
        for _ in range(5):
            assert sent.couriers.change([sent.couriers.prepare(to(receiver.target))])
        assert sent.couriers.drain(LIMIT_S)
        assert receiver.names() == ["slow"] * 8
    assert {notice.name for notice in sent.notices} == {"certificate_remembered", "delivery_done"}


def test_what_waits_for_a_removed_target_stays_and_goes_out_when_the_target_is_back(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver, sending(tmp_path, to(receiver.target)) as sent:
        target = str(receiver.target)
        for turn in range(3):
            assert sent.couriers.change(removed=[target])
            assert list(sent.couriers.not_served) == [target]
            sent.put(receiver.target, event("1", name=f"waits {turn}"))
            sent.wait_for(lambda: [row.reason for row in sent.rows(State.WAITING)] == [NOT_SERVED])
            assert sent.couriers.change([sent.couriers.prepare(to(receiver.target))])
            assert not list(sent.couriers.not_served)
            assert sent.couriers.drain(LIMIT_S)
        assert receiver.names() == ["waits 0", "waits 1", "waits 2"]


def test_a_target_that_is_added_is_served_though_there_was_none_before(tmp_path: Path) -> None:
    with OldReceiver() as receiver, sending(tmp_path) as sent:
        sent.put(receiver.target, event("1", name="first"))
        assert sent.couriers.change([sent.couriers.prepare(to(receiver.target))])
        assert sent.couriers.drain(LIMIT_S)
        assert receiver.names() == ["first"]
    assert "password_in_clear" in sent.names()


def test_a_hundred_changes_under_load_lose_nothing_and_keep_the_order(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver, sending(tmp_path, to(receiver.target)) as sent:
        target = str(receiver.target)
        names = [f"event {number:03}" for number in range(300)]
        events = [event("7", name=one) for one in names]
        putting = threading.Thread(target=sent.put, args=(receiver.target, *events))
        putting.start()
        for number in range(100):
            policy = DeliveryPolicy(back_off=QUICK, late_per_s=100.0 + number, record_max_lateness_s=20.0)
            assert sent.couriers.change([sent.couriers.prepare(replace(to(receiver.target)), policy)])
            if number % 10 == 0:
                assert sent.couriers.change(removed=[target])
                assert sent.couriers.change([sent.couriers.prepare(to(receiver.target))])
        putting.join(LIMIT_S)
        assert sent.couriers.drain(LIMIT_S)
        assert receiver.names() == names
    assert {"thread_failed", "courier_failed", "target_unreachable"} & set(sent.names()) == set()


def test_a_change_before_the_event_loop_runs_is_made_when_it_does(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver, sending(tmp_path, starts=False) as sent:
        made = sent.couriers.prepare(to(receiver.target))
        changing = threading.Thread(target=sent.couriers.change, args=([made],))
        changing.start()
        sent.put(receiver.target, event("1", name="first"))
        sent.couriers.start()
        changing.join(LIMIT_S)
        assert not changing.is_alive()
        assert sent.couriers.drain(LIMIT_S)
        assert receiver.names() == ["first"]

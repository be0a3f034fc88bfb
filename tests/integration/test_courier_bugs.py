"""A bug is thrown into each part of the couriers: the others go on, it is announced, and nothing kept is lost."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from securos_trigger.delivery import DeliveryPolicy
from securos_trigger.delivery.courier import orphans
from securos_trigger.delivery.courier.settlement_batch import SettlementBatch
from securos_trigger.model import Delivery, Target
from securos_trigger.outbox import Outbox, Settlement, State
from tests.integration.fake_receivers import OldReceiver
from tests.integration.test_courier import LIMIT_S, Sending, event, sending, to


def threads(sent: Sending) -> list[tuple[str, object]]:
    """The notices about threads and tasks, in order."""
    return [(notice.name, notice.fields["thread"]) for notice in sent.notices if notice.name.startswith("thread_")]


def failing(times: int, sound: Callable[..., object]) -> Callable[..., object]:
    """`sound`, but that its first calls raise."""
    left = [ZeroDivisionError(f"bug {number}") for number in range(times)]

    def call(*args: object, **kwargs: object) -> object:
        if left:
            raise left.pop()
        return sound(*args, **kwargs)

    return call


@pytest.mark.parametrize("kind", [ZeroDivisionError, SystemExit])
def test_a_bug_in_one_claim_loop_ends_neither_it_nor_the_other_couriers(
    kind: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with OldReceiver() as struck, OldReceiver() as other:
        sound, bugs = Outbox.claim, iter(["first", "second"])

        def claim(outbox: Outbox, target: str, limit: int, **how: bool) -> Future[list[Delivery]]:
            if target == str(struck.target) and (bug := next(bugs, "")):
                raise kind(bug)
            return sound(outbox, target, limit, **how)

        monkeypatch.setattr(Outbox, "claim", claim)
        with sending(tmp_path, to(struck.target), to(other.target)) as sent:
            for number in range(20):
                sent.put(struck.target, event("1", name=f"{number:02}"))
                sent.put(other.target, event("1", name=f"{number:02}"))
            assert sent.couriers.drain(LIMIT_S)
        names = [f"{number:02}" for number in range(20)]
        assert (struck.names(), other.names()) == (names, names)
    name = f"courier {struck.target}"
    assert threads(sent) == [("thread_failed", name), ("thread_failed", name), ("thread_recovered", name)]
    assert [notice.fields["count"] for notice in sent.said("thread_failed")] == [1, 2]
    assert "Traceback" in caplog.text


def test_a_bug_in_a_sender_costs_its_delivery_another_attempt_and_the_sender_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, bugs = SettlementBatch.add, iter(["only"])

    def add(batch: SettlementBatch, delivery: Delivery, settlement: Settlement, *, is_last: bool) -> None:
        for bug in bugs:
            raise ZeroDivisionError(bug)
        sound(batch, delivery, settlement, is_last=is_last)

    monkeypatch.setattr(SettlementBatch, "add", add)
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target)) as sent:
        sent.put(receiver.target, *(event("1", name=str(number)) for number in range(20)))
        assert sent.couriers.drain(LIMIT_S)
        assert sent.outbox.counts()[State.DELIVERED] == 20
        assert receiver.names() == ["0", *(str(number) for number in range(20))]
        while (
            "thread_recovered" not in sent.names()
        ):  # it takes that sender's turn; the test's own time limit ends this
            sent.put(receiver.target, event("2"))
            assert sent.couriers.drain(LIMIT_S)
    [failed] = sent.said("thread_failed")
    assert str(failed.fields["thread"]).startswith(f"courier {receiver.target} sender ")


def test_a_bug_between_the_claim_and_the_senders_leaves_no_delivery_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio.Queue, "put_nowait", failing(1, asyncio.Queue.put_nowait))
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), starts=False) as sent:
        sent.put(receiver.target, *(event(camera, name=camera) for camera in "123"))
        assert sent.outbox.flush(LIMIT_S)
        sent.couriers.start()
        assert sent.couriers.drain(LIMIT_S)
        assert sent.outbox.counts()[State.DELIVERED] == 3
        sent.wait_for(lambda: "thread_recovered" in sent.names())
    assert sorted(receiver.names()) == ["1", "2", "3"]
    name = f"courier {receiver.target}"
    assert threads(sent) == [("thread_failed", name), ("thread_recovered", name)]


def test_a_bug_in_the_task_of_orphaned_deliveries_delays_the_one_that_it_struck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Target("https", "gone.example", 3443)
    monkeypatch.setattr(orphans, "LOOK_EVERY_S", 0.3)
    monkeypatch.setattr(DeliveryPolicy, "is_expired", failing(1, DeliveryPolicy.is_expired))
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), starts=False) as sent:
        sent.put(gone, *(event(camera, name=camera, age_s=8 * 24 * 3600) for camera in "123"))
        sent.put(receiver.target, event("1"))
        assert sent.outbox.flush(LIMIT_S)
        sent.couriers.start()
        assert sent.couriers.drain(LIMIT_S)
        dead = sorted(sent.rows(State.DEAD), key=lambda row: row.settled_at_s or 0.0)
    assert [row.delivery.name for row in dead] == ["2", "3", "1"]
    assert receiver.names() == ["name"]
    name = f"orphaned deliveries {gone}"
    assert threads(sent) == [("thread_failed", name), ("thread_recovered", name)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # asyncio leaves its half-made loop
def test_couriers_start_although_no_descriptor_is_left_for_their_loop_and_deliver_when_there_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    resource = pytest.importorskip("resource", reason="Windows has no limits of a process")
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), starts=False) as sent:
        sent.put(receiver.target, event("1", name="kept"))
        assert sent.outbox.flush(LIMIT_S)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest_free = os.dup(0)
        os.close(lowest_free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
        try:
            began_at = time.monotonic()
            sent.couriers.start()
            assert time.monotonic() - began_at < 3.0
            sent.wait_for(lambda: "thread_failed" in sent.names())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert sent.couriers.drain(LIMIT_S)
    for record in caplog.records:
        record.exc_info = None  # it holds that loop
    gc.collect()
    assert receiver.names() == ["kept"]
    assert threads(sent) == [("thread_failed", "couriers"), ("thread_recovered", "couriers")]
    assert "Too many open files" in str(sent.said("thread_failed")[0].fields["reason"])


def test_couriers_whose_loop_could_not_be_made_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OldReceiver() as receiver, sending(tmp_path, to(receiver.target), starts=False) as sent:
        monkeypatch.setattr("asyncio.events.new_event_loop", failing(1_000, int))
        sent.couriers.start()
        assert sent.couriers.close(LIMIT_S)
    assert threads(sent)[0] == ("thread_failed", "couriers")

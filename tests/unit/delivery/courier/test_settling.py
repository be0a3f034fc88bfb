"""What becomes of a delivery that was answered."""

from __future__ import annotations

import pytest

from securos_trigger.delivery.courier.settling import DeliveryPolicy, settlement_for
from securos_trigger.model import Delivered, Delivery, Partial, Refused, StepResult
from securos_trigger.outbox import Again, Dead, Done, Settlement
from tests import builders

CAPTURED_AT_S = 1_000_000.0
SOON_S = 10.0
TOO_LATE_S = 31.0


def delivery(*camera_ids: str) -> Delivery:
    return builders.delivery(*camera_ids, captured_at_s=CAPTURED_AT_S, kept_at_s=CAPTURED_AT_S)


def worked(camera_id: str | None, step: str = "EVENT") -> StepResult:
    return StepResult(camera_id, step, ok=True)


def failed(camera_id: str | None, step: str = "EVENT", *, permanent: bool = False) -> StepResult:
    return StepResult(camera_id, step, ok=False, error="why", permanent=permanent)


def settled(answer: Delivered | Partial | Refused, *camera_ids: str, wait_s: float = SOON_S) -> Settlement:
    policy = DeliveryPolicy()
    return settlement_for(answer, delivery(*camera_ids), now_s=CAPTURED_AT_S, wait_s=wait_s, policy=policy)


def test_a_delivered_one_is_done() -> None:
    assert settled(Delivered((worked("1"),)), "1") == Done()


def test_a_refused_one_is_dead() -> None:
    assert settled(Refused(400, "no"), "1") == Dead("refused with status 400: no")


@pytest.mark.parametrize("knows_event_ids", [True, False])
def test_cameras_without_their_event_get_it_again(knows_event_ids: bool) -> None:
    answer = Partial((worked("1"), failed("2")), knows_event_ids)
    assert settled(answer, "1", "2") == Again(SOON_S, "camera 2: event failed: why", True, ("2",), ("2",))


def test_a_failed_recording_is_repeated_by_a_receiver_that_remembers_and_holds_nobody_up() -> None:
    answer = Partial((failed("1", "REC"), worked("1")), knows_event_ids=True)
    assert settled(answer, "1") == Again(SOON_S, "camera 1: recording failed: why", True, ("1",), ())


@pytest.mark.parametrize(
    ("knows_event_ids", "wait_s"), [(False, SOON_S), (True, TOO_LATE_S)], ids=["older receiver", "too late"]
)
def test_a_failed_recording_is_let_go_when_a_repeat_makes_no_sense(knows_event_ids: bool, wait_s: float) -> None:
    answer = Partial((failed("1", "REC"), worked("1")), knows_event_ids)
    assert settled(answer, "1", wait_s=wait_s) == Done("camera 1: recording failed: why")


def test_a_failed_recording_and_a_failed_event_on_two_cameras_go_again_together() -> None:
    answer = Partial((failed("1", "SUBTITLES"), worked("1"), failed("2")), knows_event_ids=True)
    reason = "camera 1: subtitle failed: why; camera 2: event failed: why"
    assert settled(answer, "1", "2", "3") == Again(SOON_S, reason, True, ("1", "2"), ("2",))


def test_steps_of_a_camera_that_fail_for_one_reason_are_named_together() -> None:
    gone = tuple(failed("9", step, permanent=True) for step in ("REC", "EVENT"))
    assert settled(Partial(gone, knows_event_ids=True), "9") == Dead("camera 9: event and recording refused: why")


def test_a_camera_that_does_not_exist_is_not_tried_again() -> None:
    unknown = failed("9", permanent=True)
    assert settled(Partial((unknown,), knows_event_ids=True), "9") == Dead("camera 9: event refused: why")
    assert settled(Partial((worked("1"), unknown), knows_event_ids=True), "1", "9") == Done(
        "camera 9: event refused: why", failed_camera_ids=("9",)
    )
    waits = settled(Partial((worked("1"), unknown, failed("2")), knows_event_ids=True), "1", "9", "2")
    assert isinstance(waits, Again)
    assert (waits.remaining_camera_ids, waits.failed_camera_ids) == (("2",), ("9",))


def test_an_event_without_camera_goes_again_as_a_whole() -> None:
    assert settled(Partial((failed(None),), knows_event_ids=True)) == Again(
        SOON_S, "no camera: event failed: why", True, None, None
    )


def test_an_event_from_the_future_is_late_because_nobody_knows_its_age() -> None:
    policy = DeliveryPolicy()
    assert not policy.is_late(delivery("1"), CAPTURED_AT_S - 4)
    assert policy.is_late(delivery("1"), CAPTURED_AT_S - 6)


def test_a_delivery_expires_when_it_is_older_than_a_week() -> None:
    a_week_s = 7 * 86_400.0
    assert not DeliveryPolicy().is_expired(a_week_s)
    assert DeliveryPolicy().is_expired(a_week_s + 1.0)

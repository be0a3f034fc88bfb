"""The steps that a receiver did not do, in words, and read again."""

from __future__ import annotations

from securos_trigger.model import Step, StepResult
from securos_trigger.model.failed_steps import failed_steps, has_reached, steps_in


def _failed(camera: str | None, step: str, error: str, *, is_final: bool = False) -> StepResult:
    return StepResult(camera, step, ok=False, error=error, permanent=is_final)


def _unknown(camera: str, step: str) -> StepResult:
    return _failed(camera, step, f"unknown camera {camera}", is_final=True)


def test_what_was_refused_comes_before_why_and_the_event_comes_first() -> None:
    results = [_unknown("9", step) for step in (Step.REC, Step.SUBTITLES, Step.EVENT)]
    assert failed_steps(results) == "camera 9: event, recording and subtitle refused: SecurOS knows no such camera"
    assert failed_steps(results[:1] + results[2:]) == (
        "camera 9: event and recording refused: SecurOS knows no such camera"
    )


def test_each_camera_and_each_error_has_a_part_of_its_own_and_what_worked_none() -> None:
    results = [
        StepResult("1", Step.EVENT, ok=True),
        _failed("1", Step.REC, "no archive"),
        _failed(None, Step.EVENT, "busy"),
        _failed("2", "ZOOM", "no reason given", is_final=True),
    ]
    assert failed_steps(results) == (
        "camera 1: recording failed: no archive; no camera: event failed: busy; camera 2: ZOOM refused: no reason given"
    )


def test_a_reason_is_read_again_step_by_step() -> None:
    results = [_unknown("9", Step.REC), _unknown("9", Step.EVENT), _failed(None, Step.EVENT, "busy: 3 wait")]
    assert list(steps_in(failed_steps(results))) == [
        ("9", "EVENT", "SecurOS knows no such camera"),
        ("9", "REC", "SecurOS knows no such camera"),
        (None, "EVENT", "busy: 3 wait"),
    ]
    assert list(steps_in("expired")) == list(steps_in("The receiver failed: status 500")) == []


def test_a_reason_of_an_older_version_is_read_too() -> None:
    old = "camera 9: REC, EVENT unknown camera 9; no camera: SUBTITLES no captioner"
    assert list(steps_in(old)) == [
        ("9", "REC", "unknown camera 9"),
        ("9", "EVENT", "unknown camera 9"),
        (None, "SUBTITLES", "no captioner"),
    ]


def test_a_step_that_only_the_receiver_knows_hides_no_other_one() -> None:
    reason = failed_steps(_unknown("9", step) for step in ("zoom", Step.EVENT, "ZOOM"))
    assert list(steps_in(reason)) == [("9", step, "SecurOS knows no such camera") for step in ("EVENT", "zoom", "ZOOM")]


def test_a_reason_says_which_cameras_the_event_has_reached() -> None:
    reason = failed_steps([_unknown("9", Step.EVENT), _failed("1", Step.REC, "no archive")])
    assert [has_reached(reason, camera) for camera in ("1", "9", "19")] == [True, False, True]
    assert has_reached("", "9")
    assert not has_reached("expired", "9"), "a reason of the whole delivery"

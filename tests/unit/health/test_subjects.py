"""The state of each thing that is watched, from the evidence of one look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.health.ages import Now
from securos_trigger.health.settings import HealthSettings
from securos_trigger.health.subjects import (
    Deliveries,
    Evidence,
    ExpiredCertificate,
    ExpiringCertificate,
    FailingNodes,
    Frames,
    FrozenFrames,
    Subject,
)
from securos_trigger.health.texts import Text
from securos_trigger.health.troubles import Began, Ended, Observation, Sign, Trouble
from securos_trigger.model.heartbeat import Heartbeat, NodeFailure
from securos_trigger.outbox import Oldest

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
TARGET = "https://vms.example:3443"
SETTINGS = HealthSettings()


def evidence(at: float, ends_at: datetime | None = None) -> Evidence:
    shown = {} if ends_at is None else {TARGET: ShownCertificate("ab" * 32, ends_at, AcceptedBy.PIN)}
    return Evidence(Now(at, NOON.timestamp() + at), 0, {}, 0, "", False, shown)


def frames(heartbeat: Heartbeat) -> Frames:
    return Frames("yard", heartbeat, SETTINGS, began_at=100.0)


@pytest.mark.parametrize(
    ("heartbeat", "seen"),
    [
        (Heartbeat(), None),
        (Heartbeat(last_at_ticks=101.0), Observation(Sign.HEALTHY, 101.0)),
        (Heartbeat(last_at_ticks=101.0, has_ended=True), Observation(Sign.HEALTHY, 101.0)),
        (Heartbeat(has_failed=True), Observation(Sign.FAILING, 105.0, 100.0)),
        (Heartbeat(last_at_ticks=101.0, has_failed=True), Observation(Sign.FAILING, 105.0, 101.0)),
    ],
)
def test_five_seconds_after_the_start(heartbeat: Heartbeat, seen: Observation | None) -> None:
    assert frames(heartbeat).look(evidence(105.0)) == seen


def test_a_receiver_that_fails_while_nothing_waits_for_it_is_reported_as_if_something_did() -> None:
    limit_s = SETTINGS.outbox_oldest_after_s
    deliveries, reason = Deliveries(TARGET, SETTINGS), "connection refused"

    def looked(at: float, *, reason: str, waits_since: float | None = None) -> Observation | None:
        oldest = {} if waits_since is None else {TARGET: Oldest(7, NOON.timestamp() + waits_since)}
        return deliveries.look(replace(evidence(at), oldest=oldest, reason_of=lambda _about: reason))

    assert looked(100.0, reason="") == Observation(Sign.HEALTHY, 100.0, None)
    assert looked(200.0, reason=reason) == Observation(Sign.HEALTHY, 200.0, 200.0)
    seen = looked(200.0 + limit_s, reason=reason)
    assert seen == Observation(Sign.FAILING, 200.0 + limit_s, 200.0)
    text = deliveries.begun(200.0, replace(evidence(200.0 + limit_s), reason_of=lambda _about: reason))
    assert text.description.startswith("The receiver has failed since ")
    assert " New events are kept, and are sent when the receiver accepts them. " in text.description
    other = deliveries.begun(100.0, replace(evidence(200.0 + limit_s), reason_of=lambda _about: reason))
    assert other == text, "the receiver has not failed since the oldest delivery waited"
    late = looked(201.0 + limit_s, reason=reason, waits_since=200.0 + limit_s)
    assert late == Observation(Sign.FAILING, 201.0 + limit_s, 200.0), "its own report waits for it: no end"
    assert looked(202.0 + limit_s, reason="") == Observation(Sign.HEALTHY, 202.0 + limit_s, None)


@pytest.mark.parametrize(
    ("heartbeat", "seen"),
    [
        (Heartbeat(), Observation(Sign.FAILING, 160.0, 100.0)),
        (Heartbeat(last_at_ticks=120.0), Observation(Sign.FAILING, 160.0, 120.0)),
        (Heartbeat(last_at_ticks=120.0, has_ended=True), Observation(Sign.HEALTHY, 120.0)),
        (Heartbeat(has_ended=True), None),
    ],
)
def test_a_minute_after_the_start(heartbeat: Heartbeat, seen: Observation | None) -> None:
    assert frames(heartbeat).look(evidence(160.0)) == seen


def test_a_source_that_gives_a_frame_now_and_then_in_a_silence_has_one_trouble() -> None:
    heartbeat = Heartbeat(last_at_ticks=100.0)
    subject, trouble = frames(heartbeat), Trouble(0, SETTINGS.steady_for_s)
    changes = []
    for second in range(101, 400):
        if second % 35 == 0 or second > 320:
            heartbeat.last_at_ticks = float(second)
        seen = subject.look(evidence(float(second)))
        assert seen is not None
        changes.append(trouble.observe(seen))
    assert [one for one in changes if one is not None] == [Began(105.0), Ended(105.0, 315.0)]


@pytest.mark.parametrize("has_failed", [False, True])
def test_an_input_names_the_cameras_of_its_map_and_ends_as_it_began(has_failed: bool) -> None:
    heartbeat = Heartbeat(is_of_messages=True, mapped_cameras=("7", "8"), has_failed=has_failed, failure="It is gone")
    begun = frames(heartbeat).begun(100.0, evidence(160.0))
    assert begun.name == "Bridge: no messages from yard"
    assert "Events of cameras 7, 8 are not seen." in begun.description
    assert ("The pipeline has failed: It is gone." in begun.description) is has_failed
    assert frames(heartbeat).ended(Ended(100.0, 170.0), evidence(180.0)).name == "Bridge: messages again from yard"
    own = replace(evidence(160.0), cameras={"yard": ("9",)})
    assert "Events of camera 9 are not seen." in frames(heartbeat).begun(100.0, own).description


def test_a_camera_that_sends_one_image_over_and_over_has_one_trouble() -> None:
    heartbeat = Heartbeat()
    subject, trouble = FrozenFrames("yard", heartbeat), Trouble(0, SETTINGS.steady_for_s)
    assert subject.look(evidence(100.0)) is None
    reported = []
    for second in range(101, 400):
        heartbeat.last_at_ticks = float(second)
        heartbeat.moved_at_ticks = 110.0 if second < 200 else float(second)
        heartbeat.frozen_since_at_ticks = 110.0 if 170 <= second < 200 else None
        seen = evidence(float(second))
        observation = subject.look(seen)
        assert observation is not None
        match trouble.observe(observation):
            case Began(since):
                reported.append((second, subject.begun(since, seen)))
            case Ended() as ended:
                reported.append((second, subject.ended(ended, seen)))
    assert reported == [
        (
            170,
            (
                "Bridge: the image of yard is frozen",
                (
                    "The image has not changed since 12:01:50 UTC (1 min). Events from this camera are not seen. "
                    "Look at its live image, and restart the camera or its recorder."
                ),
            ),
        ),
        (210, ("Bridge: the image of yard changes again", "Back since 12:03:20 UTC, after 1 min 30 s.")),
    ]
    after_start = Heartbeat(last_at_ticks=500.0)
    assert FrozenFrames("yard", after_start).look(evidence(500.0)) is None, "it may still be frozen"
    heartbeat.frozen_since_at_ticks, heartbeat.has_ended = 110.0, True
    assert subject.look(evidence(401.0)) == Observation(Sign.HEALTHY, 399.0)


def test_a_slow_source_whose_frames_come_in_time_is_well_again_after_two_of_them() -> None:
    heartbeat = Heartbeat(last_at_ticks=100.0)
    subject, trouble = frames(heartbeat), Trouble(0, SETTINGS.steady_for_s)
    changes = []
    for second in range(101, 260):
        if second >= 200 and second % 20 == 0:
            heartbeat.last_at_ticks = float(second)
        seen = subject.look(evidence(float(second)))
        assert seen is not None
        changes.append(trouble.observe(seen))
    assert [one for one in changes if one is not None] == [Began(100.0), Ended(100.0, 200.0)]


def test_a_certificate_that_ends_and_is_renewed_is_told_three_times_and_not_four() -> None:
    ends_at = NOON + timedelta(days=40)
    subjects: list[tuple[Subject, Trouble]] = [
        (ExpiringCertificate(TARGET, SETTINGS), Trouble(0, 10)),
        (ExpiredCertificate(TARGET), Trouble(0, 10)),
    ]
    said = []
    for day in range(60):
        if day == 50:
            ends_at += timedelta(days=365)
        for second in (0, 11):
            seen = evidence(day * 86_400.0 + second, ends_at)
            for subject, trouble in subjects:
                observation = subject.look(seen)
                assert observation is not None
                match trouble.observe(observation):
                    case Began(since):
                        said.append((day, subject.begun(since, seen).name))
                    case Ended() as ended:
                        said.append((day, subject.ended(ended, seen).name))
    certificate = f"Bridge: the certificate of {TARGET}"
    assert said == [
        (10, f"{certificate} expires soon"),
        (40, f"{certificate} has expired"),
        (50, f"{certificate} is in order"),
    ]


def test_nothing_is_said_of_a_certificate_that_nobody_has_seen() -> None:
    assert ExpiringCertificate(TARGET, SETTINGS).look(evidence(0.0)) is None
    assert ExpiredCertificate(TARGET).look(evidence(0.0)) is None


def test_a_node_that_fails_is_reported_with_its_reason_and_its_end() -> None:
    heartbeat = Heartbeat(last_at_ticks=120.0, failing=NodeFailure("zone1", 110.0, "KeyError('x')", "correct the node"))
    nodes = FailingNodes("yard", heartbeat)
    assert nodes.look(evidence(120.0)) == Observation(Sign.FAILING, 120.0, 110.0)
    begun = nodes.begun(110.0, evidence(120.0))
    assert begun == Text(
        "Bridge: zone1 of yard fails",
        "It has failed since 12:01:50 UTC (10 s): KeyError('x'). Events may be missing or wrong. Correct the node.",
    )
    heartbeat.has_ended = True
    assert nodes.look(evidence(500.0)) == Observation(Sign.FAILING, 500.0, 110.0), "it ended so"
    heartbeat.failing = None
    assert nodes.look(evidence(500.0)) == Observation(Sign.HEALTHY, 120.0)

"""Troubles of a pipeline that is too slow, or looks at too few frames."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from securos_trigger.analytics.settings import DetectorSettings, TrackerSettings, guesses_between
from securos_trigger.errors.wording import sentence
from securos_trigger.model.looks import LOOKS_PRICE
from securos_trigger.operations.pipeline_troubles import pipeline_troubles
from securos_trigger.operations.trouble import Trouble
from tests.unit.operations.running_pipeline import PIPELINE

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)
FIRST_FRAMES = {"frames_per_s": 4.0, "left_out_per_s": 21.0}


def found(**more: Any) -> list[Trouble]:
    return list(pipeline_troubles({**PIPELINE, **more}, NOW))


def of_video(**more: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.needs_person) for one in found(**more)]


def test_frames_that_are_left_out_are_worth_knowing_and_red_when_they_are_most() -> None:
    assert of_video(frames_per_s=23.0, left_out_per_s=2.0) == []
    assert of_video(frames_per_s=15.0, left_out_per_s=10.0) == [
        ("Pipeline site reads 15.0 of 25.0 frames a second and leaves the others out", False)
    ]
    assert of_video(frames_per_s=4.0, left_out_per_s=21.0) == [
        ("Pipeline site reads 4.0 of 25.0 frames a second and leaves the others out", True)
    ]
    assert of_video(frames_per_s=4.0) == [], "a service of an older version does not say it"


@pytest.mark.parametrize(
    "away",
    [
        {"source_lost_reason": "Connection refused", "source_lost_since": "2026-03-02T03:16:58Z"},
        {"silent_since": "2026-03-02T03:16:53Z", "last_frame_age_s": 7.0},
    ],
)
@pytest.mark.parametrize(
    ("red", "is_red"),
    [
        ({"left_out_level": "most", "left_out_per_s": 9.0, "read_beside_per_s": 1.0, "running_s": 90.0}, True),
        ({"frozen_since": "2026-03-02T03:11:00Z"}, True),
        ({"left_out_level": "some", "left_out_per_s": 5.0, "read_beside_per_s": 5.0, "running_s": 90.0}, False),
    ],
)
def test_a_pipeline_that_needs_a_person_does_not_look_better_while_its_source_is_away(
    away: dict[str, Any], red: dict[str, Any], is_red: bool
) -> None:
    assert is_red == any(needs_person for _, needs_person in of_video(**red, frames_per_s=1.0))
    assert is_red == any(needs_person for _, needs_person in of_video(**red, **away, frames_per_s=0.0))


def test_the_level_of_the_service_counts_and_not_the_speeds_of_the_moment() -> None:
    speeds = {"frames_per_s": 9.0, "left_out_per_s": 7.5, "read_beside_per_s": 2.5, "running_s": 90.0}
    text = "Pipeline site reads 2.5 of 10.0 frames a second and leaves the others out"
    for level, said in (("most", [(text, True)]), ("some", [(text, False)]), ("", [])):
        assert of_video(**speeds, left_out_level=level) == said


def test_a_machine_that_is_too_slow_for_a_file_or_for_messages_is_worth_knowing() -> None:
    file = {"is_live": False, "source": "yard.mp4"}
    assert of_video(**file, behind_s=12.3) == [
        ("Pipeline site: this machine is too slow to read yard.mp4 at its own speed: it is 12 s behind", False)
    ]
    [found] = pipeline_troubles({**PIPELINE, **file, "behind_s": 12.3}, NOW)
    assert "`every` of the detector" in found.fix
    assert of_video(input={}, behind_s=75.0) == [
        ("Pipeline site: messages of frigate come faster than they are written to the disk, for 1 min 15 s", False)
    ]
    assert of_video(**file, behind_s=0.0) == []


def test_events_that_come_more_than_a_minute_late_are_the_headline_of_a_service() -> None:
    file = {**PIPELINE, "is_live": False, "source": "yard.mp4"}
    [some] = pipeline_troubles({**file, "behind_s": 50.0}, NOW)
    assert some.headline is None
    [late] = pipeline_troubles({**file, "behind_s": 79.0}, NOW)
    assert late.headline == ("Events come late", "Events of pipeline site come 1 min 19 s late")
    [messages] = pipeline_troubles({**PIPELINE, "input": {}, "behind_s": 75.0}, NOW)
    assert messages.headline == ("Events come late", "Messages of pipeline site wait for the disk for 1 min 15 s")


def test_a_pipeline_that_has_just_begun_is_too_slow_for_no_person() -> None:
    text = "Pipeline site reads 4.0 of 25.0 frames a second and leaves the others out"
    assert of_video(**FIRST_FRAMES, running_s=12.0) == [(text, False)]
    assert of_video(**FIRST_FRAMES, running_s=30.0) == [(text, True)]


def test_boxes_that_are_mostly_guesses_are_worth_knowing() -> None:
    text = "Pipeline site: of its frames the detector looks at 1.5 a second; the boxes between are guesses"
    slow = {"frames_per_s": 9.0, "left_out_per_s": 0.0, "guesses_between": 6, "running_s": 60.0}
    assert of_video(**slow) == [(text, False)]
    [seldom] = found(**slow)
    assert seldom.fix == (
        "Set `every = 3` of the detector (it is 6): it then looks at 3.0 frames a second, and walking people need 2 to 3."
    )
    assert seldom.about == {"node_type": "detector"}
    [left_out, seldom] = found(**{**slow, "left_out_per_s": 10.0})
    assert "smaller model" in left_out.fix
    assert "smaller model" in seldom.fix, "on a slow machine a lower `every` brings fewer frames, not more looks"
    assert left_out.fix == (
        "This machine is too slow for it: use a smaller model, or give it fewer cameras. A higher `every` does not help: "
        "the detector looks at 1.5 frames a second, and walking people need 2 to 3."
    )
    assert of_video(**{**slow, "running_s": 5.0}) == []
    assert of_video(**{**slow, "frames_per_s": 12.0}) == [], "two looks a second are enough"
    assert of_video(**{**slow, "guesses_between": None}) == [], "without a tracker nothing is guessed"
    assert of_video(**{**slow, "frames_per_s": 1.0}) == [], "this source is slow by nature"


def test_a_slow_machine_is_told_the_every_at_which_it_reads_all_frames() -> None:
    [slow] = found(frames_per_s=8.0, left_out_per_s=12.0, guesses_between=1, running_s=60.0)
    assert slow.fix == (
        "This machine is too slow for it: give it fewer cameras, or set `every = 3` of the detector (it is 1), which "
        f"then looks at about 6.7 frames a second. {sentence(LOOKS_PRICE)}"
    )
    [slow] = found(frames_per_s=1.5, left_out_per_s=23.5, guesses_between=1, running_s=60.0)
    assert "A higher `every` does not help: the detector looks at 1.5 frames a second" in slow.fix
    [slow] = found(frames_per_s=2.1, left_out_per_s=0.9, guesses_between=1, running_s=60.0)
    assert "does not help" in slow.fix, "every = 2 of 3 frames a second are too few looks"


def test_each_advice_to_set_every_names_its_price() -> None:
    [left_out] = found(frames_per_s=15.0, left_out_per_s=10.0)
    [behind] = found(is_live=False, behind_s=12.3)
    description = DetectorSettings.model_fields["every"].description or ""
    for text in (left_out.fix, behind.fix, description):
        assert LOOKS_PRICE[1:] in text


@pytest.mark.parametrize(
    ("nodes", "every"),
    [
        ([DetectorSettings(every=6), TrackerSettings()], 6),
        ([DetectorSettings(), TrackerSettings()], 1),
        ([DetectorSettings(every=6)], None),
        ([TrackerSettings(), DetectorSettings(every=6)], None),
    ],
)
def test_only_a_tracker_behind_a_detector_guesses(nodes: list[object], every: int | None) -> None:
    assert guesses_between(nodes) == every

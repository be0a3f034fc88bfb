"""Troubles of pipelines and nodes while frames or messages go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from securos_trigger.operations.pipeline_troubles import node_troubles, pipeline_troubles
from tests.unit.operations.running_pipeline import PIPELINE

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)
NODE: dict[str, Any] = {"address": "site/alarm", "muted_until": None}


def of_input(**seen: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.needs_person) for one in pipeline_troubles({**PIPELINE, "input": seen}, NOW)]


def of_node(**more: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.needs_person) for one in node_troubles({**NODE, **more}, NOW)]


def test_a_camera_that_its_source_calls_offline_is_red() -> None:
    assert of_input(offline_cameras={"gate": "no frames", "": "restarting"}) == [
        ("Pipeline site: its source calls the camera gate offline: no frames", True),
        ("Pipeline site: its source says that it is offline: restarting", True),
    ]


def of_video(**more: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.needs_person) for one in pipeline_troubles({**PIPELINE, **more}, NOW)]


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("Network is unreachable", "Look at the network of this machine"),
        ("it refuses the login (401 Unauthorized)", "Correct the user and the password in its url"),
        ("it has no such path (404 Not Found)", "Correct the path in its url, then `securos-trigger reload CONFIG`"),
        ("Connection refused", "Is it on, and is the port in its url"),
        ("nothing came before the time-out", "Does its own web page answer? If not, switch it off"),
        ("the stream ended", "Look at the camera, its address and its password"),
    ],
)
def test_what_to_do_about_a_lost_camera_fits_its_reason(reason: str, fix: str) -> None:
    lost = {"source_lost_reason": reason, "source_lost_since": NOW.isoformat()}
    [found] = pipeline_troubles({**PIPELINE, **lost}, NOW)
    assert found.fix.startswith(fix)


def test_cameras_that_the_camera_map_does_not_have_are_worth_knowing() -> None:
    assert of_input(unknown_cameras={"yard": 3}) == [
        ("Pipeline site: cameras that are not in the camera map raise no events: yard", False)
    ]
    [(text, _)] = of_input(unknown_cameras={f"c{number}": 1 for number in range(10)})
    assert text.endswith(": c0, c1, c2, c3, c4, c5, c6, c7 and 2 more")


def test_a_source_that_should_speak_each_minute_and_says_nothing_is_worth_knowing() -> None:
    assert of_input(unheard_s=None) == of_input(unheard_s=149.0) == of_input() == []
    text = "Pipeline site: no message has come in the 2 min 30 s since it was connected, not even the messages"
    assert of_input(unheard_s=150.0) == [(f"{text} that its source sends each minute", False)]


def test_an_unknown_camera_that_has_fallen_silent_is_said_to_have() -> None:
    heard = {"yard": (NOW - timedelta(hours=3)).isoformat(), "gate": (NOW - timedelta(minutes=9)).isoformat()}
    [(text, _)] = of_input(unknown_cameras={"yard": 3, "gate": 1}, unknown_cameras_heard=heard)
    assert text.endswith(": yard (silent for 3 h), gate")


def test_a_drawing_outside_of_the_image_is_red() -> None:
    drawing = {"node": "zones", "reason": 'zone "door" is outside of the image: it lies below it', "fix": "Draw it."}
    [one] = pipeline_troubles({**PIPELINE, "drawings_outside": [drawing]}, NOW)
    assert one.text == (
        'Pipeline site, node zones: zone "door" is outside of the image: it lies below it; nothing is ever there'
    )
    assert (one.fix, one.needs_person) == ("Draw it.", True)


def test_a_node_whose_condition_was_never_known_is_red_when_what_it_reads_had_time_to_come() -> None:
    text = "site/alarm cannot fire: it was unknown on all {} frames"
    assert of_node(decisions={"condition_unknown": 25_000, "fired": 0}) == [(text.format("25,000"), True)]
    assert of_node(decisions={"condition_unknown": 25_000, "condition_false": 1}) == []
    assert of_node(decisions={"condition_unknown": 1204}) == [(text.format("1,204"), False)], "a night without a car"
    assert of_node(decisions={"condition_unknown": 1204, "disabled": 7}) == [(text.format("1,204"), False)]
    assert of_node(decisions={"condition_unknown": 99, "disabled": 7}) == []


def test_a_new_condition_that_was_never_known_is_said_soon_with_what_is_missing() -> None:
    counts: dict[str, Any] = {
        "decisions": {"condition_false": 9_000, "fired": 4},
        "decisions_of_condition": {"condition_unknown": 31},
    }
    text = "site/alarm cannot fire since 03:16:44 (16 s), when its condition came into force: it was unknown on all 31"
    text += " frames: no nodes.zone.cuont"
    counts["condition_since"] = "2026-03-02T03:16:44.000Z"
    assert of_node(**counts) == []
    assert of_node(**counts, why_unknown="no nodes.zone.cuont in the metadata") == [(f"{text} in the metadata", False)]
    known = {**counts, "decisions_of_condition": {"condition_unknown": 31, "condition_false": 1}}
    assert of_node(**known, why_unknown="no nodes.zone.cuont in the metadata") == []


def test_a_node_whose_condition_compares_nothing_is_red() -> None:
    text = "site/alarm cannot fire: it was neither true nor false on all 1,204 frames"
    assert of_node(decisions={"not_boolean": 1204}) == [(text, True)]
    assert of_node(decisions={"not_boolean": 4, "condition_unknown": 1200, "disabled": 9}) == [(text, True)]
    assert of_node(decisions={"not_boolean": 1204, "condition_false": 1}) == []
    assert of_node(decisions={"not_boolean": 99}) == []


def test_events_whose_text_could_not_be_filled_in_are_worth_knowing() -> None:
    assert of_node(flags={"template_error": 2, "undefined": 9}) == [
        ("site/alarm: 2 events went out with a text that could not be filled in", False)
    ]


FAULTS = {
    "faults": {"sink": 1},
    "frames": 400,
    "last_faults": {"sink": {"at": "2026-03-02T03:12:00Z", "reason": "full"}},
}


def test_a_node_that_works_again_is_named_for_ten_minutes_and_then_no_more() -> None:
    text = "Pipeline site: sink was failing until 03:12:00, on 1 of 400 frames since its start: full"
    assert of_video(**FAULTS) == [(text, False)]
    later = {**PIPELINE, **FAULTS}
    assert list(pipeline_troubles(later, NOW + timedelta(minutes=6))) == []
    assert len(list(pipeline_troubles({**later, "state": "ended"}, NOW + timedelta(minutes=6)))) == 1


def test_a_node_that_has_not_worked_since_its_last_fault_is_named_however_long_ago_that_is() -> None:
    failing = {"node": "sink", "frames": 1, "since": "2026-03-02T03:12:00Z", "reason": "full", "is_serious": False}
    [found] = pipeline_troubles({**PIPELINE, **FAULTS, "failing_nodes": [failing]}, NOW + timedelta(days=1))
    text = "Pipeline site: sink failed last at 2026-03-02 03:12, on 1 of 400 frames since its start: full"
    assert (found.text, found.needs_person) == (text, False)


def test_a_service_of_an_older_version_does_not_say_when_a_node_failed_last() -> None:
    text = "Pipeline site: sink has failed on 1 of 400 frames since its start"
    assert of_video(faults={"sink": 1}, frames=400) == [(text, False)]


@pytest.mark.parametrize("is_live", [True, False])
def test_a_node_that_does_not_come_back_from_a_frame_is_red_and_named(is_live: bool) -> None:
    hung = {"is_live": is_live, "busy_s": 45.0, "busy_node": "mine", "last_frame_age_s": 45.0}
    text = "Pipeline site: mine has been busy with one frame for 45 s, and no frame goes on"
    assert of_video(**hung) == [(text, True)]
    assert of_video(**{**hung, "busy_s": 29.0, "last_frame_age_s": 29.0}) == []
    of_sink = "Pipeline site: its sink has been busy with one frame for 45 s, and no frame goes on"
    assert of_video(**{**hung, "busy_node": "sink"}) == [(of_sink, True)]

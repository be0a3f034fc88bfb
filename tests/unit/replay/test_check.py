"""What a recording shows about the trigger nodes of a configuration: every sentence whole."""

from __future__ import annotations

from typing import Any

from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.replay import MetadataCheck
from tests.unit.replay.frames import motion, pipeline, recorded, settings, trigger


def warned(frames: list[RecordedFrame], *pipelines: str) -> list[str]:
    check = MetadataCheck(settings(*pipelines))
    for frame in frames:
        check.process(frame)
    return [str(mistake) for mistake in check.warnings()]


def test_a_trigger_that_fires_now_and_then_is_not_remarked_on() -> None:
    assert warned(motion("...#...#?.."), pipeline("yard", trigger())) == []


def test_one_event_a_frame_is_a_flood() -> None:
    assert warned(motion(".#..########################."), pipeline("yard", trigger())) == [
        (
            "pipeline yard, node alarm, interval: is 0, and the condition was true on 24 frames in a row (0.9 s): each is an event\n"
            '    Set interval (seconds), or trigger_mode = "rising_edge".'
        )
    ]


def test_a_limited_trigger_floods_nobody() -> None:
    frames = motion("." + "#" * 50)
    assert warned(frames, pipeline("yard", trigger(interval=5))) == []
    assert warned(frames, pipeline("yard", trigger(trigger_mode='"rising_edge"'))) == []


def test_the_properties_of_a_node_are_told_with_their_place() -> None:
    node = trigger(
        trigger='"nodes.zone.motion or nodes.zone1.motion"',
        event_name='"{{ 1 / (nodes|length - 1) }}"',
        event_description='"{{ nodes.zone1.label }}"',
    )
    assert warned(motion(".#."), pipeline("yard", node)) == [
        (
            "pipeline yard, node alarm, trigger: the path nodes.zone.motion was on none of the 3 frames\n"
            '    There is no "zone"; did you mean "zone1"?'
        ),
        "pipeline yard, node alarm, event_name: the template failed on all of the 1 event\n    ZeroDivisionError: division by zero",
        (
            "pipeline yard, node alarm, event_description: the path nodes.zone1.label was on none of the 3 frames\n"
            '    There is no "label" below nodes.zone1; there is "motion".'
        ),
        "pipeline yard, node alarm, event_description: the text was empty on all of the 1 event",
    ]


def test_a_recording_without_the_size_of_the_frames_gives_no_boxes() -> None:
    node = pipeline("yard", trigger(send_bounding_boxes="true"))
    frames = motion("...#...#?..")
    assert warned(frames, node) == [
        (
            "pipeline yard, node alarm, send_bounding_boxes: 2 events of this recording had no boxes, for it does not have"
            " the size of the frames\n    A recording of this version has it, as frame_size."
        )
    ]
    assert warned([frame._replace(frame_size=(640, 360)) for frame in frames], node) == []


BUILT_IN: dict[str, Any] = {"event_source": '"built_in"', "trigger": None, "event_name": None}


def raised(event_id: str, **more: Any) -> dict[str, Any]:
    return {"nodes": {"event1": {"event_delta": 1, "event_state": 1, "event": "fall", "event_id": event_id, **more}}}


def test_a_built_in_trigger_needs_upstream_events() -> None:
    assert warned(motion(".#."), pipeline("yard", trigger(**BUILT_IN))) == [
        (
            'pipeline yard, node alarm, event_source: is "built_in", and no upstream node raised an event on the 3 frames\n'
            "    Nodes in the recording: zone1."
        )
    ]
    assert warned(recorded([{}]), pipeline("yard", trigger(**BUILT_IN))) == [
        (
            'pipeline yard, node alarm, event_source: is "built_in", and no upstream node raised an event on the 1 frames\n'
            "    There are no nodes in the recording."
        )
    ]


def test_the_description_of_a_built_in_event_is_rendered_with_its_event() -> None:
    node = trigger(**BUILT_IN, event_description='"{{ 10 / event.n }}"')
    frames = recorded([raised("a", n=5), raised("a", n=0), raised("b", n=0)])
    assert warned(frames, pipeline("yard", node)) == [
        "pipeline yard, node alarm, event_description: the template failed on 1 of the 2 events\n    ZeroDivisionError: division by zero"
    ]


def test_a_recording_of_before_a_second_source_of_the_name_came_is_told_with_what_to_do() -> None:
    both = [pipeline(f"{folder}/yard", trigger()) for folder in ("north", "south")]
    assert warned(recorded([{}]), *(one.replace('/yard"\n', '"\n') for one in both)) == [
        (
            'pipelines: none reads the 1 frames of the source "yard"\n'
            '    They read "north/yard", "south/yard". One of "north/yard", "south/yard" was called "yard" while it was alone. '
            'Write name = "yard" in its source, or let `replay` take its trigger node only: --node PIPELINE/ID.'
        )
    ]


def test_a_recording_of_other_sources_is_told() -> None:
    frames = recorded([{}, {}], source_name="roof")
    assert warned(frames, pipeline("yard", trigger()), pipeline("gate", trigger())) == [
        'pipelines: none reads the 2 frames of the source "roof"\n    They read "yard", "gate".'
    ]

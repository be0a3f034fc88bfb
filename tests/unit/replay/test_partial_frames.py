"""Of a recorded frame only what conditions read is read, and all of it where one is true."""

from __future__ import annotations

import json
from typing import Any

import pytest

from securos_trigger.metadata.recorded_frames import RecordedFrame, frame_in
from securos_trigger.replay.partial_frames import PartialFrames, frame_reader
from tests.unit.replay.frames import pipeline, settings, trigger


def line(metadata: Any) -> bytes:
    return json.dumps({"at": 1.5, "source_name": "yard", "metadata": metadata}).encode() + b"\n"


def read(reader: PartialFrames, metadata: Any) -> Any:
    frame = reader.frame_in(1, line(metadata))
    assert isinstance(frame, RecordedFrame), frame
    assert (frame.line, frame.at, frame.source_name) == (1, 1.5, "yard")
    return frame.metadata


@pytest.mark.parametrize(
    ("condition", "metadata", "what_is_read"),
    [
        ("a.b > 5", {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1}}),
        ("a.b > 5", {"a": [1], "d": 3}, {"a": [1]}),
        ("a.b > 5 and d > 5", {"a": 1, "d": 3}, {"a": 1, "d": 3}),
        ("len(a) > 5 and a.b > 1", {"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 2}}),
        ("a.*.n > 5", {"a": {"x": {"n": 1, "m": 2}, "y": 3}, "d": 3}, {"a": {"x": {"n": 1}, "y": 3}}),
        ("a.*.n > 5 and a.x.m > 5", {"a": {"x": {"n": 1, "m": 2, "l": 3}}}, {"a": {"x": {"n": 1, "m": 2}}}),
        ("a[0].n > 5", {"a": [{"n": 1, "m": 2}], "d": 3}, {"a": [{"n": 1, "m": 2}]}),
        ("a.3.n > 5", {"a": {"3": {"n": 1, "m": 2}}, "d": 3}, {"a": {"3": {"n": 1, "m": 2}}}),
        ('any(o.n == "x" for o in a)', {"a": [{"n": "y", "m": 2}, 3], "d": 3}, {"a": [{"n": "y"}, 3]}),
        ("sum(1 for o in a) > 5", {"a": [{"n": "y"}, 3], "d": 3}, {"a": [{}, 3]}),
        ("any(o > 5 for o in a)", {"a": [{"n": "y"}, 3], "d": 3}, {"a": [{"n": "y"}, 3]}),
        ("any(p.n for o in a for p in o.b)", {"a": [{"b": [{"n": 0, "m": 1}], "c": 2}]}, {"a": [{"b": [{"n": 0}]}]}),
    ],
)
def test_what_no_condition_reads_is_not_read(condition: str, metadata: Any, what_is_read: Any) -> None:
    assert read(PartialFrames([condition]), metadata) == what_is_read


def test_a_frame_on_which_a_condition_is_true_is_read_whole() -> None:
    reader = PartialFrames(["a.b > 5", "a.c"])
    frames = [{"a": {"b": n, "d": 1}, "e": 2} for n in (1, 6, 7, 1, 1)]
    assert [read(reader, one) for one in frames] == [*({"a": {"b": 1}},), *frames[1:4], {"a": {"b": 1}}]


def test_a_line_that_the_partial_reader_cannot_judge_is_read_whole() -> None:
    for odd in ('{"metadata": {"é": 1, "b": 1}}', '{"metadata": {"\\u00e9": 1}}', '{"metadata": {"n": NaN}}'):
        assert repr(PartialFrames(["a > 5"]).frame_in(1, odd.encode())) == repr(frame_in(1, odd.encode()))


@pytest.mark.parametrize(
    "broken", [b"", b"\n", b"{", b'{"metadata": [1]}', b'{"metadata": 1}', b'{"at": 1}', b'{"metadata": {"b": \xff}}']
)
def test_a_line_that_is_no_frame_is_none_with_the_same_words(broken: bytes) -> None:
    found = PartialFrames(["a > 5"]).frame_in(1, broken)
    assert isinstance(found, str)
    assert found == frame_in(1, broken)


def test_built_in_events_may_stand_anywhere_so_frames_are_read_whole() -> None:
    custom, built_in = trigger("a"), trigger("b", event_source='"built_in"', trigger=None, event_name=None)
    off = trigger("c", event_source='"built_in"', trigger=None, event_name=None, enabled="false")

    def reader_of(*nodes: str) -> Any:
        return frame_reader(one.properties for one in settings(pipeline("yard", *nodes)).pipelines[0].triggers)

    assert reader_of(custom, built_in) is frame_in
    assert reader_of(custom, off) is not frame_in

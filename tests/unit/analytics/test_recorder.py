"""The recorder writes one line for each frame, or says how many it lost."""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from securos_trigger.analytics.recorder import MetadataRecorder, unwritten_recordings
from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.model import Frame

FrameMaker = Callable[..., Frame]


def test_each_frame_is_a_line(tmp_path: Path, make_frame: FrameMaker) -> None:
    path = tmp_path / "seen.jsonl"
    recorder = MetadataRecorder(RecorderSettings(path=path))
    for number in range(500):
        recorder.process(make_frame(number / 10, nodes={"a": number}))
    recorder.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["metadata"] for line in lines] == [{"nodes": {"a": number}} for number in range(500)]
    assert lines[1] == {
        "at": 0.1,
        "captured_at": "2026-01-01T00:00:00+00:00",
        "source_name": "yard",
        "metadata": {"nodes": {"a": 1}},
        "frame_size": [400, 300],
    }


def test_a_name_that_ends_in_gz_is_packed(tmp_path: Path, make_frame: FrameMaker) -> None:
    path = tmp_path / "seen.jsonl.gz"
    recorder = MetadataRecorder(RecorderSettings(path=path))
    recorder.process(make_frame(0.0))
    recorder.close()
    assert json.loads(gzip.decompress(path.read_bytes()))["at"] == 0.0


def test_a_line_tells_the_metadata_of_its_moment(tmp_path: Path, make_frame: FrameMaker) -> None:
    path = tmp_path / "seen.jsonl"
    recorder = MetadataRecorder(RecorderSettings(path=path))
    frame = make_frame(0.0, nodes={"a": 1})
    recorder.process(frame)
    frame.metadata["nodes"]["a"] = 2
    recorder.close()
    assert json.loads(path.read_text())["metadata"] == {"nodes": {"a": 1}}


def test_values_that_json_does_not_know_are_made_plain(tmp_path: Path, make_frame: FrameMaker) -> None:
    path = tmp_path / "seen.jsonl"
    recorder = MetadataRecorder(RecorderSettings(path=path))
    recorder.process(make_frame(0.0, odd={"set": {1}, "path": Path("a"), "lone": "\ud800", (1, 2): 3}))
    recorder.close()
    odd = json.loads(path.read_text())["metadata"]["odd"]
    assert odd == {"set": [1], "path": "a", "lone": "\ud800", "(1, 2)": 3}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_loses_lines_and_says_so_once(caplog: pytest.LogCaptureFixture, make_frame: FrameMaker) -> None:
    recorder = MetadataRecorder(RecorderSettings(path=Path("/dev/full")))
    with caplog.at_level(logging.ERROR, logger="securos_trigger.recorder"):
        for number in range(20):
            recorder.process(make_frame(number / 10, text="x" * 10_000))
        recorder.close()
    assert recorder.lines_lost > 0
    assert [record.getMessage() for record in caplog.records] == [
        "recording_incomplete node=recorder1 path=/dev/full reason=the disk is full"
    ]


def test_a_bug_costs_a_line_and_the_others_are_written(
    tmp_path: Path, make_frame: FrameMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "seen.jsonl"
    recorder = MetadataRecorder(RecorderSettings(path=path))
    assert recorder._recording is not None
    write = recorder._recording.write
    turns = iter(["well", "bug"])

    def failing(line: str) -> None:
        if next(turns, "") == "bug":
            raise KeyError("line")
        write(line)

    monkeypatch.setattr(recorder._recording, "write", failing)
    for number in range(4):
        recorder.process(make_frame(number / 10))
    recorder.close()
    assert [json.loads(line)["at"] for line in path.read_text().splitlines()] == [0.0, 0.2, 0.3]
    assert recorder.lines_lost == 1
    assert "KeyError: 'line'" in caplog.text


def wait_for(is_so: Callable[[], bool]) -> None:
    ends_at_ticks = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < ends_at_ticks
        time.sleep(0.01)


def test_a_recording_that_cannot_be_written_is_unwritten_until_a_line_is_written_again(
    tmp_path: Path, make_frame: FrameMaker
) -> None:
    path = tmp_path / "folder" / "seen.jsonl"
    recorder = MetadataRecorder(RecorderSettings(path=path), opens_late=True)
    assert unwritten_recordings([recorder]) == []
    recorder.process(make_frame(0.0))
    wait_for(lambda: recorder.failing is not None)
    [unwritten] = unwritten_recordings([recorder])
    assert (unwritten["what"], unwritten["name"]) == ("frames of the recording", str(path))
    assert "No such file" in unwritten["reason"]
    path.parent.mkdir()
    recorder.process(make_frame(0.1))
    wait_for(lambda: recorder.failing is None)
    assert unwritten_recordings([recorder]) == []
    recorder.close()
    [unwritten] = unwritten_recordings([recorder])
    assert unwritten["reason"].startswith("1 of 2 frames are not in it: The recording ")

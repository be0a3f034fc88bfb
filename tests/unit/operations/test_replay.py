"""Replaying a file with the configuration of a file, and a changed one beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError, RecordingError
from securos_trigger.operations.replay import replay_file
from tests.unit.operations.site import write_site

TRIGGER = 'event_source = "custom"\nevent_name = "High"\ntrigger = "level > {level}"\ninterval = 1\n'


def recording(folder: Path, *, source_name: str = "yard.avi", frames: int = 100) -> Path:
    """A level that rises to 9 every second, ten frames a second."""
    path = folder / "seen.jsonl"
    frame = {"captured_at": None, "source_name": source_name}
    lines = [json.dumps({**frame, "at": n / 10, "metadata": {"level": n % 10}}) for n in range(frames)]
    path.write_text("".join(line + "\n" for line in lines))
    return path


def changed(folder: Path, level: int) -> Path:
    (folder / "changed").mkdir()
    return write_site(folder / "changed", trigger=TRIGGER.format(level=level))


def test_a_replay_counts_what_each_node_would_have_done(tmp_path: Path) -> None:
    result = replay_file(recording(tmp_path), write_site(tmp_path, trigger=TRIGGER.format(level=8)))
    [report] = result.reports
    assert (report.pipeline, report.node_id, report.events) == ("yard", "alarm", 10)
    assert (result.recording.frames, result.unread_sources, result.comparison) == (100, {}, None)
    assert result.frames_per_s > 0
    assert set(result.to_json()) == {"recording", "frames", "broken_lines", "is_torn", "nodes"}


def test_a_change_is_compared_on_the_same_frames(tmp_path: Path) -> None:
    site = write_site(tmp_path, trigger=TRIGGER.format(level=8))
    plain = replay_file(recording(tmp_path), site, changed_config=changed(tmp_path, 20), tolerance_s=0.1).to_json()
    assert plain["comparison"]["before"] == {"events": 10, "occasions": 10, "not_met": 10}
    assert plain["comparison"]["after"] == {"events": 0, "occasions": 0, "not_met": 0}
    lost = plain["comparison"]["lost"]
    assert (len(lost), lost[0]["first_event"]["name"], lost[0]["length_s"]) == (10, "High", 0.0)
    assert plain["changed_nodes"][0]["events"] == 0


def test_sources_that_no_pipeline_reads_are_counted(tmp_path: Path) -> None:
    site = write_site(tmp_path, trigger=TRIGGER.format(level=8))
    text = site.read_text()
    second = text[text.index("[[pipelines]]") :].replace('"yard"', '"gate"').replace("yard.avi", "gate.avi")
    site.write_text(text + second)
    result = replay_file(recording(tmp_path, source_name="roof"), site)
    assert (result.reports, result.unread_sources, result.source_names) == ((), {"roof": 100}, ("yard", "gate"))


def test_a_node_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match='there is no trigger node "alram"'):
        replay_file(recording(tmp_path), write_site(tmp_path), node_ids=["alram"])


def test_a_recording_without_a_frame(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        replay_file(recording(tmp_path, frames=0), write_site(tmp_path))

"""A replay of a change: one at a time, and the others are refused before anything is read for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError, ConflictError
from securos_trigger.metadata.recordings import RecordingWriter
from securos_trigger.operations import replay_change as module
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.replay_change import recordings_for, recordings_in, replay_change
from securos_trigger.runtime.recorded_messages import kind_of_messages
from tests.unit.operations.site import write_site


def test_while_one_goes_on_the_others_are_refused_before_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "seen.jsonl").write_text("no frame\n", encoding="utf-8")
    editor = ConfigEditor(tmp_path / "there is no such file.toml", [tmp_path])
    change = PartChange("yard", "alarm", {"trigger": "true"})
    with module._one_at_a_time, pytest.raises(ConflictError, match="Another replay is going on"):
        replay_change(editor, change, str(tmp_path / "seen.jsonl"))
    for _ in range(2):  # one that fails leaves the turn to the next one
        with pytest.raises(ConfigurationError, match="cannot be read"):
            replay_change(editor, change, str(tmp_path / "seen.jsonl"))


def test_a_node_of_the_same_name_in_another_pipeline_is_not_replayed_and_a_foreign_recording_is_named(
    tmp_path: Path,
) -> None:
    config = write_site(tmp_path, trigger='event_source = "custom"\ntrigger = "count > 9"\nevent_name = "Many"')
    text = config.read_text()
    other = text.partition("[[pipelines]]")[2].replace('"yard"', '"gate"').replace("yard.avi", "gate.avi")
    config.write_text(f"{text}\n[[pipelines]]{other.replace('count > 9', 'count > 0')}")
    lines = [f'{{"at": {n}.0, "source_name": "gate", "metadata": {{"count": {n % 2}}}}}\n' for n in range(60)]
    (tmp_path / "gate.jsonl").write_text("".join(lines))
    editor, recording = ConfigEditor(config, [tmp_path]), str(tmp_path / "gate.jsonl")
    never = replay_change(editor, PartChange("yard", "alarm", {"trigger": "count > 50"}), recording)
    assert (never["before"]["events"], never["after"]["events"], never["foreign_sources"]) == (0, 0, ["gate"])
    assert recordings_for(editor, "yard")[0]["is_own"] is False
    (tmp_path / "yard.jsonl").write_text('{"at": 1.0, "source_name": "yard", "metadata": {}}\n', encoding="utf-8")
    os.utime(tmp_path / "yard.jsonl", (1000, 1000))
    offered = [(one["source"], one["is_own"]) for one in recordings_for(editor, "yard")]
    assert offered == [("yard", True), ("gate", False)], "its own first, though it is older"
    own = replay_change(editor, PartChange("gate", "alarm", {"trigger": "count > 50"}), recording)
    assert (own["before"]["events"] > 0, own["after"]["events"], own["foreign_sources"]) == (True, 0, [])


def test_a_running_recording_is_listed_and_a_log_that_is_none_is_not(tmp_path: Path) -> None:
    frame = b'{"at": 1.0, "metadata": {}}\n'
    contents = {
        "whole.jsonl": b"torn" + frame + frame,
        "running.jsonl.partial": frame + b'{"at": 2.0, "meta',
        "messages.jsonl": b'{"format": "frigate", "clock_at_start": "2026-01-01T00:00:00+00:00"}\n',
        "outbox.ledger.jsonl": b'{"at": "2026-01-01T00:00:00Z", "decision": "fired"}\n' * 20,
        "outbox.console-audit.jsonl": b'{"at": "2026-01-01T00:00:00Z", "action": "log in"}\n',
        "empty.jsonl": b"",
        "film.mp4.partial": frame,
    }
    for number, (name, content) in enumerate(contents.items()):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (1000 - number, 1000 - number))
    packed = RecordingWriter(tmp_path / "packed.jsonl.gz")
    packed.write('{"at": 1.0, "metadata": {}}', is_flushed=True)
    os.utime(packed.path, (998.5, 998.5))
    assert kind_of_messages(packed.path) == ""
    found = [(Path(one["path"]).name, one["is_finished"]) for one in recordings_in([tmp_path])]
    packed.close()
    unfinished = [("running.jsonl.partial", False), ("packed.jsonl.gz.partial", False)]
    assert found == [("whole.jsonl", True), *unfinished, ("messages.jsonl", True)]


def test_a_recording_whose_name_is_no_utf_8_is_listed_in_a_text_and_replayed_by_it(tmp_path: Path) -> None:
    config = write_site(tmp_path, trigger='event_source = "custom"\ntrigger = "count > 0"\nevent_name = "Many"')
    name = os.fsencode(tmp_path) + b"/\xff\xfe \xc3\xa9.jsonl"
    Path(os.fsdecode(name)).write_text('{"at": 1.0, "source_name": "yard", "metadata": {"count": 1}}\n')
    editor = ConfigEditor(config, [tmp_path])
    [found] = recordings_for(editor, "yard")
    assert found["path"] == f"{tmp_path}/\\xff\\xfe é.jsonl"
    assert replay_change(editor, PartChange("yard", "alarm"), found["path"])["frames"] == 1

"""A source is tried with the rules of a save, one at a time, and what it lacks is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError, ConflictError
from securos_trigger.operations import source_trial as module
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.source_trial import try_changed_source, try_new_source
from tests.unit.operations.site import write_site


@pytest.fixture
def editor(tmp_path: Path) -> ConfigEditor:
    return ConfigEditor(write_site(tmp_path), [tmp_path])


def test_a_file_that_is_not_there_does_not_work_and_is_named(editor: ConfigEditor, tmp_path: Path) -> None:
    found = try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})
    path = tmp_path / "nothing.mp4"
    assert found == {
        "works": False,
        "text": f"It does not work: The video {path} cannot be read: No such file or directory",
    }
    changed = try_changed_source(editor, PartChange("yard", values={"path": "nothing.mp4"}))
    assert changed == found
    assert "nothing.mp4" not in editor.config.read_text(encoding="utf-8")


def test_no_file_outside_of_the_folders_is_opened(editor: ConfigEditor) -> None:
    with pytest.raises(ConfigurationError, match="in the folders of the console only"):
        try_new_source(editor, {"type": "file", "path": "/etc/passwd"}, {})
    with pytest.raises(ConfigurationError, match="in the folders of the console only"):
        try_changed_source(editor, PartChange("yard", values={"path": "/etc/passwd"}))


def test_while_one_is_tried_the_next_is_refused(editor: ConfigEditor) -> None:
    with module._one_at_a_time, pytest.raises(ConflictError, match="Another address is being tried"):
        try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})
    assert not try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})["works"]

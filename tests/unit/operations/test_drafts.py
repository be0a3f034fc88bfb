"""A draft is made once for the requests of a form, and again when the file or the change is another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.drafts import Drafts
from securos_trigger.operations.edit import ConfigEditor, PartChange
from tests.unit.operations.site import write_site


def test_a_draft_is_remembered_until_the_file_the_change_or_the_time_is_another_one(tmp_path: Path) -> None:
    config, now = write_site(tmp_path), [0.0]
    drafts, editor = Drafts(lambda: now[0]), ConfigEditor(config)
    change = PartChange("yard", "alarm", {"interval": 4})
    first = drafts.settings(editor, change)
    assert first.pipelines[0].triggers[0].properties.interval == 4
    assert drafts.settings(ConfigEditor(config), PartChange("yard", "alarm", {"interval": 4})) is first
    assert drafts.settings(editor, PartChange("yard", "alarm", {"interval": 5})) is not first
    now[0] = 60.0
    again = drafts.settings(editor, change)
    assert again is not first
    config.write_text(config.read_text() + "\n# another text\n")
    assert drafts.settings(editor, change) is not again


def test_a_draft_is_made_again_when_a_file_that_it_names_has_changed_and_not_before(tmp_path: Path) -> None:
    config, now = write_site(tmp_path), [0.0]
    drafts, editor = Drafts(lambda: now[0]), ConfigEditor(config, [tmp_path])
    changes = (PartChange("yard", "alarm", {"interval": 4}), PartChange("yard", "", {"path": "other.avi"}))
    for file, change in zip(("yard.avi", "other.avi"), changes, strict=True):
        now[0] += 100.0
        first = drafts.settings(editor, change)
        for _ in range(2):
            now[0] += 12.0
            assert drafts.settings(editor, change) is first
        (tmp_path / file).write_bytes(b"a video")
        now[0] += 5.0
        assert drafts.settings(editor, change) is not first


def test_mistakes_are_remembered_too_and_few_drafts_are_kept(tmp_path: Path) -> None:
    drafts, editor = Drafts(lambda: 0.0), ConfigEditor(write_site(tmp_path))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="-1 is too small"):
            drafts.settings(editor, PartChange("yard", "alarm", {"interval": -1}))
    for interval in range(20):
        drafts.settings(editor, PartChange("yard", "alarm", {"interval": interval}))
    assert len(drafts._kept) == 8

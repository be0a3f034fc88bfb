"""A replay of a change: one at a time, and the others are refused before anything is read for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError, ConflictError
from securos_trigger.operations import replay_change as module
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.replay_change import replay_change


def test_while_one_goes_on_the_others_are_refused_before_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "seen.jsonl").write_text("no frame\n", encoding="utf-8")
    editor = ConfigEditor(tmp_path / "there is no such file.toml", [tmp_path])
    change = PartChange("yard", "alarm", {"trigger": "true"})
    with module._one_at_a_time, pytest.raises(ConflictError, match="Another replay is going on"):
        replay_change(editor, change, str(tmp_path / "seen.jsonl"))
    for _ in range(2):  # one that fails leaves the turn to the next one
        with pytest.raises(ConfigurationError, match="cannot be read"):
            replay_change(editor, change, str(tmp_path / "seen.jsonl"))

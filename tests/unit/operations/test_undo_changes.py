"""What an undo would change."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.operations.undo_changes import undo_changes
from tests.unit.operations.site import write_site


def test_an_undo_says_each_setting_with_both_values_and_no_secret(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    assert undo_changes(config) is None, "there is no version before this one"
    edit = ConfigurationEdit(config)
    node = ("pipelines", 0, "nodes", len(edit.get(("pipelines", 0, "nodes"))) - 1)
    edit.set((*node, "interval"), 77)
    edit.save()
    [change] = undo_changes(config) or []
    assert change["setting"].endswith(", interval")
    assert (change["now"], change["then"] != "77") == ("77", True)
    config.write_text("[")
    assert undo_changes(config) is None, "it has mistakes"

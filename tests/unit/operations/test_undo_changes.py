"""What an undo would change."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.config.versions import digest_of_file, restore_previous
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


def test_each_save_has_an_undo_of_its_own_and_undone_it_is_the_other_way_round(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    found = []
    for interval in (77, 78):
        edit = ConfigurationEdit(config)
        edit.set(("pipelines", 0, "nodes", len(edit.get(("pipelines", 0, "nodes"))) - 1, "interval"), interval)
        edit.save()
        found += undo_changes(config) or []
        assert undo_changes(config) == found[-1:], "the answer that is remembered is the same"
    assert [one["now"] for one in found] == ["77", "78"]
    assert found[1]["then"] == "77"
    restore_previous(config, digest=digest_of_file(config))
    assert [(one["now"], one["then"]) for one in undo_changes(config) or []] == [("77", "78")]

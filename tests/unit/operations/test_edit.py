"""A change of a configuration is taken back, whatever the file has become by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.editing import ConfigurationEdit, digest_of_file
from securos_trigger.errors import ConfigurationChangedError
from securos_trigger.operations.edit import ConfigEditor, PartChange
from tests.unit.operations.site import write_site


def test_an_undo_puts_the_version_before_back_also_over_a_file_that_is_not_toml(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    before = site.read_text()
    editor = ConfigEditor(site)
    with pytest.raises(ConfigurationChangedError):
        editor.undo("another")
    name = ConfigurationEdit(site).get(("pipelines", 0, "name"))
    node = ConfigurationEdit(site).get(("pipelines", 0, "nodes", 0, "id"))
    editor.change(PartChange(name, node, {"interval": 4}), digest_of_file(site))
    assert site.read_text() != before
    site.write_text("a slip = = by hand\n")
    editor.undo(digest_of_file(site))
    assert site.read_text() == before

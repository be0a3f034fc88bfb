"""The nodes and cameras that the text of a configuration names."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.operations.named_in_file import named_camera_ids, named_nodes
from tests.unit.operations.site import write_site


def test_nodes_and_cameras_of_the_text_are_named_and_of_a_broken_one_none(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    assert (named_nodes(config), named_camera_ids(config)) == ([("yard", "alarm")], ["1", "2"])
    config.write_text("[[pipelines")
    assert (named_nodes(config), named_camera_ids(config)) == ([], [])

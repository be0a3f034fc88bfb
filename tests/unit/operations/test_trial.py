"""What a check of a change answers at a site of several pipelines."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.trial import check_change, check_removal

TOP = '[outbox]\npath = "outbox.sqlite"\n'
PIPELINE = """
[[pipelines]]
name = "gate{number}"
source = {{ type = "file", path = "yard.mp4" }}

[[pipelines.nodes]]
type = "zone_presence"
id = "other"
units = "fractions"
rois = {{ right = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]] }}

[[pipelines.nodes]]
type = "zone_presence"
id = "zone"
units = "fractions"
rois = {{ left = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]] }}
"""


def test_a_check_repeats_no_warning_that_the_file_has_about_other_pipelines(tmp_path: Path) -> None:
    (tmp_path / "yard.mp4").write_bytes(b"x")
    config = tmp_path / "site.toml"
    config.write_text(TOP + "".join(PIPELINE.format(number=number) for number in range(20)))
    editor = ConfigEditor(config)
    change = PartChange("gate7", "zone", {"units": "fractions"})
    places = {one["place"] for one in check_change(editor, change, None)["warnings"]}
    assert places
    assert {place.partition(".")[0] for place in places} == {"pipelines[7]"}
    removed = check_removal(editor, "gate7", "other")["warnings"]
    assert {one["place"].partition(".")[0] for one in removed} == {"pipelines[7]"}

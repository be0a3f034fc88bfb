"""What a check of a change answers at a site of several pipelines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.frames import ShownFrame
from securos_trigger.operations.trial import check_change, check_removal, check_trigger

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


@pytest.mark.parametrize(
    ("ago_s", "silent_after_s", "is_old"),
    [(1.0, 3.0, False), (5.0, 3.0, True), (20.0, 30.0, False), (40.0, 30.0, True), (9000.0, None, False)],
    ids=["of now", "silent", "slow source", "slow source that is silent", "messages may be rare"],
)
def test_a_truth_on_a_frame_says_when_that_was_and_whether_a_newer_one_should_have_come(
    ago_s: float, silent_after_s: float | None, is_old: bool
) -> None:
    read_at = (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat()
    frame = ShownFrame(7, {"read_at": read_at, "silent_after_s": silent_after_s, "metadata": {"x": 1}})
    found = check_trigger("x == 1", frame)
    assert (found["now"]["truth"], found["frame_read_at"], found["is_frame_old"]) == ("true", read_at, is_old)

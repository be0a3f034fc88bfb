"""A file that a person names for a result."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ArgumentError
from securos_trigger.operations.outputs import checked_output
from securos_trigger.system.output_file import Existing


def test_an_existing_file_is_replaced_only_if_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    assert checked_output("json", path, is_forced=False) is Existing.REFUSE
    path.touch()
    with pytest.raises(ArgumentError) as caught:
        checked_output("json", path, is_forced=False)
    assert str(caught.value) == f"there is a file {path} already. Choose another name, or replace it: --force."
    assert checked_output("json", path, is_forced=True) is Existing.REPLACE


def test_a_file_that_is_read_is_not_replaced_even_if_that_was_asked_for(tmp_path: Path) -> None:
    recording, link = tmp_path / "seen.jsonl", tmp_path / "figures.json"
    recording.touch()
    link.symlink_to(recording)
    with pytest.raises(ArgumentError, match=r"figures\.json is needed: it is .*seen\.jsonl"):
        checked_output("json", link, is_forced=True, used=[recording])


def test_a_device_may_be_written() -> None:
    assert checked_output("json", Path("/dev/null"), is_forced=False) is Existing.REFUSE

"""Running the pipelines of a configuration to their end."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.run import run_pipelines
from tests.unit.operations.site import write_site

pytest.importorskip("av")


def test_a_source_that_cannot_be_opened_is_no_good_end(tmp_path: Path) -> None:
    assert not run_pipelines(write_site(tmp_path))
    assert (tmp_path / "outbox.sqlite").is_file()


def test_mistakes_are_raised_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        run_pipelines(write_site(tmp_path, trigger="intervall = 2"))
    assert not (tmp_path / "outbox.sqlite").exists()

"""A quick look into a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.quick_tables import quick_tables


def test_the_tables_are_read_again_when_the_file_has_been_written(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text('[outbox]\npath = "a.sqlite"\n')
    assert quick_tables(config) is quick_tables(config)
    config.write_text('[outbox]\npath = "another.sqlite"\n')
    assert quick_tables(config) == {"outbox": {"path": "another.sqlite"}}


def test_a_file_that_is_no_toml_is_an_error_each_time(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    with pytest.raises(FileNotFoundError):
        quick_tables(config)
    config.write_text("[")
    for _ in range(2):
        with pytest.raises(ValueError, match="at end of document"):
            quick_tables(config)

"""Settings that are remembered until their file is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.remembered import remembered_settings
from tests.unit.operations.site import write_site


def test_the_file_is_read_again_when_it_has_been_written_and_a_mistake_is_said_each_time(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    before = remembered_settings(config)
    assert remembered_settings(config) is before
    write_site(tmp_path, trigger="interval = 12.5")
    assert remembered_settings(config).pipelines != before.pipelines
    config.write_text("[")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            remembered_settings(config)

"""A configuration file as a page of the console shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.operations import config_view as module
from securos_trigger.operations.config_view import config_view
from tests.unit.operations.site import write_site


@pytest.mark.parametrize(("took_s", "holds_for_s"), [(0.001, 2.0), (0.25, 5.0), (5.0, 10.0)])
def test_what_takes_long_to_find_out_is_remembered_longer_but_not_for_long(took_s: float, holds_for_s: float) -> None:
    assert module.holds_for_s(took_s) == holds_for_s


def test_a_mistake_that_is_on_the_disk_goes_and_comes_without_a_change_of_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_JUDGED_FOR_S", 1e-9)
    monkeypatch.setattr(module, "_JUDGED_FOR_TIMES", 0.0)
    config = write_site(tmp_path)
    outbox = tmp_path / "outbox.sqlite"
    for is_folder in (False, True, False):
        if is_folder:
            outbox.mkdir()
        elif outbox.exists():
            outbox.rmdir()
        assert ("is a folder" in config_view(config).mistakes) is is_folder

"""A configuration file as a page of the console shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
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


def test_what_was_found_is_kept_while_no_file_that_is_named_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_JUDGED_FOR_S", 1e-9)
    monkeypatch.setattr(module, "_JUDGED_FOR_TIMES", 0.0)
    config = write_site(tmp_path)
    outbox = tmp_path / "outbox.sqlite"
    reads = []

    def counted(*arguments: Any, **options: Any) -> Any:
        reads.append(1)
        return parse_config(*arguments, **options)

    monkeypatch.setattr(module, "parse_config", counted)
    counts = []
    changes: list[Callable[[], object]] = [
        list,
        list,
        outbox.touch,
        list,
        outbox.unlink,
        list,
    ]  # `list` changes nothing
    for change in changes:
        change()
        config_view(config)
        counts.append(len(reads))
    assert counts == [1, 1, 2, 2, 3, 3]
    monkeypatch.setattr(module, "JUDGED_UNCHANGED_FOR_S", 0.0)
    config_view(config)
    assert len(reads) == 4, "it may depend on more than files"

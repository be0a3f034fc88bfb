"""The time zone of a configuration: where it stands, and when it is missed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.unit.config.test_reader import GOOD, parse, refused


def test_the_time_zone_stands_above_all_tables(tmp_path: Path) -> None:
    settings = parse('time_zone = "Europe/Berlin"\n' + GOOD, tmp_path)
    assert settings.time_zone == settings.context("alarm").time_zone == "Europe/Berlin"
    assert parse(GOOD, tmp_path).time_zone == ""


@pytest.mark.parametrize(
    ("table", "place"),
    [("[identity]\n", "identity.time_zone"), ('id = "alarm"\n', "pipeline yard, node alarm, time_zone")],
)
def test_a_time_zone_in_a_table_is_said_to_belong_above(table: str, place: str, tmp_path: Path) -> None:
    text = GOOD.replace(table, f'{table}time_zone = "Europe/Berlin"\n')
    assert f"{place}: time_zone is not a setting of this table\n" in refused(text, tmp_path)
    assert "at the top of the file, above the first table." in refused(text, tmp_path)


@pytest.mark.parametrize(
    ("system", "setting", "warns"),
    [("UTC", "", True), ("UTC", 'time_zone = "UTC"\n', False), ("Europe/Berlin", "", False)],
)
def test_active_hours_in_the_zone_of_a_system_that_has_none_are_warned_about(
    system: str, setting: str, warns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", system)
    time.tzset()
    settings = parse(setting + GOOD + 'active_hours = ["22:00-06:00"]\n', tmp_path)
    monkeypatch.undo()
    time.tzset()
    assert (
        any(
            "active_hours: these hours are in the time zone of this machine, which is UTC" in warning
            for warning in settings.warnings
        )
        is warns
    )

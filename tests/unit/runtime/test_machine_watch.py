"""A disk that is almost full is announced once, and once when it has space again; the time zone is followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime import machine_watch
from securos_trigger.runtime.machine_watch import MachineWatch
from securos_trigger.system.platform import follow_time_zone
from securos_trigger.trigger.active_hours import ActiveHours


def test_the_beginning_and_the_end_are_announced_once_each(tmp_path: Path) -> None:
    heard: list[Notice] = []
    free: list[int | None] = []
    watch = MachineWatch(tmp_path / "outbox.sqlite", Announcer([heard.append]), lambda _file: free.pop(0))
    for free_mb in (500, 64, 63, 10, None, 70, 127, 128, 63):
        free.append(free_mb)
        watch.look()
    assert [(notice.name, notice.fields["free_mb"]) for notice in heard] == [
        ("disk_almost_full", 63),
        ("disk_has_space", 128),
        ("disk_almost_full", 63),
    ]


def test_the_disk_is_looked_at_when_the_watch_starts(tmp_path: Path) -> None:
    heard: list[Notice] = []
    watch = MachineWatch(tmp_path / "outbox.sqlite", Announcer([heard.append]), lambda _file: 1)
    watch.start()
    watch.close()
    assert [notice.name for notice in heard] == ["disk_almost_full"]


@pytest.fixture
def zone() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        follow_time_zone()
        yield patch
    follow_time_zone()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Python has no call for it on Windows")
def test_a_time_zone_that_is_set_while_the_service_runs_counts_for_active_hours(
    zone: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The C library keeps the zone of its first use: the hours would be wrong until a restart."""
    zone.setattr(machine_watch, "_LOOK_EVERY_S", 0.01)
    hours, noon = ActiveHours(["12:00-13:00"], None), datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert hours.is_active(noon)
    zone.setenv("TZ", "Asia/Tokyo")
    assert hours.is_active(noon)
    watch = MachineWatch(tmp_path / "outbox.sqlite", Announcer(()), lambda _file: None)
    watch.start()
    try:
        until_ticks = time.monotonic() + 60.0
        while hours.is_active(noon):
            assert time.monotonic() < until_ticks
            time.sleep(0.01)
    finally:
        watch.close()
    assert hours.is_active(datetime(2026, 7, 1, 3, 30, tzinfo=UTC))

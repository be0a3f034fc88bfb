"""A disk that is almost full is announced once, and once when it has space again."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.disk_watch import DiskWatch


def test_the_beginning_and_the_end_are_announced_once_each(tmp_path: Path) -> None:
    heard: list[Notice] = []
    free: list[int | None] = []
    watch = DiskWatch(tmp_path / "outbox.sqlite", Announcer([heard.append]), lambda _file: free.pop(0))
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
    watch = DiskWatch(tmp_path / "outbox.sqlite", Announcer([heard.append]), lambda _file: 1)
    watch.start()
    watch.close()
    assert [notice.name for notice in heard] == ["disk_almost_full"]

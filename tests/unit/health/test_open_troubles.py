"""The file of troubles that were reported and are not over."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.health.open_troubles import OpenTroubles
from securos_trigger.notices import Announcer, Notice


def test_what_was_written_is_read_again_and_what_cannot_be_read_or_written_is_announced(tmp_path: Path) -> None:
    heard: list[Notice] = []
    announcer = Announcer([heard.append])
    file = OpenTroubles(tmp_path / "outbox.health.json")
    assert file.read_or_announce(announcer) == {}
    file.write_or_announce({"frames_stopped yard": 1.5}, announcer)
    assert file.read_or_announce(announcer) == {"frames_stopped yard": 1.5}
    assert heard == []
    file.path.write_text("{")
    assert file.read_or_announce(announcer) == {}
    OpenTroubles(tmp_path / "missing" / "x.json").write_or_announce({}, announcer)
    assert [one.name for one in heard] == ["health_forgotten", "health_not_written"]


def test_a_file_that_is_written_again_is_announced_once(tmp_path: Path) -> None:
    heard: list[Notice] = []
    announcer = Announcer([heard.append])
    file = OpenTroubles(tmp_path / "state" / "outbox.health.json")
    for _ in range(2):
        file.write_or_announce({}, announcer)
    was_unwritten = file.is_unwritten
    file.path.parent.mkdir()
    for _ in range(2):
        file.write_or_announce({"frames_stopped yard": 1.5}, announcer)
    assert (was_unwritten, file.is_unwritten) == (True, False)
    assert [one.name for one in heard] == ["health_not_written", "health_written"]

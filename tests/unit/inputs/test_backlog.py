"""An input that is behind is announced when it has been so for a while, and once more when it has caught up."""

from __future__ import annotations

from securos_trigger.inputs.backlog import BEHIND_AFTER_S, Backlog
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice


def announced(*turns: tuple[float, bool]) -> list[tuple[str, float]]:
    found: list[Notice] = []
    backlog = Backlog("frigate", Announcer([found.append]), SourceFigures())
    for now_ticks, is_full in turns:
        backlog.note(now_ticks, is_full=is_full)
    seconds = [float(str(one.fields.get("behind_s", one.fields.get("outage_s")))) for one in found]
    return [(one.name, each) for one, each in zip(found, seconds, strict=True)]


def test_a_burst_is_not_announced() -> None:
    assert announced((0, True), (BEHIND_AFTER_S - 0.1, True), (BEHIND_AFTER_S, False), (BEHIND_AFTER_S + 1, True)) == []


def test_a_backlog_that_lasts_is_announced_once_and_its_end_too() -> None:
    turns = [(float(second), True) for second in range(5, 40)]
    assert announced(*turns, (40.0, False), (41.0, False)) == [
        ("source_behind", BEHIND_AFTER_S),
        ("source_caught_up", 35.0),
    ]


def test_the_next_backlog_is_announced_again() -> None:
    turns = [(0.0, True), (10.0, True), (11.0, False), (20.0, True), (29.0, True), (30.0, True)]
    assert [name for name, _ in announced(*turns)] == ["source_behind", "source_caught_up", "source_behind"]


def test_the_status_is_told_how_long_it_has_been_behind() -> None:
    figures = SourceFigures()
    backlog = Backlog("frigate", Announcer(), figures)
    for now_ticks, behind_s in ((0.0, 0.0), (9.0, 0.0), (10.0, 10.0), (25.0, 25.0)):
        backlog.note(now_ticks, is_full=True)
        assert figures.behind_lately_s(now_ticks) == behind_s
    backlog.note(26.0, is_full=False)
    assert figures.behind_lately_s(26.0) == 0.0

"""The timeline of a ledger: a time without frames is not one in which the condition was false."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.ledger.entries import Entry
from securos_trigger.ledger.lines import line_of
from securos_trigger.model import Address, Reason
from securos_trigger.operations.decisions import MAX_ENTRIES, NOTHING_S, timeline
from tests.unit.operations.site import write_site

ALARM = Address("yard", "", "alarm")
BEGAN = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
#: Of the time that is asked for, in seconds.
SPAN_S = 900.0


def nothing_decided(folder: Path, stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The times in which the node decided nothing, where it decided in these stretches; seconds after the beginning."""
    began_s = BEGAN.timestamp()
    lines = [
        line_of(Entry(ALARM, "yard.avi", Reason.CONDITION_FALSE, began_s + begin, began_s + end, begin, end))
        for begin, end in stretches
    ]
    (folder / "outbox.ledger.jsonl").write_bytes(b"".join(lines))
    answer = timeline(write_site(folder), BEGAN, BEGAN + timedelta(seconds=SPAN_S))
    [alarm] = answer["nodes"]
    assert alarm["has_more"] == (len(stretches) > MAX_ENTRIES)
    found = [
        [datetime.fromisoformat(one[end]) - BEGAN for end in ("from", "until")] for one in alarm["nothing_decided"]
    ]
    return [(begin.total_seconds(), end.total_seconds()) for begin, end in found]


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([], [(0, SPAN_S)]),
        ([(0, SPAN_S)], []),
        ([(-60, 300), (420, 1000)], [(300, 420)]),
        ([(100, 800)], [(0, 100), (800, SPAN_S)]),
        ([(0, 300), (100, 200), (400, SPAN_S)], [(300, 400)]),
        ([(float(at), float(at)) for at in range(0, int(SPAN_S), 10)], []),
        ([(0, 400), (400 + NOTHING_S - 1, SPAN_S)], []),
        ([(0, 400), (400 + NOTHING_S, SPAN_S)], [(400, 400 + NOTHING_S)]),
    ],
    ids=["no decision", "all the time", "in between", "at both ends", "one in another", "slow", "short", "long enough"],
)
def test_a_time_without_decisions_is_named(
    stretches: list[tuple[float, float]], expected: list[tuple[float, float]], tmp_path: Path
) -> None:
    assert nothing_decided(tmp_path, stretches) == expected


def test_more_decisions_than_are_listed_are_no_time_without_one(tmp_path: Path) -> None:
    assert nothing_decided(tmp_path, [(float(at), float(at)) for at in range(int(SPAN_S))]) == []


def test_nothing_is_said_of_the_time_to_come(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    entry = Entry(ALARM, "yard.avi", Reason.CONDITION_FALSE, now.timestamp() - 60, now.timestamp(), 0.0, 60.0)
    (tmp_path / "outbox.ledger.jsonl").write_bytes(line_of(entry))
    [alarm] = timeline(write_site(tmp_path), now - timedelta(seconds=60), now + timedelta(hours=1))["nodes"]
    assert alarm["nothing_decided"] == []

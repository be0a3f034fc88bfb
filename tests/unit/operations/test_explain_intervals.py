"""What `explain` says of an event that came within the interval since the one before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.ledger import Entry, Record, RunNote
from securos_trigger.ledger.lines import line_of
from securos_trigger.model import Address, Reason
from securos_trigger.operations.explain import explain
from tests.unit.operations.site import write_site

AT = datetime(2025, 11, 24, 15, 0, tzinfo=UTC)
AT_S = AT.timestamp()
ANEW = (
    "The interval of 10 minutes since the event of 14:56:00 was not over: it began again between 14:56:30 and 14:59:55, "
    "where media time began again, as after a reconnect or at a new play of a file."
)


def entry(reason: Reason, at_s: float, media_s: float, *, camera: str = "", lasts_s: float = 0.0) -> Entry:
    """A run of frames from `at_s`, seconds from the asked moment; an event is one frame."""
    is_event = reason is Reason.FIRED
    times = (AT_S + at_s, AT_S + at_s + lasts_s, media_s, media_s + lasts_s)
    return Entry(Address("yard", camera, "alarm"), "yard", reason, *times, event_id=f"e{at_s}" if is_event else "")


def explained(folder: Path, *lines: Record, trigger: str, at: str | None = AT.isoformat()) -> str:
    site = write_site(folder, trigger=trigger)
    (folder / "outbox.ledger.jsonl").write_bytes(b"".join(map(line_of, lines)))
    now = AT + timedelta(minutes=5)
    return " ".join(str(explain(site, now=now, at=at, around_s=300, zone=UTC).answer).split())


@pytest.mark.parametrize("camera", ["", "gate"])
@pytest.mark.parametrize(
    ("interval", "began_media_s", "is_said"),
    [
        pytest.param("interval = 600", 0.0, True, id="it reconnected"),
        pytest.param("interval = 600", 1235.0, False, id="media time went on"),
        pytest.param("interval = 200", 0.0, False, id="the interval was over anyway"),
        pytest.param("", 0.0, False, id="it has no interval"),
    ],
)
def test_an_interval_that_began_anew_with_media_time_is_said(
    tmp_path: Path, interval: str, began_media_s: float, is_said: bool, camera: str
) -> None:
    lines = (
        RunNote(AT_S - 3600),
        entry(Reason.FIRED, -240, 1000.0, camera=camera),
        entry(Reason.INTERVAL, -239, 1001.0, camera=camera, lasts_s=29),
        entry(Reason.CONDITION_FALSE, -5, began_media_s, camera=camera, lasts_s=4),
        entry(Reason.FIRED, 0, began_media_s + 5, camera=camera),
    )
    text = explained(tmp_path, *lines, trigger=interval)
    assert "it fired once" in text
    assert (ANEW in text) is is_said
    assert is_said or "began again" not in text


def test_a_frame_at_the_moment_of_an_event_whose_media_time_went_back_stops_no_answer(
    tmp_path: Path,
) -> None:
    lines = (
        RunNote(AT_S - 3600),
        entry(Reason.FIRED, -240, 1000.0),
        entry(Reason.CONDITION_FALSE, -240, 0.0),
        entry(Reason.FIRED, 0, 240.0),
    )
    assert "it fired once" in explained(tmp_path, *lines, trigger="interval = 600")


def test_the_last_minutes_are_summed_up_without_a_word_about_one_interval(tmp_path: Path) -> None:
    lines = (RunNote(AT_S - 3600), entry(Reason.FIRED, -240, 1000.0), entry(Reason.FIRED, 0, 5.0))
    text = explained(tmp_path, *lines, trigger="interval = 600", at=None)
    assert "it fired 2 times" in text
    assert "began again" not in text


def test_an_interval_that_began_anew_within_one_moment_has_one_time(tmp_path: Path) -> None:
    before = entry(Reason.INTERVAL, -239, 1001.0, lasts_s=238.9996)
    lines = (RunNote(AT_S - 3600), entry(Reason.FIRED, -240, 1000.0), before, entry(Reason.FIRED, 0, 5.0))
    text = explained(tmp_path, *lines, trigger="interval = 600")
    assert "was not over: it began again at 15:00:00, where media time began again" in text

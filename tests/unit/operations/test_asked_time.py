"""Times that a person types for `explain`, by the clock of a zone."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from securos_trigger.errors import ArgumentError
from securos_trigger.ledger import answer
from securos_trigger.operations.asked_time import asked_time
from securos_trigger.system.timestamps import rfc3339

NOW = datetime(2025, 11, 24, 15, 30, tzinfo=UTC)


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(
    ("at", "date", "begin", "length_s"),
    [
        ("14:03", None, "2025-11-24T13:03:00+00:00", 60),
        ("14:03:07", None, "2025-11-24T13:03:07+00:00", 1),
        ("9:30", None, "2025-11-24T08:30:00+00:00", 60),
        ("23:59", None, "2025-11-23T22:59:00+00:00", 60),
        ("14:03", "2025-07-01", "2025-07-01T12:03:00+00:00", 60),
        ("2:03pm", "2025-07-01", "2025-07-01T12:03:00+00:00", 60),
        ("2:03:07 P.M.", "2025-07-01", "2025-07-01T12:03:07+00:00", 1),
        ("12:03 am", "2025-07-01", "2025-06-30T22:03:00+00:00", 60),
        ("12:03pm", "2025-07-01", "2025-07-01T10:03:00+00:00", 60),
        ("2025-11-24 14:03:07", None, "2025-11-24T13:03:07+00:00", 1),
        ("2025-11-24T14:03:07Z", None, "2025-11-24T14:03:07+00:00", 1),
        ("2025-11-24T14:03+05:30", None, "2025-11-24T08:33:00+00:00", 60),
        ("2025-11-24 14:03", None, "2025-11-24T13:03:00+00:00", 60),
    ],
)
def test_a_time_is_local_and_the_last_one_that_the_clock_showed(
    at: str, date: str | None, begin: str, length_s: float
) -> None:
    asked = asked_time(at, date, now=NOW)
    assert datetime.fromtimestamp(asked.from_at_s, UTC).isoformat() == begin
    assert asked.until_at_s - asked.from_at_s == length_s


TWICE = "The clock showed this time twice; this is the second. The first: `--at {}`"


@pytest.mark.parametrize(
    ("zone", "now", "at", "date", "begin", "first"),
    [
        ("Europe/Berlin", "2025-10-26T11:00Z", "02:30", None, "2025-10-26T01:30Z", "2025-10-26T02:30:00+02:00"),
        ("Europe/Berlin", "2025-12-01T11:00Z", "02:30:07", "2025-10-26", "2025-10-26T01:30:07Z", "2025-10-26T02:30:07+02:00"),
        ("Europe/Berlin", "2025-12-01T11:00Z", "2025-10-26T02:30:00", None, "2025-10-26T01:30Z", "2025-10-26T02:30:00+02:00"),
        ("America/New_York", "2025-11-02T18:00Z", "1:59", None, "2025-11-02T06:59Z", "2025-11-02T01:59:00-04:00"),
        # Between the two the clock has shown it once; and the hours around them are like any other.
        ("Europe/Berlin", "2025-10-26T00:45Z", "02:30", None, "2025-10-26T00:30Z", None),
        ("America/New_York", "2025-11-02T05:59Z", "1:59", None, "2025-11-02T05:59Z", None),
        ("Europe/Berlin", "2025-10-26T11:00Z", "01:59", None, "2025-10-25T23:59Z", None),
        ("Europe/Berlin", "2025-10-26T11:00Z", "03:00", None, "2025-10-26T02:00Z", None),
        ("Europe/Berlin", "2025-12-01T11:00Z", "2025-10-26T02:30:00+02:00", None, "2025-10-26T00:30Z", None),
        ("Europe/Berlin", "2025-03-30T11:00Z", "01:59", None, "2025-03-30T00:59Z", None),
        ("Europe/Berlin", "2025-03-30T11:00Z", "03:00", None, "2025-03-30T01:00Z", None),
    ],
)  # fmt: skip
def test_an_hour_that_occurs_twice_is_the_second(
    in_zone: Callable[[str], None], zone: str, now: str, at: str, date: str | None, begin: str, first: str | None
) -> None:
    in_zone(zone)
    asked = asked_time(at, date, now=datetime.fromisoformat(now))
    assert asked.from_at_s == datetime.fromisoformat(begin).timestamp()
    assert asked.remark == ("" if first is None else TWICE.format(first))


def test_the_answer_says_that_the_time_occurred_twice(in_zone: Callable[[str], None]) -> None:
    in_zone("Europe/Berlin")
    asked = asked_time("02:30", "2025-10-26", now=datetime(2025, 12, 1, tzinfo=UTC))
    found = answer([], asked)
    assert " ".join(str(found).split()).startswith(
        "Sunday 26 October 2025, 02:30:00 to 02:31:00, local time (CET, UTC+01:00) "
        + TWICE.format("2025-10-26T02:30:00+02:00")
    )
    assert found.to_json()["asked"]["remark"] == asked.remark


@pytest.mark.parametrize(
    ("zone", "at", "date", "what"),
    [
        ("Europe/Berlin", "02:30", "2025-03-30", "2025-03-30 02:30:00 does not exist here: the clock went from 02:00 to 03:00."),
        ("Europe/Berlin", "2025-03-30T02:00:00", None, "2025-03-30 02:00:00 does not exist here: the clock went from 02:00 to 03:00."),
        ("America/New_York", "2:59:59", "2025-03-09", "2025-03-09 02:59:59 does not exist here: the clock went from 02:00 to 03:00."),
        ("Australia/Lord_Howe", "2:15", "2025-10-05", "2025-10-05 02:15:00 does not exist here: the clock went from 02:00 to 02:30."),
    ],
)  # fmt: skip
def test_an_hour_that_does_not_exist_is_refused(
    in_zone: Callable[[str], None], zone: str, at: str, date: str | None, what: str
) -> None:
    in_zone(zone)
    with pytest.raises(ArgumentError) as caught:
        asked_time(at, date, now=NOW)
    assert (caught.value.argument, str(caught.value)) == ("at", f"{what} Type a time before or after that")


def test_a_whole_time_and_a_date_contradict_each_other() -> None:
    with pytest.raises(ArgumentError, match="the time has a date already"):
        asked_time("2025-11-24T14:03:07Z", "2025-11-24", now=NOW)


@pytest.mark.parametrize(
    ("at", "date", "argument", "what"),
    [
        (None, "2025-11-24", "date", "a date needs a time too, such as 14:03"),
        ("25:99", None, "at", '"25:99" is not a time of day; write 14:03 or 14:03:07'),
        ("14:03pm", None, "at", '"14:03pm" is not a time of day; write 14:03 or 14:03:07'),
        ("soon", None, "at", '"soon" is not a time; type 14:03, 14:03:07 or 2026-11-22T14:03:07+01:00'),
        ("14:03", "24.11.", "date", '"24.11." is not a date; type one like 2026-11-22'),
        (
            "2999-01-01T00:00:00Z",
            None,
            "at",
            "2999-01-01 00:00:00 (UTC) is still to come: it is 2025-11-24 15:30:00 (UTC) now",
        ),
    ],
)
def test_a_time_that_cannot_be_used_is_a_mistake_in_one_argument(
    at: str | None, date: str | None, argument: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with pytest.raises(ArgumentError) as caught:
        asked_time(at, date, now=NOW)
    monkeypatch.undo()
    time.tzset()
    assert (caught.value.argument, str(caught.value)) == (argument, what)


def test_without_a_time_it_is_the_last_ten_minutes() -> None:
    asked = asked_time(None, None, now=NOW, node="alarm")
    assert (asked.until_at_s, asked.until_at_s - asked.from_at_s) == (NOW.timestamp(), 600.0)
    assert (asked.is_summary, asked.node) == (True, "alarm")


@pytest.mark.parametrize(
    ("zone", "at", "date", "moment"),
    [
        ("Europe/Berlin", "yesterday 14:03", None, "2025-11-23T13:03:00Z"),
        ("Europe/Berlin", "14:03", "yesterday", "2025-11-23T13:03:00Z"),
        ("Europe/Berlin", "today 14:03", None, "2025-11-24T13:03:00Z"),
        ("Pacific/Auckland", "yesterday 2:03pm", None, "2025-11-24T01:03:00Z"),
    ],
)
def test_a_day_may_be_a_word(zone: str, at: str, date: str | None, moment: str) -> None:
    asked = asked_time(at, date, now=NOW, zone=ZoneInfo(zone))
    assert (rfc3339(asked.from_at_s).replace(".000", ""), asked.remark) == (moment, "")


def test_a_day_without_a_time_says_how_to_add_one() -> None:
    with pytest.raises(ArgumentError, match='"yesterday" names a day only: add the time, as in --at "yesterday 14:03"'):
        asked_time("yesterday", None, now=NOW)


def test_now_is_the_second_before_the_command() -> None:
    asked = asked_time(" Now", None, now=NOW, around_s=30.0)
    assert (asked.from_at_s, asked.until_at_s, asked.around_s) == (NOW.timestamp() - 1, NOW.timestamp(), 30.0)
    with pytest.raises(ArgumentError, match="the time has a date already"):
        asked_time("now", "yesterday", now=NOW)


def test_a_time_that_is_still_to_come_today_is_yesterdays_and_says_so() -> None:
    asked = asked_time("23:00", None, now=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert asked.from_at_s == datetime(2025, 11, 23, 22, tzinfo=UTC).timestamp()
    assert asked.remark == "This is yesterday's: today it is 16:30 only."


def test_an_hour_that_the_configured_zone_skips_or_repeats_is_seen(in_zone: Callable[[str], None]) -> None:
    in_zone("UTC")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ArgumentError, match="does not exist in Europe/Berlin: the clock went from 02:00 to 03:00"):
        asked_time("02:30", "2025-03-30", now=now, zone=ZoneInfo("Europe/Berlin"))
    twice = asked_time("02:30", "2025-10-26", now=now, zone=ZoneInfo("Europe/Berlin"))
    assert twice.from_at_s == datetime(2025, 10, 26, 1, 30, tzinfo=UTC).timestamp()
    assert twice.remark == TWICE.format("2025-10-26T02:30:00+02:00")


@pytest.mark.parametrize("zone", [None, "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize(
    ("at", "date", "argument"),
    [
        ("00:00", "0001-01-01", "date"),
        ("0001-01-01T00:00", None, "at"),
        ("0001-01-01T00:00+05:00", None, "at"),
        ("23:59", "9999-12-31", "date"),
        ("9999-12-31T23:59-05:00", None, "at"),
    ],
)
def test_a_time_at_the_edge_of_the_calendar_is_a_mistake_in_one_argument(
    in_zone: Callable[[str], None], zone: str | None, at: str, date: str | None, argument: str
) -> None:
    """What another zone shows then may be of the year 0 or 10000, which no computer here knows."""
    in_zone("UTC")
    is_known = zone == "America/New_York" and at in ("00:00", "0001-01-01T00:00")
    is_to_come = zone == "Europe/Berlin" and date == "9999-12-31"
    if is_known:
        assert asked_time(at, date, now=NOW, zone=ZoneInfo(zone or "")).from_at_s < -62_000_000_000
        return
    with pytest.raises(
        ArgumentError, match="is still to come" if is_to_come else "at the edge of the calendar"
    ) as caught:
        asked_time(at, date, now=NOW, zone=None if zone is None else ZoneInfo(zone))
    assert caught.value.argument == ("at" if is_to_come else argument)

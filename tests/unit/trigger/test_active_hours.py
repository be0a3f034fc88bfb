"""Active hours: which minutes a range means, on ordinary days and when the clock is changed, and what is refused."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic_core import PydanticCustomError

from securos_trigger.trigger.active_hours import ActiveHours, minutes_of, zone_of
from securos_trigger.trigger.properties import read_properties

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def in_berlin() -> Iterator[None]:
    """Let the system's own zone be Berlin."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def local(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def active_stretches(hours: ActiveHours, begin: datetime, length: timedelta) -> list[tuple[str, str]]:
    """The stretches of active minutes from `begin` (UTC) on, as local times of Berlin with their offsets."""
    found: list[list[datetime]] = []
    for minute in range(int(length.total_seconds()) // 60):
        instant = begin + timedelta(minutes=minute)
        if hours.is_active(instant):
            if not found or found[-1][1] != instant:
                found.append([instant, instant])
            found[-1][1] = instant + timedelta(minutes=1)
    return [(f"{a.astimezone(BERLIN):%a %H:%M %z}", f"{b.astimezone(BERLIN):%a %H:%M %z}") for a, b in found]


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("mon 08:00-17:00", [("Mon 08:00", "Mon 17:00")]),
        ("fri 22:00-06:00", [("Fri 22:00", "Sat 06:00")]),
        ("sun 22:00-06:00", [("Mon 00:00", "Mon 06:00"), ("Sun 22:00", "Mon 00:00")]),
        ("sat-sun 00:00-24:00", [("Sat 00:00", "Mon 00:00")]),
        ("sun-mon 23:00-24:00", [("Mon 23:00", "Tue 00:00"), ("Sun 23:00", "Mon 00:00")]),
        ("tue,thu 8:00-9:00", [("Tue 08:00", "Tue 09:00"), ("Thu 08:00", "Thu 09:00")]),
        ("Monday – Tuesday  08:00 – 09:00", [("Mon 08:00", "Mon 09:00"), ("Tue 08:00", "Tue 09:00")]),
        (
            "thu-tue 08:00-08:01",
            [(f"{day} 08:00", f"{day} 08:01") for day in ["Mon", "Tue", "Thu", "Fri", "Sat", "Sun"]],
        ),
    ],
)
def test_a_range_means_these_minutes_of_the_week(text: str, stretches: list[tuple[str, str]]) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    hours = ActiveHours([text], UTC)
    found: list[list[datetime]] = []
    for minute in range(7 * 1440):
        instant = monday + timedelta(minutes=minute)
        if hours.is_active(instant):
            if not found or found[-1][1] != instant:
                found.append([instant, instant])
            found[-1][1] = instant + timedelta(minutes=1)
    assert [(f"{a:%a %H:%M}", f"{b:%a %H:%M}") for a, b in found] == stretches


def test_a_range_without_days_is_meant_for_every_day() -> None:
    assert sorted(minutes_of("22:00-06:00")) == sorted(minutes_of("mon-sun 22:00-06:00"))
    assert len(set(minutes_of("22:00-06:00"))) == 7 * 8 * 60


def test_the_first_second_is_active_and_that_of_the_end_is_not() -> None:
    hours = ActiveHours(["fri 22:00-06:00"], BERLIN)
    moments = ["2026-11-27T21:59:59.999", "2026-11-27T22:00:00", "2026-11-28T05:59:59.999", "2026-11-28T06:00:00"]
    assert [hours.is_active(local(moment)) for moment in moments] == [False, True, True, False]


def test_it_is_judged_in_the_zone_whatever_zone_the_wall_clock_has() -> None:
    hours = ActiveHours(["08:00-09:00"], ZoneInfo("America/New_York"))
    instant = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)  # 08:30 in New York, 14:30 in Berlin
    assert hours.is_active(instant)
    assert hours.is_active(instant.astimezone(BERLIN))
    assert not hours.is_active(local("2026-07-01T08:30"))


def test_the_night_in_which_the_clock_is_put_forward_is_an_hour_shorter() -> None:
    evening = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = active_stretches(ActiveHours(["22:00-06:00"], BERLIN), evening, timedelta(hours=20))
    assert found == [("Sat 22:00 +0100", "Sun 06:00 +0200")]
    [(begin, end)] = [(local("2026-03-28T22:00"), local("2026-03-29T06:00"))]
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=7)


def test_the_night_in_which_the_clock_is_put_back_is_an_hour_longer() -> None:
    evening = datetime(2026, 10, 24, 12, tzinfo=UTC)
    hours = ActiveHours(["22:00-06:00"], BERLIN)
    assert active_stretches(hours, evening, timedelta(hours=20)) == [("Sat 22:00 +0200", "Sun 06:00 +0100")]
    assert sum(hours.is_active(evening + timedelta(minutes=minute)) for minute in range(1200)) == 9 * 60


def test_an_hour_that_does_not_occur_is_not_active_and_what_begins_in_it_begins_after_it() -> None:
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    inside = ActiveHours(["sun 02:15-02:45"], BERLIN)
    assert active_stretches(inside, night, timedelta(hours=6)) == []
    across = ActiveHours(["sun 02:30-06:00"], BERLIN)
    assert active_stretches(across, night, timedelta(hours=6)) == [("Sun 03:00 +0200", "Sun 06:00 +0200")]


def test_an_hour_that_occurs_twice_is_active_both_times() -> None:
    night = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    hours = ActiveHours(["sun 02:15-02:45"], BERLIN)
    assert active_stretches(hours, night, timedelta(hours=6)) == [
        ("Sun 02:15 +0200", "Sun 02:45 +0200"), ("Sun 02:15 +0100", "Sun 02:45 +0100"),
    ]  # fmt: skip
    assert hours.is_active(local("2026-10-25T02:30", fold=0))
    assert hours.is_active(local("2026-10-25T02:30", fold=1))


def test_half_an_hour_of_daylight_saving_is_right_too() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # 2026-04-05: 02:00 becomes 01:30
    hours = ActiveHours(["sun 01:30-02:00"], zone)
    before = datetime(2026, 4, 4, 14, 0, tzinfo=UTC)
    assert sum(hours.is_active(before + timedelta(minutes=minute)) for minute in range(240)) == 60


@pytest.mark.usefixtures("in_berlin")
def test_without_a_zone_it_is_that_of_the_system_on_both_sides_of_the_change() -> None:
    hours = ActiveHours(["22:00-06:00"], None)
    for moment in ("2026-07-01T22:00", "2026-12-01T22:00", "2026-07-02T05:59", "2026-12-02T05:59"):
        assert hours.is_active(local(moment))
    for moment in ("2026-07-01T21:59", "2026-12-01T21:59", "2026-07-02T06:00", "2026-12-02T06:00"):
        assert not hours.is_active(local(moment))


@pytest.mark.parametrize(
    ("ranges", "now", "then"),
    [
        (["fri 22:00-06:00"], "2026-11-28T06:00", "2026-12-04T22:00+01:00"),
        (["22:00-06:00"], "2026-11-27T12:34:56.5", "2026-11-27T22:00+01:00"),
        (["sun 02:30-06:00"], "2026-03-29T01:59", "2026-03-29T03:00+02:00"),
        (["sun 02:15-02:30"], "2026-10-25T02:45", "2026-10-25T02:15+01:00"),
        (["sun 02:15-02:45"], "2026-03-29T01:00", "2026-04-05T02:15+02:00"),
    ],
)
def test_it_says_when_the_node_is_active_again(ranges: list[str], now: str, then: str) -> None:
    again = ActiveHours(ranges, BERLIN).next_active_at(local(now))
    assert again == datetime.fromisoformat(then)
    assert again.tzinfo is UTC


def test_a_wall_clock_that_cannot_be_one_is_active() -> None:
    hours = ActiveHours(["mon 08:00-08:01"], BERLIN)
    assert hours.is_active(datetime.max.replace(tzinfo=UTC))
    assert hours.is_active(datetime.min.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("ranges", "what", "fix"),
    [
        ("mon-fri 22:00-06:00", "a list of ranges is expected, and this is a text",
         'Write active_hours = ["mon-fri 22:00-06:00"].'),
        ([], "is an empty list", "Leave it out for always; enabled = false switches the node off."),
        (["mon-fri 10pm-6am"], '"mon-fri 10pm-6am" is not a range of hours',
         'Write hours from 00:00 to 24:00, without am and pm: "mon-fri 22:00-06:00".'),
        (["22.00-06.00"], '"22.00-06.00" is not a range of hours', 'Write "22:00-06:00".'),
        (["sat-sun"], '"sat-sun" is not a range of hours', 'Add the hours, for whole days "sat-sun 00:00-24:00".'),
        (["mon 22:00"], '"mon 22:00" is not a range of hours',
         'Write days, begin and end, such as "mon-fri 22:00-06:00", or "22:00-06:00" for every day.'),
        (["8:00-12:00, 13:00-17:00"], '"8:00-12:00, 13:00-17:00" is not a range of hours',
         'Write each range as a text of its own: active_hours = ["mon-fri 22:00-06:00", "sat 00:00-24:00"].'),
        (["mo-fri 8:00-9:00"], '"mo-fri 8:00-9:00": "mo" is not a day',
         'Days: mon, tue, wed, thu, fri, sat, sun. Did you mean "mon"?'),
        (["08:00-25:00"], '"08:00-25:00": 25:00 is not a time of day',
         "Hours go from 00:00 to 23:59; a range may end at 24:00."),
        (["24:00-06:00"], '"24:00-06:00": 24:00 is not a time of day',
         "Hours go from 00:00 to 23:59; a range may end at 24:00."),
        (["mon 08:00-08:00"], '"mon 08:00-08:00" begins and ends at the same time',
         'Write "mon 00:00-24:00" for whole days.'),
        ([1], "text in quotes is expected, not 1", ""),
        (True, "a list [ … ] is expected, not true", ""),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write(ranges: object, what: str, fix: str) -> None:
    _, [mistake] = read_properties({"iss_ip": "vms", "iss_password": "x", "active_hours": ranges})
    assert (mistake.what, mistake.fix) == (what, fix)
    assert mistake.where.startswith("active_hours")


def test_each_wrong_range_is_named_at_once() -> None:
    hours = ["mon-fri 22:00-06:00", "noon", "mox 10:00-12:00"]
    _, [mistake] = read_properties({"iss_ip": "vms", "iss_password": "x", "active_hours": hours})
    assert mistake.what == '"noon" is not a range of hours; "mox 10:00-12:00": "mox" is not a day'
    assert 'for whole days "noon 00:00-24:00". Days: mon, ' in mistake.fix


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("Berlin", 'Did you mean "Europe/Berlin"?'),
        ("europe/berln", 'Did you mean "Europe/Berlin"?'),
        ("New York", 'Did you mean "America/New_York"?'),
        ("UTC+2", 'Write a name of the time zone database, such as "Europe/Berlin" or "UTC".'),
        ("../../etc/passwd", 'Write a name of the time zone database, such as "Europe/Berlin" or "UTC".'),
    ],
)
def test_an_unknown_zone_is_refused_with_the_one_that_was_probably_meant(name: str, fix: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        zone_of(name)
    assert caught.value.message() == f'there is no time zone "{name}"'
    assert (caught.value.context or {})["fix"] == fix


def test_no_name_means_the_zone_of_the_system() -> None:
    assert zone_of("") is None
    assert zone_of("Europe/Berlin") == BERLIN

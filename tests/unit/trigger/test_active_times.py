"""Outside its active hours, and while it is muted, a node decides as ever and fires nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from securos_trigger import ConfigurationError, TriggerSecurOSEvent

NIGHT = {"active_hours": ["22:00-06:00"]}
NOON, EVENING = datetime(2026, 11, 27, 11, tzinfo=UTC), datetime(2026, 11, 27, 21, tzinfo=UTC)


def node(**properties: Any) -> TriggerSecurOSEvent:
    required: dict[str, Any] = {"iss_ip": "vms.example", "iss_password": "token"}
    return TriggerSecurOSEvent(context={"time_zone": "Europe/Berlin"}, **required, **properties)


def custom(**properties: Any) -> TriggerSecurOSEvent:
    return node(event_source="custom", trigger="go", event_name="Alarm", **properties)


def started(event_id: str) -> dict[str, Any]:
    return {"nodes": {"event1": {"event_delta": 1, "event_state": 1, "event": "turn", "event_id": event_id}}}


def test_active_hours_take_the_place_of_fired_and_of_nothing_else() -> None:
    trigger = custom(**NIGHT)
    frames = [({"go": True}, NOON), ({"go": False}, NOON), ({}, NOON), ({"go": True}, EVENING)]
    decisions = [
        trigger.process(metadata, at=float(number), captured_at=captured_at)
        for number, (metadata, captured_at) in enumerate(frames)
    ]
    assert [str(one.reason) for one in decisions] == [
        "inactive_hours", "condition_false", "condition_unknown", "fired",
    ]  # fmt: skip
    assert decisions[0].inactive_until == EVENING
    assert [one.inactive_until for one in decisions[1:]] == [None, None, None]
    assert trigger.decisions["inactive_hours"] == 1  # type: ignore[index]  # a Reason is a text


def test_the_interval_is_not_reserved_outside_the_active_hours() -> None:
    trigger = custom(**NIGHT, interval=60)
    before = EVENING - timedelta(seconds=1)
    assert str(trigger.process({"go": True}, at=0.0, captured_at=before).reason) == "inactive_hours"
    assert str(trigger.process({"go": True}, at=1.0, captured_at=EVENING).reason) == "fired"
    assert str(trigger.process({"go": True}, at=2.0, captured_at=EVENING).reason) == "interval"


def test_a_rise_outside_the_active_hours_is_spent() -> None:
    trigger = custom(**NIGHT, trigger_mode="rising_edge")
    frames = [(True, NOON), (True, EVENING), (False, EVENING), (True, EVENING)]
    reasons = [
        str(trigger.process({"go": go}, at=float(number), captured_at=captured_at).reason)
        for number, (go, captured_at) in enumerate(frames)
    ]
    assert reasons == ["inactive_hours", "not_risen", "condition_false", "fired"]


def test_an_upstream_event_outside_the_active_hours_is_spent() -> None:
    trigger = node(**NIGHT, interval=60)
    assert str(trigger.process(started("a"), at=0.0, captured_at=NOON).reason) == "inactive_hours"
    assert str(trigger.process(started("a"), at=1.0, captured_at=EVENING).reason) == "duplicate"
    decision = trigger.process(started("b"), at=2.0, captured_at=EVENING)
    assert str(decision.reason) == "fired", "the interval was not reserved"


def test_each_upstream_event_says_why_it_did_not_fire() -> None:
    decision = node(**NIGHT).process(started("a"), at=0.0, captured_at=NOON)
    [verdict] = decision.verdicts
    assert (str(verdict.reason), verdict.upstream_event_id, verdict.inactive_until) == ("inactive_hours", "a", EVENING)
    assert decision.inactive_until == EVENING
    assert decision.events == ()


def test_a_mute_takes_the_place_of_fired_until_the_host_takes_it_back() -> None:
    trigger = custom(interval=60)
    trigger.muted_until = EVENING
    muted = trigger.process({"go": True}, at=0.0, captured_at=NOON)
    assert (str(muted.reason), muted.inactive_until, muted.events) == ("muted", EVENING, ())
    assert str(trigger.process({"go": False}, at=1.0, captured_at=NOON).reason) == "condition_false"
    trigger.muted_until = None
    assert str(trigger.process({"go": True}, at=2.0, captured_at=NOON).reason) == "fired"


def test_a_mute_counts_by_being_set_and_not_by_its_instant() -> None:
    trigger = custom()
    trigger.muted_until = NOON
    assert str(trigger.process({"go": True}, at=0.0, captured_at=EVENING).reason) == "muted"


def test_a_muted_node_outside_its_hours_says_that_it_is_muted() -> None:
    trigger = custom(**NIGHT)
    trigger.muted_until = EVENING
    assert str(trigger.process({"go": True}, at=0.0, captured_at=NOON).reason) == "muted"


def test_the_same_instant_is_given_as_long_as_the_node_is_inactive() -> None:
    trigger = custom(**NIGHT)
    moments = [NOON + timedelta(minutes=minute) for minute in (0, 30, 599)]
    first, *others = [trigger.process({"go": True}, at=float(n), captured_at=at) for n, at in enumerate(moments)]
    assert all(other.inactive_until is first.inactive_until for other in others)
    earlier = trigger.process({"go": True}, at=9.0, captured_at=NOON - timedelta(days=1))
    assert earlier.inactive_until == EVENING - timedelta(days=1)


class Nowhere(tzinfo):
    """A zone that does not know its offset: its times are as good as those without a zone."""

    def utcoffset(self, _when: datetime | None) -> timedelta | None:
        return None

    dst = utcoffset

    def tzname(self, _when: datetime | None) -> str:
        return "nowhere"


@pytest.mark.usefixtures("in_berlin")
def test_wall_clocks_without_a_zone_are_local_time_also_between_others() -> None:
    trigger, naive = custom(**NIGHT), datetime(2026, 11, 27, 12, 0, 5)
    clocks = [NOON, naive, naive.replace(tzinfo=Nowhere()), NOON + timedelta(seconds=9), naive.replace(hour=22)]
    decisions = [trigger.process({"go": True}, float(n), captured_at=clock) for n, clock in enumerate(clocks)]
    assert [str(one.reason) for one in decisions] == 4 * ["inactive_hours"] + ["fired"]
    assert decisions[-1].events[0].captured_at == EVENING + timedelta(seconds=5)


@pytest.mark.parametrize("end", [datetime.min, datetime.max])
def test_a_wall_clock_at_an_end_of_the_calendar_is_active(end: datetime) -> None:
    assert str(custom(**NIGHT).process({"go": True}, at=0.0, captured_at=end).reason) == "fired"


@pytest.mark.parametrize("captured_at", [1_800_000_000.0, "2026-11-27T12:00:00Z", NOON.date(), [NOON]])
def test_what_is_no_wall_clock_is_refused_with_the_first_frame(captured_at: Any) -> None:
    with pytest.raises(TypeError, match=r"^captured_at is the frame's wall clock, a datetime; this is "):
        custom().process({"go": True}, at=0.0, captured_at=captured_at)


def test_a_node_that_knows_no_wall_clock_is_active() -> None:
    assert str(custom(**NIGHT).process({"go": True}, at=0.0).reason) == "fired"


def test_an_unknown_time_zone_of_the_context_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='there is no time zone "Berlin"'):
        TriggerSecurOSEvent(
            context={"time_zone": "Berlin"}, iss_ip="vms", iss_password="x", active_hours=["22:00-06:00"]
        )


def test_a_mute_goes_on_when_the_properties_change_and_the_active_hours_are_the_new_ones() -> None:
    before, after = custom(), custom(**NIGHT)
    before.muted_until = EVENING
    after.go_on_from(before)
    assert str(after.process({"go": True}, at=0.0, captured_at=NOON).reason) == "muted"
    after.muted_until = None
    assert str(after.process({"go": True}, at=1.0, captured_at=NOON).reason) == "inactive_hours"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Python has no call for it on Windows")
def test_another_zone_of_the_machine_counts_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    required: dict[str, Any] = {"iss_ip": "vms.example", "iss_password": "token", **NIGHT}
    trigger = TriggerSecurOSEvent(event_source="custom", trigger="go", event_name="Alarm", **required)
    in_utc, in_moscow = datetime(2026, 11, 27, 22, tzinfo=UTC), datetime(2026, 11, 27, 19, tzinfo=UTC)
    try:
        for zone, minute, begin in (("UTC", 0, in_utc), ("Europe/Moscow", 1, in_moscow)):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            now = NOON + timedelta(minutes=minute)
            assert trigger.hours_begin_at(now) == begin
            decision = trigger.process({"go": True}, at=60.0 * minute, captured_at=now)
            assert decision.inactive_until == begin
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_host_can_ask_when_the_next_active_hours_begin() -> None:
    trigger = custom(**NIGHT)
    assert [trigger.hours_begin_at(NOON + timedelta(hours=one)) for one in (0, 9, 10, 11)] == [EVENING] * 2 + [None] * 2
    assert trigger.hours_begin_at(NOON + timedelta(days=1)) == EVENING + timedelta(days=1)
    assert custom().hours_begin_at(NOON) is None

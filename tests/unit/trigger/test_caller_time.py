"""Every real number is a time; what is none is refused on the first call."""

from __future__ import annotations

import math
import re
import warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from securos_trigger import TriggerSecurOSEvent
from securos_trigger.trigger import caller_time
from securos_trigger.trigger.caller_time import CallerTime

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def caller() -> CallerTime:
    return CallerTime(pytest.fail)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, which stands at its only item."""
    now_s = [100.0]
    monkeypatch.setattr(caller_time, "monotonic_s", lambda: now_s[0])
    return now_s


def always(**properties: Any) -> TriggerSecurOSEvent:
    known = {"iss_ip": "vms.example", "iss_password": "token", "event_source": "custom", "event_name": "Go"}
    return TriggerSecurOSEvent(**{**known, "trigger": "go", **properties})


@pytest.mark.parametrize(
    "number", [float, int, Fraction, Decimal, np.float32, np.float64, np.int64, np.uint8, np.array],
    ids=lambda kind: kind.__name__,
)  # fmt: skip
def test_every_real_number_is_a_time(number: Any) -> None:
    """An event every 2 s, and not one for ever."""
    node = always(interval=2)
    reasons = [str(node.process({"go": True}, number(at)).reason) for at in range(5)]
    assert reasons == ["fired", "interval", "fired", "interval", "fired"]


def test_the_times_of_pyav_are_taken_as_they_are() -> None:
    assert caller().seconds(1234 * Fraction(1, 90_000), None) == 1234 / 90_000


@pytest.mark.parametrize("at", [math.nan, math.inf, 10**400, Decimal("NaN"), Decimal("sNaN"), np.float32("nan")])
def test_what_is_not_finite_is_missing(at: Any) -> None:
    times = caller()
    assert times.seconds(3.0, None) == 3.0
    assert math.isnan(times.seconds(at, None))


@pytest.mark.parametrize("at", [math.nan, math.inf, 10**400, Decimal("NaN"), np.float32("nan"), None])
def test_where_no_time_is_ever_finite_it_is_the_time_since_the_first_call(at: Any) -> None:
    node = always(interval=1)
    fired = sum(
        len(node.process({"go": True}, at, captured_at=NOON + n * timedelta(seconds=0.04)).events) for n in range(600)
    )
    assert fired == 24


@pytest.mark.parametrize(
    "at_of",
    [lambda n: 7.0, lambda n: 7, lambda n: 7.0 + n % 5 * 0.1, lambda n: 7.0 if n == 0 else math.nan],
    ids=["constant", "whole", "five values", "never finite again"],
)
def test_media_time_that_does_not_move_is_a_warning_at_the_callers_line(at_of: Any, clock: list[float]) -> None:
    node, fired = always(interval=1), 0
    with pytest.warns(RuntimeWarning, match="for 10 s and 25[0-9] calls: at does not move, or is not finite") as caught:
        for number in range(600):
            clock[0] += 0.04
            fired += len(node.process({"go": True}, at_of(number)).events)
    assert (fired, len(caught)) == (1, 1)


def test_media_time_that_does_not_move_in_few_calls_is_said_with_their_number(clock: list[float]) -> None:
    said: list[str] = []
    times = CallerTime(said.append)
    for _ in range(300):
        clock[0] += 1.0
        times.note_counted(5.0)
    [reason] = said
    assert reason.startswith("media time has been 5 for 10 s and 250 calls: at does not move")


def test_media_time_that_stands_still_is_said_once_with_its_end_and_again_the_next_time(clock: list[float]) -> None:
    said: list[str] = []
    times = CallerTime(said.append, lambda: said.append("usable"))
    for at in (*[1.0] * 400, 2.0, 3.0, *[3.0] * 400, 4.0):
        clock[0] += 0.0625
        times.note_counted(times.seconds(at, None))
    still = (
        "media time has been {} for 10 s and 250 calls: at does not move, or is not finite. Until it moves, time stands "
        "still"
    )
    assert said == [still.format(1), "usable", still.format(3), "usable"]
    assert times.why_still == ""


@pytest.mark.parametrize("calls", [1, 2, 30, 249, 300, 2000])
def test_calls_that_share_a_time_are_no_fault_while_it_moves(calls: int, recwarn: pytest.WarningsRecorder) -> None:
    """Whole seconds, several objects of one frame, a player that is paused for a while."""
    node = always(interval=10)
    fired = sum(len(node.process({"go": True}, number // calls).events) for number in range(calls * 30))
    assert fired == 3
    assert [str(warning.message) for warning in recwarn] == []


def test_a_call_for_each_of_300_objects_of_a_frame_is_no_fault(clock: list[float]) -> None:
    times = CallerTime(pytest.fail, pytest.fail)
    for frame in range(100):
        clock[0] += 0.04
        for _ in range(300):
            times.note_counted(times.seconds(frame * 0.04, None))


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("12", "this is str: '12'."),
        (True, "this is bool: True."),
        (NOON, "this is datetime: datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezo…. A wall-clock time goes into captured_at."),
        (timedelta(seconds=1), "this is timedelta: datetime.timedelta(seconds=1). Take at.total_seconds()."),
        (np.datetime64("2026-01-01T00:00:00", "ns"), "this is datetime64: np.datetime64('2026-01-01T00:00:00.000000000')."),
        (np.bool_(True), "this is bool: np.True_."),
        (np.array([1.0]), "this is ndarray: array([1.])."),
        (1j, "this is complex: 1j."),
        ([1.0], "this is list: [1.0]."),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_on_the_first_call(at: Any, sentence: str) -> None:
    whole = f"at is media time in seconds, a real number such as 12.48; {sentence}"
    with pytest.raises(TypeError, match=f"^{re.escape(whole)}$"):
        always().process({"go": True}, at)


def test_without_any_time_it_is_the_time_since_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = iter([100.0, 100.5, 103.0])
    monkeypatch.setattr(caller_time, "monotonic_s", lambda: next(now_s))
    node = always(interval=2)
    decisions = [node.process({"go": True}) for _ in range(3)]
    assert [(str(decision.reason), decision.at) for decision in decisions] == [
        ("fired", 0.0), ("interval", 0.5), ("fired", 3.0),
    ]  # fmt: skip


def test_without_any_time_the_wall_clock_of_the_frames_counts_where_it_is_given() -> None:
    times = caller()
    assert [times.seconds(None, NOON + timedelta(seconds=at)) for at in (0, 5, 7.5)] == [0.0, 5.0, 7.5]


def test_the_wall_clock_of_a_local_zone_goes_on_evenly_where_daylight_saving_ends() -> None:
    began = datetime(2026, 10, 25, 0, 59, 58, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    frames = [(began.astimezone(UTC) + timedelta(seconds=at)).astimezone(began.tzinfo) for at in range(5)]
    assert {frame.utcoffset() for frame in frames} == {timedelta(hours=1), timedelta(hours=2)}
    times = caller()
    assert [times.seconds(None, frame) for frame in frames] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_after_a_time_was_given_a_call_without_one_has_none() -> None:
    times = caller()
    times.seconds(3.0, None)
    assert math.isnan(times.seconds(None, NOON))


def test_nanoseconds_are_named_once_and_are_no_times() -> None:
    reasons: list[str] = []
    times = CallerTime(reasons.append)
    given = [times.seconds(number * 40_000_000, None) for number in range(50)]
    assert given[0] == 0.0 and all(math.isnan(at) for at in given[1:])
    [reason] = reasons
    assert reason == (
        "at steps by 40000000 from frame to frame: it is media time in seconds, not in nanoseconds. "
        "Until it is, time stands still"
    )
    assert times.why_still == reason
    assert times.seconds(49 * 40_000_000 + 0.04, None) and times.why_still == "", "it is over with a time in seconds"


def test_nanoseconds_at_a_bare_node_are_a_warning_at_the_callers_line() -> None:
    node = always(interval=60)
    with pytest.warns(RuntimeWarning, match="not in nanoseconds") as caught:
        fired = sum(
            len(node.process({"go": True}, 1_700_000_000_000_000_000 + n * 40_000_000).events) for n in range(50)
        )
    assert fired == 1
    assert [warning.filename for warning in caught] == [__file__]


def test_a_clock_that_was_set_once_is_no_mistake() -> None:
    times = caller()
    given = [times.seconds(at, None) for at in (0, 1, 1_800_000_000, 1_800_000_001)]
    assert math.isnan(given[2]) and given[3] == 1_800_000_001.0


def test_strays_with_frames_between_them_are_no_nanoseconds() -> None:
    node = always(interval=60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(2_000):
            is_stray = number % 500 == 499
            node.process({"go": True}, 1e12 * (1 + number) if is_stray else number * 1.0)


def test_nanoseconds_as_floats_are_named_too() -> None:
    node = always(interval=60)
    with pytest.warns(RuntimeWarning, match="not in nanoseconds") as caught:
        fired = sum(len(node.process({"go": True}, n * 40e6).events) for n in range(50))
    assert fired == 1
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("step", [40, 40.0, 3600, 40_000], ids=["milliseconds", "floats", "ticks", "microseconds"])
def test_milliseconds_and_ticks_are_named_once_although_a_sparse_source_has_such_steps(step: float) -> None:
    node = always(interval=60)
    with pytest.warns(RuntimeWarning, match="not in milliseconds or ticks") as caught:
        for number in range(200):
            node.process({"go": True}, number * step)
    assert [warning.filename for warning in caught] == [__file__]


def test_a_sparse_source_with_a_wall_clock_and_a_camera_that_begins_anew_are_not_suspected(
    recwarn: pytest.WarningsRecorder,
) -> None:
    sparse, camera = always(), always()
    for number in range(200):
        sparse.process({"go": True}, number * 40.0, captured_at=NOON + timedelta(seconds=40 * number))
        for at in range(20):
            camera.process({"go": True}, at * 10.04 / 20)
    assert [str(warning.message) for warning in recwarn] == []

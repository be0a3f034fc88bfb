"""When the `Date` of answers says that the receiver's clock is another one, and when it says nothing."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from securos_trigger.delivery.webhook.receiver_clock import APART_S, IN_A_ROW, READ_EVERY_S, ReceiverClock
from securos_trigger.notices import Announcer, Notice

HOUR_S = 3600.0


class Site:
    """A target that answers. `wall_s` is this machine's clock, `receiver_ahead_s` how far the receiver's is ahead."""

    def __init__(self, receiver_ahead_s: float = 0.0) -> None:
        self.receiver_ahead_s = receiver_ahead_s
        self.wall_s, self.ticks = 1_790_000_000.25, 50.0
        self.notices: list[Notice] = []
        self.follows = ReceiverClock(
            "https://vms:3443", Announcer([self.notices.append]), lambda: self.wall_s, lambda: self.ticks
        )

    def go_on(self, seconds: float) -> None:
        self.wall_s += seconds
        self.ticks += seconds

    def answers(
        self,
        number: int = 1,
        *,
        after_s: float = 0.02,
        made_at: float = 0.5,
        date: str | None = None,
        every_s: float = READ_EVERY_S,
        **more: str,
    ) -> None:
        """Answer requests: each after some time, with a `Date` of that part of it, or the given one (empty: none)."""
        for _ in range(number):
            self.go_on(every_s)
            sent = self.follows.begin()
            self.go_on(after_s * made_at)
            made = formatdate(int(self.wall_s + self.receiver_ahead_s), usegmt=True) if date is None else date
            self.go_on(after_s * (1 - made_at))
            if sent is not None:
                self.follows.note({**({"Date": made} if made else {}), **more}, sent)

    def said(self) -> list[tuple[str, object]]:
        return [(notice.name, notice.fields.get("apart_s")) for notice in self.notices]


@pytest.mark.parametrize("ahead_s", [HOUR_S, -HOUR_S, 40.0, -40.0])
def test_a_clock_that_differs_is_said_once_and_when_it_ends(ahead_s: float) -> None:
    site = Site(ahead_s)
    site.answers(IN_A_ROW - 1)
    assert site.said() == []
    site.answers(100)
    assert site.said() == [("target_clock_apart", ahead_s)]
    site.receiver_ahead_s = 0.0
    site.answers(IN_A_ROW - 1)
    assert len(site.said()) == 1
    site.answers(100)
    assert site.said()[1:] == [("target_clock_agrees", None)]


def test_the_log_says_which_clock_is_ahead() -> None:
    site = Site(-HOUR_S)
    site.answers(IN_A_ROW)
    assert site.notices[0].fields["reason"] == "it is about 1 h behind this machine's"


@pytest.mark.parametrize("ahead_s", [0.0, 1.0, -1.0, APART_S - 2, 2 - APART_S])
def test_clocks_that_are_close_are_no_trouble(ahead_s: float) -> None:
    site = Site(ahead_s)
    site.answers(100)
    assert site.said() == []


@pytest.mark.parametrize("made_at", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("slow_s", [20.0, 120.0])
def test_slow_answers_are_no_difference_and_hide_none_that_is_larger(slow_s: float, made_at: float) -> None:
    site = Site(APART_S - 2)
    site.answers(20, after_s=slow_s, made_at=made_at)
    assert site.said() == []
    site.receiver_ahead_s = HOUR_S
    site.answers(IN_A_ROW, after_s=slow_s, made_at=made_at)
    assert [name for name, _ in site.said()] == ["target_clock_apart"]


def test_slow_answers_do_not_prove_that_it_is_over() -> None:
    site = Site(HOUR_S)
    site.answers(IN_A_ROW)
    site.receiver_ahead_s = 0.0
    site.answers(20, after_s=120.0)
    assert len(site.said()) == 1
    site.answers(IN_A_ROW)
    assert site.said()[1:] == [("target_clock_agrees", None)]


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Foo 2026 99:99:99 GMT", "0", "Thu, 01 Jan 99999 00:00:00 GMT"]
)
def test_answers_without_a_time_say_nothing(date: str) -> None:
    site = Site()
    site.answers(20, date=date)
    assert site.said() == []
    site.receiver_ahead_s = HOUR_S
    site.answers(IN_A_ROW)
    assert site.said() == [("target_clock_apart", HOUR_S)]


def test_a_cache_says_nothing_about_a_clock() -> None:
    site = Site(-HOUR_S)
    site.answers(20, Age="3600")
    assert site.said() == []
    site = Site()
    site.answers(20, date=formatdate(site.wall_s - HOUR_S, usegmt=True))  # it stands still, and there is no Age
    assert site.said() == []
    site = Site(-HOUR_S)
    site.answers(IN_A_ROW, Age="0")  # a proxy that has just asked
    assert site.said() == [("target_clock_apart", -HOUR_S)]


def test_two_servers_in_turn_with_different_clocks_are_not_taken_for_one() -> None:
    site = Site()
    for number in range(20):
        site.receiver_ahead_s = HOUR_S * (number % 2)
        site.answers()
    assert site.said() == []


def test_a_jump_of_this_machines_clock_that_is_put_right_is_no_trouble() -> None:
    site = Site()
    site.answers(20)
    site.wall_s += HOUR_S
    site.receiver_ahead_s = -HOUR_S
    site.answers(IN_A_ROW - 1)
    site.wall_s -= HOUR_S
    site.receiver_ahead_s = 0.0
    site.answers(20)
    assert site.said() == []


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S])
def test_a_clock_that_is_set_or_a_machine_that_sleeps_during_an_answer_says_nothing(step_s: float) -> None:
    site = Site()
    for _ in range(20):
        site.go_on(READ_EVERY_S)
        sent = site.follows.begin()
        assert sent is not None
        made = formatdate(site.wall_s, usegmt=True)
        site.wall_s += step_s  # and the ticks stand still
        site.follows.note({"Date": made}, sent)
    assert site.said() == []


def test_no_answer_is_read_sooner_than_some_time_after_another_one() -> None:
    site = Site(HOUR_S)
    site.answers(1)
    site.answers(10, every_s=1.0)
    assert site.follows.begin() is None and site.said() == []
    site.go_on(READ_EVERY_S)
    at_once = [site.follows.begin() for _ in range(16)]
    for sent in at_once:
        assert sent is not None
        site.follows.note({"Date": formatdate(site.wall_s + HOUR_S, usegmt=True)}, sent)
    assert site.said() == [], "answers to requests at once count as one"


def test_a_difference_that_grows_is_said_again() -> None:
    site = Site(40.0)
    site.answers(20)
    site.receiver_ahead_s = HOUR_S
    site.answers(20)
    assert site.said() == [("target_clock_apart", 40), ("target_clock_apart", 3600)]


def test_a_difference_about_the_limit_does_not_begin_and_end_all_the_time() -> None:
    site = Site(APART_S + 3)
    site.answers(IN_A_ROW)
    for number in range(20):
        site.receiver_ahead_s = APART_S - 5 if number % 2 else APART_S + 5
        site.answers(IN_A_ROW)
    assert [name for name, _ in site.said()] == ["target_clock_apart"]

"""The rate limit of attempts to log in."""

from __future__ import annotations

from securos_trigger.console.security.rate_limit import (
    COUNTS_S,
    FREE_FAILURES,
    LONGEST_WAIT_S,
    MAX_NAMES,
    RateLimit,
    names_of,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_few_failures_cost_nothing_and_then_each_wait_is_longer() -> None:
    limit = RateLimit(clock := Clock())
    waits = []
    for _ in range(FREE_FAILURES + 12):
        waits.append(limit.wait_s("anna"))
        clock.now += waits[-1]
        limit.note_failure("anna")
    assert waits[: FREE_FAILURES + 3] == [0.0] * FREE_FAILURES + [2.0, 4.0, 8.0]
    assert max(waits) == LONGEST_WAIT_S
    assert limit.wait_s("bert") == 0.0
    assert limit.wait_s("bert", "anna") == LONGEST_WAIT_S


def test_failures_are_forgotten_after_a_success_and_after_a_while() -> None:
    limit = RateLimit(clock := Clock())
    for _ in range(FREE_FAILURES):
        limit.note_failure("anna", "client")
    assert limit.wait_s("client") > 0
    limit.note_success("anna")
    assert limit.wait_s("anna") == 0.0
    clock.now += COUNTS_S
    assert limit.wait_s("client") == 0.0


def test_names_are_bounded() -> None:
    limit = RateLimit(Clock())
    for number in range(MAX_NAMES + 10):
        for _ in range(FREE_FAILURES if number == 0 else 1):
            limit.note_failure(str(number))
    assert limit.wait_s("0") == 0.0, "the oldest is forgotten"


def test_attempts_that_are_made_at_once_count_before_any_of_them_has_failed() -> None:
    limit = RateLimit(lambda: 0.0)
    waits = [limit.begin("user anna", f"client {number}") for number in range(20)]
    assert [wait_s == 0 for wait_s in waits] == [True] * FREE_FAILURES + [False] * (20 - FREE_FAILURES)
    limit.note_success("user anna")
    assert limit.begin("user anna") == 0


def test_the_limit_is_noted_once_at_the_last_failure_that_costs_nothing() -> None:
    limit = RateLimit(lambda: 0.0)
    noted = []
    for _ in range(FREE_FAILURES + 3):
        limit.note_failure("client")
        noted.append(limit.note_limited("user anna", "client"))
    assert noted == [False] * (FREE_FAILURES - 1) + [True, False, False, False]


def test_the_limit_is_noted_once_for_attempts_that_are_made_at_once() -> None:
    limit = RateLimit(lambda: 0.0)
    for _ in range(FREE_FAILURES):
        assert limit.begin("client") == 0
    assert [limit.note_limited("client") for _ in range(FREE_FAILURES)] == [True] + [False] * (FREE_FAILURES - 1)


def test_a_limit_is_noted_again_after_a_success_and_after_a_while() -> None:
    limit = RateLimit(clock := Clock())

    def limited() -> bool:
        for _ in range(FREE_FAILURES):
            limit.note_failure("client")
        return limit.note_limited("client")

    assert limited()
    limit.note_success("client")
    assert limited()
    clock.now += COUNTS_S
    assert limited()


def test_one_machine_has_the_failures_of_all_its_addresses() -> None:
    limit = RateLimit(Clock())
    for number in range(FREE_FAILURES):
        assert limit.begin(*names_of(f"2001:db8::{number}", f"made up {number}")) == 0.0
    assert limit.begin(*names_of("2001:db8::ffff:1", "another")) > 0.0
    assert limit.begin(*names_of("2001:db8:0:1::1", "another")) == 0.0
    assert limit.begin(*names_of("192.0.2.1", "another")) == 0.0

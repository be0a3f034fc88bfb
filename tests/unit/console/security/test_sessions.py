"""Sessions and the one-time link, with a clock that the test moves."""

from __future__ import annotations

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.sessions import (
    IDLE_S,
    LASTS_S,
    LINK_LASTS_S,
    MAX_SESSIONS,
    MAX_SESSIONS_OF_ONE,
    OneTimeLink,
    Sessions,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_lasts_while_it_is_used_and_not_longer_than_half_a_day() -> None:
    sessions = Sessions(clock := Clock())
    cookie, session = sessions.begin("anna", Role.LOOK)
    for _ in range(int(LASTS_S // (IDLE_S - 1)) - 1):
        clock.now += IDLE_S - 1
        assert sessions.of(cookie) is session
    clock.now += IDLE_S - 1
    sessions.of(cookie)
    clock.now += IDLE_S - 1
    assert sessions.of(cookie) is None
    assert sessions.has_ended(session)


def test_an_unused_session_ends_and_to_ask_whether_it_has_is_no_use() -> None:
    sessions = Sessions(clock := Clock())
    cookie, session = sessions.begin("anna", Role.LOOK)
    clock.now += IDLE_S
    assert not sessions.has_ended(session)
    clock.now += 1
    assert sessions.of(cookie) is None


def test_a_session_ends_by_log_out() -> None:
    sessions = Sessions(Clock())
    first, _ = sessions.begin("anna", Role.LOOK)
    sessions.end(first)
    assert sessions.of(first) is None


def test_very_many_log_ins_of_one_user_end_only_the_least_used_of_their_own() -> None:
    sessions = Sessions(clock := Clock())
    other, _ = sessions.begin("bert", Role.LOOK)
    made = []
    for _ in range(MAX_SESSIONS + 5):
        clock.now += 0.001
        made.append(sessions.begin("carl", Role.LOOK)[0])
    assert sessions.of(other) is not None
    assert sessions.count() == MAX_SESSIONS_OF_ONE + 1
    assert [sessions.of(cookie) is not None for cookie in made[-MAX_SESSIONS_OF_ONE - 1 :]] == [
        False,
        *[True] * MAX_SESSIONS_OF_ONE,
    ]


def test_one_session_too_many_of_all_ends_one_of_the_user_who_has_the_most() -> None:
    sessions = Sessions(clock := Clock())
    lone, _ = sessions.begin("bert", Role.LOOK)
    for number in range(MAX_SESSIONS + 5):
        clock.now += 0.001
        sessions.begin(f"user {number % 20}", Role.LOOK)
    assert sessions.count() == MAX_SESSIONS
    assert sessions.of(lone) is not None


def test_no_two_cookies_or_csrf_tokens_are_alike() -> None:
    sessions = Sessions()
    made = [sessions.begin("anna", Role.LOOK) for _ in range(50)]
    assert len({cookie for cookie, _ in made} | {session.csrf for _, session in made}) == 100


def test_a_one_time_link_works_once_and_for_a_quarter_of_an_hour() -> None:
    link = OneTimeLink(clock := Clock())
    assert link.use("wrong") == "the one-time link is wrong"
    assert link.use(link.secret) == "", "it logs in"
    assert link.use(link.secret) == "the one-time link was used before"
    late = OneTimeLink(clock)
    clock.now += LINK_LASTS_S + 1
    assert late.use(late.secret) == "the one-time link is older than 15 minutes"

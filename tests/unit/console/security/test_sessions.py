"""Sessions and the one-time link, with a clock that the test moves."""

from __future__ import annotations

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.sessions import IDLE_S, LASTS_S, LINK_LASTS_S, MAX_SESSIONS, OneTimeLink, Sessions


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


def test_sessions_end_by_log_out_and_the_least_used_by_their_number() -> None:
    sessions = Sessions(clock := Clock())
    first, _ = sessions.begin("anna", Role.LOOK)
    sessions.end(first)
    assert sessions.of(first) is None
    oldest, _ = sessions.begin("bert", Role.LOOK)
    for _ in range(MAX_SESSIONS):
        clock.now += 0.001
        sessions.begin("carl", Role.LOOK)
    assert sessions.of(oldest) is None
    assert sessions.count() == MAX_SESSIONS


def test_no_two_cookies_or_csrf_tokens_are_alike() -> None:
    sessions = Sessions()
    made = [sessions.begin("anna", Role.LOOK) for _ in range(50)]
    assert len({cookie for cookie, _ in made} | {session.csrf for _, session in made}) == 100


def test_a_one_time_link_works_once_and_for_a_quarter_of_an_hour() -> None:
    link = OneTimeLink(clock := Clock())
    assert (link.use("wrong"), link.use(link.secret), link.use(link.secret)) == (False, True, False)
    late = OneTimeLink(clock)
    clock.now += LINK_LASTS_S + 1
    assert not late.use(late.secret)

"""Posts that are refused before they are read: which are said, what ends that, and that it is bounded."""

from __future__ import annotations

import pytest

from securos_trigger.inputs.refused_posts import MOST, QUIET_S, RefusedPosts

NOON = 1_777_885_951.0
START = 5_000.0  # on the monotonic clock
DAY_S = 24 * 3600.0


def said(seen: RefusedPosts, now: float = START) -> list[tuple[str, int, int, bool]]:
    return [(one["sender"], one["status"], one["count"], one["is_all"]) for one in seen.answer(NOON, now)]


def test_three_refused_posts_of_an_address_are_said_until_one_of_it_is_taken() -> None:
    seen = RefusedPosts("POST /metadata/SOURCE")
    for _ in range(2):
        seen.note("192.0.2.1", 404, START)
    assert said(seen) == [], "a person may be trying it out"
    for number in range(3):
        seen.note("192.0.2.1", 404, START + number)
        seen.note("192.0.2.2", 401, START + number)
    assert said(seen) == [("192.0.2.1", 404, 5, True), ("192.0.2.2", 401, 3, True)]
    seen.note("192.0.2.1", 202, START + 3.0)
    assert said(seen) == [("192.0.2.2", 401, 3, False)], "the other sender is refused still"
    assert seen.answer(NOON, START)[0]["accepted_at"] == "POST /metadata/SOURCE"


@pytest.mark.parametrize("every_s", [1.0, 1_500.0])
def test_a_sender_that_is_refused_is_said_although_another_one_behind_its_address_is_taken(every_s: float) -> None:
    """A recorder that posts for many cameras, a proxy, a bridge of containers: all their posts come of one address."""
    seen, at = RefusedPosts("POST /metadata/SOURCE"), START
    for count in range(1, 100):
        at += every_s
        seen.note("192.0.2.1", 401, at)
        if count >= 3:
            assert said(seen, at) == [("192.0.2.1", 401, count, False)]
        for part in range(1, 10):
            seen.note("192.0.2.1", 202, at + part * every_s / 10.0)
        if count >= 3:
            assert said(seen, at + every_s * 0.95) == [("192.0.2.1", 401, count, False)]
    seen.note("192.0.2.1", 202, at + max(QUIET_S, 2.0 * every_s))
    assert said(seen, at) == [("192.0.2.1", 401, 99, False)]
    seen.note("192.0.2.1", 202, at + max(QUIET_S, 2.0 * every_s) + 1.0)
    assert said(seen, at) == [], "nothing was refused for long enough"


def test_a_stranger_that_passes_by_a_quiet_site_is_not_red_and_a_sender_that_goes_on_is() -> None:
    seen = RefusedPosts("POST /metadata/SOURCE")
    seen.note("192.0.2.1", 202, START)
    for number in range(3):
        seen.note("198.51.100.7", 404, START + 3_600.0 + number)
    assert said(seen, START + 3_700.0) == [("198.51.100.7", 404, 3, False)]
    assert said(seen, START + 3_600.0 + DAY_S) == [("198.51.100.7", 404, 3, False)]
    for number in range(70):
        seen.note("192.0.2.1", 401, START + 7_200.0 + 10.0 * number)
    now = START + 7_200.0 + 690.0
    assert said(seen, now)[-1] == ("192.0.2.1", 401, 70, True)
    assert said(seen, now + QUIET_S)[-1] == ("192.0.2.1", 401, 70, True)
    assert said(seen, now + QUIET_S + 1.0)[-1] == ("192.0.2.1", 401, 70, False), "it sends no more"
    seen.note("192.0.2.2", 202, now)
    assert said(seen, now)[-1] == ("192.0.2.1", 401, 70, False), "another one is taken"
    seen.note("192.0.2.1", 401, now + 10.0)
    assert said(seen, now + 10.0)[-1] == ("192.0.2.1", 401, 71, False)


def test_the_slowness_of_a_stranger_does_not_prolong_the_red() -> None:
    seen = RefusedPosts("POST /metadata/SOURCE")
    seen.note("192.0.2.1", 202, START)
    for hour in (1, 7, 13):
        seen.note("198.51.100.7", 404, START + hour * 3_600.0)
    for hour in (14, 18, 24):
        assert said(seen, START + hour * 3_600.0) == [("198.51.100.7", 404, 3, False)]


def test_a_stranger_after_a_restart_is_red_only_while_it_posts() -> None:
    seen = RefusedPosts("POST /metadata/SOURCE")
    for number in range(3):
        seen.note("198.51.100.7", 404, START + number)
        seen.note("192.0.2.1", 401, START + number)
    assert {one[3] for one in said(seen, START + 60.0)} == {True}
    later = said(seen, START + 23 * 3_600.0)
    assert later == [("198.51.100.7", 404, 3, False), ("192.0.2.1", 401, 3, True)], "a wrong token is no stranger's"


def test_a_post_after_a_silent_day_is_the_first_of_a_new_run() -> None:
    seen = RefusedPosts("POST /lumeoevent")
    for day in (0, 30, 60):
        seen.note("192.0.2.1", 404, START + day * DAY_S)
    assert said(seen, START + 60 * DAY_S) == []
    for number in range(2):
        seen.note("192.0.2.1", 404, START + 60 * DAY_S + number)
    [run] = seen.answer(NOON, START + 60 * DAY_S + 2.0)
    assert (run["count"], run["since"], run["last_at"]) == (3, "2026-05-04T09:12:29.000Z", "2026-05-04T09:12:30.000Z")


def test_strangers_with_a_post_each_do_not_push_out_a_sender_with_many() -> None:
    seen = RefusedPosts("POST /metadata/SOURCE")
    for _ in range(20):
        seen.note("192.0.2.1", 401, START)
    for number in range(10 * MOST):
        seen.note(f"198.51.100.{number}", 401, START + 1.0 + number)
        seen.note(f"198.51.100.{number}", 401, START + 1.0 + number)
    seen.note("192.0.2.1", 401, START + 11.0 * MOST)
    assert said(seen, START + 11.0 * MOST) == [("192.0.2.1", 401, 21, True)]


def test_what_the_disk_or_a_crowd_refuses_is_not_the_senders_mistake() -> None:
    seen = RefusedPosts("POST /lumeoevent")
    for status in (400, 403, 408, 429, 503):
        for _ in range(5):
            seen.note("192.0.2.1", status, START)
    assert said(seen) == []


def test_a_sender_that_is_gone_is_forgotten_after_a_day_and_many_addresses_are_bounded() -> None:
    seen = RefusedPosts("POST /lumeoevent")
    for number in range(MOST + 50):
        for _ in range(3):
            seen.note(f"192.0.2.{number}", 401, START + number)
    assert len(said(seen)) == MOST
    assert said(seen, START + MOST + 49 + DAY_S) == [(f"192.0.2.{MOST + 49}", 401, 3, True)]
    assert said(seen, START + MOST + 50 + DAY_S) == []

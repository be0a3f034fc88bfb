"""Posts that are refused before they are read: which are said, what ends that, and that it is bounded."""

from __future__ import annotations

from securos_trigger.inputs.refused_posts import MOST, RefusedPosts

NOON = 1_777_885_951.0
DAY_S = 24 * 3600.0


def said(seen: RefusedPosts, now: float = NOON) -> list[tuple[str, int, int, bool]]:
    return [(one["sender"], one["status"], one["count"], one["is_all"]) for one in seen.answer(now)]


def test_three_refused_posts_of_an_address_are_said_until_one_of_it_is_taken() -> None:
    seen = RefusedPosts("POST /metadata/SOURCE")
    for _ in range(2):
        seen.note("192.0.2.1", 404, NOON)
    assert said(seen) == [], "a person may be trying it out"
    for number in range(3):
        seen.note("192.0.2.1", 404, NOON + number)
        seen.note("192.0.2.2", 401, NOON + number)
    assert said(seen) == [("192.0.2.1", 404, 5, True), ("192.0.2.2", 401, 3, True)]
    seen.note("192.0.2.1", 202, NOON + 3.0)
    assert said(seen) == [("192.0.2.2", 401, 3, False)], "the other sender is refused still"
    assert seen.answer(NOON)[0]["accepted_at"] == "POST /metadata/SOURCE"


def test_what_the_disk_or_a_crowd_refuses_is_not_the_senders_mistake() -> None:
    seen = RefusedPosts("POST /lumeoevent")
    for status in (400, 403, 408, 429, 503):
        for _ in range(5):
            seen.note("192.0.2.1", status, NOON)
    assert said(seen) == []


def test_a_sender_that_is_gone_is_forgotten_after_a_day_and_many_addresses_are_bounded() -> None:
    seen = RefusedPosts("POST /lumeoevent")
    for number in range(MOST + 50):
        for _ in range(3):
            seen.note(f"192.0.2.{number}", 401, NOON + number)
    assert len(said(seen)) == MOST
    assert said(seen, NOON + MOST + 49 + DAY_S) == [(f"192.0.2.{MOST + 49}", 401, 3, True)]
    assert said(seen, NOON + MOST + 50 + DAY_S) == []

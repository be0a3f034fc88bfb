"""What is said of the messages of an input."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from securos_trigger.operations.input_troubles import input_troubles

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)
RUN: dict[str, Any] = {
    "camera": "",
    "count": 1_204,
    "since": "2026-03-02T03:12:00.000Z",
    "reason": "",
    "age_s": 0.0,
}


def said(**seen: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.needs_person) for one in input_troubles("Pipeline site", seen, NOW)]


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (
            {"why": "malformed", "reason": "no JSON"},
            "1,204 messages cannot be read, and all others raise no event{}: no JSON",
        ),
        (
            {"why": "refused", "reason": "It is for b."},
            "1,204 messages were refused, and all others raise no event{}: It is for b.",
        ),
        ({"why": "no_camera"}, "1,204 messages name no camera, and all others raise no event either{}"),
        (
            {"why": "too_old", "camera": "gate", "age_s": 3_600.0},
            "the last 1,204 messages of gate name a time 1 h ago, which is too old: they raise no event{}",
        ),
    ],
)
def test_messages_of_which_no_event_can_come_are_red(run: dict[str, Any], text: str) -> None:
    since = ", since 03:12:00 (5 min)"
    assert said(unusable=[{**RUN, **run}]) == [(f"Pipeline site: {text.format(since)}", True)]


def test_a_clock_that_differs_is_worth_knowing() -> None:
    offsets = {"a": -5.0, "b": 60.0, "c": None, "gate": -90.0, "yard": 120.0}
    cameras = [{"name": name, "clock_offset_s": offset} for name, offset in offsets.items()]
    ahead, behind = said(cameras=cameras)
    text = "Pipeline site: messages name a time that is up to 1 min 30 s in the future: gate"
    assert ahead == (f"{text}; their events get the time of arrival", False)
    text = "Pipeline site: messages name a time that is up to 2 min ago: yard; a clock is wrong, or they come late"
    assert behind == (text, False)


def test_what_a_newer_version_of_the_service_says_is_shown_in_general_words() -> None:
    post = {"sender": "192.0.2.1", "count": 3, "last_at": "2026-03-02T03:12:00.000Z", "accepted_at": "POST /x"}
    assert said(
        unusable=[{**RUN, "why": "other_planet"}],
        refused_posts=[{**post, "status": 411, "is_all": True}],
    ) == [
        ("Pipeline site: 1,204 messages raise no event (other_planet), since 03:12:00 (5 min)", True),
        ("Pipeline site: 3 posts of 192.0.2.1 are refused (411), the last 5 min ago", True),
    ]

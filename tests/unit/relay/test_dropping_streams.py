"""A stream that was changed by hand says what it loses; one that was made by this product loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
from nats.js.api import DiscardPolicy, StreamConfig

from securos_trigger.relay.dropping_streams import dropping_streams
from securos_trigger.relay.names import Names

NAMES = Names("securos")
DAY_S = 24 * 3600.0


def made(name: str, **change: Any) -> StreamConfig:
    """A stream with the settings of its maker, and a change by hand."""
    max_age = {NAMES.outcomes: 8 * DAY_S, NAMES.dead: 30 * DAY_S}.get(name, 0.0)
    return StreamConfig(**{"name": name, "discard": DiscardPolicy.NEW, "max_age": max_age, **change})


def test_the_streams_of_the_product_lose_nothing() -> None:
    streams = [made(name) for name in (NAMES.events, NAMES.outcomes, NAMES.dead)]
    assert dropping_streams(NAMES, streams) == ()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (NAMES.events, {"max_age": 90 * DAY_S}, "stream of events loses some: it drops events after 90 days (max_age)"),
        (
            NAMES.dead,
            {"max_age": DAY_S},
            "stream of dead letters loses some: it drops dead letters after 1 day (max_age)",
        ),
        (
            NAMES.dead,
            {"discard": DiscardPolicy.OLD, "max_msgs": 5},
            "stream of dead letters loses some: it drops the oldest dead letters when it is full (discard: old)",
        ),
        (
            NAMES.outcomes,
            {"max_msgs_per_subject": 1000},
            "stream of outcomes loses some: it keeps the last 1,000 outcomes of a gateway (max_msgs_per_subject)",
        ),
    ],
)
def test_a_stream_that_was_changed_by_hand_says_what_it_loses(name: str, change: dict[str, Any], said: str) -> None:
    assert dropping_streams(NAMES, [made(name, **change)]) == (said,)


@pytest.mark.parametrize(
    "change", [{"max_age": 0.0}, {"max_age": 60 * DAY_S}, {"max_msgs": 5}, {"max_bytes": 1 << 20}], ids=str
)
def test_a_limit_that_drops_nothing_too_early_is_right(change: dict[str, Any]) -> None:
    assert dropping_streams(NAMES, [made(NAMES.dead, **change)]) == ()

"""Messages in the cluster: what goes in comes out, and nothing else is accepted."""

from __future__ import annotations

import pytest

from securos_trigger.model import Box
from securos_trigger.outbox import Dead, Done, RelayOutcome
from securos_trigger.relay.messages import (
    DeadLetter,
    EventOutcome,
    Outcomes,
    RelayedEvent,
    UnreadableMessageError,
    decoded,
    encoded,
)
from tests import builders

EVENT = RelayedEvent("gate-1", builders.delivery("1", "2", name="Zürich – 東京", boxes=(Box(0.1, 0.2, 0.3, 0.4),)), 1.5)


def outcome(*, is_dead: bool) -> EventOutcome:
    return EventOutcome("https://vms:1", "x", "name", ("1",), is_dead, "why", 2, 5.5, 0.25, False, True)


@pytest.mark.parametrize(
    "message",
    [EVENT, Outcomes((outcome(is_dead=False),)), DeadLetter(EVENT, "expired", 9.0), DeadLetter(None, "", 1.0, "?")],
)
def test_a_message_comes_out_as_it_went_in(message: RelayedEvent | Outcomes | DeadLetter) -> None:
    assert decoded(encoded(message), type(message)) == message


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff", b"[" * 100_000, encoded(EVENT).replace(b'"version":1', b'"version":2')]
)
def test_anything_else_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableMessageError, match=r"\w"):
        decoded(content, RelayedEvent)


def test_an_outcome_says_to_the_outbox_what_ended() -> None:
    assert outcome(is_dead=True).outcome == RelayOutcome("https://vms:1", "x", Dead("why"), 2, 5.5)
    assert outcome(is_dead=False).outcome == RelayOutcome("https://vms:1", "x", Done("why"), 2, 5.5)

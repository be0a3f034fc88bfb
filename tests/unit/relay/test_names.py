"""Names in the cluster: readable, allowed, and different for what is different."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.relay.names import Names, message_id, pipeline_key, token_of
from tests import builders


def test_a_target_can_be_read_in_its_subjects() -> None:
    names = Names("securos")
    assert names.event_subject("https://vms.example:3443") == "securos.event.https-vms-example-3443-5151af4c90"
    assert names.dead_subject("https://vms.example:3443") == "securos.dead.https-vms-example-3443-5151af4c90"
    assert names.outcome_subject("gate 7") == "securos.outcome.gate-7-a4b972de42"


@given(st.lists(st.text(max_size=200), min_size=2, max_size=2, unique=True))
def test_every_text_has_a_token_of_its_own(texts: list[str]) -> None:
    tokens = [token_of(text) for text in texts]
    assert tokens[0] != tokens[1]
    assert all(re.fullmatch(r"[a-z0-9-]{1,91}", token) for token in tokens)


def test_one_event_for_two_targets_and_one_sent_again_by_a_person_are_other_messages() -> None:
    first = builders.delivery(event_id="x", target="https://a:1")
    ids = {
        message_id(first),
        message_id(builders.delivery(event_id="x", target="https://b:1")),
        message_id(builders.delivery(event_id="x", target="https://a:1", retried_at_s=1_700_000_000.5)),
    }
    assert len(ids) == 3
    assert message_id(builders.delivery(event_id="x", target="https://a:1", sequence=9, attempts=2)) == message_id(
        first
    )


def test_pipelines_of_two_sites_have_keys_of_their_own() -> None:
    pairs = [("north", "entrance"), ("south", "entrance"), ("a/b", "c"), ("a", "b/c"), ("north", "exit")]
    assert len({pipeline_key(*pair) for pair in pairs}) == len(pairs)

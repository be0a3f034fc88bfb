"""Whose an event is, as one process knows it from the record that it has read."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from nats.js.kv import KeyValue

from securos_trigger.relay.connection import ClusterUnavailableError
from securos_trigger.relay.holders import PipelineRecord, record_text
from securos_trigger.relay.shared_record import PipelineOwner, Responsibility, SharedRecord

OURS, OTHERS, UNKNOWN = Responsibility.OURS, Responsibility.OTHERS, Responsibility.UNKNOWN
_READ_AT_S = 1000.0


class OneEntry:
    """A bucket with one entry."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    async def get(self, _key: str) -> KeyValue.Entry:
        return KeyValue.Entry("pipelines", "yard", self._text, 1, None, None, None)


def read(text: bytes) -> SharedRecord:
    """What machine A knows after it has read this record."""
    found = SharedRecord(PipelineOwner("site", "yard", "A", "a"), lambda: _READ_AT_S)
    asyncio.run(found.read(cast(KeyValue, OneEntry(text))))
    return found


@pytest.mark.parametrize(
    ("kept_at_s", "is_held", "whose"),
    [(899.9, False, OURS), (900.0, False, OTHERS), (_READ_AT_S, False, OTHERS), (_READ_AT_S + 0.1, False, UNKNOWN)],
)
def test_what_was_kept_after_the_first_frame_of_another_machine_is_not_ours(
    kept_at_s: float, *, is_held: bool, whose: Responsibility
) -> None:
    record = PipelineRecord("yard").taken_by("A", "a", 1.0).taken_by("B", "b", 800.0).watched_by("B", 900.0)
    assert read(record_text(record)).responsibility(kept_at_s, is_held=is_held) is whose


@pytest.mark.parametrize(("kept_at_s", "whose"), [(899.0, OURS), (991.9, OURS), (992.1, UNKNOWN)])
def test_while_another_machine_opens_its_source_our_events_count_as_soon_as_it_would_have_said_otherwise(
    kept_at_s: float, whose: Responsibility
) -> None:
    record = PipelineRecord("yard").taken_by("A", "a", 1.0).taken_by("B", "b", 800.0)
    assert read(record_text(record)).responsibility(kept_at_s, is_held=False) is whose


def test_a_record_of_a_newer_version_is_named_and_is_no_bug() -> None:
    text = record_text(PipelineRecord("yard")).replace(b'"version":1', b'"version":2')
    with pytest.raises(ClusterUnavailableError) as caught:
        read(text)
    assert str(caught.value) == (
        'The record of the pipeline "yard" in the cluster cannot be read: a message has version 2, and this program '
        "reads version 1: update securos-trigger here."
    )

"""Which events of a placed pipeline are relayed, and which are given up because another machine watched."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import cast

import pytest

from securos_trigger.model import Delivery, HandedOver, Retry, Superseded
from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay import fencing
from securos_trigger.relay.fencing import FencedTransport
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.publishing import RelayTransport
from securos_trigger.relay.shared_record import Responsibility
from tests import builders

#: Machine A ran the pipeline from 1 on, B from 1000 on, by clocks that agree.
RECORD = PipelineRecord("yard").taken_by("A", "a", 1.0).watched_by("A", 1.0).taken_by("B", "b", 1000.0)


class Relay:
    """What stores every event."""

    target = "http://127.0.0.1:1/gate"

    async def attempt(self, delivery: Delivery, *, late: bool) -> HandedOver:
        return HandedOver()


class Lease:
    """The lease of machine B, which has read the record."""

    owner, record = "B", RECORD.watched_by("B", 1000.0)

    def __init__(self, *, is_held: bool) -> None:
        self.is_held = is_held
        self.relayed: list[Delivery] = []

    def responsibility(self, kept_at_s: float) -> Responsibility:
        holder = self.record.responsible_at(kept_at_s, self.owner)
        is_ours = holder is not None and holder.owner == self.owner
        return Responsibility.OURS if is_ours else Responsibility.OTHERS

    def note_relayed(self, delivery: Delivery) -> None:
        self.relayed.append(delivery)


@pytest.mark.parametrize(
    ("sequence", "kept_at_s", "is_held", "end"),
    [
        (8, 900.0, True, HandedOver),  # the clock was set back after the take-over: B watches all the same
        (8, 900.0, False, Retry),  # the lease has lapsed, and no other machine has taken over: it comes back
        (7, 900.0, True, Superseded),  # from an earlier process
        (7, 900.0, False, Superseded),
        (7, 1000.0, True, HandedOver),
    ],
)
def test_what_this_process_has_kept_under_its_lease_is_relayed_whatever_the_clock_says(
    monkeypatch: pytest.MonkeyPatch, sequence: int, kept_at_s: float, *, is_held: bool, end: type[object]
) -> None:
    monkeypatch.setattr(fencing, "_KNOWN_WITHIN_S", 0.0)
    before, notices, lease = Future[int](), list[Notice](), Lease(is_held=is_held)
    before.set_result(7)
    relay, announcer = cast(RelayTransport, Relay()), Announcer([notices.append])
    fenced = FencedTransport(relay, cast(PipelineLease, lease), announcer, before)
    delivery = builders.delivery(sequence=sequence, kept_at_s=kept_at_s)
    outcome = asyncio.run(fenced.attempt(delivery, late=False))
    assert isinstance(outcome, end)
    assert (lease.relayed == [delivery], [one.name for one in notices]) == (
        end is HandedOver,
        ["event_superseded"] if end is Superseded else [],
    )


def test_what_was_kept_by_a_clock_that_was_set_back_is_given_up_once_another_machine_has_taken_over() -> None:
    before, notices, lease = Future[int](), list[Notice](), Lease(is_held=False)
    before.set_result(7)
    lease.record = lease.record.taken_by("C", "c", 1100.0).watched_by("C", 1100.0)
    relay, announcer = cast(RelayTransport, Relay()), Announcer([notices.append])
    fenced = FencedTransport(relay, cast(PipelineLease, lease), announcer, before)
    delivery = builders.delivery(sequence=8, kept_at_s=1200.0)
    assert isinstance(asyncio.run(fenced.attempt(delivery, late=False)), Superseded)
    assert [one.name for one in notices] == ["event_superseded"]

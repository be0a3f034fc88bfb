"""Settlements are handed over a few at a time, and none waits for long."""

from __future__ import annotations

import asyncio

from securos_trigger.delivery.courier.settlement_batch import SettlementBatch
from securos_trigger.outbox import Done
from tests import builders
from tests.unit.delivery.courier.skipped_time import run
from tests.unit.delivery.courier.sources import MemorySource


def gathered(count: int, *, is_last: bool) -> tuple[list[list[int]], list[list[int]]]:
    """The batches at once, and a hundredth of a second after `count` settlements, of which the last may be the last."""

    async def work() -> tuple[list[list[int]], list[list[int]]]:
        source = MemorySource()
        batch = SettlementBatch(source)
        for number in range(count):
            is_end = is_last and number == count - 1
            batch.add(builders.delivery("1", sequence=number), Done(), is_last=is_end)
        at_once = list(source.batches)
        await asyncio.sleep(0.01)
        return at_once, source.batches

    return run(work())


def test_the_last_one_under_way_takes_those_before_it_along_at_once() -> None:
    assert gathered(3, is_last=True) == ([[0, 1, 2]], [[0, 1, 2]])


def test_while_others_are_under_way_settlements_wait_for_milliseconds_and_go_together() -> None:
    assert gathered(3, is_last=False) == ([], [[0, 1, 2]])


def test_thirty_two_wait_for_no_more() -> None:
    assert gathered(33, is_last=False) == ([list(range(32))], [list(range(32)), [32]])

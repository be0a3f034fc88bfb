"""The state of a placed pipeline as it is written beside its record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from securos_trigger.relay.messages import NewerMessageError
from securos_trigger.relay.pipeline_state import StateBeside, StateTrouble, key_of_state, pipeline_of, state_from
from securos_trigger.relay.shared_record import PipelineOwner

_WHO = PipelineOwner("site", "yard", "a 1", "a")


class Bucket:
    """Takes what is put; `is_away` raises as a bucket whose server is silent."""

    def __init__(self) -> None:
        self.is_away = False
        self.put_there = list[tuple[str, bytes]]()

    async def put(self, key: str, content: bytes) -> None:
        if self.is_away:
            raise TimeoutError
        self.put_there.append((key, content))


def test_what_was_noted_is_written_once_and_again_after_a_failure() -> None:
    now = [10.0]
    state, bucket = StateBeside(_WHO, "site.yard", lambda: now[0]), Bucket()
    written: Any = bucket
    asyncio.run(state.write(written))
    assert bucket.put_there == []
    state.note("runs")
    bucket.is_away = True
    with pytest.raises(TimeoutError):
        asyncio.run(state.write(written))
    bucket.is_away = False
    asyncio.run(state.write(written))
    asyncio.run(state.write(written))
    now[0] = 20.0
    state.note("runs", [StateTrouble("dark", "", needs_person=True)])
    asyncio.run(state.write(written))
    [(key, first), (_, second)] = bucket.put_there
    assert (key, pipeline_of(key), pipeline_of("site.yard")) == (key_of_state("site.yard"), "site.yard", "")
    found = state_from(second)
    assert (state_from(first).since_s, found.since_s, found.needs_person) == (10.0, 10.0, True)
    with pytest.raises(NewerMessageError):
        state_from(second.replace(b'"version":1', b'"version":2'))


def test_troubles_beyond_fifty_are_counted_and_none_of_them_is_hidden() -> None:
    state, bucket = StateBeside(_WHO, "site.yard"), Bucket()
    written: Any = bucket
    state.note("runs", [StateTrouble(f"trouble {number}", "", needs_person=True) for number in range(60)])
    asyncio.run(state.write(written))
    troubles = state_from(bucket.put_there[0][1]).troubles
    assert (len(troubles), troubles[-1].text, troubles[-1].needs_person) == (51, "… and 10 more", True)

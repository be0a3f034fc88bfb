"""What waits for each target, and since when by the present clock. Each function runs in a transaction of its store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from securos_trigger.outbox import inspection
from securos_trigger.outbox.clock_shifts import ClockShifts
from securos_trigger.outbox.rows import Backlog, Oldest
from securos_trigger.outbox.store import Store


def oldest_unsettled(store: Store, targets: Sequence[str], clocks: ClockShifts) -> dict[str, Oldest]:
    """The oldest delivery that is waiting or being sent, of each of these targets that has one."""
    return {one: _at_present(oldest, clocks) for one, oldest in inspection.oldest_unsettled(store, targets).items()}


def oldest_undelivered(store: Store, targets: Sequence[str], clocks: ClockShifts) -> dict[str, Oldest]:
    """The same, with what the cluster has and has not said the end of."""
    return {one: _at_present(oldest, clocks) for one, oldest in inspection.oldest_undelivered(store, targets).items()}


def backlogs(store: Store, targets: Sequence[str], clocks: ClockShifts) -> dict[str, Backlog]:
    """What the outbox holds for each of these targets. A process that did not run makes nothing of it younger."""
    return {
        target: replace(
            one,
            oldest=one.oldest and _when_kept(one.oldest, clocks),
            oldest_relayed=one.oldest_relayed and _when_kept(one.oldest_relayed, clocks),
        )
        for target, one in inspection.backlogs(store, targets).items()
    }


def _when_kept(one: Oldest, clocks: ClockShifts) -> Oldest:
    return replace(one, since_s=one.since_s + clocks.set_by_s(one.sequence, one.since_s))


def _at_present(one: Oldest, clocks: ClockShifts) -> Oldest:
    return replace(one, since_s=one.since_s + clocks.shift_s(one.sequence))

"""Deliveries go to another target: the address of their receiver has changed.

Every function runs inside a transaction of its store.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace

from securos_trigger.outbox.inspection import drop, retry, select_readable
from securos_trigger.outbox.rows import Row, Selection, State, lanes_of
from securos_trigger.outbox.store import Store


@dataclass(frozen=True, slots=True)
class Redirected:
    """How many deliveries have another target now. `already_there` of them: that target had the event before.

    `last` is the highest sequence that counted.
    """

    count: int
    already_there: int
    last: int


def redirect_all(store: Store, selection: Selection, target: str, now_s: float) -> Redirected:
    """Give the deliveries of a selection the target `target`, oldest first, but not those that are being sent.

    Event ids, numbers, ages and reasons of dead letters stay, so a delivery stands there before what was kept after it.
    A relayed one waits again, behind all that is kept now. Where `target` has the event already, the row is deleted;
    but one that is still to be sent takes the place of a dead letter there. Damaged rows stay.
    """
    last = store.newest() if selection.last is None else selection.last
    rows = select_readable(store, replace(selection, last=last)) if selection.state is not State.SENDING else []
    already_there = sum(not _redirect(store, row, target, now_s) for row in rows)
    return Redirected(len(rows), already_there, last)


def _redirect(store: Store, row: Row, target: str, now_s: float) -> bool:
    """Change the target of a row; False: that target has the event, and the row is gone."""
    delivery = row.delivery
    lanes = json.dumps(lanes_of(delivery.camera_ids))
    which = {"sequence": delivery.sequence, "event_id": delivery.event_id, "lanes": lanes}
    if row.state is not State.DEAD:
        with closing(store.run("replace_dead", target=target, event_id=delivery.event_id)) as cursor:
            store.counts[State.DEAD] -= cursor.rowcount
    with closing(store.run("redirect", new_target=target, **which)) as cursor:
        if cursor.rowcount == 0:
            drop(store, row)
            return False
    if row.state is State.WAITING:
        store.leave_lanes([(delivery, delivery.camera_ids)])
        place = {"target": target, "sequence": delivery.sequence, "lanes": lanes}
        store.run("hold_up", **place).close()
        store.run("enter_lanes", **place).close()
    elif row.state is State.RELAYED:
        retry(store, replace(delivery, target=target), now_s, state=State.RELAYED)
    return True

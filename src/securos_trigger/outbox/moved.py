"""Outbox files that a service went on in, because another process had taken its path; the next owner takes them up."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

from securos_trigger.model import Delivery, Event
from securos_trigger.outbox.reader import OutboxReader
from securos_trigger.outbox.rows import UNREADABLE, Dead, Row, State
from securos_trigger.outbox.store import Store
from securos_trigger.system.timestamps import utc

_STAMP: Final = r"\d{8}T\d{6}\.\d{6}Z"


def moved_files(path: Path) -> tuple[Path, ...]:
    """Find the files beside an outbox that hold events of it, oldest first."""
    name = re.compile(rf"{re.escape(path.name)}\.moved-{_STAMP}")
    try:
        return tuple(sorted(file for file in path.parent.iterdir() if name.fullmatch(file.name)))
    except OSError:  # the folder may not be read, which the opening of the outbox reports
        return ()


def take_up(store: Store, moved: OutboxReader, now_s: float) -> int:
    """Keep what waits in a moved outbox, and its dead letters, at `now_s`; gives how many are new here.

    Runs inside a transaction of `store`. What is there already, because this was interrupted before, stays as it is.
    """
    count = 0
    for state in (State.DEAD, State.WAITING):
        for row in moved.rows(state):
            count += _keep(store, row, now_s)
    return count


def _keep(store: Store, row: Row, now_s: float) -> bool:
    delivery = row.delivery
    if not store.put(_event_of(delivery), delivery.target, now_s):
        return False
    if row.state is State.DEAD or row.unreadable:
        own = replace(delivery, sequence=store.newest())
        reason = f"{UNREADABLE}: {row.unreadable}" if row.unreadable else row.reason
        store.hand_out([own])
        store.settle(own, Dead(reason, counts_as_attempt=False), now_s)
    return True


def _event_of(delivery: Delivery) -> Event:
    """Give the event that a delivery was made of, for the cameras that are left."""
    captured_at = utc(delivery.captured_at_s)  # of a damaged row any number
    same = {field.name for field in fields(Event)} & {field.name for field in fields(Delivery)}
    return Event(at=0.0, captured_at=captured_at, **{name: getattr(delivery, name) for name in same})

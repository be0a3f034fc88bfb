"""A store in memory, and the few steps that every test of it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from securos_trigger.model import Delivery, Event
from securos_trigger.outbox import Settlement
from securos_trigger.outbox.store import Store
from tests import builders

TARGET = "https://vms.example:3443"
NOW_S = builders.NOW_S


def event(*camera_ids: str, **fields: Any) -> Event:
    """An event of a second ago."""
    return builders.event(*camera_ids, **{"at": 1.5, "captured_at": datetime.fromtimestamp(NOW_S - 1, UTC), **fields})


def memory_store(*, max_bytes: int = 2**30, max_rows: int = 10**6) -> Store:
    """A store without a file."""
    return Store(Path(":memory:"), max_bytes=max_bytes, max_rows=max_rows)


def put(store: Store, *events: Event) -> None:
    """Keep events for TARGET in one transaction."""
    with store.transaction():
        for one in events:
            store.put(one, TARGET, NOW_S)


def claim(store: Store, limit: int = 100, now_s: float = NOW_S) -> list[Delivery]:
    """Claim what is due for TARGET."""
    with store.transaction():
        return store.claim(TARGET, limit, now_s)


def settle(store: Store, delivery: Delivery, settlement: Settlement) -> None:
    """End an attempt at NOW_S."""
    with store.transaction():
        store.settle(delivery, settlement, NOW_S)


def check_lanes(store: Store) -> None:
    """What each waiting row counts as ahead of it is what stands ahead of it."""
    counted = """
        SELECT sequence, lanes_ahead, (SELECT count(*) FROM lane AS own WHERE own.sequence = delivery.sequence
            AND EXISTS (SELECT 1 FROM lane AS other WHERE other.target = own.target
                        AND other.camera_id = own.camera_id AND other.sequence < own.sequence)) AS standing
        FROM delivery WHERE state = 'waiting'"""
    for row in store._connection.execute(counted):
        assert row["lanes_ahead"] == row["standing"], dict(row)
    strays = "SELECT 1 FROM lane LEFT JOIN delivery USING (sequence, target) WHERE state IS NOT 'waiting'"
    assert not store._connection.execute(strays).fetchall()

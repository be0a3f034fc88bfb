"""What a person or the rest of the service looks up in the outbox, and what a person changes: retry, drop.

Every function runs inside a transaction of its store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from math import inf
from types import MappingProxyType
from typing import Final

from securos_trigger.model import Delivery, Superseded
from securos_trigger.outbox.row_reading import row_of
from securos_trigger.outbox.rows import (
    UNREADABLE,
    Backlog,
    GivenUp,
    Oldest,
    Row,
    Search,
    Selection,
    State,
    lanes_of,
)
from securos_trigger.outbox.store import Store

#: Rows of a target are counted up to this many: they are read, and meanwhile no event is kept.
MAX_COUNTED: Final = 20_000

#: A search reads no more rows than this at once: meanwhile no event is kept.
MAX_SEARCHED: Final = 5_000

#: To find cameras whose latest delivery is a dead letter, it looks at this many dead letters, and this many rows back.
MAX_LETTERS: Final = 500
MAX_LOOKED_BACK: Final = 5_000

#: Every delivery goes to the cameras that it names.
NO_CORRECTION: Final = MappingProxyType[str, str]({})

#: Stands in a correction for the wrong id of an event that names no camera.
NO_CAMERA: Final = ""

#: Reasons of dead letters that say nothing of a camera.
_OF_NO_CAMERA: Final = {"unreadable": UNREADABLE, "superseded": Superseded.WHY}


def targets(store: Store) -> tuple[str, ...]:
    """Targets that have deliveries without an end."""
    return tuple(row[0] for row in store.run("targets").fetchall())


def oldest_unsettled(store: Store, wanted: Sequence[str]) -> dict[str, Oldest]:
    """The oldest delivery without an end of each of these targets that has one; cheap, however many wait."""
    rows = store.run("oldest_unsettled", targets=json.dumps(wanted)).fetchall()
    return {row["target"]: Oldest(row["sequence"], row["since_s"]) for row in rows}


def oldest_relayed(store: Store, wanted: Sequence[str]) -> dict[str, Oldest]:
    """The oldest delivery that the cluster has, of each of these targets that has one; cheap, however many it has."""
    if not store.counts[State.RELAYED]:
        return {}
    rows = store.run("oldest_relayed", targets=json.dumps(wanted)).fetchall()
    return {row["target"]: Oldest(row["sequence"], row["since_s"]) for row in rows}


def oldest_undelivered(store: Store, wanted: Sequence[str]) -> dict[str, Oldest]:
    """The oldest delivery of each of these targets that is kept here or in the cluster, and not delivered or dead."""
    found = oldest_relayed(store, wanted)
    for target, oldest in oldest_unsettled(store, wanted).items():
        if target not in found or oldest.since_s < found[target].since_s:
            found[target] = oldest
    return found


def backlogs(store: Store, wanted: Sequence[str]) -> dict[str, Backlog]:
    """What the file holds for each of these targets; bounded, however much that is."""
    waiting = _waiting(store, wanted)
    dead: dict[str, int] = {}
    if store.counts[State.DEAD]:
        dead = {row[0]: row[1] for row in store.run("dead_by_target", limit=MAX_COUNTED).fetchall()}
    has_all_dead = store.counts[State.DEAD] <= MAX_COUNTED
    oldest, oldest_in_cluster = oldest_unsettled(store, wanted), oldest_relayed(store, wanted)
    return {
        one: Backlog(
            waiting[one],
            dead.get(one, 0) if has_all_dead else None,
            oldest.get(one),
            _relayed(store, one) if one in oldest_in_cluster else 0,
            oldest_in_cluster.get(one),
        )
        for one in dict.fromkeys(wanted)
    }


def _relayed(store: Store, target: str) -> int | None:
    """How many deliveries of a target the cluster has; None: too many to count."""
    number = int(store.run("relayed_of", target=target, limit=MAX_COUNTED + 1).fetchone()[0])
    return None if number > MAX_COUNTED else number


def _waiting(store: Store, wanted: Sequence[str]) -> dict[str, int | None]:
    """How many deliveries of each target are without an end; None: too many to count."""
    left = store.counts[State.WAITING] + store.counts[State.SENDING]
    if not left:
        return dict.fromkeys(wanted, 0)
    numbers = {one: int(store.run("waiting_of", target=one, limit=MAX_COUNTED + 1).fetchone()[0]) for one in wanted}
    waiting: dict[str, int | None] = {one: None if number > MAX_COUNTED else number for one, number in numbers.items()}
    uncounted = [one for one, number in waiting.items() if number is None]
    if len(uncounted) == 1 and set(targets(store)) <= set(wanted):  # it has what the others do not have
        waiting[uncounted[0]] = left - sum(number or 0 for number in waiting.values())
    return waiting


def given_up(store: Store) -> list[GivenUp]:
    """The cameras whose latest delivery is a dead letter. Bounded: it looks no further back than some thousand rows."""
    bounds = {"limit": MAX_LETTERS, "oldest": store.newest() - MAX_LOOKED_BACK}
    return [GivenUp(*row) for row in store.run("given_up", **bounds, **_OF_NO_CAMERA).fetchall()]


def dead_cameras(
    store: Store, after: tuple[float, int] | None = None, limit: int = MAX_LETTERS
) -> tuple[set[tuple[str, str]], tuple[float, int] | None]:
    """The targets and cameras of the next `limit` dead letters, and where to go on (None: there are no more).

    `after` None: from the first one on. An empty camera: of events without one. All at once would keep new events
    waiting.
    """
    from_s, from_sequence = after or (-inf, 0)
    until = store.run("dead_cameras_end", after_s=from_s, after=from_sequence, limit=limit).fetchone()
    until_s, until_sequence = (inf, 0) if until is None else until
    bounds = {"after_s": from_s, "after": from_sequence, "until_s": until_s, "until": until_sequence}
    found = store.run("dead_cameras", **bounds, **_OF_NO_CAMERA).fetchall()
    return {(str(target), str(camera)) for target, camera in found}, None if until is None else tuple(until)


def select(store: Store, selection: Selection, but: Sequence[int] = ()) -> list[Row]:
    """The rows that a selection names, oldest first, without those of these sequences."""
    last = store.newest() if selection.last is None else selection.last
    which: dict[str, object] = {"state": selection.state, "reason": selection.reason, "target": selection.target}
    which |= {"cameras": json.dumps(selection.camera_ids), "last": last, "limit": selection.limit}
    which |= {"is_exact_reason": selection.is_exact_reason, "but": json.dumps(but)}
    if selection.ids:
        return _with_ids(store, selection.ids, which)
    is_settled = selection.state in (State.DELIVERED, State.DEAD, State.RELAYED)
    is_of_one_target = selection.state is State.RELAYED and selection.target
    query = "select_settled" if is_settled and not is_of_one_target else f"select_{selection.state}"
    return [row_of(row) for row in store.run(query, **which).fetchall()]


def select_readable(store: Store, selection: Selection) -> list[Row]:
    """The same, with others in the place of rows that are damaged."""
    damaged: list[int] = []
    while True:
        rows = select(store, selection, damaged)
        found = [row.delivery.sequence for row in rows if row.unreadable]
        if not found:
            return rows
        damaged += found


def search(store: Store, wanted: Search) -> tuple[list[Row], int | None]:
    """The newest deliveries that a search means, and the `before` to go on with; None: there are no older ones.

    Bounded: it reads at most `MAX_SEARCHED`, and then there is a `before` also when it found nothing.
    """
    before = store.newest() + 1 if wanted.before is None else wanted.before
    which = {**asdict(wanted), "before": before, "scanned": MAX_SEARCHED}
    rows = [row_of(row) for row in store.run("search", **which).fetchall()]
    if len(rows) == wanted.limit:
        return rows, rows[-1].delivery.sequence
    lowest, count = store.run("search_end", before=before, scanned=MAX_SEARCHED).fetchone()
    return rows, lowest if count == MAX_SEARCHED else None


def every(store: Store, state: State) -> Iterator[Row]:
    """Every row of a state that is in the file, oldest first."""
    for row in store.run("every", state=state):
        yield row_of(row)


def find(store: Store, ids: tuple[str, ...], limit: int) -> list[Row]:
    """Rows of any state by sequence or event id."""
    which: dict[str, object] = {"state": None, "reason": "", "is_exact_reason": False, "target": "", "cameras": "[]"}
    which |= {"last": store.newest(), "limit": limit, "but": "[]"}
    return _with_ids(store, ids, which)


def _with_ids(store: Store, ids: tuple[str, ...], which: Mapping[str, object]) -> list[Row]:
    rows = store.run("select_wanted", wanted=json.dumps(ids), **which).fetchall()
    return [row_of(row) for row in rows]


def retry_all(
    store: Store, selection: Selection, now_s: float, cameras: Mapping[str, str] = NO_CORRECTION
) -> tuple[int, int]:
    """Put the dead letters of a selection back, oldest first; gives how many, and the highest sequence that counted.

    `cameras` are corrected ids by wrong ones. A selection of relayed deliveries puts those back. Damaged rows stay.
    """
    last = store.newest() if selection.last is None else selection.last
    state = State.RELAYED if selection.state is State.RELAYED else State.DEAD
    rows = select_readable(store, replace(selection, state=state, last=last))
    for row in rows:
        retry(store, row.delivery, now_s, cameras, state=state)
    return len(rows), last


def drop_all(store: Store, selection: Selection) -> tuple[int, int]:
    """Delete the rows of a selection, but not those that are being sent; gives the same as `retry_all`."""
    last = store.newest() if selection.last is None else selection.last
    rows = select(store, replace(selection, last=last)) if selection.state is not State.SENDING else []
    for row in rows:
        drop(store, row)
    return len(rows), last


def retry(
    store: Store,
    delivery: Delivery,
    now_s: float,
    cameras: Mapping[str, str] = NO_CORRECTION,
    *,
    state: State = State.DEAD,
) -> None:
    """Let a delivery of this state wait again, behind all that is kept now, with corrected cameras."""
    new = store.newest() + 1
    named = delivery.camera_ids or ((NO_CAMERA,) if NO_CAMERA in cameras else ())
    camera_ids = tuple(dict.fromkeys(cameras.get(camera_id, camera_id) for camera_id in named))
    remaining = None if camera_ids == delivery.camera_ids else json.dumps(camera_ids)
    place = {"target": delivery.target, "lanes": json.dumps(lanes_of(camera_ids))}
    moved = {"sequence": delivery.sequence, "new_sequence": new, "now_s": now_s, "remaining_camera_ids": remaining}
    store.run("retry", **moved, **place).close()
    store.run("raise_sequence", sequence=new).close()
    store.run("enter_lanes", sequence=new, **place).close()
    store.counts[state] -= 1
    store.counts[State.WAITING] += 1


def drop(store: Store, row: Row) -> None:
    """Delete a row, unless a courier has it."""
    with closing(store.run("drop", sequence=row.delivery.sequence)) as cursor:
        if cursor.rowcount == 0:
            return
    store.counts[row.state] -= 1
    if row.state is State.RELAYED:
        store.run("note_dropped", event_id=row.delivery.event_id).close()
    if row.state is State.WAITING and row.unreadable:
        store.leave_all_lanes(row.delivery.sequence)
    elif row.state is State.WAITING:
        store.leave_lanes([(row.delivery, row.delivery.camera_ids)])

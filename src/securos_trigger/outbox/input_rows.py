"""What inputs know, in the outbox file, so that it and the events which come of it are kept in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from securos_trigger.model import Event
from securos_trigger.outbox.store import Store

#: A row by identity, as plain data; None: it is no more.
RowChanges = Sequence[tuple[str, Mapping[str, Any] | None]]

_encode = msgspec.json.Encoder().encode
_TRIM_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class KeptWithRows:
    """What one transaction made true: for each event, in order, whether it is new to the outbox.

    `refusal` says why nothing at all was written; empty: everything was.
    """

    is_new: tuple[bool, ...] = ()
    refusal: str = ""


def keep_with_rows(
    store: Store, events: Sequence[tuple[Event, str]], input_name: str, changes: RowChanges, now_s: float
) -> KeptWithRows:
    """Keep events, each for a target, and what their input knows now; all or nothing."""
    if refusal := _refusal(store, events, now_s):
        return KeptWithRows(refusal=refusal)
    is_new = tuple(store.put(event, target, now_s) for event, target in events)
    put = [
        {"input": input_name, "identity": json.dumps(identity), "content": _written(row)}
        for identity, row in changes
        if row is not None
    ]
    gone = [json.dumps(identity) for identity, row in changes if row is None]
    if put:
        store.run_many("put_input_rows", put)
    if gone:
        store.run("drop_input_rows", input=input_name, identities=json.dumps(gone)).close()
    return KeptWithRows(is_new)


def input_rows(store: Store, input_name: str) -> list[tuple[str, dict[str, Any]]]:
    """Everything that an input knew. A row that cannot be read is left out."""
    found = []
    for stored in store.run("input_rows", input=input_name).fetchall():
        try:
            identity, row = json.loads(stored["identity"]), json.loads(stored["content"])
        except (TypeError, ValueError, RecursionError):
            continue
        if isinstance(identity, str) and isinstance(row, dict):
            found.append((identity, row))
    return found


def _written(row: Mapping[str, Any]) -> str:
    """A row as JSON: the fast way, and the slow one for half characters and numbers of more than 64 bits."""
    try:
        return _encode(row).decode()
    except (UnicodeEncodeError, OverflowError, TypeError, msgspec.MsgspecError):
        return json.dumps(row)


def _refusal(store: Store, events: Sequence[tuple[Event, str]], now_s: float) -> str:
    """Why the events do not fit; delivered and relayed rows make space first."""
    why = store.full_reason()
    while why and store.make_space(now_s, _TRIM_LIMIT):
        why = store.full_reason()
    return why if why and not all(store.has(event, target) for event, target in events) else ""

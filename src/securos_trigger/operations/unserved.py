"""What waits for a receiver that no node sends to any more: drop it, or move it to the receiver's new address."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.settings import Settings
from securos_trigger.errors import ArgumentError, ConflictError
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.operations.outbox import (
    ChangedRows,
    Row,
    RowChoice,
    change_rows,
    drop_rows,
    list_rows,
    partly_done,
)
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.status import outbox_in_use, status_at
from securos_trigger.outbox import State

#: The trouble of such a receiver in the answer of a running service.
NOT_SERVED = "not_served"

#: What `move_rows` moves, in this order, where no state is named. Relayed events are in the cluster.
MOVED_STATES: Final = (State.WAITING, State.DEAD)

_COUNTED: Final = 500
#: The running service looks at what waits for such a receiver, and has it for a moment.
_SENDING_ENDS_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What a move would change. `counts`: deliveries by state, up to 500; `is_more`: the states that have more."""

    outbox: Path
    old: str
    new: str
    counts: Mapping[str, int]
    is_more: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        which = {"outbox": str(self.outbox), "old": self.old, "new": self.new}
        return {**which, "counts": dict(self.counts), "is_more": sorted(self.is_more)}


@dataclass(frozen=True, slots=True)
class MovedRows:
    """How many deliveries were moved, by state. `already_there` of them were deleted: the new target had the event.

    `is_more`: some were being sent all the time, and were not moved. `left` are damaged rows, which stay:
    their `reason` says what is wrong.
    """

    outbox: Path
    moved: Mapping[str, int]
    already_there: int
    is_more: bool
    left: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        left = [dict(row) for row in self.left]
        rest = {"already_there": self.already_there, "is_more": self.is_more, "left": left}
        return {"outbox": str(self.outbox), "moved": dict(self.moved), **rest}


def nothing_moved(plan: MovePlan) -> MovedRows:
    """The result of a move that was not carried out."""
    return MovedRows(plan.outbox, dict.fromkeys(plan.counts, 0), 0, is_more=False)


def drop_unserved(config: Path, target: str) -> ChangedRows:
    """Delete the events that wait for a receiver which neither the file nor the running service sends to.

    ConflictError: one of them does. OutboxError: the outbox does not answer.
    """
    settings = remembered_settings(config)
    _refuse_served(settings, _served_now(config), target, "drop the events. Nothing was dropped.")
    return drop_rows(outbox_in_use(config), State.WAITING, RowChoice(target=target))


def movable_rows(config: Path, old: str, new: str, state: str = "", outbox: Path | None = None) -> MovePlan:
    """Count what `move_rows` would move, which raises the same."""
    settings = remembered_settings(config)
    states = _movable(state)
    if new not in (targets := _targets(settings)):
        raise ArgumentError("new", f"no node of {config} sends to {new}. {did_you_mean(new, targets)}")
    served = _served_now(config, outbox)
    _refuse_served(settings, served, old, "move the events. Nothing was moved.")
    if served is not None and new not in served:
        raise ConflictError(
            f"The running service does not send to {new} yet. Reload it, then move the events. Nothing was moved."
        )
    return _plan(outbox or outbox_in_use(config), old, new, states)


def movable_to(config: Path, old: str) -> tuple[MovePlan, list[str]]:
    """Count what `move_rows` would move, and name the targets that it may be given to; the plan itself has none.

    Those are the targets of the file that the running service sends to, too, where one runs.
    ConflictError: a node of the file or of the running service sends to `old`.
    """
    settings = remembered_settings(config)
    served = _served_now(config)
    _refuse_served(settings, served, old, "move the events. Nothing was moved.")
    targets = [one for one in _targets(settings) if served is None or one in served]
    return _plan(outbox_in_use(config), old, "", MOVED_STATES), targets


def _plan(path: Path, old: str, new: str, states: Collection[State]) -> MovePlan:
    found = {one.value: list_rows(path, state=one, target=old, limit=_COUNTED) for one in states}
    counts = {one: len(listing.rows) for one, listing in found.items()}
    return MovePlan(path, old, new, counts, frozenset(one for one, listing in found.items() if listing.is_more))


def move_rows(config: Path, old: str, new: str, state: str = "", outbox: Path | None = None) -> MovedRows:
    """Give what was not delivered to `old`, or one state of it, the target `new`. Both are whole targets.

    `outbox` is that of a placed pipeline of the file, instead of its own.
    Event ids, order and ages stay, and a dead letter stays one. A relayed event is sent to the cluster again.
    ConflictError: a node of the file or of the running service sends to `old`, or the service does not send to `new`
    yet. ArgumentError: no node of the file sends to `new`, or rows of this state cannot be moved.
    """
    plan = movable_rows(config, old, new, state, outbox)
    moved, already_there = dict.fromkeys(plan.counts, 0), 0
    ends_at_ticks = time.monotonic() + _SENDING_ENDS_WITHIN_S
    with partly_done(lambda: sum(moved.values())):
        while True:
            left: list[Row] = []
            for one in plan.counts:
                done = change_rows(plan.outbox, "move", State(one), RowChoice(target=old), to=new)
                moved[one] += done.changed
                already_there += done.already_there
                left += done.left
            is_sending = State.WAITING.value in plan.counts and _has_sending(plan.outbox, old, len(left))
            if not is_sending or time.monotonic() >= ends_at_ticks:
                return MovedRows(plan.outbox, moved, already_there, is_sending, tuple(left))
            time.sleep(_LOOK_EVERY_S)


def _has_sending(path: Path, target: str, damaged: int) -> bool:
    """Whether more waits for a target, or is sent to it, than this many damaged rows."""
    states = (State.SENDING, State.WAITING)
    rows = [row for one in states for row in list_rows(path, state=one, target=target, limit=damaged + 1).rows]
    return any(row.get("is_readable", True) for row in rows)


def _movable(name: str) -> tuple[State, ...]:
    states = {one.value: (one,) for one in (*MOVED_STATES, State.RELAYED)}
    if name and name not in states:
        raise ArgumentError("state", "only what is waiting, dead or relayed can be moved")
    return states[name] if name else MOVED_STATES


def _targets(settings: Settings) -> list[str]:
    return sorted({str(node.properties.target) for node in settings.trigger_nodes().values()})


def _refuse_served(settings: Settings, served: Collection[str] | None, target: str, purpose: str) -> None:
    """ConflictError: a node of the file, or of the running service, which sends to `served`, sends to the target."""
    nothing = purpose.partition(". ")[2]
    if target in _targets(settings):
        raise ConflictError(f"A node of the configuration sends to {target}: its events are delivered. {nothing}")
    if served is not None and target in served:
        raise ConflictError(f"The running service still sends to {target}. Reload it, then {purpose}")


def _served_now(config: Path, outbox: Path | None = None) -> Collection[str] | None:
    """The targets to which the service with this outbox sends (None: that of the file); None: none runs.

    Also where that service runs with another file: what waits in the outbox is its own.
    """
    now = datetime.now(UTC)
    answer = status_at(outbox or outbox_in_use(config), config, now=now).answer
    if "targets" not in answer:
        return None
    return {one["target"] for one in answer["targets"] if one["trouble"] != NOT_SERVED}

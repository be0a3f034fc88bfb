"""Open outboxes of this process: a forked child closes its copies, because the parent owns the files."""

from __future__ import annotations

import weakref
from typing import Protocol

from securos_trigger.system.platform import run_in_forked_child


class Forked(Protocol):
    """An outbox, in a child that was forked while it was open."""

    def leave_to_parent(self) -> None:
        """Close without writing: the writer's thread is not there."""


_open: weakref.WeakSet[Forked] = weakref.WeakSet()


def leave_in_children(outbox: Forked) -> None:
    """Have each child that is forked from now on leave this outbox to its parent."""
    _open.add(outbox)


def _leave_all() -> None:
    for outbox in _open:
        outbox.leave_to_parent()


run_in_forked_child(_leave_all)

"""Keeps events as fast as the disk takes them, until it is killed: `python -m soak.power_cut_writer FILE BOOK FULL`.

With NORMAL in place of FULL it is the control of the power cut: an outbox that does not wait for the disk.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import securos_trigger.outbox.outbox as outbox_module
from securos_trigger.model import Action, Event
from securos_trigger.observers import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.outbox.store import Store
from soak.books import KeptBook


class HastyStore(Store):
    """A store that calls an event kept before the disk has it. Only to show that the power cut would tell."""

    def _set_up(self, path: Path) -> None:
        super()._set_up(path)
        self._pragma("synchronous = NORMAL")


def main(file: str, book_file: str, synchronous: str) -> None:
    """Keep events until killed."""
    if synchronous == "NORMAL":
        vars(outbox_module)["Store"] = HastyStore  # the one line that makes the control
    book = KeptBook(Path(book_file))
    outbox = Outbox(Path(file), announcer=Announcer(), on_kept=lambda event: book.keep(event.event_id))
    number = 0
    while True:
        event_id = f"event-{number:07}"
        number += 1
        event = Event(event_id, "n", "d", "name", "x" * 200, ("1",), Action.EVENT, 5, 0.0, datetime.now(UTC))
        book.offer(event_id, event.camera_ids)
        outbox.put(event, "https://vms.example:3443")
        if number % 16 == 0:
            outbox.flush(5.0)


if __name__ == "__main__":
    main(*sys.argv[1:])

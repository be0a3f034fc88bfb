"""Keeps events as fast as the disk takes them, until it is killed: `python -m soak.power_cut_writer FILE BOOK FULL 0`.

With NORMAL in place of FULL it is the control of the power cut: an outbox that does not wait for the disk. The last
argument is a pause in seconds after each burst of events, in which only the acknowledgements are on their way.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import securos_trigger.outbox.limits as limits_module
from securos_trigger.model import Action, Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Done, Outbox
from securos_trigger.outbox.store import Store
from soak.books import KeptBook

TARGET = "https://vms.example:3443"
BURST = 128


class HastyStore(Store):
    """A store that calls an event kept before the disk has it. Only to show that the power cut would find it."""

    def _set_durable(self, is_durable: bool) -> None:
        super()._set_durable(False)


def main(file: str, book_file: str, synchronous: str, pause_s: str) -> None:
    """Keep events until killed. Every second one is acknowledged, as if it had been delivered."""
    if synchronous == "NORMAL":
        vars(limits_module)["Store"] = HastyStore  # the one line that makes the control
    book = KeptBook(Path(book_file))
    outbox = Outbox(Path(file), announcer=Announcer(), on_kept=lambda event: book.keep(event.event_id))
    number = 0
    while True:
        event_id = f"event-{number:07}"
        number += 1
        event = Event(
            event_id, "n", "d", "name", "x" * 200, (str(number % 16),), Action.EVENT, 5, 0.0, datetime.now(UTC)
        )
        book.offer(event_id, event.camera_ids)
        outbox.put(event, TARGET)
        if number % 16 == 0:
            outbox.flush(5.0)
            acknowledge(outbox, book, 8)
        if number % BURST == 0:
            time.sleep(float(pause_s))


def acknowledge(outbox: Outbox, book: KeptBook, number: int) -> None:
    """Claim `number` deliveries and write down that they were delivered."""
    for delivery in outbox.claim(TARGET, number).result(60):
        outbox.settle(delivery, Done())
        book.acknowledge(delivery.event_id, time.monotonic())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What a journal could not write since it last could: counted while it lasts, written when it is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Entry, GapNote, Record, span_of

#: Why records are left out that came faster than the disk took them.
TOO_FAST: Final = "they came faster than the disk takes them"
#: Why records are left out that come when the last ones are being written.
ENDING: Final = "the service was ending"

#: Why a time has no records in which nothing of the process ran.
STOOD_STILL: Final = "the service stood still"


class JournalGap:
    """Counts records that did not get to the file. From any thread. `dropped` is their number since the start."""

    def __init__(self) -> None:
        self.dropped = 0
        self._lock = threading.Lock()
        self._open: GapNote | None = None

    def take(self, records: Sequence[Record], reason: str, written_until_s: Mapping[tuple[object, ...], float]) -> None:
        """These records are lost, because of `reason`. `written_until_s`: how far the file has an entry, by its key."""
        with self._lock:
            self.dropped += len(records)
            for record in records:
                self._open = _longer(self._open, _lost_of(record, written_until_s, reason))

    def present(self) -> GapNote | None:
        """The gap as it stands now; None: all was written. What it has is not in the file yet."""
        return self._open

    def written(self, note: GapNote) -> None:
        """The file has this note: what was lost since then is another gap."""
        with self._lock:
            if self._open == note:
                self._open = None
            elif self._open is not None:  # more was lost while it was written
                frames, lost = self._open.frames - note.frames, self._open.events_lost - note.events_lost
                self._open = GapNote(note.until_at_s, self._open.until_at_s, self._open.reason, frames, lost)


def _lost_of(record: Record, written_until_s: Mapping[tuple[object, ...], float], reason: str) -> GapNote:
    """The gap that the loss of one record makes."""
    if isinstance(record, Entry):
        from_at_s = max(record.from_at_s, written_until_s.get(record.key, record.from_at_s))
        length_s = record.until_at_s - record.from_at_s
        share = (record.until_at_s - from_at_s) / length_s if length_s > 0 else 1.0
        return GapNote(from_at_s, record.until_at_s, reason, round(record.frames * share))
    is_loss = isinstance(record, DeliveryNote) and record.state is DeliveryState.NOT_KEPT
    try:
        from_at_s, until_at_s = span_of(record)
    except AttributeError:  # a bug, which is reported, made something else of it
        from_at_s = until_at_s = time.time()
    return GapNote(from_at_s, until_at_s, reason, 0, int(is_loss))


def _longer(gap: GapNote | None, more: GapNote) -> GapNote:
    """The gap with what is lost, too. It lasts from the first to the last instant of what it has."""
    if gap is None:
        return more
    since_s, last_s = min(gap.from_at_s, more.from_at_s), max(gap.until_at_s, more.until_at_s)
    return GapNote(since_s, last_s, more.reason, gap.frames + more.frames, gap.events_lost + more.events_lost)

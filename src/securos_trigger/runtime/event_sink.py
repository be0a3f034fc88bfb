"""What trigger nodes hand their events to: here the outbox of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from securos_trigger.ledger import Ledger
from securos_trigger.model import Address, Event
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.losses import Losses
from securos_trigger.system.timestamps import service_clock_s


@dataclass(slots=True)
class Origin:
    """The node that events come from, and the target they go to. `release` gives back an event that is lost.

    `last_event_at_s` is when the last one was handed over (`service_clock_s`).
    """

    address: Address
    target: str
    release: Callable[[Event], None]
    kept: int = 0
    already_there: int = 0
    not_kept: int = 0
    last_event_at_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Pending:
    """An event that the outbox has not answered for."""

    event: Event
    origin: Origin
    target: str  # as it was then: that of the origin may change
    is_id_new: bool


class OutboxSink:
    """Hands events over to the outbox, and counts what is kept and what is lost.

    `keep` may be called from any thread and never blocks. The outbox reports later, with `note_kept`,
    `note_already_there` or `note_not_kept`, from its own thread. A node needs no more than `keep`, `counts` and
    `drain`.
    """

    def __init__(self, ledger: Ledger, announcer: Announcer) -> None:
        self.kept = 0
        self.already_there = 0
        self.losses = Losses(announcer)
        self._ledger = ledger
        self._announcer = announcer
        #: By `id(event)`, because the same event may be handed over twice. The outbox reports with the same object.
        self._pending: dict[int, _Pending] = {}
        self._with_replaced_times: set[Address] = set()
        self._without_size: set[Address] = set()
        self._counting = threading.Lock()
        self._outbox: Outbox | None = None
        self._drain: Callable[[float], bool] = lambda _timeout_s: True

    @property
    def not_kept(self) -> int:
        """Events that were lost before they were on disk."""
        return self.losses.count

    def connect(self, outbox: Outbox, drain: Callable[[float], bool]) -> None:
        """Take the outbox, and the function that waits until it is drained; before the first event."""
        self._outbox = outbox
        self._drain = drain

    def keep(self, event: Event, origin: Origin, *, is_id_new: bool = True) -> None:
        """Hand an event over. One that cannot be kept is given back to its node, counted and announced.

        `is_id_new`: its source never gives the same event twice, so an id that is there already is announced.
        """
        self.expect(event, origin, is_id_new=is_id_new)
        assert self._outbox is not None, "connect() comes before the first event"
        if not self._outbox.put(event, origin.target):
            self.note_not_kept(event, f"the outbox accepts no more: {self._outbox.refusal()}")

    def expect(self, event: Event, origin: Origin, *, is_id_new: bool) -> None:
        """Remember where an event comes from, until it is reported what became of it."""
        self._pending[id(event)] = _Pending(event, origin, origin.target, is_id_new)
        origin.last_event_at_s = service_clock_s()

    def give_back(self, event: Event) -> None:
        """The event was never handed to the outbox, and is not lost either: what it came of comes again."""
        pending = self._pending.pop(id(event), None)
        if pending is not None:
            pending.origin.release(event)

    def replace_time(self, captured_at: datetime, address: Address) -> datetime:
        """Give the present time, for a frame whose wall clock cannot be one; announced once for each node."""
        if address not in self._with_replaced_times:
            self._with_replaced_times.add(address)
            reason = f"its frames are dated {captured_at.isoformat()}"
            self._announcer.announce(kinds.FRAME_TIME_REPLACED, node=address, reason=reason)
        return datetime.now(UTC)

    def report_missing_size(self, address: Address) -> None:
        """Announce, once for each node, that an event has no boxes because the frame's size is not known."""
        if address not in self._without_size:
            self._without_size.add(address)
            self._announcer.announce(kinds.FRAME_SIZE_UNKNOWN, node=address)

    def report_unusable_time(self, address: Address, reason: str) -> None:
        """Announce that a program gives this node times that are not in seconds, or do not move."""
        self._announcer.announce(kinds.MEDIA_TIME_UNUSABLE, node=address, reason=reason)

    def report_usable_time(self, address: Address) -> None:
        """Announce that the times that a program gives this node move again."""
        self._announcer.announce(kinds.MEDIA_TIME_USABLE, node=address)

    def note_kept(self, event: Event) -> None:
        """The event is on disk."""
        pending = self._pending.pop(id(event), None)
        origin = None if pending is None else pending.origin
        if pending is not None:
            self._ledger.note_kept(event, pending.target)
        with self._counting:
            self.kept += 1
            if origin is not None:
                origin.kept += 1
        self.losses.note_kept()
        self._announcer.announce(
            kinds.EVENT_KEPT,
            event_name=event.name,
            node=event.node_id if origin is None else origin.address,
            cameras=",".join(event.camera_ids),
            event_id=event.event_id,
        )

    def note_already_there(self, event: Event) -> None:
        """The outbox has an event of this id: this one is not sent a second time, and its interval stays reserved."""
        pending = self._pending.pop(id(event), None)
        origin = None if pending is None else pending.origin
        if origin is not None:
            self._ledger.note_already_there(event, origin.target)
        with self._counting:
            self.already_there += 1
            if origin is not None:
                origin.already_there += 1
        if pending is not None and pending.is_id_new:
            self._announcer.announce(
                kinds.EVENT_ALREADY_THERE,
                node=pending.origin.address,
                event_id=event.event_id,
                event_name=event.name,
            )

    def note_not_kept(self, event: Event, reason: str) -> None:
        """The event is lost."""
        pending = self._pending.pop(id(event), None)
        origin = None if pending is None else pending.origin
        if origin is not None:
            origin.release(event)
            with self._counting:
                origin.not_kept += 1
        self.losses.note_lost(event, event.node_id if origin is None else origin.address, reason)

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state, as of the last commit."""
        return {} if self._outbox is None else self._outbox.counts()

    def drain(self, timeout_s: float) -> bool:
        """Wait until every event is on disk, and delivered or dead. False: not within the time."""
        return self._drain(timeout_s)

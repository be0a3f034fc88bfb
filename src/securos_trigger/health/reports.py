"""Hands reports to the outbox. Each is offered again until it is kept: it may be that nothing can be kept now."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from securos_trigger.health.ages import Now
from securos_trigger.health.texts import Text, merged, named
from securos_trigger.model import Action, Event
from securos_trigger.model.event_texts import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, clean_text

#: The pause after a report that was not kept, in seconds.
PAUSE_S: Final = 5.0
#: Reports held in memory for one subject and one recipient; the oldest are dropped.
MAX_HELD: Final = 100

#: Hands an event to the outbox, for a target. False: not accepted.
Offer = Callable[[Event, str], bool]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Cameras of a receiver that get reports, and the node that the reports come from.

    `service` is the name of the service in them; empty: it has none.
    """

    target: str
    camera_ids: tuple[str, ...]
    node_id: str
    deployment_id: str
    service: str = ""


def without_repeats(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """The recipients without cameras that one before them names: no camera gets a report twice."""
    named: set[tuple[str, str]] = set()
    left = []
    for one in recipients:
        cameras = tuple(camera for camera in one.camera_ids if (one.target, camera) not in named)
        named.update((one.target, camera) for camera in cameras)
        if cameras:
            left.append(replace(one, camera_ids=cameras))
    return tuple(left)


@dataclass(frozen=True, slots=True)
class _Report:
    text: Text
    is_end: bool
    made_at_unix_s: float
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True)
class _Queue:
    """The reports about one subject for one recipient, in order. The outbox may have the first."""

    recipient: Recipient
    waiting: deque[_Report] = field(default_factory=deque)
    is_offered: bool = False


class Reports:
    """One thread adds and offers; `note` may be called from any.

    A trouble that is over before its beginning was kept is one report.
    """

    def __init__(self, offer: Offer) -> None:
        #: The last report that was offered was not kept.
        self.is_refused = False
        self._offer = offer
        self._queues: dict[tuple[str, Recipient], _Queue] = {}
        self._offered: dict[str, _Queue] = {}
        self._answers: deque[tuple[str, bool]] = deque()
        self._quiet_until = 0.0

    def add(self, subject: str, recipient: Recipient, text: Text, *, is_end: bool, now: Now) -> None:
        """Add a report about a subject."""
        queue = self._queues.setdefault((subject, recipient), _Queue(recipient))
        last = queue.waiting[-1] if queue.waiting else None
        is_with_outbox = queue.is_offered and len(queue.waiting) == 1
        if is_end and last is not None and not last.is_end and not is_with_outbox:
            text = merged(queue.waiting.pop().text, text)
        queue.waiting.append(_Report(text, is_end, now.unix_s))
        if len(queue.waiting) > MAX_HELD:
            del queue.waiting[int(queue.is_offered)]

    def note(self, event: Event, *, is_kept: bool) -> bool:
        """Take what became of an event. False: it is none of these reports."""
        if event.event_id not in self._offered:
            return False
        self._answers.append((event.event_id, is_kept))
        return True

    def offer(self, at: float, *, is_last: bool = False) -> None:
        """Hand over the next report of each subject and recipient. `is_last`: there is no later time to wait for."""
        while self._answers:
            event_id, is_kept = self._answers.popleft()
            self._take_answer(self._offered.pop(event_id), at, is_kept=is_kept)
        for queue in self._queues.values():
            if (is_last or at >= self._quiet_until) and queue.waiting and not queue.is_offered:
                self._hand_over(queue, at)

    def _hand_over(self, queue: _Queue, at: float) -> None:
        event = _event(queue.waiting[0], queue.recipient)
        queue.is_offered = True
        self._offered[event.event_id] = queue  # before the outbox has it: its answer may come at once
        if not self._offer(event, queue.recipient.target):
            del self._offered[event.event_id]
            self._take_answer(queue, at, is_kept=False)

    def _take_answer(self, queue: _Queue, at: float, *, is_kept: bool) -> None:
        queue.is_offered = False
        self.is_refused = not is_kept
        if is_kept:
            queue.waiting.popleft()
            return
        self._quiet_until = at + PAUSE_S
        if len(queue.waiting) > 1 and not queue.waiting[0].is_end and queue.waiting[1].is_end:
            begun, ended = queue.waiting.popleft(), queue.waiting.popleft()
            both = _Report(merged(begun.text, ended.text), is_end=True, made_at_unix_s=ended.made_at_unix_s)
            queue.waiting.appendleft(both)


def _event(report: _Report, recipient: Recipient) -> Event:
    return Event(
        event_id=report.event_id,
        node_id=recipient.node_id,
        deployment_id=recipient.deployment_id,
        name=clean_text(named(report.text.name, recipient.service), MAX_NAME_CHARACTERS),
        description=clean_text(report.text.description, MAX_DESCRIPTION_CHARACTERS),
        camera_ids=recipient.camera_ids,
        action=Action.EVENT,
        record_duration_s=0,
        at=0.0,
        captured_at=datetime.fromtimestamp(report.made_at_unix_s, UTC),
    )

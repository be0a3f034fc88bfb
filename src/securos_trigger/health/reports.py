"""Reports on their way to the outbox. Each is offered again until it is kept: it may tell that nothing can be kept."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from securos_trigger.health.ages import Now
from securos_trigger.health.texts import Text, merged
from securos_trigger.model import Action, Event
from securos_trigger.trigger.templates import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, clean_text

#: A disk that took no report is left alone for so long.
PAUSE_S: Final = 5.0
#: So many reports about one subject are held in memory for one recipient; the oldest give way.
MAX_HELD: Final = 100

#: Hands an event to the outbox, for a target. False: not accepted.
Offer = Callable[[Event, str], bool]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Cameras of a receiver that are told, and who tells it."""

    target: str
    camera_ids: tuple[str, ...]
    node_id: str
    deployment_id: str


def without_repeats(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """The recipients without cameras that an earlier one names already: no camera is told twice."""
    named: set[tuple[str, str]] = set()
    left = []
    for one in recipients:
        cameras = tuple(camera for camera in one.camera_ids if (one.target, camera) not in named)
        named.update((one.target, camera) for camera in cameras)
        if cameras:
            left.append(Recipient(one.target, cameras, one.node_id, one.deployment_id))
    return tuple(left)


@dataclass(frozen=True, slots=True)
class _Report:
    text: Text
    is_end: bool
    told_at_unix_s: float
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True)
class _Line:
    """The reports about one subject for one recipient, in order. The first may be with the outbox."""

    recipient: Recipient
    waiting: deque[_Report] = field(default_factory=deque)
    is_offered: bool = False


class Reports:
    """One thread adds and offers; `note` may be called from any.

    A trouble that is over before its beginning was kept is told in one report.
    """

    def __init__(self, offer: Offer) -> None:
        #: The last report that was offered was not kept.
        self.is_refused = False
        self._offer = offer
        self._lines: dict[tuple[str, Recipient], _Line] = {}
        self._offered: dict[str, _Line] = {}
        self._answers: deque[tuple[str, bool]] = deque()
        self._quiet_until = 0.0

    def add(self, subject: str, recipient: Recipient, text: Text, *, is_end: bool, now: Now) -> None:
        """Something is to be told about a subject."""
        line = self._lines.setdefault((subject, recipient), _Line(recipient))
        last = line.waiting[-1] if line.waiting else None
        is_with_outbox = line.is_offered and len(line.waiting) == 1
        if is_end and last is not None and not last.is_end and not is_with_outbox:
            text = merged(line.waiting.pop().text, text)
        line.waiting.append(_Report(text, is_end, now.unix_s))
        if len(line.waiting) > MAX_HELD:
            del line.waiting[int(line.is_offered)]

    def note(self, event: Event, *, is_kept: bool) -> bool:
        """The outbox tells what became of an event. False: it is none of these reports."""
        if event.event_id not in self._offered:
            return False
        self._answers.append((event.event_id, is_kept))
        return True

    def offer(self, at: float, *, is_last: bool = False) -> None:
        """Hand over the next report of each subject and recipient. `is_last`: there is no later time to wait for."""
        while self._answers:
            event_id, is_kept = self._answers.popleft()
            self._take_answer(self._offered.pop(event_id), at, is_kept=is_kept)
        for line in self._lines.values():
            if (is_last or at >= self._quiet_until) and line.waiting and not line.is_offered:
                self._hand_over(line, at)

    def _hand_over(self, line: _Line, at: float) -> None:
        event = _event(line.waiting[0], line.recipient)
        line.is_offered = True
        self._offered[event.event_id] = line  # before the outbox has it: its answer may come at once
        if not self._offer(event, line.recipient.target):
            del self._offered[event.event_id]
            self._take_answer(line, at, is_kept=False)

    def _take_answer(self, line: _Line, at: float, *, is_kept: bool) -> None:
        line.is_offered = False
        self.is_refused = not is_kept
        if is_kept:
            line.waiting.popleft()
            return
        self._quiet_until = at + PAUSE_S
        if len(line.waiting) > 1 and not line.waiting[0].is_end and line.waiting[1].is_end:
            begun, ended = line.waiting.popleft(), line.waiting.popleft()
            both = _Report(merged(begun.text, ended.text), is_end=True, told_at_unix_s=ended.told_at_unix_s)
            line.waiting.appendleft(both)


def _event(report: _Report, recipient: Recipient) -> Event:
    return Event(
        event_id=report.event_id,
        node_id=recipient.node_id,
        deployment_id=recipient.deployment_id,
        name=clean_text(report.text.name, MAX_NAME_CHARACTERS),
        description=clean_text(report.text.description, MAX_DESCRIPTION_CHARACTERS),
        camera_ids=recipient.camera_ids,
        action=Action.EVENT,
        record_duration_s=0,
        at=0.0,
        captured_at=datetime.fromtimestamp(report.told_at_unix_s, UTC),
    )

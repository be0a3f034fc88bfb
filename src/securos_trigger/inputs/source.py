"""An input as the source of a pipeline: messages in, frames without an image out, kept before acknowledged.

A batch of messages is read, and its frames are walked through the nodes. When the pipeline asks for more, everything
that came of the batch is committed in one transaction: the events, what the reducer knows, the state of the lanes and
of their nodes. Then the messages are acknowledged, in the order in which they arrived. A commit that fails is tried
again until it is done; meanwhile the queue fills, and the transport holds its sender back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from securos_trigger.inputs.backlog import Backlog
from securos_trigger.inputs.feed import DEALT_WITH, Arrival, Feed, Position, Taken
from securos_trigger.inputs.happening import Happening, Verdict, strongest
from securos_trigger.inputs.intake import InputIntake, LaneNodes, Rows
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.lane import TICK_EVERY_S
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.message_reports import MessageReports
from securos_trigger.inputs.no_event import why_no_event
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.unusable import UnusableMessages
from securos_trigger.model import Frame
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, kinds

#: Messages of one transaction: half of what a broker sends without an acknowledgement, so that it is never idle.
BATCH: Final = 256
#: What leads to no event is written no later than this, in seconds.
FLUSH_EVERY_S: Final = 2.0
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 5.0
_WAIT_S: Final = 0.5
#: The same while no lane needs that time goes on.
_IDLE_WAIT_S: Final = 1.0
#: Lanes are looked at for a tick that is due no more often than this, however many messages come.
_LOOK_EVERY_S: Final = 0.1
#: Ticks between two recorded messages; a longer gap is passed over.
_MOST_TICKS: Final = 3_600
_NOT_TAKEN: Final = frozenset((Verdict.MALFORMED, Verdict.REFUSED))
_HELD_UP_FIX: Final = "`securos-trigger doctor CONFIG` looks at the disk"


class InputHost(LaneNodes, Protocol):
    """The nodes of all lanes and the store: what an input needs of the runtime."""

    def stored_rows(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """What the input has written before. Raises OutboxError."""

    def pending_ids(self) -> Sequence[str]:
        """The ids of the events that have fired since the last `keep`, in order; it grows with each."""

    def keep(self, rows: Rows) -> str:
        """Commit these rows and the events that have fired, together. Empty when that is done, else the reason.

        Called with the same rows again until it is done.
        """


@dataclass(slots=True)
class InputParts:
    """What an input is made of; made again at each start of its source."""

    kind: Kind
    settings: InputSettings
    host: InputHost
    open_feed: Callable[[Position | None], Feed]
    silent_after_s: float | None = None
    #: True for a source that has always something to say: see `Kind.always_speaks`.
    always_speaks: bool = False
    #: True for messages that were recorded: their clock is that of the recording, and their source ends.
    is_recorded: bool = False


class InputSource:
    """The source of a pipeline whose frames come from an input. `intake` and `feed` are there while it runs."""

    def __init__(self, name: str, parts: InputParts, heartbeat: Heartbeat, announcer: Announcer) -> None:
        self.name = name
        self.is_live = not parts.is_recorded
        self.figures = SourceFigures()
        self.intake: InputIntake | None = None
        self.feed: Feed | None = None
        self._starting = threading.Lock()
        self._is_left_behind = False
        #: When the last message came, on the monotonic clock; None: none has come yet.
        self.heard_at_ticks: float | None = None
        self._recorded_at: float | None = None
        self._parts = parts
        self._heartbeat = heartbeat
        self._announcer = announcer
        self._reports = MessageReports(name, announcer, parts.settings.age_limit_s)
        self._backlog = Backlog(name, announcer, self.figures)
        self.unusable = UnusableMessages(parts.settings.age_limit_s)

    def leave_behind(self, heartbeat: Heartbeat) -> None:
        """Free the port or the session for the source that takes its place. From any thread; waits for seconds at most.

        From now on it stamps `heartbeat`, which no health watch reads.
        """
        self._heartbeat = heartbeat
        with self._starting:  # a feed that is not started by now never is
            self._is_left_behind = True
        if (feed := self.feed) is not None:
            feed.close()

    def unheard_s(self) -> float | None:
        """For how long a source that has always something to say has said nothing since it was connected.

        None: it has, there is no connection, or it need not.
        """
        connected_at_ticks = self.feed.state.connected_at_ticks if self.feed is not None else None
        if not self._parts.always_speaks or self.heard_at_ticks is not None or connected_at_ticks is None:
            return None
        return time.monotonic() - connected_at_ticks

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The frames of all cameras, in the order of the messages. Ends when `stop` is set.

        May be called again after it has raised: it begins with what is stored, and the transport sends again what was
        not acknowledged.
        """
        parts = self._parts
        self.intake = intake = InputIntake(parts.kind, parts.settings, parts.host, parts.host.stored_rows())
        with self._starting:
            if self._is_left_behind:
                return
            self.feed = feed = parts.open_feed(intake.position)
            feed.start()
        try:
            yield from self._read(feed, intake, stop)
        finally:
            feed.close()
            self._reports.report(is_last=True)

    def _read(self, feed: Feed, intake: InputIntake, stop: threading.Event) -> Iterator[Frame]:
        flushed_at_ticks = heard_at_ticks = time.monotonic()
        ticked_at_ticks = 0.0
        arrivals: list[Arrival] = []
        while not stop.is_set():
            arrivals = feed.queue.take(BATCH, _WAIT_S if arrivals or intake.needs_ticks else _IDLE_WAIT_S)
            if feed.queue.is_finished and not arrivals:
                break
            now_ticks = time.monotonic()
            if arrivals:
                heard_at_ticks = self.heard_at_ticks = now_ticks
            self._note_health(feed, now_ticks - heard_at_ticks, now_ticks)
            if not self._parts.is_recorded:
                self._backlog.note(now_ticks, is_full=len(arrivals) == BATCH)
            unacknowledged: list[tuple[Callable[[Taken], None], Taken]] = []
            for arrival in arrivals:
                fired_before = len(self._parts.host.pending_ids()) if arrival.is_answered else 0
                if self._parts.is_recorded:
                    yield from self._ticks_until(arrival.message.arrived_at, intake)
                happenings, frames = intake.take(arrival)
                yield from frames
                if arrival.acknowledge is not None:
                    taken = self._answer(happenings, fired_before) if arrival.is_answered else DEALT_WITH
                    unacknowledged.append((arrival.acknowledge, taken))
                self._note(arrival.message, happenings, intake)
            self._reports.report()
            self._heartbeat.cameras = self._reports.cameras
            if not self._parts.is_recorded and now_ticks - ticked_at_ticks >= _LOOK_EVERY_S:
                ticked_at_ticks = now_ticks
                yield from intake.ticks(time.time())
            is_due = now_ticks - flushed_at_ticks >= FLUSH_EVERY_S
            if intake.must_keep or is_due or self._parts.host.pending_ids():
                if not self._commit(intake.take_rows(), stop):
                    return
                flushed_at_ticks = now_ticks
            for acknowledge, taken in unacknowledged:
                acknowledge(taken)
        self._commit(intake.take_rows(), stop)

    def _note(self, message: Message, happenings: Sequence[Happening], intake: InputIntake) -> None:
        """Take what a message was into the reports. The age of what a broker has retained says nothing."""
        self._reports.note(intake, happenings, None if message.retain else message.arrived_at)
        for one in happenings:
            self.unusable.note(one, message)

    def _answer(self, happenings: Sequence[Happening], fired_before: int) -> Taken:
        """What became of a message; `fired_before` is the number of events that waited for the disk before it."""
        event_ids = tuple(self._parts.host.pending_ids()[fired_before:])
        reason = "" if event_ids else _refusal(happenings) or why_no_event(happenings)
        return Taken(_verdict(happenings), event_ids, reason)

    def _ticks_until(self, arrives_at: float, intake: InputIntake) -> Iterable[Frame]:
        """The ticks between two recorded messages, on the clock of the recording."""
        last_at, self._recorded_at = self._recorded_at, arrives_at
        if last_at is None or arrives_at - last_at < TICK_EVERY_S:
            return ()
        return self._ticks_between(last_at, arrives_at, intake)

    def _ticks_between(self, last_at: float, arrives_at: float, intake: InputIntake) -> Iterator[Frame]:
        for step in range(1, min(_MOST_TICKS, int((arrives_at - last_at) / TICK_EVERY_S) + 1)):
            if frames := list(intake.ticks(last_at + step * TICK_EVERY_S)):
                yield from frames
            elif not intake.needs_ticks:
                return

    def _commit(self, rows: Rows, stop: threading.Event) -> bool:
        """Keep rows and events. False: it could not be done before the source was asked to stop."""
        if not rows and not self._parts.host.pending_ids():
            return True
        began_at_ticks, pause_s, last_reason = time.monotonic(), FIRST_PAUSE_S, ""
        while reason := self._parts.host.keep(rows):
            if not last_reason:
                about = {"pipeline": self._announcer.pipeline, "source": self.name}
                self._announcer.announce(kinds.INPUT_HELD_UP, **about, reason=reason, fix=_HELD_UP_FIX)
            last_reason = reason
            if stop.wait(pause_s):
                return False
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        if last_reason:
            outage_s = round(time.monotonic() - began_at_ticks, 3)
            about = {"pipeline": self._announcer.pipeline, "source": self.name}
            self._announcer.announce(kinds.INPUT_GOES_ON, **about, outage_s=outage_s)
        return True

    def _note_health(self, feed: Feed, silent_s: float, now_ticks: float) -> None:
        """Stamp the heartbeat while the transport works, and while a source that should not be silent is not."""
        limit_s = self._parts.silent_after_s
        if limit_s is not None and feed.state.is_connected and silent_s > limit_s:
            feed.state.note_lost(f"no message for {limit_s:g} s")
        elif limit_s is not None and silent_s == 0.0:
            feed.state.note_connected()
        if feed.state.is_connected:
            self._heartbeat.last_at_ticks = now_ticks


def _refusal(happenings: Sequence[Happening]) -> str:
    """Why a part of a message was not taken; empty: all were."""
    return next((one.why for one in happenings if one.verdict in _NOT_TAKEN), "")


def _verdict(happenings: Sequence[Happening]) -> Verdict:
    leading = strongest(happenings)
    return Verdict.IGNORED if leading is None else leading.verdict

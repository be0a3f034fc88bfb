"""Where the messages of an input come from: what every transport gives to the pipeline, and the queue between the two.

A transport (MQTT, HTTP, the network client of a camera, files) runs in threads of its own. It puts each message into
the `ArrivalQueue`; the thread of the pipeline takes it out, and calls `Arrival.acknowledge` when all that comes of
the message is on the disk. So a full queue is back-pressure, and what is not acknowledged can be sent again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.message import Message
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.source_outage import SourceOutage

#: Messages that wait between the transport and the pipeline, and their bytes.
MAX_WAITING: Final = 1_000
MAX_WAITING_BYTES: Final = 32 * 1024**2


#: Where a source that can be read again goes on after a restart, as plain data.
Position = Mapping[str, Any]


class Taken(msgspec.Struct, frozen=True):
    """What became of a message: its strongest verdict, and the ids of the events that are kept because of it.

    `reason` says why no event came of it: it is malformed or refused, its camera is unknown, it was said before.
    """

    verdict: Verdict
    event_ids: tuple[str, ...] = ()
    reason: str = ""


#: What a transport gets that only acknowledges.
DEALT_WITH: Final = Taken(Verdict.IGNORED)


class Arrival(msgspec.Struct, frozen=True):
    """A message, and what is to be done when it is dealt with. `acknowledge` is called once, by the pipeline's thread.

    It must return at once. None: the transport can acknowledge nothing. `key` is the same for a message that the
    transport sends once more because it was not acknowledged; empty: the transport has no such key. `position` is where
    the next run goes on when this message is dealt with; None: the transport cannot be read again. `is_answered`: its
    sender is shown what `acknowledge` gets; for all others that is `DEALT_WITH`.
    """

    message: Message
    acknowledge: Callable[[Taken], None] | None = None
    key: str = ""
    position: Position | None = None
    is_answered: bool = False


class ArrivalQueue:
    """Messages between the thread of a transport and that of the pipeline, in order; bounded in number and bytes."""

    def __init__(self, max_count: int = MAX_WAITING, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._waiting: deque[Arrival] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        #: True when nothing will come any more: a file is at its end.
        self.is_finished = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """True when the transport is to bring no more at present."""
        return len(self._waiting) >= self._max_count or self._bytes >= self._max_bytes

    def put(self, arrival: Arrival) -> bool:
        """Append a message. False: the queue is full, and the message was not taken."""
        with self._changed:
            if self.is_full:
                return False
            self._append(arrival)
            return True

    def put_over(self, arrival: Arrival) -> None:
        """Append a message that is there already, although the queue may be full: the last one before a pause."""
        with self._changed:
            self._append(arrival)

    def wait_for_space(self, timeout_s: float) -> bool:
        """Wait until there is space. False: not within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.is_full, timeout_s)

    def take(self, limit: int, timeout_s: float) -> list[Arrival]:
        """Take up to `limit` messages, the oldest first; waits for the first one. Empty: none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), timeout_s)
            taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            self._bytes -= sum(len(one.message.body) for one in taken)
            self._changed.notify_all()
            return taken

    def _append(self, arrival: Arrival) -> None:
        self._waiting.append(arrival)
        self._bytes += len(arrival.message.body)
        self._changed.notify_all()


class ConnectionState:
    """Whether a transport has its connection, and since when not.

    Announces the first connection, and of an outage its beginning, each further reason once, and its end.
    `note_connected` and `note_lost` may be called as often as one likes, from any thread.
    """

    def __init__(self, source_name: str, announcer: Announcer) -> None:
        self.is_connected = False
        self.reason = "it has not been connected yet"
        #: When the present connection began, on the monotonic clock; None: there is none.
        self.connected_at_ticks: float | None = None
        self._about = {"pipeline": announcer.pipeline, "source": source_name}
        self._announcer = announcer
        self._outage = SourceOutage()
        self._has_been_connected = False
        self._changing = threading.Lock()

    def note_connected(self, text: str = "") -> None:
        """The transport works: it is connected and has logged in. `text` says to what, for the first time."""
        with self._changing:
            if self.connected_at_ticks is None:
                self.connected_at_ticks = time.monotonic()
            self.is_connected, self.reason = True, ""
            outage_s = self._outage.over()
            is_first, self._has_been_connected = not self._has_been_connected, True
        if is_first:
            self._announcer.announce(kinds.SOURCE_CONNECTED, **self._about, text=text or "it is connected")
        if outage_s is not None:
            self._announcer.announce(kinds.SOURCE_RECOVERED, **self._about, outage_s=outage_s)

    def note_lost(self, reason: str) -> None:
        """The transport does not work, or does not yet; `reason` in words, without secrets."""
        with self._changing:
            self.is_connected, self.reason = False, reason
            self.connected_at_ticks = None
            notice = self._outage.lost(reason, time.monotonic())
        if notice is not None:
            outage = {"outage_s": ""} if notice[0] is kinds.SOURCE_LOST else {}
            self._announcer.announce(*notice, **self._about, reason=reason, **outage)


class Feed(Protocol):
    """A transport. `start` once, from the pipeline's thread. What it brings stands in `queue`."""

    queue: ArrivalQueue
    state: ConnectionState

    def start(self) -> None:
        """Begin to bring messages; returns at once."""

    def close(self) -> None:
        """Bring no more, and end within seconds. From any thread, and as often as one likes."""

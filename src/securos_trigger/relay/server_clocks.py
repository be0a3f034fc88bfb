"""Compares the clock of each NATS server that leads a stream with this machine's, and says how long a message waited.

A server stamps what it stores with its own clock, and no other machine sees that it is wrong. So every answer about a
stream is read like a clock: it has the time at which the leader of the stream made it, between question and answer.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.relay.connection import ClusterConnection
from securos_trigger.relay.names import Names
from securos_trigger.system.durations import apart_text

#: Clocks that are certainly further apart than this are a trouble, in seconds.
APART_S: Final = 5.0
#: The clocks are read this often.
LOOK_EVERY_S: Final = 10.0
#: A difference is said again when it has changed by more than this, in seconds.
_CHANGED_S: Final = 30
#: A gateway's clock fits that of a server which is no further away: what was said may have changed, and both may be a
#: little wrong.
_FITS_S: Final = _CHANGED_S + 2 * APART_S
#: How many differences that were seen are remembered: a clock that is right again has stamped what still waits.
_REMEMBERED: Final = 8
#: A server that leads no stream for this long is not seen, and of its clock nothing is known any more.
_KNOWN_FOR_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class SeenClock:
    """How far the clock of a server is ahead of this machine's (seconds): between `least_s` and `most_s`.

    `last_sequence` is that of the stream, which the server leads.
    """

    server: str
    stream: str
    least_s: float
    most_s: float
    last_sequence: int

    @property
    def ahead_s(self) -> float:
        """The best guess."""
        return (self.least_s + self.most_s) / 2

    @property
    def is_apart(self) -> bool | None:
        """True: too far apart. False: close enough. None: neither is certain, because the answer was slow."""
        if self.least_s > APART_S or self.most_s < -APART_S:
            return True
        return False if max(-self.least_s, self.most_s) < APART_S else None

    def is_set_since(self, before: SeenClock) -> bool:
        """True when it is certain that this clock was set since `before`."""
        return self.least_s - before.most_s > APART_S or before.least_s - self.most_s > APART_S


@dataclass(frozen=True, slots=True)
class ServerApart:
    """How far the clock of a server is ahead of this machine's (seconds; below 0: behind), and since when it is so."""

    server: str
    apart_s: int
    since_s: float

    @property
    def text(self) -> str:
        """`2 h ahead of this machine's`."""
        return apart_text(self.apart_s, "this machine's")


def waited_s(now_s: float, stored_at_s: float, offsets_s: Iterable[float] = (), published_at_s: float = 0.0) -> float:
    """For how long a message waits in the cluster, in seconds, where it is not known which server stored it.

    `now_s` is by the clock here, `stored_at_s` by that of the server. `offsets_s` are how far the clocks of servers
    that are known to be wrong are ahead of the one here. `published_at_s` is by the clock of the gateway (0: not said,
    or known to be wrong). It only says which clock of a server stamped the message, and never how long it waits: a
    gateway whose clock fits none of them has a wrong one itself, and the server's clock is taken as right.
    """
    plain_s = now_s - stored_at_s
    possible = [wait_s for wait_s in (plain_s, *(plain_s + ahead_s for ahead_s in offsets_s)) if wait_s >= -APART_S]
    if published_at_s and possible:
        published_s = now_s - published_at_s
        nearest_s = min(possible, key=lambda wait_s: abs(wait_s - published_s))
        if abs(nearest_s - published_s) <= _FITS_S:
            return max(0.0, nearest_s)
    return max(0.0, possible[0]) if possible else 0.0


async def read_clocks(connection: ClusterConnection, names: Names) -> list[SeenClock]:
    """Read the clocks of the servers that lead the streams. Raises one of CLUSTER_FAULTS."""
    streams = (names.events, names.outcomes, names.dead, f"KV_{names.leases}")
    found = [await _read_clock(connection, stream) for stream in streams]
    return [one for one in found if one is not None]


async def _read_clock(connection: ClusterConnection, stream: str) -> SeenClock | None:
    """None: there is no such stream, or the server does not say its time in a known form, as one before 2.10."""
    sent_at_s = time.time()
    said = await connection.ask(f"$JS.API.STREAM.INFO.{stream}")
    came_at_s = time.time()
    try:
        answer = json.loads(said)
        server, said_at_s = answer["cluster"]["leader"], datetime.fromisoformat(answer["ts"]).timestamp()
        last = int(answer["state"]["last_seq"])
    except (KeyError, TypeError, ValueError):  # no such stream, or not in the words of a server that is known
        return None
    return SeenClock(server, stream, said_at_s - came_at_s, said_at_s - sent_at_s, last)


def apart_of(seen: Iterable[SeenClock]) -> tuple[ServerApart, ...]:
    """The servers whose clocks are wrong, each once."""
    found = {one.server: ServerApart(one.server, round(one.ahead_s), time.time()) for one in seen if one.is_apart}
    return tuple(found[name] for name in sorted(found))


class ServerClocks:
    """Follows the clocks of the servers. One event loop notes them; `apart` is for any thread.

    `ticks` gives seconds that only go on.
    """

    def __init__(self, announcer: Announcer, ticks: Callable[[], float] = time.monotonic) -> None:
        self._announcer = announcer
        self._ticks = ticks
        self._due_at_ticks = float("-inf")
        self._leader: SeenClock | None = None  # of the events; with the last sequence when it was seen to lead first
        self._looked_up_to = 0  # the last sequence at the last look
        self._looked_at_ticks = float("-inf")
        self._seen_at_ticks: dict[str, float] = {}
        self._offsets_s: deque[float] = deque(maxlen=_REMEMBERED)  # of clocks that are wrong, or were
        self._apart: dict[str, ServerApart] = {}  # never changed, only replaced

    async def look(self, connection: ClusterConnection, names: Names) -> None:
        """Read all clocks, if it is time. Raises one of CLUSTER_FAULTS."""
        if self._ticks() < self._due_at_ticks:
            return
        self._due_at_ticks = self._ticks() + LOOK_EVERY_S
        self.note(await read_clocks(connection, names), names)

    def note(self, seen: Iterable[SeenClock], names: Names) -> None:
        """Note clocks."""
        for one in seen:
            if one.stream == names.events:
                self._note_leader(one)
            self._seen_at_ticks[one.server] = self._ticks()
            self._judge(one)
        for server in tuple(self._apart):
            if self._ticks() - self._seen_at_ticks[server] > _KNOWN_FOR_S:
                self._end(server, "it leads no stream, so its clock is not seen")

    def _note_leader(self, now: SeenClock) -> None:
        """What the stream had when this server was seen to lead it first may be stamped by another one.

        So may what it had when the clock of the server was seen to be set.
        """
        before = self._leader
        self._looked_up_to = now.last_sequence
        is_same = before is not None and before.server == now.server and before.last_sequence <= now.last_sequence
        if before is not None and is_same and not now.is_set_since(before):
            now = replace(now, last_sequence=before.last_sequence)
        self._leader = now
        self._looked_at_ticks = self._ticks()

    @property
    def ahead_s(self) -> float:
        """How far the clock of the server that leads the events is ahead of this machine's; 0: right, or not known."""
        return self._leader.ahead_s if self._leader is not None and self._leader.is_apart else 0.0

    def is_stamped_by_leader(self, sequence: int) -> bool:
        """True for a message of the stream of events that the server stored whose clock `ahead_s` is about."""
        return self._leader is not None and sequence > self._leader.last_sequence

    def waited_s(self, now_s: float, sequence: int, stored_at_s: float, published_at_s: float) -> float:
        """For how long a message of the stream of events waits in the cluster, in seconds.

        Where the leader has stamped it, its clock alone counts. What came since the last look may be stamped by
        another one, if a new one was elected, but it cannot wait for longer than since then. Else as in the function
        of this name.
        """
        if self.is_stamped_by_leader(sequence):
            plain_s = now_s - stored_at_s
            if sequence <= self._looked_up_to:
                return max(0.0, plain_s + self.ahead_s)
            most_s = self._ticks() - self._looked_at_ticks
            waits = [plain_s + ahead_s for ahead_s in (self.ahead_s, 0.0, *self._offsets_s)]
            found_s = next((one for one in waits if -APART_S <= one <= most_s + APART_S), most_s)
            return max(0.0, min(found_s, most_s))
        return waited_s(now_s, stored_at_s, self._offsets_s, published_at_s)

    def apart(self) -> tuple[ServerApart, ...]:
        """The servers whose clocks are wrong now, as far as is known."""
        return tuple(self._apart[name] for name in sorted(self._apart))

    def _judge(self, seen: SeenClock) -> None:
        """Announce what was read, where it is news."""
        said, apart_s = self._apart.get(seen.server), round(seen.ahead_s)
        if seen.is_apart and (said is None or abs(apart_s - said.apart_s) > _CHANGED_S):
            one = ServerApart(seen.server, apart_s, time.time() if said is None else said.since_s)
            self._apart = {**self._apart, seen.server: one}
            self._offsets_s.append(seen.ahead_s)
            about = {"server": seen.server, "apart_s": apart_s}
            self._announcer.announce(kinds.SERVER_CLOCK_APART, **about, reason=f"it is about {one.text}")
        elif seen.is_apart is False and said is not None:
            self._end(seen.server, "it is right again")

    def _end(self, server: str, reason: str) -> None:
        self._apart = {name: one for name, one in self._apart.items() if name != server}
        self._announcer.announce(kinds.SERVER_CLOCK_AGREES, server=server, reason=reason)

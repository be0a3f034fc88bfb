"""Mutes the nodes of the running service as the file says: it looks at the file once a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from securos_trigger.model import Address
from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.runtime.mutes.mute import Mute
from securos_trigger.system.boot_clock import Instant, present_instant
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339, utc
from securos_trigger.system.worker import Worker

LOOK_EVERY_S: Final = 1.0
# A smaller difference between the wall clock and the steady one is no setting of it.
_CLOCK_SET_S: Final = 2.0
#: Nodes that are still muted are reported again this often.
REMIND_EVERY_S: Final = 86_400.0
#: What is left is written this often, so that a wrong clock after a restart of the machine costs no more.
COUNT_EVERY_S: Final = 3_600.0


class MuteWatch:
    """Applies the file of mutes to the nodes that `nodes` gives, and announces each mute that begins or ends.

    `look` once before the first frame, so that no frame slips through; then `start`.
    """

    def __init__(
        self,
        outbox: Path,
        nodes: Callable[[], Sequence[LiveNode]],
        announcer: Announcer,
        clock: Callable[[], Instant] = present_instant,
    ) -> None:
        self._file = MuteFile(outbox)
        self._nodes = nodes
        self._announcer = announcer
        self._clock = clock
        self._looking = threading.Lock()
        self._stamp: object = object()
        self._mutes: tuple[Mute, ...] = ()
        self._until: dict[str, datetime] = {}
        self._is_unreadable = False
        self._is_unwritten = False
        self._reminded_at: Instant | None = None
        self._worker = Worker("mutes", self._turn, announcer)

    def start(self) -> None:
        """Go on looking, once a second."""
        self._worker.start()

    def close(self) -> None:
        """Look no more. The nodes stay as they are."""
        self._worker.close()

    def look(self, new_nodes: Iterable[LiveNode] | None = None) -> None:
        """Take what the file says now, and apply it to every node. From any thread.

        `new_nodes` were added to those that are known: where the file says what it said before, it is applied to them.
        """
        with self._looking:
            now = self._clock()
            before = {mute.node: mute for mute in self._mutes}
            has_changed = self._read()
            going_on = {mute.node: mute for mute in self._mutes if mute.left_at(now) > 0}
            has_ended = len(going_on) < len(self._mutes)
            self._mutes = tuple(going_on.values())
            self._follow_clock(going_on, now)
            if has_changed or has_ended:
                self._until = {node: utc(now.wall_s + mute.left_at(now)) for node, mute in going_on.items()}
                self._announce_changes(before, going_on, now)
            self._apply(self._nodes() if new_nodes is None or has_changed or has_ended else new_nodes)
            self._keep_count(now, has_ended=has_ended)
            self._remind(now)

    def _follow_clock(self, going_on: dict[str, Mute], now: Instant) -> None:
        """Say until when by the present wall clock, where that was set meanwhile."""
        for node, mute in going_on.items():
            until_s = now.wall_s + mute.left_at(now)
            if (known := self._until.get(node)) is not None and abs(known.timestamp() - until_s) > _CLOCK_SET_S:
                self._until[node] = utc(until_s)

    def _turn(self, closing: threading.Event) -> bool:
        if closing.wait(LOOK_EVERY_S):
            return False
        self.look()
        return True

    def _read(self) -> bool:
        """Read the file if it has changed. True: it has, and it could be read, or has become unreadable."""
        try:
            stamp = self._file.stamp()
            if stamp == self._stamp:
                return False
            self._mutes = self._file.read()
        except (OSError, ValueError) as error:
            if self._is_unreadable:
                return False
            self._announcer.announce(kinds.MUTES_UNREADABLE, path=self._file.path, reason=reason_of(error))
            self._is_unreadable, self._stamp, self._mutes = True, object(), ()
            return True
        if self._is_unreadable:
            self._announcer.announce(kinds.MUTES_READABLE, path=self._file.path)
        self._stamp, self._is_unreadable = stamp, False
        return True

    def _announce_changes(self, before: dict[str, Mute], now_muted: dict[str, Mute], now: Instant) -> None:
        for node, mute in now_muted.items():
            if node not in before or before[node].muted_at_s != mute.muted_at_s:
                self._announce_mute(kinds.NODE_MUTED, mute, now)
        for node, mute in before.items():
            if node not in now_muted:
                ended = "the file of mutes cannot be read" if self._is_unreadable else "a person ended it"
                reason = "its time is over" if mute.left_at(now) <= 0 else ended
                self._announcer.announce(kinds.NODE_UNMUTED, node=node, reason=reason)

    def _apply(self, nodes: Iterable[LiveNode]) -> None:
        for live in nodes:
            mute = self._mute_of(live.address)
            until = None if mute is None else self._until[mute.node]
            if live.node.muted_until is not until:
                since = None if mute is None else utc(mute.muted_at_s)
                live.mute(until, "" if mute is None else mute.reason, since, "" if mute is None else mute.person)

    def _mute_of(self, address: Address) -> Mute | None:
        """The mute of a node. One that runs without a pipeline is known by its id alone."""
        for mute in self._mutes:
            pipeline, _, node = mute.node.rpartition("/")
            if node == address.node and address.pipeline in (pipeline, ""):
                return mute
        return None

    def _keep_count(self, now: Instant, *, has_ended: bool) -> None:
        """Write what is left: when a mute has ended, after a start of the machine, and once an hour."""
        is_due = any(
            mute.counted_at.boot_id != now.boot_id or now.seconds_since(mute.counted_at) >= COUNT_EVERY_S
            for mute in self._mutes
        )
        if not (has_ended or is_due or self._is_unwritten):
            return
        self._mutes = tuple(mute.counted_again(now) for mute in self._mutes)
        try:
            self._file.change(now, lambda going_on: going_on)
        except OSError as error:  # it is tried again with the next look
            if not self._is_unwritten:
                self._announcer.announce(kinds.MUTES_NOT_WRITTEN, path=self._file.path, reason=reason_of(error))
            self._is_unwritten = True
            return
        if self._is_unwritten:
            self._announcer.announce(kinds.MUTES_WRITTEN, path=self._file.path)
        self._is_unwritten = False

    def _remind(self, now: Instant) -> None:
        if not self._mutes or self._reminded_at is None:
            self._reminded_at = now
        elif now.seconds_since(self._reminded_at) >= REMIND_EVERY_S:
            self._reminded_at = now
            for mute in self._mutes:
                self._announce_mute(kinds.NODE_STILL_MUTED, mute, now)

    def _announce_mute(self, kind: NoticeKind, mute: Mute, now: Instant) -> None:
        since, until = rfc3339(mute.muted_at_s), rfc3339(now.wall_s + mute.left_at(now))
        self._announcer.announce(kind, node=mute.node, since=since, until=until, by=mute.person, reason=mute.reason)

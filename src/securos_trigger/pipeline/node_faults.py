"""What fails in a pipeline, node by node: counted, logged at intervals, and reported to the health watch."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from securos_trigger.model.heartbeat import Heartbeat, NodeFailure
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.bugs import is_expected, reason_and_fix
from securos_trigger.pipeline.node_trouble import FAILS_ON_PART, FailingNode, NodeTrouble

_log = logging.getLogger("securos_trigger.video")

# A fault that comes back on every frame is logged again only this often.
_REPEAT_LOG_S: Final = 60.0

#: A node, and which of several steps with its id.
Key: TypeAlias = tuple[str, int]


class NodeFaults:
    """The faults of all steps of a pipeline, and of its sink. Its thread notes them; any thread may ask.

    `counts` are the frames that failed, by node id. Cameras of one source have steps of the same id, and each fails
    for itself: `Key`.
    """

    def __init__(
        self,
        ids: Iterable[str],
        source_name: str,
        announcer: Announcer,
        heartbeat: Heartbeat,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`heartbeat` has the worst of what fails now. `ticks` is the clock, in seconds."""
        self._heartbeat = heartbeat
        self.counts = dict.fromkeys(ids, 0)
        self._source_name = source_name
        self._announcer = announcer
        self._ticks = ticks
        self._lock = threading.Lock()
        self._troubles: dict[Key, NodeTrouble] = {}
        self._last: dict[str, FailingNode] = {}
        self._logged_at_ticks: dict[tuple[object, ...], float] = {}

    @property
    def has_trouble(self) -> bool:
        """True while a step is in trouble: then `note_success` is to be called."""
        return bool(self._troubles)

    def note_success(self, key: Key) -> None:
        """A step has really worked on a frame: not when it left the frame out, or does not know yet."""
        with self._lock:
            if (trouble := self._troubles.get(key)) is None:
                return
            trouble.note_success(self._ticks())
            if trouble.is_over:
                self._troubles = {one: known for one, known in self._troubles.items() if one != key}
            self._tell()
        if trouble.is_over and trouble.was_serious:
            outage_s = round(trouble.last_at_ticks - trouble.began_at_ticks, 1)
            fields = {"node": key[0], "source": self._source_name, "count": trouble.frames, "outage_s": outage_s}
            self._announcer.announce(kinds.NODE_RECOVERED, **fields)

    def note_fault(self, key: Key, error: BaseException, *, is_closing: bool = False) -> None:
        """A step has raised `error` on a frame, or when it was closed. A `FramesLostError` costs earlier ones too."""
        lost: int = getattr(error, "earlier_frames", 0)
        frames = lost + (not is_closing)
        reason, fix = reason_and_fix(error)
        with self._lock:
            now_s = self._ticks()
            trouble = self._troubles.get(key) or NodeTrouble(now_s)
            trouble.note_fault(now_s, frames, reason, fix, is_closing=is_closing)
            self._troubles = {**self._troubles, key: trouble}
            self._last[key[0]] = trouble.shown()
            self.counts[key[0]] += max(frames, 1)
            self._tell()
        self._report(key[0], error)

    def leave_behind(self, heartbeat: Heartbeat) -> None:
        """Another pipeline is in its place: `heartbeat`, which no health watch reads, has the faults from now on."""
        with self._lock:
            self._heartbeat = heartbeat
            self._source_name += " (left behind)"

    def keep_only(self, ids: Collection[str]) -> None:
        """Forget the troubles of steps that are gone: all but those with these ids. From any thread."""
        with self._lock:
            self._troubles = {key: trouble for key, trouble in self._troubles.items() if key[0] in ids}
            self._last = {one: known for one, known in self._last.items() if one in ids}
            self._tell()

    def failing(self) -> dict[str, FailingNode]:
        """The nodes in trouble by id: of several cameras the one that fails most."""
        with self._lock:
            found = [(node_id, trouble.shown()) for (node_id, _), trouble in self._troubles.items()]
        return dict(sorted(found, key=lambda item: (item[1].is_unfinished, item[1].is_serious, item[1].frames)))

    def last_faults(self) -> dict[str, FailingNode]:
        """By node id, the trouble of its last fault, as it was then: also when that is over."""
        with self._lock:
            return dict(self._last)

    def note_end(self, attempts: Mapping[str, int]) -> None:
        """All is closed: what has not ended well fails from now on. `attempts`: see `not_well`."""
        for node_id, one in self.not_well(attempts).items():
            began_at_ticks = self._ticks() - max(0.0, time.time() - one.since_s)
            self._heartbeat.failing = NodeFailure(node_id, began_at_ticks, one.reason, one.fix)

    def not_well(self, attempts: Mapping[str, int]) -> Mapping[str, FailingNode]:
        """At the end: the nodes that fail now, or have failed on a tenth of all frames, with the counts of the run.

        `attempts`: by node id, the frames on which it really worked, or tried to.
        """
        found = {}
        for node_id, last in self._last.items():
            count, now = self.counts[node_id], self._failing_at_end(node_id)
            of_frames = max(attempts.get(node_id, 0), count)
            if now is not None or count >= FAILS_ON_PART * of_frames:
                one = now or last
                # A sink or node that could not be finished: what it was closed with is no frame.
                frames, of_frames = (0, 0) if one.is_unfinished and one.of_frames == 0 else (count, of_frames)
                found[node_id] = replace(one, frames=frames, of_frames=of_frames)
        return found

    def _failing_at_end(self, node_id: str) -> FailingNode | None:
        """Its trouble, when it failed until the end: there is no time to wait whether it passes."""
        with self._lock:
            ended = [one for (key, _), one in self._troubles.items() if key == node_id and one.is_bad]
        return ended[0].shown() if ended else None

    def _tell(self) -> None:
        serious = [(one.frames, key[0], one) for key, one in self._troubles.items() if one.is_serious]
        if not serious:
            self._heartbeat.failing = None
            return
        _, node_id, worst = max(serious, key=lambda found: found[0])
        self._heartbeat.failing = NodeFailure(node_id, worst.began_at_ticks, worst.reason, worst.fix)

    def _report(self, node_id: str, error: BaseException) -> None:
        """Log a fault: the first of its kind, and then once a minute. That of a bug with its traceback."""
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        reason, fix = reason_and_fix(error)
        kind: tuple[object, ...] = (node_id, reason)
        if not is_expected(error):
            kind = (node_id, type(error), place and place.tb_frame.f_code, place and place.tb_lineno)
        now_s = self._ticks()
        if now_s - self._logged_at_ticks.get(kind, -_REPEAT_LOG_S) < _REPEAT_LOG_S:
            return
        self._logged_at_ticks[kind] = now_s
        if not is_expected(error):
            _log.error("The node %s has failed on a frame of %s.", node_id, self._source_name, exc_info=error)
        fields = {"node": node_id, "source": self._source_name, "reason": reason, "count": self.counts[node_id]}
        self._announcer.announce(kinds.NODE_FAILED, **fields, fix=fix)

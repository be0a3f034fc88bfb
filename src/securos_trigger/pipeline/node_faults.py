"""What fails in a pipeline, node by node: counted, logged at intervals, and judged whether a person must act."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from securos_trigger.model.heartbeat import Heartbeat, NodeFailure
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.bugs import is_expected, reason_and_fix

_log = logging.getLogger("securos_trigger.video")

SINK_ID: Final = "sink"
#: A node is called failing when it has failed on this many frames, and on this part of all since then, at least.
FAILS_AFTER_FRAMES: Final = 3
FAILS_ON_PART: Final = 0.1
#: A trouble is over with the first frame that the node takes when it has failed on none for this long, in seconds.
OVER_AFTER_S: Final = 10.0
# A fault that comes back on every frame is logged again only this often.
_REPEAT_LOG_S: Final = 60.0

#: A node, and which of several steps with its id.
Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FailingNode:
    """A node in trouble: it failed on `frames` of the `of_frames` that it got since then (Unix seconds).

    `reason` is that of the last, `fix` what to do about it. `is_unfinished`: it failed when it was closed.
    """

    frames: int
    of_frames: int
    since_s: float
    reason: str
    fix: str = ""
    is_unfinished: bool = False

    @property
    def is_serious(self) -> bool:
        """True when it fails on a tenth of its frames or more, or could not be finished."""
        is_often = self.frames >= FAILS_AFTER_FRAMES and self.frames >= FAILS_ON_PART * self.of_frames
        return is_often or self.is_unfinished


@dataclass(slots=True)
class _Trouble:
    """The present trouble of one step. `last_at_ticks` is that of its last failure (monotonic seconds)."""

    since_s: float
    began_at_ticks: float
    last_at_ticks: float
    frames: int = 0
    of_frames: int = 0
    reason: str = ""
    fix: str = ""
    is_unfinished: bool = False
    was_serious: bool = False

    def shown(self) -> FailingNode:
        return FailingNode(self.frames, self.of_frames, self.since_s, self.reason, self.fix, self.is_unfinished)


class NodeFaults:
    """The faults of all steps of a pipeline, and of its sink. Its thread notes them; any thread may ask.

    `counts` are by node id. Cameras of one source have steps of the same id, and each fails for itself: `Key`.
    """

    def __init__(self, ids: Iterable[str], source_name: str, announcer: Announcer, heartbeat: Heartbeat) -> None:
        """`heartbeat` has the worst of what fails now."""
        self._heartbeat = heartbeat
        self.counts = dict.fromkeys(ids, 0)
        self._source_name = source_name
        self._announcer = announcer
        self._troubles: dict[Key, _Trouble] = {}
        self._last: dict[str, FailingNode] = {}
        self._logged_at_ticks: dict[tuple[object, ...], float] = {}

    @property
    def has_trouble(self) -> bool:
        """True while a step is in trouble: then `note_success` is to be called."""
        return bool(self._troubles)

    def note_success(self, key: Key) -> None:
        """A step has taken a frame."""
        if (trouble := self._troubles.get(key)) is None:
            return
        trouble.of_frames += 1
        now_s = time.monotonic()
        self._tell()
        if trouble.is_unfinished or now_s - trouble.last_at_ticks < OVER_AFTER_S:
            return
        self._troubles = {one: known for one, known in self._troubles.items() if one != key}
        self._tell()
        if trouble.was_serious:
            outage_s = round(trouble.last_at_ticks - trouble.began_at_ticks, 1)
            fields = {"node": key[0], "source": self._source_name, "count": trouble.frames, "outage_s": outage_s}
            self._announcer.announce(kinds.NODE_RECOVERED, **fields)

    def note_fault(self, key: Key, error: BaseException, *, is_closing: bool = False) -> None:
        """A step has raised `error` on a frame, or when it was closed."""
        now_s = time.monotonic()
        trouble = self._troubles.get(key) or _Trouble(time.time(), now_s, now_s)
        trouble.last_at_ticks = now_s
        trouble.reason, trouble.fix = reason_and_fix(error)
        trouble.is_unfinished |= is_closing
        trouble.frames += not is_closing
        trouble.of_frames += not is_closing
        self._troubles = {**self._troubles, key: trouble}
        self._last[key[0]] = shown = trouble.shown()
        trouble.was_serious |= shown.is_serious
        self.counts[key[0]] += 1
        self._tell()
        self._report(key[0], error)

    def failing(self) -> dict[str, FailingNode]:
        """The nodes in trouble by id: of several cameras the one that has failed on most frames."""
        found = sorted(self._troubles.items(), key=lambda item: (item[1].is_unfinished, item[1].frames))
        return {node_id: trouble.shown() for (node_id, _), trouble in found}

    def note_end(self, frames_read: int) -> None:
        """All is closed: what has not ended well fails from now on."""
        for node_id, one in self.not_well(frames_read).items():
            began_at_ticks = time.monotonic() - max(0.0, time.time() - one.since_s)
            self._heartbeat.failing = NodeFailure(node_id, began_at_ticks, one.reason, one.fix)

    def not_well(self, frames_read: int) -> Mapping[str, FailingNode]:
        """At the end: the nodes that fail now, or have failed on a tenth of all frames, each with its last trouble."""
        serious = {node_id: one for node_id, one in self.failing().items() if one.is_serious}
        often = {
            node_id: self._last[node_id]
            for node_id, count in self.counts.items()
            if count and count >= FAILS_ON_PART * frames_read
        }
        return {**often, **serious}

    def _tell(self) -> None:
        serious = [(one.frames, key[0], one) for key, one in self._troubles.items() if one.shown().is_serious]
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
        now_s = time.monotonic()
        if now_s - self._logged_at_ticks.get(kind, -_REPEAT_LOG_S) < _REPEAT_LOG_S:
            return
        self._logged_at_ticks[kind] = now_s
        if not is_expected(error):
            _log.error("The node %s has failed on a frame of %s.", node_id, self._source_name, exc_info=error)
        fields = {"node": node_id, "source": self._source_name, "reason": reason, "count": self.counts[node_id]}
        self._announcer.announce(kinds.NODE_FAILED, **fields, fix=fix)

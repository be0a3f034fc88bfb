"""Times in which something held that may be why no event came: a lost source, a failing target, a mute.

Notes in the ledger say when one begins, goes on for another reason, and ends; here they become one `Period`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Final

from securos_trigger.ledger.entries import Entry, Record, RunNote, SourceNote, StateNote, TargetNote, span_of
from securos_trigger.model import Address
from securos_trigger.system.timestamps import rfc3339

#: A reload, as by a save, has ended a pipeline, to begin it again or to remove it.
PIPELINE_RELOADED: Final = "pipeline_reloaded"
SOURCE_LOST: Final = "source_lost"
PIPELINE_FAILED: Final = "pipeline_failed"
#: Frames are left out, or messages wait: this machine does not keep up.
SOURCE_BEHIND: Final = "source_behind"
MUTED: Final = "muted"
#: A notice of these is repeated once a minute while it goes on, and has no end of its own.
_REPEATED: Final = frozenset({"message_malformed", "node_failed"})
_REPEATED_WITHIN_S: Final = 90.0
#: A service that stops ends its pipelines first: that is no news of a pipeline. Nor is one that a reload begins again.
_STOPPING_S: Final = 10.0
#: A frame of the pipeline is the end of these.
_WITHOUT_A_FRAME: Final = frozenset({SOURCE_LOST, PIPELINE_FAILED, "pipeline_ended"})
_CAMERA_UNKNOWN: Final = "camera_unknown"
#: Frames that were on their way when something ended may come this much later.
ON_THE_WAY_S: Final = 2.0
#: The end of a mute is counted again by each service, and the clock may be set meanwhile.
_SAME_END_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which something held. Unix seconds; `until_at_s` infinite: it lasts.

    `kind` is `source_lost`, `pipeline_failed`, `muted`, or the name of the notice that said so. `reason` is the first
    reason, `last_reason` the latest. `planned_until_at_s` is when a mute was to end, `ended` why it did.
    """

    kind: str
    from_at_s: float
    until_at_s: float = inf
    pipeline: str = ""
    source: str = ""
    node: str = ""
    target: str = ""
    cameras: str = ""
    reason: str = ""
    last_reason: str = ""
    planned_until_at_s: float | None = None
    ended: str = ""

    def lies_in(self, from_at_s: float, until_at_s: float) -> bool:
        """True when it has an instant in this time."""
        return self.until_at_s >= from_at_s and self.from_at_s < until_at_s

    def is_of(self, address: Address, source_name: str) -> bool:
        """True when it concerns this node, whose frames come from that source."""
        if self.target:
            return False
        if self.node and not self.source:
            pipeline, _, node = self.node.rpartition("/")
            return self.node == str(address) or (node == address.node and address.pipeline in (pipeline, ""))
        if self.pipeline:
            return self.pipeline == address.pipeline
        return not self.source or self.source == source_name

    def has_frames_in(self, entry: Entry) -> bool:
        """True when frames came although it lasted, but for those near its beginning and end: it kept none back."""
        is_after = entry.until_at_s > self.from_at_s + ON_THE_WAY_S
        return is_after and entry.from_at_s < self.until_at_s - ON_THE_WAY_S

    def to_json(self) -> dict[str, Any]:
        """Plain data, times in UTC; what it has not is left out."""
        found = {
            "what": self.kind,
            "from": rfc3339(self.from_at_s),
            "until": None if self.until_at_s == inf else rfc3339(self.until_at_s),
            "pipeline": self.pipeline,
            "source": self.source,
            "node": self.node,
            "target": self.target,
            "cameras": self.cameras,
            "reason": self.reason,
            "last_reason": self.last_reason if self.last_reason != self.reason else "",
            "planned_until": None if self.planned_until_at_s is None else rfc3339(self.planned_until_at_s),
            "ended": self.ended,
        }
        return {name: value for name, value in found.items() if value or name == "until"}


class Periods:
    """Takes the notes of a ledger, oldest line first. Keeps the periods that `is_wanted`, and those that last."""

    def __init__(self, is_wanted: Callable[[Period], bool]) -> None:
        self._is_wanted = is_wanted
        self._open: dict[tuple[str, ...], Period] = {}
        self._ended: list[Period] = []
        self._cut: dict[tuple[str, ...], Period] = {}  # mutes that the end of a service cut off; the next may go on
        self._newest_at_s = -inf

    def take(self, record: Record) -> None:
        """Take a record of any kind."""
        match record:
            case Entry():
                if self._open:
                    self._take_frames(record)
            case SourceNote():
                kind = SOURCE_LOST if record.source else PIPELINE_FAILED
                if kind == PIPELINE_FAILED and record.reason:
                    self._end_pipeline(record.pipeline, kind, record.at_s)
                made = Period(kind, record.at_s, pipeline=record.pipeline, source=record.source, reason=record.reason)
                self._step((kind, record.pipeline, record.source), made, is_over=not record.reason)
            case TargetNote():
                self._take_target(record)
            case StateNote():
                self._take_state(record)
            case RunNote():  # what the service before knew, the next one says again
                self._end_all(record.at_s if record.is_end else self._newest_at_s)
        self._newest_at_s = max(self._newest_at_s, span_of(record)[1])

    def found(self, *, is_running: bool = True) -> tuple[Period, ...]:
        """The wanted ones, in the order in which they began. `is_running`: a service writes the ledger now."""
        if not is_running:
            self._end_all(self._newest_at_s)
        wanted = [*self._ended, *filter(self._is_wanted, (*self._open.values(), *self._cut.values()))]
        return tuple(sorted(wanted, key=lambda one: one.from_at_s))

    def _take_frames(self, entry: Entry) -> None:
        """Frames of a pipeline end what was to be without any: a reload that fixed it does not say so.

        Those of a camera that was not in the camera map say that it is known now.
        """
        pipeline, source, camera = entry.address.pipeline, entry.source_name, entry.address.camera
        for key, one in list(self._open.items()):
            is_of_it = one.pipeline == pipeline if one.pipeline else one.source == source
            if one.kind in _WITHOUT_A_FRAME and is_of_it and entry.until_at_s > one.from_at_s + ON_THE_WAY_S:
                self._end(key, entry.from_at_s, "frames came again")
            elif one.kind == _CAMERA_UNKNOWN and is_of_it and camera == one.cameras and camera:
                self._end(key, entry.from_at_s, "its messages are of a known camera")

    def _end_pipeline(self, pipeline: str, how: str, at_s: float) -> None:
        """A pipeline that has ended says no more of its source and cameras; one that begins again says it again."""
        for key, one in list(self._open.items()):
            if pipeline and one.pipeline == pipeline and one.kind != how:
                self._end(key, min(at_s, one.until_at_s), "its pipeline ended")

    def _take_target(self, note: TargetNote) -> None:
        """A target that fails for another cause than before fails for that one since this note."""
        key = ("target", note.target)
        known = self._open.get(key)
        if known is not None and note.trouble != known.kind:
            self._end(key, note.at_s)
        since_s = note.failing_since_at_s if known is None and note.failing_since_at_s is not None else note.at_s
        if note.trouble:
            made = Period(note.trouble, since_s, target=note.target, reason=note.reason)
            self._step(key, made, is_over=False)

    def _take_state(self, note: StateNote) -> None:
        key = note.subject
        known = self._open.get(key)
        if note.state in _REPEATED and known is not None and note.at_s - known.until_at_s > _REPEATED_WITHIN_S:
            self._end(key, known.until_at_s)
        if note.state == "pipeline_ended":
            self._end_pipeline(note.pipeline, note.state, note.at_s)
        elif note.state == "reload_refused" and note.is_over:  # a reload ends the pipelines that it begins again
            for other, one in list(self._open.items()):
                if one.kind == "pipeline_ended" and note.at_s - one.from_at_s < _STOPPING_S:
                    self._open[other] = replace(one, kind=PIPELINE_RELOADED)
                    self._end(other, note.at_s)
        began_at_s = note.at_s if note.since_at_s is None or note.is_over else min(note.at_s, note.since_at_s)
        made = Period(
            note.state,
            began_at_s,
            note.at_s if note.state in _REPEATED else inf,
            pipeline=note.pipeline,
            source=note.source,
            node=note.node,
            cameras=note.cameras,
            reason=note.reason,
            planned_until_at_s=note.until_at_s,
        )
        self._step(key, made, is_over=note.is_over)

    def _step(self, key: tuple[str, ...], made: Period, *, is_over: bool) -> None:
        """Begin a period, go on with it, or end it."""
        known = self._open.get(key)
        cut = self._cut.pop(key, None)
        if cut is not None and not is_over and _is_same_mute(cut, made):
            self._open[key] = replace(cut, until_at_s=inf, planned_until_at_s=made.planned_until_at_s, ended="")
            return
        if cut is not None and self._is_wanted(cut):
            self._ended.append(cut)
        if is_over:
            self._end(key, made.from_at_s, made.reason)
        elif known is None:
            self._open[key] = replace(made, last_reason=made.reason)
        elif made.kind == MUTED and made.reason == known.reason and made.planned_until_at_s is not None:
            self._open[key] = replace(known, planned_until_at_s=made.planned_until_at_s)
        elif made.kind == MUTED:  # another mute replaces it
            self._end(key, made.from_at_s, "another mute replaced it")
            self._open[key] = replace(made, last_reason=made.reason)
        else:
            self._open[key] = replace(known, last_reason=made.reason, until_at_s=made.until_at_s)

    def _end(self, key: tuple[str, ...], at_s: float, why: str = "") -> None:
        known = self._open.pop(key, None)
        if known is not None:
            ended = replace(known, until_at_s=max(known.from_at_s, at_s), ended=why)
            if self._is_wanted(ended):
                self._ended.append(ended)

    def _end_all(self, at_s: float) -> None:
        for key in list(self._open):
            known = self._open[key]
            if known.kind == "pipeline_ended" and at_s - known.from_at_s < _STOPPING_S:
                del self._open[key]
            elif known.kind == MUTED:
                self._cut[key] = replace(self._open.pop(key), until_at_s=at_s, ended="the service ended")
            else:
                self._end(key, min(at_s, known.until_at_s), "the service ended")


def _is_same_mute(cut: Period, made: Period) -> bool:
    """True when a mute that a service began to watch is the one that the service before watched."""
    before_s, now_s = cut.planned_until_at_s, made.planned_until_at_s
    has_same_end = before_s == now_s or (
        before_s is not None and now_s is not None and abs(before_s - now_s) <= _SAME_END_S
    )
    return cut.reason == made.reason and has_same_end

"""The cameras whose latest event was given up: they get nothing, although their receiver answers."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from typing import Any, Final

from securos_trigger.model import Superseded
from securos_trigger.notices import Notice, kinds
from securos_trigger.outbox import GivenUp
from securos_trigger.system.timestamps import rfc3339

#: Cameras that are remembered; more than any site has.
_MOST: Final = 10_000
#: A dead letter stands in the outbox after this long, in seconds.
_WRITTEN_AFTER_S: Final = 60.0
#: Dead letters of a camera that are remembered.
_MOST_LETTERS: Final = 100


@dataclass(slots=True)
class _Camera:
    """Since when (Unix seconds), why, how many events since then, and whether one of them is a dead letter.

    `last_at_ticks`: the last one, on the monotonic clock. `dead_letters`: the ids of their events; None: not all of
    them are known.
    """

    since_s: float
    reason: str
    has_dead_letter: bool
    count: int = 1
    last_at_ticks: float = field(default_factory=time.monotonic)
    dead_letters: set[str] | None = field(default_factory=set)

    def note_dead_letter(self, event_id: str) -> None:
        """Remember that the outbox has a dead letter of this event."""
        self.has_dead_letter = True
        if self.dead_letters is not None:
            self.dead_letters.add(event_id)
            if len(self.dead_letters) > _MOST_LETTERS:
                self.dead_letters = None


class GivenUpCameras:
    """Observes how deliveries end. From any thread.

    A camera leaves when an event of it is delivered, when a person has put back or dropped its dead letters, and,
    where there are none (another camera of the same events got them), with a reload.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cameras: dict[tuple[str, str], _Camera] = {}

    def observe(self, notice: Notice) -> None:
        """Take what a notice says about the end of a delivery."""
        kind, fields = notice.kind, notice.fields
        if kind is kinds.DELIVERY_DEAD and not str(fields["reason"]).endswith(Superseded.WHY):
            self._begin(notice, _cameras_in(fields["cameras"]), has_dead_letter=True)
        elif kind is kinds.DELIVERY_DONE or kind is kinds.DELIVERY_RETRY:
            failed = _cameras_in(fields["failed_cameras"]) if fields["failed_cameras"] else []
            self._begin(notice, failed, has_dead_letter=False)
            if kind is kinds.DELIVERY_DONE:
                self._end(str(fields["target"]), [one for one in _cameras_in(fields["cameras"]) if one not in failed])
        elif kind is kinds.RELOAD_DONE:
            self._forget(lambda _target, _camera, one: not one.has_dead_letter)

    def take(self, found: Iterable[GivenUp]) -> None:
        """Take what the outbox knows from an earlier run."""
        with self._lock:
            for one in found:
                self._cameras.setdefault(
                    (one.target, one.camera_id),
                    _Camera(one.since_s, one.reason, has_dead_letter=True, dead_letters=None),
                )

    def look_again(self, began_at_ticks: float, dead_cameras: Callable[[], Iterable[Set[tuple[str, str]]]]) -> None:
        """Dead letters were put back or dropped. `dead_cameras` gives the targets and cameras of those that are left.

        One that was given up after `began_at_ticks` may not be written yet. It is asked once, not without need, and
        for no more parts of its answer than it takes to find all that are known here.
        """
        with self._lock:
            known = [(key, one, one.count) for key, one in self._cameras.items() if _is_older(one, began_at_ticks)]
            for one in self._cameras.values():
                one.dead_letters = None  # which of them are left
        if not known:
            return
        gone = {key for key, _, _ in known}
        for part in dead_cameras():
            gone -= part
            if not gone:
                return
        self._remove((key, one, count) for key, one, count in known if key in gone)

    def forget(self, target: str) -> None:
        """Forget the cameras of a target: this process begins to deliver to it."""
        self._forget(lambda of, _camera, _one: of == target)

    def forget_dead_letters(self, target: str | None = None) -> None:
        """There is no dead letter, of this target or of any: forget the cameras that had some, and not just now."""
        written_at_ticks = time.monotonic() - _WRITTEN_AFTER_S

        def is_over(of: str, _camera: str, one: _Camera) -> bool:
            return target in (None, of) and one.has_dead_letter and one.last_at_ticks < written_at_ticks

        self._forget(is_over)

    def answer(self, *, has_dead_letters: bool) -> list[dict[str, Any]]:
        """`target`, `camera` (empty: events without a camera), `since`, `reason`, `count` and `dead_letters` of each.

        `dead_letters` is how many dead letters it has that none before it has, too; None: not known.
        `has_dead_letters` False: the outbox has none at all, because a person or the limit of their age removed them.
        """
        if not has_dead_letters:
            self.forget_dead_letters()
        named = defaultdict[str, set[str]](set)
        with self._lock:
            return [
                {
                    "target": target,
                    "camera": camera,
                    "since": rfc3339(one.since_s),
                    "reason": one.reason,
                    "count": one.count,
                    "dead_letters": _number_of_new(one.dead_letters, named[target]),
                }
                for (target, camera), one in self._cameras.items()
            ]

    def counts(self, targets: Iterable[str]) -> dict[str, int]:
        """The number of such cameras of each of these targets."""
        with self._lock:
            named = [target for target, _ in self._cameras]
        return {target: named.count(target) for target in targets}

    def _begin(self, notice: Notice, cameras: Iterable[str], *, has_dead_letter: bool) -> None:
        target, reason = str(notice.fields["target"]), str(notice.fields["reason"])
        with self._lock:
            for camera in cameras:
                known = self._cameras.get((target, camera))
                if known is not None:
                    known.reason, known.count, known.last_at_ticks = reason, known.count + 1, time.monotonic()
                elif len(self._cameras) < _MOST:
                    self._cameras[target, camera] = known = _Camera(time.time(), reason, has_dead_letter)
                if known is not None and has_dead_letter:
                    known.note_dead_letter(str(notice.fields["event_id"]))

    def _end(self, target: str, cameras: Iterable[str]) -> None:
        if self._cameras:  # most often there are none, and an event is delivered each few milliseconds
            with self._lock:
                for camera in cameras:
                    self._cameras.pop((target, camera), None)

    def _forget(self, is_over: Callable[[str, str, _Camera], bool]) -> None:
        with self._lock:
            known = [(key, one, one.count) for key, one in self._cameras.items()]
        self._remove((key, one, count) for key, one, count in known if is_over(*key, one))

    def _remove(self, over: Iterable[tuple[tuple[str, str], _Camera, int]]) -> None:
        with self._lock:
            for key, one, count in over:
                if self._cameras.get(key) is one and one.count == count:  # else it was given up again meanwhile
                    del self._cameras[key]


def _number_of_new(event_ids: set[str] | None, named: set[str]) -> int | None:
    """How many of these events are not in `named` yet; then they are."""
    if event_ids is None:
        return None
    number = len(event_ids - named)
    named |= event_ids
    return number


def _is_older(one: _Camera, began_at_ticks: float) -> bool:
    return one.has_dead_letter and one.last_at_ticks < began_at_ticks


def _cameras_in(text: object) -> list[str]:
    """The cameras that a notice names; for an event without a camera the empty one."""
    return str(text).split(",")

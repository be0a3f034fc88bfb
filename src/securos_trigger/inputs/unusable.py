"""Finds messages of which no event can come, although they come: unreadable, refused, of no camera, or too old."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from securos_trigger.inputs.happening import Happening, Verdict
from securos_trigger.system.timestamps import rfc3339

#: Fewer in a row may be those of another sender.
FROM_MESSAGES: Final = 10
#: Too old messages that come for a shorter time are those of an outage, and fresh ones follow.
TOO_OLD_AFTER_S: Final = 30.0
#: Cameras of which too old messages are counted.
_MOST_CAMERAS: Final = 1_000
_OLDER_BY_S: Final = 5.0
_NEWS: Final = frozenset({Verdict.NEW, Verdict.UPDATE, Verdict.END, Verdict.FRAME})
_STARTS: Final = frozenset({Verdict.NEW, Verdict.FRAME})


class Why(StrEnum):
    """Why no event can come of a message."""

    MALFORMED = "malformed"
    REFUSED = "refused"
    NO_CAMERA = "no_camera"
    TOO_OLD = "too_old"


@dataclass(slots=True)
class _Run:
    """Such messages, one after the other: how many, and since when (Unix seconds, and those of the first and last)."""

    began_at: float
    first_age_s: float
    last_at: float = 0.0
    last_age_s: float = 0.0
    count: int = 0
    reason: str = ""

    def is_steady(self) -> bool:
        """True for ages that do not shrink: those of messages that were held up do, while they are caught up with."""
        lasts_s = self.last_at - self.began_at
        return lasts_s >= TOO_OLD_AFTER_S and self.first_age_s - self.last_age_s <= max(_OLDER_BY_S, lasts_s / 2)


class UnusableMessages:
    """Counts them since the last message of which an event could come. One thread notes; any thread may ask."""

    def __init__(self, age_limit_s: float) -> None:
        self._age_limit_s = age_limit_s
        self._runs: dict[tuple[Why, str], _Run] = {}

    def note(self, happening: Happening, arrived_at: float) -> None:
        """Take what a message is. `arrived_at` is in Unix seconds."""
        verdict, camera = happening.verdict, happening.source or ""
        if verdict is Verdict.MALFORMED:
            self._count(Why.MALFORMED, "", arrived_at, happening.why)
        elif verdict is Verdict.REFUSED:
            self._count(Why.REFUSED, "", arrived_at, happening.why)
        elif verdict is Verdict.STALE:
            said_at = happening.reading.aged_from
            if happening.cameras and said_at is not None and (age_s := arrived_at - said_at) > self._age_limit_s:
                self._count(Why.TOO_OLD, camera, arrived_at, "", age_s)
        elif verdict in _NEWS:
            if happening.cameras or happening.reading.direct_cameras is not None:
                self._end(camera)
            elif verdict in _STARTS and happening.source is None:
                self._count(Why.NO_CAMERA, "", arrived_at, "")

    def answer(self) -> list[dict[str, Any]]:
        """The runs that are long enough: `why`, `camera` (empty: all), `count`, `since`, `reason`, `age_s`."""
        return [
            {
                "why": why.value,
                "camera": camera,
                "count": run.count,
                "since": rfc3339(run.began_at),
                "reason": run.reason,
                "age_s": round(run.last_age_s, 1),
            }
            for (why, camera), run in list(self._runs.items())
            if run.count >= FROM_MESSAGES and (why is not Why.TOO_OLD or run.is_steady())
        ]

    def _count(self, why: Why, camera: str, arrived_at: float, reason: str, age_s: float = 0.0) -> None:
        run = self._runs.get((why, camera))
        if run is None:
            if len(self._runs) >= _MOST_CAMERAS:
                return
            run = self._runs[why, camera] = _Run(arrived_at, age_s)
        run.count += 1
        run.last_at, run.last_age_s, run.reason = arrived_at, age_s, reason

    def _end(self, camera: str) -> None:
        """A message of this camera was of use."""
        if self._runs:
            for why in Why:
                self._runs.pop((why, camera if why is Why.TOO_OLD else ""), None)

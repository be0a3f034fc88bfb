"""Finds messages of which no event can come, although they come: unreadable, refused, of no camera, or too old."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from securos_trigger.inputs.happening import NEWS, Happening, Verdict
from securos_trigger.inputs.known import KEPT_S
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import WITHOUT_STATE
from securos_trigger.system.timestamps import rfc3339

#: Fewer in a row may be those of another sender.
FROM_MESSAGES: Final = 10
#: Too old messages that come for a shorter time are those of an outage, and fresh ones follow.
TOO_OLD_AFTER_S: Final = 30.0
#: Cameras of which too old messages are counted.
_MOST_CAMERAS: Final = 1_000
_OLDER_BY_S: Final = 5.0
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
    """Counts them since the last message of a camera in the camera map that was read, and was not too old.

    States and counts say nothing of the messages that events come of, and what a broker has retained says nothing of
    what its source sends now: neither is counted, and neither ends a run. One thread notes; any thread may ask.
    """

    def __init__(self, age_limit_s: float) -> None:
        self._age_limit_s = age_limit_s
        self._runs: dict[tuple[Why, str], _Run] = {}

    def note(self, happening: Happening, message: Message) -> None:
        """Take what a message is."""
        verdict, reading, arrived_at = happening.verdict, happening.reading, message.arrived_at
        if message.retain:
            return
        if verdict is Verdict.MALFORMED:
            self._count(Why.MALFORMED, "", arrived_at, happening.why)
        elif verdict is Verdict.REFUSED:
            self._count(Why.REFUSED, "", arrived_at, happening.why)
        elif reading.says in WITHOUT_STATE:
            return
        elif happening.cameras or reading.direct_cameras is not None:
            if self._runs or verdict is Verdict.STALE:
                self._note_age(happening, arrived_at)
        elif verdict in _STARTS and happening.source is None:
            self._count(Why.NO_CAMERA, "", arrived_at, "")

    def answer(self, now: float) -> list[dict[str, Any]]:
        """The runs that are long enough: `why`, `camera` (empty: all), `count`, `since`, `reason`, `age_s`.

        A run whose last message came more than a day before `now` (Unix seconds) is over: its sender is gone.
        """
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
            if run.count >= FROM_MESSAGES
            and now - run.last_at <= KEPT_S
            and (why is not Why.TOO_OLD or run.is_steady())
        ]

    def _count(self, why: Why, camera: str, arrived_at: float, reason: str, age_s: float = 0.0) -> None:
        run = self._runs.get((why, camera))
        if run is None or arrived_at - run.last_at > KEPT_S:
            if run is None and len(self._runs) >= _MOST_CAMERAS:
                self._forget_silent(arrived_at)
                if len(self._runs) >= _MOST_CAMERAS:
                    return
            run = self._runs[why, camera] = _Run(arrived_at, age_s)
        run.count += 1
        run.last_at, run.last_age_s, run.reason = arrived_at, age_s, reason

    def _forget_silent(self, now: float) -> None:
        self._runs = {about: run for about, run in self._runs.items() if now - run.last_at <= KEPT_S}

    def _note_age(self, happening: Happening, arrived_at: float) -> None:
        """Count a message that is too old; any other ends what was counted before."""
        verdict, camera, said_at = happening.verdict, happening.source or "", happening.reading.aged_from
        age_s = 0.0 if said_at is None else arrived_at - said_at
        if verdict in NEWS or age_s <= self._age_limit_s:
            for why in (Why.MALFORMED, Why.REFUSED, Why.NO_CAMERA):
                self._runs.pop((why, ""), None)
            if verdict in NEWS or said_at is not None:
                self._runs.pop((Why.TOO_OLD, camera), None)
        elif verdict is Verdict.STALE and happening.cameras:
            self._count(Why.TOO_OLD, camera, arrived_at, "", age_s)

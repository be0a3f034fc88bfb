"""Announces what is wrong with the messages of an input, no more often than a person wants to read it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from securos_trigger.inputs.happening import Happening, Verdict
from securos_trigger.inputs.intake import InputIntake
from securos_trigger.inputs.known import KEPT_S
from securos_trigger.model.heartbeat import CameraState
from securos_trigger.notices import Announcer, kinds

#: Malformed messages are announced again only this often, in seconds.
REPEAT_S: Final = 60.0
#: Unknown cameras that are announced by name.
MOST_NAMED: Final = 50
#: Cameras whose health is remembered.
MOST_CAMERAS: Final = 1_000
#: What is new at a camera shows that it is back, when nothing has called it offline for this time, in seconds: what
#: comes sooner was on its way.
SEEN_AFTER_S: Final = 60.0
_SEEN: Final = frozenset({Verdict.NEW, Verdict.FRAME})
_OFFLINE: Final = frozenset({"offline", "stopped", "lost", "dead", "unavailable", "inactive", "false", "0"})
#: Roles of a camera's streams that nothing is detected in.
_OTHER_ROLES: Final = ("audio", "record")
_LONGEST_NAME: Final = 200
_UNKNOWN_FIX: Final = 'add it to cameras of the pipeline, or "*" for all others'
_OFFLINE_FIX: Final = "look at the camera in its own system"
_TOO_OLD_FIX: Final = "use one NTP server for both; if messages are delayed, raise age_limit_s"
_MALFORMED_FIX: Final = "compare it with docs/inputs; `securos-trigger input try FOLDER` reads it"


class MessageReports:
    """One input's reports: the first malformed message and then one a minute, each unknown camera once in its life.

    An unknown camera that was silent for a day is forgotten, and announced when it comes again.
    """

    def __init__(self, source_name: str, announcer: Announcer, age_limit_s: float = math.inf) -> None:
        self._age_limit_s = age_limit_s
        self._about = {"pipeline": announcer.pipeline, "source": source_name}
        self._announcer = announcer
        self._reported_at_ticks: float | None = None
        self._malformed = self._reported = 0
        self._reason = ""
        self._named_heard_at_ticks: dict[str, float] = {}
        self._too_old: set[str] = set()  # cameras whose messages are
        self._too_old_at_ticks: dict[str, float] = {}
        #: What the source says of its cameras; replaced as a whole at each change.
        self.cameras: Mapping[str, CameraState] = {}
        #: When the source has called each offline the last time.
        self._offline_at_ticks: dict[str, float] = {}

    def note(self, intake: InputIntake, happenings: Sequence[Happening], arrived_at: float | None = None) -> None:
        """Take what one message was. `arrived_at`: when it came, in Unix seconds; None: its age says nothing."""
        for one in happenings:
            if one.source is not None and arrived_at is not None and (one.verdict is Verdict.STALE or self._too_old):
                self._note_age(one.source[:_LONGEST_NAME], one, arrived_at)
            if one.verdict is Verdict.MALFORMED:
                self._note_malformed(one.why)
            elif one.reading.about == "health":
                self._note_health(intake, one)
            elif one.is_unknown and one.source is not None:
                self._note_unknown(one.source)
            elif one.verdict in _SEEN and one.source is not None and one.source in self.cameras:
                self._note_seen(one.source)

    def _note_malformed(self, reason: str) -> None:
        self._malformed += 1
        self._reason = reason
        self.report()

    def report(self, *, is_last: bool = False) -> None:
        """Announce malformed messages that were not announced yet, when it is time. `is_last`: it is."""
        now = time.monotonic()
        is_due = is_last or self._reported_at_ticks is None or now - self._reported_at_ticks >= REPEAT_S
        if self._malformed > self._reported and is_due:
            self._reported, self._reported_at_ticks = self._malformed, now
            fields = {"reason": self._reason, "count": self._malformed, "fix": _MALFORMED_FIX}
            self._announcer.announce(kinds.MESSAGE_MALFORMED, **self._about, **fields)

    def _note_age(self, camera: str, happening: Happening, arrived_at: float) -> None:
        """The first message of a camera that is too old, and the first one after it that is not."""
        said_at = happening.reading.aged_from
        age_s = 0.0 if said_at is None else arrived_at - said_at
        if happening.verdict is Verdict.STALE and happening.cameras and age_s > self._age_limit_s:
            now, last_at_ticks = time.monotonic(), self._too_old_at_ticks.get(camera, -math.inf)
            has_room = camera in self._too_old_at_ticks or len(self._too_old_at_ticks) < MOST_NAMED
            if camera not in self._too_old and has_room and now - last_at_ticks >= REPEAT_S:
                self._too_old.add(camera)
                self._too_old_at_ticks[camera] = now
                fields = {"cameras": camera, "reason": f"{age_s:,.0f} s old", "fix": _TOO_OLD_FIX}
                self._announcer.announce(kinds.MESSAGES_TOO_OLD, **self._about, **fields)
        elif happening.verdict in _SEEN and camera in self._too_old:
            self._too_old.discard(camera)
            self._announcer.announce(kinds.MESSAGES_IN_TIME, **self._about, cameras=camera)

    def _note_health(self, intake: InputIntake, happening: Happening) -> None:
        """A camera of the map, or the source itself, is offline or there again, as the source says."""
        reading = happening.reading
        dead, named = _texts(reading.more.get("dead_cameras")), _texts(reading.more.get("named_cameras"))
        for camera in named:
            if (name := intake.reader.mapped_name(camera, reading.prefix)) is not None:
                self._note_camera(name, "it gives no frames" if camera in dead else "")
        is_about_frames = reading.more.get("role") not in _OTHER_ROLES
        if reading.health is not None and is_about_frames and not happening.is_unknown:
            is_offline = reading.health.strip().lower() in _OFFLINE
            self._note_camera(happening.source or "", reading.health if is_offline else "")

    def _note_seen(self, camera: str) -> None:
        """Something new at a camera that is said to be offline: the message that it is back was lost."""
        is_offline = bool(self.cameras[camera].offline_reason)
        if is_offline and time.monotonic() - self._offline_at_ticks[camera] > SEEN_AFTER_S:
            self._note_camera(camera, "")

    def _note_camera(self, camera: str, reason: str) -> None:
        camera = camera[:_LONGEST_NAME]
        before = self.cameras.get(camera)
        if before is None and len(self.cameras) >= MOST_CAMERAS:
            return
        now_ticks = time.monotonic()
        if reason:
            self._offline_at_ticks[camera] = now_ticks
        if before is not None and bool(before.offline_reason) == bool(reason):
            return
        self.cameras = {**self.cameras, camera: CameraState(reason[:_LONGEST_NAME], now_ticks)}
        if reason:
            self._announcer.announce(
                kinds.CAMERA_OFFLINE, **self._about, cameras=camera, reason=reason, fix=_OFFLINE_FIX
            )
        elif before is not None:
            self._announcer.announce(kinds.CAMERA_ONLINE, **self._about, cameras=camera)

    def _note_unknown(self, camera: str) -> None:
        now, heard_at_ticks = time.monotonic(), self._named_heard_at_ticks
        if now - heard_at_ticks.get(camera, -math.inf) > KEPT_S:
            for name in [name for name, at_ticks in heard_at_ticks.items() if now - at_ticks > KEPT_S]:
                del heard_at_ticks[name]
            if len(heard_at_ticks) >= MOST_NAMED:
                return
            self._announcer.announce(
                kinds.CAMERA_UNKNOWN, **self._about, cameras=camera[:_LONGEST_NAME], fix=_UNKNOWN_FIX
            )
        heard_at_ticks[camera] = now


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()

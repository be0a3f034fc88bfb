"""Announces what is wrong with the messages of an input, no more often than a person wants to read it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from securos_trigger.inputs.happening import Happening, Verdict
from securos_trigger.inputs.intake import InputIntake
from securos_trigger.notices import Announcer, kinds

#: Malformed messages are announced again only this often, in seconds.
REPEAT_S: Final = 60.0
#: Unknown cameras that are announced by name.
MOST_NAMED: Final = 50
_LONGEST_NAME: Final = 200


class MessageReports:
    """One input's reports: the first malformed message and then one a minute, each unknown camera once."""

    def __init__(self, source_name: str, announcer: Announcer) -> None:
        self._source_name = source_name
        self._announcer = announcer
        self._reported_at_ticks: float | None = None
        self._malformed = 0
        self._named: set[str] = set()

    def note(self, intake: InputIntake, happenings: Sequence[Happening]) -> None:
        """Take what one message was."""
        for one in happenings:
            if one.verdict is Verdict.MALFORMED:
                self._note_malformed(one.why)
            elif one.is_unknown and one.source is not None and one.source not in self._named:
                self._note_unknown(one.source)

    def _note_malformed(self, reason: str) -> None:
        self._malformed += 1
        now = time.monotonic()
        if self._reported_at_ticks is None or now - self._reported_at_ticks >= REPEAT_S:
            self._reported_at_ticks = now
            self._announcer.announce(
                kinds.MESSAGE_MALFORMED, source=self._source_name, reason=reason, count=self._malformed
            )

    def _note_unknown(self, camera: str) -> None:
        if len(self._named) < MOST_NAMED:
            self._named.add(camera)
            self._announcer.announce(kinds.CAMERA_UNKNOWN, source=self._source_name, cameras=camera[:_LONGEST_NAME])

"""Keeps the troubles that were reported and are not over from one start to the next: a small JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.files import write_whole
from securos_trigger.system.reasons import reason_of


class OpenTroubles:
    """The open troubles, by subject, with the Unix seconds since when. Written as an atomic write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        #: True when what was to be written last is not in the file.
        self.is_unwritten = False

    def read(self) -> dict[str, float]:
        """What was written last; nothing when there is no file. ValueError or OSError when it cannot be read."""
        try:
            reported = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        if not isinstance(reported, dict) or not all(type(since) in (int, float) for since in reported.values()):
            raise ValueError("it does not hold troubles")
        return reported

    def read_or_announce(self, announcer: Announcer) -> dict[str, float]:
        """What was written last; nothing, and a notice, when it cannot be read."""
        try:
            return self.read()
        except (OSError, ValueError) as error:
            announcer.announce(kinds.HEALTH_FORGOTTEN, path=self.path, reason=reason_of(error))
            return {}

    def write_or_announce(self, troubles: Mapping[str, float], announcer: Announcer) -> None:
        """Remember these, and no others; a notice when the disk does not take it, and when it does again."""
        try:
            self.write(troubles)
        except OSError as error:
            if not self.is_unwritten:
                announcer.announce(kinds.HEALTH_NOT_WRITTEN, path=self.path, reason=reason_of(error))
            self.is_unwritten = True
            return
        if self.is_unwritten:
            announcer.announce(kinds.HEALTH_WRITTEN, path=self.path)
        self.is_unwritten = False

    def write(self, troubles: Mapping[str, float]) -> None:
        """Remember these, and no others. OSError when the disk does not take it: what was written before stays."""
        write_whole(self.path, json.dumps(dict(troubles), indent=2, sort_keys=True))

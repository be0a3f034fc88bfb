"""The cameras that messages name and the camera map does not have: how many messages each, and when the last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from securos_trigger.inputs.known import KEPT_S

#: Names that are counted one by one; further ones are counted together.
MOST_NAMED: Final = 1_000
#: What stands for the names beyond them.
OTHERS: Final = "…"
#: With the most names, those that make space for others are looked for no more often, in seconds.
_LOOK_EVERY_S: Final = 60.0


class UnknownCameras:
    """Counts by name. A name that was not heard for a day is forgotten: its camera has another name, or is gone.

    It is a day, because a camera that sees something once a night is as unknown at noon. One thread notes; any thread
    may ask. Instants are in Unix seconds.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._heard_at: dict[str, float] = {}
        #: How many of a name's messages came before its last silent day.
        self._forgotten: dict[str, int] = {}
        #: When silent names were looked for.
        self._looked_at = 0.0

    def note(self, name: str, at: float) -> None:
        """Count a message of a camera that has no row in the camera map."""
        if name not in self._counts and len(self._counts) >= MOST_NAMED:
            if not 0.0 <= at - self._looked_at < _LOOK_EVERY_S:  # our clock may have been set back
                self._looked_at = at
                self._forget_silent(at)
            name = name if len(self._counts) < MOST_NAMED else OTHERS
        if at - self._heard_at.get(name, at) > KEPT_S:
            self._forgotten[name] = self._counts[name]
        self._counts[name] += 1
        self._heard_at[name] = at

    def counts(self, now: float | None = None) -> Mapping[str, int]:
        """The number of messages by name, the most first and `OTHERS` last.

        `now`: only of those that were heard within the last day before it, and since they were silent for a day.
        """
        counts: dict[str, int] = self._counts.copy()
        if now is not None:
            heard_at, forgotten = self._heard_at.copy(), self._forgotten.copy()
            recent = [name for name in counts if now - heard_at.get(name, now) <= KEPT_S]
            counts = {name: counts[name] - forgotten.get(name, 0) for name in recent}
        return dict(sorted(counts.items(), key=lambda one: (one[0] == OTHERS, -one[1])))

    def heard_at(self, name: str) -> float | None:
        """When the last message of a camera came; None: none has, or it is forgotten."""
        return self._heard_at.get(name)

    def _forget_silent(self, now: float) -> None:
        for name in [name for name, at in self._heard_at.items() if now - at > KEPT_S]:
            del self._heard_at[name], self._counts[name]
            self._forgotten.pop(name, None)

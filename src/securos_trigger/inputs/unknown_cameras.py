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


class UnknownCameras:
    """Counts by name. A name that was not heard for a day is forgotten: its camera has another name, or is gone.

    It is a day, because a camera that sees something once a night is as unknown at noon. One thread notes; any thread
    may ask. Instants are in Unix seconds.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._heard_at: dict[str, float] = {}

    def note(self, name: str, at: float) -> None:
        """Count a message of a camera that has no row in the camera map."""
        if name not in self._counts and len(self._counts) >= MOST_NAMED:
            self._forget_silent(at)
            name = name if len(self._counts) < MOST_NAMED else OTHERS
        self._counts[name] += 1
        self._heard_at[name] = at

    def counts(self, now: float | None = None) -> Mapping[str, int]:
        """The number of messages by name, the most first and `OTHERS` last.

        `now`: only of those that were heard within the last day before it.
        """
        heard_at = dict(self._heard_at)
        by_count = sorted(self._counts.copy().items(), key=lambda one: (one[0] == OTHERS, -one[1]))
        return {name: count for name, count in by_count if now is None or now - heard_at.get(name, now) <= KEPT_S}

    def heard_at(self, name: str) -> float | None:
        """When the last message of a camera came; None: none has, or it is forgotten."""
        return self._heard_at.get(name)

    def _forget_silent(self, now: float) -> None:
        for name in [name for name, at in self._heard_at.items() if now - at > KEPT_S]:
            del self._heard_at[name], self._counts[name]

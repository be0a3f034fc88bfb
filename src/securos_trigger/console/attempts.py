"""How many attempts of one person or address the audit log lists: a flood of them is one line with its number."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

#: Attempts of one user or address that are listed in a minute, and of all addresses of strangers together.
MOST_IN_A_MINUTE: Final = 30
MOST_OF_STRANGERS: Final = 120


class Who(NamedTuple):
    """A user with a role, or the address of a stranger. Without either: many strangers."""

    user: str = ""
    role: str = ""
    client: str = ""


class AttemptLimit:
    """Counts attempts by who made them. Used under the lock of the audit log; its size is bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = -1
        self._listed: Counter[Who] = Counter()
        self._left_out: Counter[Who] = Counter()

    def is_listed(self, user: str, role: str, client: str) -> bool:
        """Count an attempt. False: it is one too many in this minute, and is only counted."""
        who = Who(user, role) if role else Who(client=client)
        strangers = sum(count for one, count in self._listed.items() if not one.role)
        if not role and strangers >= MOST_OF_STRANGERS:
            who = Who()
        elif self._listed[who] < MOST_IN_A_MINUTE:
            self._listed[who] += 1
            return True
        self._left_out[who] += 1
        return False

    def ended(self) -> list[tuple[Who, int]]:
        """Who had attempts left out in a minute that is over, and how many. Each is given once."""
        minute = int(self._clock() // 60)
        if minute == self._minute:
            return []
        found = list(self._left_out.items())
        self._minute = minute
        self._listed.clear()
        self._left_out.clear()
        return found

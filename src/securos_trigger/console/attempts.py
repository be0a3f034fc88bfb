"""How many attempts of one person or address the audit log lists, and how many changes of one it takes.

A flood of attempts is one line with its number. Changes each have a line, so they are bounded.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

#: Attempts of one user or address that are listed in a minute, and of all addresses of strangers together.
MOST_IN_A_MINUTE: Final = 30
MOST_OF_STRANGERS: Final = 120
#: Changes of one user in a minute, who does not have the role `configure`: hours of them fit in the audit log.
MOST_CHANGES_IN_A_MINUTE: Final = 300


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


class ChangeLimit:
    """Counts the changes of each user in a minute. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = -1
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def takes(self, user: str) -> bool:
        """Count a change. False: it is one too many in this minute."""
        with self._lock:
            minute = int(self._clock() // 60)
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[user] += 1
            return self._counts[user] <= MOST_CHANGES_IN_A_MINUTE

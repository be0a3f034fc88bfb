"""Back-off: how long to wait before the next attempt, with full jitter and a limit. Pure: numbers in, seconds out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: A source of evenly distributed numbers from 0 up to, but not including, 1: `random.random`.
Random = Callable[[], float]


@dataclass(frozen=True, slots=True)
class BackOff:
    """Exponential back-off with full jitter: many senders that fail together do not come back together.

    The wait after the first failure is somewhere below `first_s`, and its bound doubles with each further failure up
    to `longest_s`. What the receiver asks for (`Retry-After`) is the least wait, up to `longest_retry_after_s`; it
    never shortens the usual one. All in seconds.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    longest_retry_after_s: float = 600.0

    def wait_s(self, failures: int, random: Random, retry_after_s: float | None = None) -> float:
        """Give the seconds to wait after `failures` failures in a row (1 or more)."""
        doublings = min(max(failures, 1) - 1, 64)
        jitter_s = random() * min(self.longest_s, self.first_s * 2.0**doublings)
        if retry_after_s is None:
            return jitter_s
        asked_s = min(max(retry_after_s, 0.0), self.longest_retry_after_s)
        return max(jitter_s, asked_s + min(jitter_s, self.first_s))

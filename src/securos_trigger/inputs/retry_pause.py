"""The pause before a transport tries its connection again."""

from __future__ import annotations

from typing import Final

from securos_trigger.errors import FeedLostError, FeedRefusedError

#: The pause after the first refusal, in seconds: devices lock an account after a few wrong passwords, and two programs
#: with one session push each other out.
AFTER_REFUSAL_S: Final = 60.0
#: It doubles up to this, in seconds. A changed configuration is tried at once.
LONGEST_AFTER_REFUSAL_S: Final = 900.0


class RetryPause:
    """Doubles with each failure in a row, from `first_s` to `longest_s` seconds; after a refusal it is longer."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self.reset()

    def reset(self) -> None:
        """The connection works: the next failure is a first one."""
        self._pause_s = self._first_s
        self._refused_pause_s = AFTER_REFUSAL_S

    def after(self, error: FeedLostError | None) -> float:
        """The pause after a failure, in seconds. None: the connection has ended by itself."""
        if isinstance(error, FeedRefusedError):
            pause_s = self._refused_pause_s
            self._refused_pause_s = min(2 * pause_s, LONGEST_AFTER_REFUSAL_S)
            return pause_s
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, self._longest_s)
        return pause_s

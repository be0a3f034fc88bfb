"""How many frames of a live source are left out, over the last half minute, and whether those are many or most."""

from __future__ import annotations

from collections import deque
from typing import Final

#: The level of what is left out: nothing worth knowing, a part, or most of a scene.
NONE, SOME, MOST = "", "some", "most"
# The speeds are those of this time, in seconds, so that a short load of the machine does not count.
_OVER_S: Final = 30.0
# A level begins at the first of these parts of all frames, and ends below the second: it does not come and go.
_SOME: Final = (0.1, 0.05)
_MOST: Final = (0.8, 0.7)


class LeftOut:
    """Frames read and left out. The loop of one pipeline notes; any thread may ask.

    `level` is `NONE`, `SOME` or `MOST`; `read_per_s` and `per_s` are frames a second that were read and left out. All
    stay as they are while no frame comes: a source that is away has not become faster. After a longer silence they are
    counted from its end.
    """

    def __init__(self) -> None:
        self.level = NONE
        self.read_per_s = self.per_s = 0.0
        self._counts: deque[tuple[float, int, int]] = deque()

    def note(self, now_s: float, read: int, left_out: int) -> None:
        """How many frames were read and left out until now (`time.monotonic()`), since the start."""
        counts = self._counts
        if counts and now_s - counts[-1][0] > _OVER_S:
            counts.clear()
        counts.append((now_s, read, left_out))
        while len(counts) > 2 and counts[1][0] <= now_s - _OVER_S:
            counts.popleft()
        began_s, read_before, left_out_before = counts[0]
        if now_s <= began_s:
            return
        self.read_per_s = (read - read_before) / (now_s - began_s)
        self.per_s = (left_out - left_out_before) / (now_s - began_s)
        part = self.per_s / (self.read_per_s + self.per_s) if self.per_s else 0.0
        if part >= _MOST[self.level == MOST]:
            self.level = MOST
        else:
            self.level = SOME if part >= _SOME[self.level != NONE] else NONE

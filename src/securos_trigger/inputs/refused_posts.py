"""Posts that an input refuses before it reads them: from where, with which answer, how many, and when the last one."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from securos_trigger.inputs.known import KEPT_S
from securos_trigger.system.timestamps import rfc3339

#: Answers that a sender gets again until a person has changed something. What is read and refused is counted elsewhere.
COUNTED: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    }
)
#: Of these the sender knows the address: it is no stranger.
_AT_THE_ADDRESS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE})
#: Addresses and answers that are remembered; the ones with the fewest posts make space.
MOST: Final = 100
#: Fewer may be a person who tries it out, or a stranger who passes by.
FROM_POSTS: Final = 3
#: Where posts are refused and taken in turn, the refused ones have ended when none came for this time, in seconds.
QUIET_S: Final = 600.0


@dataclass(slots=True)
class _Run:
    """Refused posts of one address with one answer. Instants are those of the monotonic clock, in seconds."""

    began_at_ticks: float
    last_at_ticks: float
    count: int = 0
    longest_gap_s: float = 0.0
    #: The posts since one of any sender was taken: when the first came, and how many.
    only_these_since_ticks: float = 0.0
    only_these: int = 0
    #: A post of the address was taken, and none was refused since then.
    is_over: bool = False
    #: Posts of the address were refused after others of it were taken: several senders have one address.
    is_mixed: bool = False

    def quiet_s(self) -> float:
        """What shows, when nothing is refused for longer, that this has ended: a sender may be slow."""
        return max(QUIET_S, 2.0 * self.longest_gap_s)


class RefusedPosts:
    """Counts them by the address that they come from and the answer: nothing that a stranger has written is kept.

    A post that is taken ends the runs of its address. When others of it are refused afterwards, several senders have
    one address (a recorder, a proxy): then a run ends only after a pause of its own. One without a post for a day is
    forgotten. One thread notes; any thread may ask.
    """

    def __init__(self, accepted_at: str) -> None:
        self._accepted_at = accepted_at
        self._runs: dict[tuple[str, int], _Run] = {}
        self._taken_at_ticks: float | None = None

    def note(self, sender: str, status: int, at_ticks: float) -> None:
        """Take how a post of an IP address was answered, on the monotonic clock."""
        if status < HTTPStatus.BAD_REQUEST:
            self._taken_at_ticks = at_ticks
            for answer in COUNTED if self._runs else ():
                if (run := self._runs.get((sender, answer))) is not None:
                    run.is_over = not run.is_mixed or at_ticks - run.last_at_ticks > run.quiet_s()
        elif status in COUNTED:
            self._count(self._run(sender, status, at_ticks), at_ticks)

    def _count(self, run: _Run, at_ticks: float) -> None:
        if run.only_these == 0 or (self._taken_at_ticks is not None and run.last_at_ticks <= self._taken_at_ticks):
            run.only_these_since_ticks, run.only_these = at_ticks, 0
        run.is_mixed, run.is_over = run.is_mixed or run.is_over, False
        run.longest_gap_s = max(run.longest_gap_s, at_ticks - run.last_at_ticks)
        run.count += 1
        run.only_these += 1
        run.last_at_ticks = at_ticks

    def _run(self, sender: str, status: int, at_ticks: float) -> _Run:
        """The run that a post belongs to: the one that goes on, or a new one."""
        about = (sender, int(status))
        run = self._runs.get(about)
        if run is None or at_ticks - run.last_at_ticks > KEPT_S:
            if run is None and len(self._runs) >= MOST:
                del self._runs[min(self._runs, key=lambda one: self._worth(self._runs[one], at_ticks))]
            run = self._runs[about] = _Run(at_ticks, at_ticks)
        return run

    @staticmethod
    def _worth(run: _Run, now_ticks: float) -> tuple[bool, int, float]:
        """What is worth the least makes space: strangers with a post each do not push out a sender with many."""
        is_current = not run.is_over and now_ticks - run.last_at_ticks <= KEPT_S
        return is_current, run.count, run.last_at_ticks

    def answer(self, now: float, now_ticks: float) -> list[dict[str, Any]]:
        """The runs that are long enough: `sender`, `status`, `count`, `since`, `last_at`, `accepted_at`, `is_all`.

        `now` is in Unix seconds, `now_ticks` the same instant on the monotonic clock. `accepted_at` is where posts are
        accepted; `is_all`: these go on and none of any sender was taken for ten minutes, or none since the start (then
        401 and 415 need not go on).
        """
        return [
            {
                "sender": sender,
                "status": status,
                "count": run.count,
                "since": rfc3339(now - (now_ticks - run.began_at_ticks)),
                "last_at": rfc3339(now - (now_ticks - run.last_at_ticks)),
                "accepted_at": self._accepted_at,
                "is_all": self._is_all(run, status, now_ticks),
            }
            for (sender, status), run in list(self._runs.items())
            if run.count >= FROM_POSTS and not run.is_over and now_ticks - run.last_at_ticks <= KEPT_S
        ]

    def _is_all(self, run: _Run, status: int, now_ticks: float) -> bool:
        quiet_s = now_ticks - run.last_at_ticks
        if self._taken_at_ticks is None:  # since the start, which is no mistake of a stranger who passes by
            return quiet_s <= run.quiet_s() or status in _AT_THE_ADDRESS
        goes_on = quiet_s <= QUIET_S
        lasts_s = run.last_at_ticks - run.only_these_since_ticks
        is_since_then = run.only_these_since_ticks > self._taken_at_ticks
        return is_since_then and goes_on and run.only_these >= FROM_POSTS and lasts_s >= QUIET_S

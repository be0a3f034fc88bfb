"""Posts that an input refuses before it reads them: from where, with which answer, how many, and when the last one."""

from __future__ import annotations

from collections import OrderedDict
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
#: Addresses and answers that are remembered; the one that was heard longest ago makes space.
MOST: Final = 100
#: Fewer may be a person who tries it out, or a stranger who passes by.
FROM_POSTS: Final = 3


@dataclass(slots=True)
class _Run:
    """Refused posts of one address with one answer: how many, and when the first and the last (Unix seconds)."""

    began_at: float
    last_at: float = 0.0
    count: int = 0


class RefusedPosts:
    """Counts them by the address that they come from and the answer: nothing that a stranger has written is kept.

    A post that is taken ends the runs of its address. One that lasted for a day without a post is forgotten. One thread
    notes; any thread may ask.
    """

    def __init__(self, accepted_at: str) -> None:
        self._accepted_at = accepted_at
        self._runs: OrderedDict[tuple[str, int], _Run] = OrderedDict()
        self._taken_at = 0.0

    def note(self, sender: str, status: int, at: float) -> None:
        """Take how a post of an IP address was answered."""
        if status < HTTPStatus.BAD_REQUEST:
            self._taken_at = at
            if self._runs:
                for answer in COUNTED:
                    self._runs.pop((sender, answer), None)
        elif status in COUNTED:
            run = self._runs.setdefault((sender, int(status)), _Run(at))
            run.count += 1
            run.last_at = at
            self._runs.move_to_end((sender, int(status)))
            while len(self._runs) > MOST:
                self._runs.popitem(last=False)

    def answer(self, now: float) -> list[dict[str, Any]]:
        """The runs that are long enough: `sender`, `status`, `count`, `since`, `last_at`, `accepted_at`, `is_all`.

        `accepted_at` is where posts are accepted; `is_all`: no post of any sender was taken since the run began.
        """
        return [
            {
                "sender": sender,
                "status": status,
                "count": run.count,
                "since": rfc3339(run.began_at),
                "last_at": rfc3339(run.last_at),
                "accepted_at": self._accepted_at,
                "is_all": self._taken_at < run.began_at,
            }
            for (sender, status), run in list(self._runs.items())
            if run.count >= FROM_POSTS and now - run.last_at <= KEPT_S
        ]

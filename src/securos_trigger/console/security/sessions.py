"""Sessions of people who have logged in, and the one-time link of the first start. All in memory."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from securos_trigger.console.security.roles import Role

#: A session ends after this long, and after this long without a request.
LASTS_S: Final = 12 * 3600.0
IDLE_S: Final = 2 * 3600.0
#: A one-time link works for this long.
LINK_LASTS_S: Final = 15 * 60.0
MAX_SESSIONS: Final = 500


@dataclass(slots=True)
class Session:
    """A person who has logged in. `csrf` must come with every request that changes something.

    `password` is the hash that their password had then; empty: they came with the token or the one-time link.
    """

    user: str
    role: Role
    password: str = field(default="", repr=False)
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    began_at_ticks: float = 0.0
    seen_at_ticks: float = 0.0


class Sessions:
    """The open sessions by the hash of their cookie. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[bytes, Session] = {}

    def begin(self, user: str, role: Role, password: str = "") -> tuple[str, Session]:
        """Begin a session; gives the value of its cookie, and the session."""
        cookie, now_ticks = secrets.token_urlsafe(32), self._clock()
        session = Session(user, role, password, began_at_ticks=now_ticks, seen_at_ticks=now_ticks)
        with self._lock:
            self._forget_over(now_ticks)
            while len(self._open) >= MAX_SESSIONS:
                del self._open[min(self._open, key=lambda key: self._open[key].seen_at_ticks)]
            self._open[_hash(cookie)] = session
        return cookie, session

    def of(self, cookie: str) -> Session | None:
        """The session of a cookie; None: there is none, or it is over."""
        now_ticks = self._clock()
        with self._lock:
            self._forget_over(now_ticks)
            session = self._open.get(_hash(cookie))
            if session is not None:
                session.seen_at_ticks = now_ticks
            return session

    def end(self, cookie: str) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(_hash(cookie), None)

    def count(self) -> int:
        """How many people are logged in."""
        with self._lock:
            self._forget_over(self._clock())
            return len(self._open)

    def has_ended(self, session: Session) -> bool:
        """True when the session is over. To ask is no use of it."""
        now_ticks = self._clock()
        with self._lock:
            self._forget_over(now_ticks)
            return not any(one is session for one in self._open.values())

    def end_of(self, is_over: Callable[[Session], bool]) -> None:
        """End the sessions of which this is true."""
        with self._lock:
            self._open = {key: session for key, session in self._open.items() if not is_over(session)}

    def _forget_over(self, now_ticks: float) -> None:
        for key, session in list(self._open.items()):
            if now_ticks - session.began_at_ticks > LASTS_S or now_ticks - session.seen_at_ticks > IDLE_S:
                del self._open[key]


class OneTimeLink:
    """The secret of a link that logs in once. It is over after its first use, and after a quarter of an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.secret = secrets.token_urlsafe(24)
        self._clock = clock
        self._until_at_ticks = clock() + LINK_LASTS_S
        self._lock = threading.Lock()
        self._is_used = False

    def use(self, secret: str) -> bool:
        """True for the secret the first time."""
        with self._lock:
            is_right = secrets.compare_digest(secret.encode("utf-8", "replace"), self.secret.encode("ascii"))
            if not is_right or self._is_used or self._clock() > self._until_at_ticks:
                return False
            self._is_used = True
            return True


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()

"""Sessions of people who have logged in, and the one-time link of the first start."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.session import Session
from securos_trigger.console.security.session_file import SessionFile

#: A session ends after this long, and after this long without a request.
LASTS_S: Final = 12 * 3600.0
IDLE_S: Final = 2 * 3600.0
#: When a session was used last is written to the file at most this often.
KEEP_EVERY_S: Final = 60.0
#: A one-time link works for this long.
LINK_LASTS_S: Final = 15 * 60.0
#: Sessions in all, and of one user: one more ends the one of that user that was used longest ago, and no other's.
MAX_SESSIONS: Final = 500
MAX_SESSIONS_OF_ONE: Final = 50


class Sessions:
    """The open sessions by the hash of their cookie; with a file those with a proof outlive the console.

    From any thread.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, file: SessionFile | None = None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._file = file
        self._kept_at_ticks = clock()
        self._open: dict[bytes, Session] = {} if file is None else file.read(self._kept_at_ticks)

    def begin(self, user: str, role: Role, secret: str = "") -> tuple[str, Session]:
        """Begin a session; gives the value of its cookie, and the session. `secret`: what its `proof` is made of.

        Without a secret it ends with the console.
        """
        cookie, now_ticks = secrets.token_urlsafe(32), self._clock()
        session = Session(user, role, proof_of(secret), _csrf_of(cookie), now_ticks, now_ticks)
        with self._lock:
            self._forget_over(now_ticks)
            self._make_room_for(user)
            self._open[_hash(cookie)] = session
            self._keep(now_ticks)
        return cookie, session

    def of(self, cookie: str) -> Session | None:
        """The session of a cookie; None: there is none, or it is over."""
        now_ticks = self._clock()
        with self._lock:
            self._forget_over(now_ticks)
            session = self._open.get(_hash(cookie))
            if session is not None:
                session.seen_at_ticks = now_ticks
                session.csrf = session.csrf or _csrf_of(cookie)  # one that was read from the file
                if now_ticks - self._kept_at_ticks >= KEEP_EVERY_S:
                    self._keep(now_ticks)
            return session

    def end(self, cookie: str) -> bool:
        """End a session. False: a disk that takes nothing brings it back when the console starts again."""
        with self._lock:
            return self._open.pop(_hash(cookie), None) is None or self._keep(self._clock())

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

    def _make_room_for(self, user: str) -> None:
        """End sessions of a user who has too many; where all together are too many, of the user who has the most."""
        counts = Counter(one.user for one in self._open.values())
        if counts[user] < MAX_SESSIONS_OF_ONE:
            if len(self._open) < MAX_SESSIONS:
                return
            [(user, _)] = counts.most_common(1)
        own = [key for key, one in self._open.items() if one.user == user]
        del self._open[min(own, key=lambda key: self._open[key].seen_at_ticks)]

    def _keep(self, now_ticks: float) -> bool:
        self._kept_at_ticks = now_ticks
        return self._file is None or self._file.write(self._open, now_ticks)

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

    def use(self, secret: str) -> str:
        """Log in with the secret. Empty: it does; else why not, for the audit log alone."""
        with self._lock:
            if not secrets.compare_digest(secret.encode("utf-8", "replace"), self.secret.encode("ascii")):
                return "the one-time link is wrong"
            if self._is_used:
                return "the one-time link was used before"
            if self._clock() > self._until_at_ticks:
                return f"the one-time link is older than {LINK_LASTS_S / 60:g} minutes"
            self._is_used = True
            return ""


def proof_of(secret: str) -> str:
    """The digest of the secret of a log-in, so that its change ends the session; empty for no secret."""
    return hashlib.sha256(b"proof " + secret.encode("utf-8", "surrogatepass")).hexdigest() if secret else ""


def _csrf_of(cookie: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(b"csrf " + cookie.encode("ascii", "replace")).digest()).decode(
        "ascii"
    )


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()

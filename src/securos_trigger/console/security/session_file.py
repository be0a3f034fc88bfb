"""The sessions of the console on disk, so that they outlive its restart. Cookies are kept as hashes only.

A session without a proof (the one-time link) is not kept: no removed user and no new token would end it.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import time
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any, Final

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.session import Session
from securos_trigger.system.files import write_whole
from securos_trigger.system.platform import is_private, open_file
from securos_trigger.system.reasons import reason_of

_MAX_BYTES: Final = 1024**2
#: A clock may be set back by this much, in seconds; a session that began later than that is not kept.
_AHEAD_S: Final = 60.0
# A link is not followed, and a pipe is not waited for. Windows has neither flag.
_SAFELY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_READ: Final = os.O_RDONLY | _SAFELY
_CHANGE: Final = os.O_RDWR | _SAFELY
#: The hash of a cookie in the file; and what stands there for a session that has ended: no cookie has this hash.
_COOKIE: Final = re.compile(rb'"cookie_sha256": "(?P<cookie>[0-9a-f]{64})"')
_NO_COOKIE: Final = b"0" * 64
_log = logging.getLogger("securos_trigger.console")


class SessionFile:
    """A file that only its owner may read. `wall_clock` gives Unix seconds: a time without the console counts, too."""

    def __init__(self, path: Path, wall_clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._wall_clock = wall_clock
        self._is_failing = False

    def read(self, now_ticks: float) -> dict[bytes, Session]:
        """The sessions by the hash of their cookie. None where the file is missing or cannot be read: people log in.

        Only a regular file of this user that no other user may read or write is used. A row that cannot be read ends
        its own session alone.
        """
        try:
            rows = list(json.loads(self._content())["sessions"])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            why = reason_of(error) if isinstance(error, OSError) else error
            _log.warning("The sessions in %s cannot be read, so everybody logs in again: %s", self.path, why)
            return {}
        found, unreadable = {}, 0
        for row in rows:
            try:
                key, session = self._session(row, now_ticks)
            except (ValueError, KeyError, TypeError, OverflowError):
                unreadable += 1
                continue
            if (
                session.proof
                and any(key)
                and max(session.began_at_ticks, session.seen_at_ticks) <= now_ticks + _AHEAD_S
            ):
                found[key] = session
        if unreadable:
            _log.warning("%d of the sessions in %s cannot be read: these people log in again.", unreadable, self.path)
        return found

    def write(self, sessions: Mapping[bytes, Session], now_ticks: float) -> bool:
        """Keep those with a proof. Where the disk does not take them they end with the console; that is logged once.

        Those that have ended are taken out also on a full disk. False: they cannot be, and come back with a restart.
        """
        ahead_s = self._wall_clock() - now_ticks
        rows = [
            {
                "cookie_sha256": key.hex(),
                "user": one.user,
                "role": one.role,
                "proof": one.proof,
                "began_at_s": round(one.began_at_ticks + ahead_s, 3),
                "seen_at_s": round(one.seen_at_ticks + ahead_s, 3),
            }
            for key, one in sessions.items()
            if one.proof
        ]
        try:
            write_whole(self.path, json.dumps({"sessions": rows}) + "\n")
            self._is_failing = False
        except OSError as error:
            if not self._is_failing:
                _log.warning("The sessions cannot be written to %s: %s.", self.path, reason_of(error))
            self._is_failing = True
            return self._leaves_out_all_but({key.hex().encode() for key in sessions})
        return True

    def _leaves_out_all_but(self, kept: Set[bytes]) -> bool:
        """Take sessions out of the file where it stands, which needs no more space; else remove it. False: it stays."""

        def hidden(row: re.Match[bytes]) -> bytes:
            return row[0] if row["cookie"] in kept else row[0].replace(row["cookie"], _NO_COOKIE)

        try:
            with os.fdopen(open_file(self.path, _CHANGE), "r+b") as file:
                before = file.read(_MAX_BYTES)
                if (after := _COOKIE.sub(hidden, before)) != before:
                    file.seek(0)
                    file.write(after)
                    file.flush()
                    os.fsync(file.fileno())
        except FileNotFoundError:
            return True
        except OSError:
            try:
                self.path.unlink()
            except OSError:
                return False
        return True

    def _content(self) -> bytes:
        with os.fdopen(open_file(self.path, _READ), "rb") as file:
            if not is_private(os.fstat(file.fileno())):
                raise ValueError("it is no regular file of this user with mode 600. Remove it")
            return file.read(_MAX_BYTES)

    def _session(self, row: Mapping[str, Any], now_ticks: float) -> tuple[bytes, Session]:
        ahead_s = self._wall_clock() - now_ticks
        began, seen = float(row["began_at_s"]) - ahead_s, float(row["seen_at_s"]) - ahead_s
        if not (math.isfinite(began) and math.isfinite(seen)):
            raise ValueError("a time is not finite")
        found = Session(str(row["user"]), Role(row["role"]), str(row["proof"]), "", began, seen)
        return bytes.fromhex(row["cookie_sha256"]), found

"""What the routes share: the plan, who may log in, who has, the audit log, and what is shown to several at once."""

from __future__ import annotations

import hashlib
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from securos_trigger.console.attempts import ChangeLimit
from securos_trigger.console.audit_log import AuditLog
from securos_trigger.console.frame_cache import FrameCache
from securos_trigger.console.log_ins import LogIns
from securos_trigger.console.security.rate_limit import RateLimit
from securos_trigger.console.security.session_file import SessionFile
from securos_trigger.console.security.sessions import OneTimeLink, Sessions
from securos_trigger.console.security.users import TokenFile, Users
from securos_trigger.console.turns import TOO_MANY, Turns
from securos_trigger.operations.console_plan import ConsolePlan
from securos_trigger.system.real_paths import real_path

if TYPE_CHECKING:
    from securos_trigger.console.feed import Feed

REPLAYS_AT_ONCE: Final = 4


@dataclass(slots=True)
class Console:
    """One console. `link` logs in once; None: there are users, and they log in. `cookie` is the name of its cookie."""

    plan: ConsolePlan
    link: OneTimeLink | None
    users: Users
    token: TokenFile
    audit: AuditLog
    frames: FrameCache
    sessions: Sessions = field(default_factory=Sessions)
    limit: RateLimit = field(default_factory=RateLimit)
    log_ins: LogIns = field(default_factory=LogIns)
    changes: ChangeLimit = field(default_factory=ChangeLimit)
    #: Turns of requests that ask the service, of those that do not, and of replays, which take long.
    asking: Turns = field(default_factory=Turns)
    looking: Turns = field(default_factory=lambda: Turns(refusal=TOO_MANY))
    replaying: Turns = field(default_factory=lambda: Turns(REPLAYS_AT_ONCE, REPLAYS_AT_ONCE, refusal=TOO_MANY))
    #: What persons do just now, as `at` (its begin), `user`, `action` and `subject`: the audit log has it at its end.
    under_way: list[dict[str, str]] = field(default_factory=list)
    feed: Feed | None = None
    cookie: str = field(init=False)

    def __post_init__(self) -> None:
        self.cookie = cookie_of(self.plan)

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.plan.config

    @property
    def site(self) -> str:
        """What differs between two sites that a browser reaches at the same address, as through a tunnel.

        It stays the same until the configuration moves or a new token is written.
        """
        try:
            token_ns = self.plan.token_path.stat().st_mtime_ns
        except OSError:
            token_ns = 0  # no token: host and path differ for most sites
        parts = (socket.gethostname(), str(self.config), str(token_ns))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def cookie_of(plan: ConsolePlan) -> str:
    """The name of a cookie that no other console has: a browser sends it to every port of a host.

    It stays the same as long as the sessions are kept; with TLS no other host and no plain HTTP can set it.
    """
    kept_at = secrets.token_hex() if plan.sessions_path is None else str(plan.sessions_path.absolute())
    own = "\0".join((socket.gethostname(), kept_at)).encode("utf-8", "surrogateescape")
    prefix = "__Host-" if plan.is_https else ""
    return f"{prefix}securos_trigger_session_{hashlib.sha256(own).hexdigest()[:16]}"


def console_of(plan: ConsolePlan, link: OneTimeLink | None) -> Console:
    """A console for a plan."""
    users, token = Users(plan.users_path), TokenFile(plan.token_path)
    sessions = Sessions(file=None if plan.sessions_path is None else SessionFile(plan.sessions_path))
    audit = AuditLog(plan.audit_path, config=str(real_path(plan.config)))
    return Console(plan, link, users, token, audit, FrameCache(plan.config), sessions)

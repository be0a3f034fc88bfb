"""One session: a person who has logged in."""

from __future__ import annotations

from dataclasses import dataclass, field

from securos_trigger.console.security.roles import Role


@dataclass(slots=True)
class Session:
    """A person who has logged in. `csrf`, which follows from the cookie, must come with all that changes something.

    `proof` is the digest of what they logged in with: the hash of their password then, or the token. Empty: they came
    with the one-time link, and the session ends with the console.
    """

    user: str
    role: Role
    proof: str = field(default="", repr=False)
    csrf: str = field(default="", repr=False)
    began_at_ticks: float = 0.0
    seen_at_ticks: float = 0.0

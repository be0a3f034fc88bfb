"""What the console logs about attempts to log in."""

from __future__ import annotations

from securos_trigger.notices import Announcer, kinds, log_notice


def announce_limited_logins(client: str, user: str) -> None:
    """Log that attempts of this address, or with this user name (empty: none was given), must wait from now on."""
    Announcer([log_notice]).announce(kinds.LOGINS_LIMITED, client=client, user=user)

"""Names the user to whom a file belongs, and the command that does the same as that user."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path

from securos_trigger.errors.program import typed_command
from securos_trigger.system.platform import is_own, owner_of

_NOT_KNOWN = "as the user who runs securos-trigger"


def as_owner(path: Path) -> str:
    """How to do what this user may not, after a verb: "as the user vms: `sudo -u vms securos-trigger status x.toml`".

    The user is the owner of the file, else of the nearest folder above it that this user may look at.
    """
    user = _owner(path)
    if not user:
        return _NOT_KNOWN
    command = typed_command()
    return f"as the user {user}: `sudo -u {shlex.quote(user)} {command}`" if command else f"as the user {user}"


def _owner(path: Path) -> str:
    """Its name; empty: it is this user, or not known."""
    for one in (path.absolute(), *path.absolute().parents):
        with suppress(OSError):
            found = one.stat()
            return "" if is_own(found) else owner_of(found)
    return ""

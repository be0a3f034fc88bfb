"""The user of this machine on whose behalf the process runs."""

from __future__ import annotations

import getpass
import os


def user_name() -> str:
    """The name of the user who typed the command, also with sudo; empty: it is not known."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user without a name, as in a container or on Windows
        return ""
    return name if name.isprintable() else ""

"""Host names as name servers and certificates have them."""

from __future__ import annotations

import re

_ASCII_NAME = re.compile(r"[A-Za-z0-9_.-]{1,253}")


def ascii_host_name(name: str) -> str:
    """The name in ASCII: `überwachung.example` becomes `xn--berwachung-8db.example`. UnicodeError for what is none."""
    if not name.isascii():
        import idna  # takes a while, and most names are ASCII

        name = idna.encode(name, uts46=True).decode("ascii")
    if not _ASCII_NAME.fullmatch(name):
        raise UnicodeError(f"not a host name: {name}")
    return name

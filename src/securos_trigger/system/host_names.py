"""Host names as name servers and certificates have them."""

from __future__ import annotations

import re
import socket

from securos_trigger.system.reasons import reason_of

_ASCII_NAME = re.compile(r"[A-Za-z0-9_.-]{1,253}")


def ascii_host_name(name: str) -> str:
    """The name in ASCII: `überwachung.example` becomes `xn--berwachung-8db.example`. UnicodeError for what is none."""
    if not name.isascii():
        import idna  # takes a while, and most names are ASCII

        name = idna.encode(name, uts46=True).decode("ascii")
    if not _ASCII_NAME.fullmatch(name):
        raise UnicodeError(f"not a host name: {name}")
    return name


def reason_at(host: str, error: OSError) -> str:
    """`reason_of` the error; where no name server knows the host, with its name: `gate cannot be resolved: …`."""
    reason = reason_of(error)
    return f"{host} cannot be resolved: {reason}" if isinstance(error, socket.gaierror) else reason


def why_not_resolved(host: str) -> str:
    """Why this name or address cannot be resolved, as `reason_at` says it; empty: it can."""
    try:
        socket.getaddrinfo(host.encode(), None)  # in bytes: it is asked for as it is, as a library in C does
    except OSError as error:
        return reason_at(host, error)
    return ""

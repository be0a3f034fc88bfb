"""What the operating system says about an operation that failed."""

from __future__ import annotations

import errno
import os
from types import MappingProxyType
from typing import Final

_NO_VERSION: Final = "Both sides have no TLS version in common"
_NO_CIPHER: Final = "Both sides have no cipher in common, or it wants a client certificate"
_CLIENT_CERTIFICATE: Final = "It wants a client certificate, which is not supported"

#: What a failed TLS handshake means, by OpenSSL's name of the failure.
_HANDSHAKE: Final = MappingProxyType(
    {
        "TLSV1_ALERT_PROTOCOL_VERSION": _NO_VERSION,
        "UNSUPPORTED_PROTOCOL": _NO_VERSION,
        "NO_PROTOCOLS_AVAILABLE": _NO_VERSION,
        "SSLV3_ALERT_HANDSHAKE_FAILURE": _NO_CIPHER,
        "SSL/TLS_ALERT_HANDSHAKE_FAILURE": _NO_CIPHER,
        "NO_SHARED_CIPHER": _NO_CIPHER,
        "TLSV1_ALERT_INSUFFICIENT_SECURITY": _NO_CIPHER,
        "TLSV13_ALERT_CERTIFICATE_REQUIRED": _CLIENT_CERTIFICATE,
        "TLSV1_UNRECOGNIZED_NAME": "It does not know the host name that it was asked for",
        "SSL/TLS_ALERT_UNRECOGNIZED_NAME": "It does not know the host name that it was asked for",
        "WRONG_VERSION_NUMBER": "It does not speak TLS",
        "HTTP_REQUEST": "It does not speak TLS",
        "TLSV1_ALERT_INTERNAL_ERROR": "It has failed during the TLS handshake",
    }
)
#: The words for a full disk.
DISK_IS_FULL: Final = "the disk is full"
_SQLITE_FULL: Final = 13


def reason_of(error: Exception) -> str:
    """`Permission denied`, `Connection refused`: the system's words, not those of asyncio; empty when there are none.

    The error numbers of `ssl` are OpenSSL's. The common failures of a handshake have words of ours, the others its own.
    A full disk has the same words from every part of the program, SQLite as well. Any other error says its own words.
    """
    if _is_disk_full(error):
        return DISK_IS_FULL
    if not isinstance(error, OSError):
        return str(error)
    if type(error).__module__ == "ssl" and (known := _HANDSHAKE.get(getattr(error, "reason", ""))):
        return known
    is_of_system = error.errno in errno.errorcode and type(error).__module__ != "ssl"
    return os.strerror(error.errno or 0) if is_of_system else error.strerror or str(error)


def sends_nothing(within_s: float) -> str:
    """Of a receiver or a camera that takes a connection, and no word comes on it."""
    return f"it takes the connection, and then sends nothing for {within_s:g} s: it hangs, or is overloaded"


def no_connection(within_s: float) -> str:
    """Of one that does not take a connection, and nothing says why."""
    return f"no connection within {within_s:g} s"


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOSPC and type(error).__module__ != "ssl"
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == _SQLITE_FULL

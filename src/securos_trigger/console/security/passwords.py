"""Hashes passwords with scrypt, and compares them in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from typing import Final

from securos_trigger.errors import ArgumentError

LEAST_CHARACTERS: Final = 10
MOST_CHARACTERS: Final = 256

_COST: Final = 2**15
_BLOCK: Final = 8
_PARALLEL: Final = 1
_HASH_BYTES: Final = 32
_MAX_MEMORY_BYTES: Final = 128 * 1024**2
#: One at a time: each takes 32 MB and a tenth of a second, and anyone may ask for one.
_hashing = threading.Lock()


def hash_of(password: str) -> str:
    """The hash to keep, as `scrypt$cost$block$parallel$salt$hash`. ArgumentError: the password is too short or long."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise ArgumentError("password", f"it has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters")
    salt = secrets.token_bytes(16)
    found = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), _text(salt), _text(found)))


def is_password(password: str, kept: str) -> bool:
    """True when `kept` is the hash of the password. False also for a hash that cannot be read."""
    try:
        kind, cost, block, parallel, salt, wanted = kept.split("$")
        if kind != "scrypt" or len(password) > MOST_CHARACTERS:
            return False
        found = _scrypt(password, _bytes(salt), int(cost), int(block), int(parallel))
        return hmac.compare_digest(found, _bytes(wanted))
    except (ValueError, OverflowError, MemoryError):
        return False


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    with _hashing:
        return hashlib.scrypt(
            password.encode("utf-8", "surrogatepass"),
            salt=salt,
            n=cost,
            r=block,
            p=parallel,
            maxmem=_MAX_MEMORY_BYTES,
            dklen=_HASH_BYTES,
        )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


#: The hash that an unknown user's password is compared with, so that it takes as long as for a known one.
NO_USER: Final = "$".join(("scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), _text(bytes(16)), _text(bytes(32))))

"""What the operating system says about an operation that failed."""

from __future__ import annotations

import errno
import os


def reason_of(error: OSError) -> str:
    """`Permission denied`, `Connection refused`: the system's words, not those of asyncio; empty when there are none.

    The error numbers of `ssl` are OpenSSL's, so its own words stand.
    """
    is_of_system = error.errno in errno.errorcode and type(error).__module__ != "ssl"
    return os.strerror(error.errno or 0) if is_of_system else error.strerror or str(error)

"""Read what was written to a pseudo-terminal."""

from __future__ import annotations

import os


def read_to_end(terminal: int) -> str:
    """All that a pseudo-terminal was given, from its reading end `terminal`, which is closed afterwards.

    The writing end must be closed by the caller, or by the processes that have it: a terminal hands over a part at a
    time, and only its end says that no part is missing.
    """
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # EIO: no process has the writing end any more
        pass
    finally:
        os.close(terminal)
    return b"".join(parts).decode()

"""The memory of a process."""

from __future__ import annotations

import os
from pathlib import Path


def memory_bytes(process_id: int | None = None) -> int:
    """The resident memory of a process; None: of this one."""
    pages = Path(f"/proc/{process_id or 'self'}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

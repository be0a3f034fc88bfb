"""Tests whether a file is an outbox, or another one that `[outbox] path` names by mistake and that is never touched."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from securos_trigger.errors import OutboxError
from securos_trigger.outbox.reserve import RESERVE_BYTES
from securos_trigger.system.platform import is_own

#: `PRAGMA application_id` of an outbox: "SOut". Files of versions before schema 4 have none.
APPLICATION_ID: Final = 1397716340

_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_ID_AT: Final = slice(68, 72)
_LOG_MAGIC: Final = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_TABLES: Final = {"delivery", "lane"}


def has_traces(path: Path) -> bool:
    """True when files beside `path` show that an outbox of this user was there: its lock, its reserve or its log.

    It reads nothing of the file itself. It must be asked before this process makes a lock file.
    """
    lock, reserve = path.with_name(path.name + ".lock"), path.with_name(path.name + ".reserve")
    if _is_own(lock, max_bytes=32) and re.fullmatch(rb"\d*\n?", lock.read_bytes()):
        return True
    return (_is_own(reserve) and reserve.stat().st_size == RESERVE_BYTES) or has_log(path)


def has_log(path: Path) -> bool:
    """True when SQLite has left a write-ahead log beside `path` that is not empty."""
    log = path.with_name(path.name + "-wal")
    return _is_own(log) and _begins(log, 4) in _LOG_MAGIC


def check_is_outbox(path: Path, *, has_traces: bool) -> None:
    """Raise `OutboxError` unless `path` is an outbox, a damaged one, an empty file, or nothing yet.

    No SQLite connection of this process may have the file open.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return
    header = _begins(path, 100)
    if not header.startswith(_MAGIC):
        is_outbox = has_traces
    elif (application_id := int.from_bytes(header[_APPLICATION_ID_AT], "big")) == 0:
        is_outbox = _has_our_tables(path, has_traces=has_traces)
    else:
        is_outbox = application_id == APPLICATION_ID
    if not is_outbox:
        raise OutboxError(
            f"The file {path} is not an outbox of securos-trigger. It is left as it is: name another file "
            "under path in [outbox]."
        )


def _has_our_tables(path: Path, *, has_traces: bool) -> bool:
    """True for an outbox of an older version, also when most of it stands in its log, or it cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?immutable=1", uri=True)) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return has_traces
    if tables:
        return tables >= _TABLES
    return has_traces or not has_log(path)


def _is_own(path: Path, max_bytes: int | None = None) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    is_small = max_bytes is None or found.st_size <= max_bytes
    return stat.S_ISREG(found.st_mode) and is_own(found) and is_small


def _begins(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""

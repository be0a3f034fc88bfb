"""What both sides of the control channel share: where it is, one bounded line, and whether a process may listen there.

Imports nothing heavy: `status` needs no more.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutcomeUnknownError
from securos_trigger.system.files import is_there
from securos_trigger.system.local_channel import ChannelClient
from securos_trigger.system.platform import process_exists
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

#: A request is no longer than this.
MAX_LINE_BYTES: Final = 64 * 1024

#: The service sends it before it follows an order: it is ready to. White space before the answer.
READY: Final = b" "
#: The asker of an order answers that it still waits. Without it nothing is done: an asker that has given up says that.
GO: Final = b"\n"

_TIMEOUT_S: Final = 30.0
#: An answer may take long. After this long without one, it is asked whether the process answers anything at all;
_SILENT_AFTER_S: Final = 3.0
#: and one that does not within this time more hangs. The thread that answers it does nothing that takes time.
_ALIVE_WITHIN_S: Final = 5.0
#: No request: the thread that reads requests says so itself, and no other has to be free for it.
_ANY_ANSWER: Final = b"{}"
_HANGS: Final = "it hangs, or this machine is too busy for it"
_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
#: An address is `/proc/self/fd/NUMBER/` and this, in 107 bytes.
_LONGEST_NAME_BYTES: Final = 80


def socket_path(outbox: Path) -> Path:
    """The control socket of an outbox file: beside it, under its name; under a hash of its name when that is long.

    Where Python has no Unix sockets, the file of its port and secret stands there.
    """
    name = outbox.name + ".control"
    if len(os.fsencode(name)) > _LONGEST_NAME_BYTES:
        import hashlib  # rarely needed, and `status` starts without it

        name = f"outbox-{hashlib.sha256(os.fsencode(outbox.name)).hexdigest()[:16]}.control"
    return outbox.with_name(name)


def read_line(connection: socket.socket, limit_bytes: int, timeout_s: float) -> bytes | None:
    """All up to a line break; None when there is none within the limit, or the other side ends before.

    Raises `TimeoutError` when it takes longer, however slowly the bytes come.
    """
    ends_at_ticks = time.monotonic() + timeout_s
    line = bytearray()
    while len(line) <= limit_bytes:
        left_s = ends_at_ticks - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("its answer took too long")
        connection.settimeout(left_s)
        piece = connection.recv(65536)
        line += piece
        if line.endswith(b"\n"):
            return bytes(line) if len(line) <= limit_bytes else None
        if not piece:
            return None
    return None


def exchange(outbox: Path, request: bytes, timeout_s: float = _TIMEOUT_S, *, is_change: bool = False) -> bytes:
    """Send a request, one line without its end, to the process that owns the outbox file; give the line it answers.

    `is_change`: it is an order, which the process follows only while it is waited for. Raises `FileNotFoundError` or
    `ConnectionRefusedError` when no process listens, `OSError` when it does not answer: not this in `timeout_s`, or
    nothing at all for some seconds. Then an order is not followed, also not later. `OutcomeUnknownError`: perhaps it
    was.
    """
    ends_at_ticks = time.monotonic() + timeout_s
    with closing(_connection(outbox, min(timeout_s, _ALIVE_WITHIN_S))) as channel:
        channel.socket.sendall(channel.request_line(request))
        if is_change and _first_byte(outbox, channel.socket, ends_at_ticks) == READY:
            channel.socket.recv(len(READY))
            channel.socket.sendall(GO)
            try:
                return _answer(outbox, channel, ends_at_ticks)
            except OSError as error:
                said = f"The service does not answer: {reason_of(error)}."
                raise OutcomeUnknownError(f"{said} It had begun: it is not known whether this was done.") from error
        return _answer(outbox, channel, ends_at_ticks)


def _answer(outbox: Path, channel: ChannelClient, ends_at_ticks: float) -> bytes:
    _first_byte(outbox, channel.socket, ends_at_ticks)
    line = read_line(channel.socket, _MAX_ANSWER_BYTES, ends_at_ticks - time.monotonic())
    if line is None:
        raise ConnectionAbortedError(0, "it closed the connection without an answer")
    return channel.answer_in(line)


def _first_byte(outbox: Path, connection: socket.socket, ends_at_ticks: float) -> bytes:
    """The first byte of what comes, which stays to be read; empty: nothing does in time. `TimeoutError`: it hangs."""
    while (found := _begins_to_answer(connection, ends_at_ticks)) is None:
        _require_any_answer(outbox)
    return found


def _begins_to_answer(connection: socket.socket, ends_at_ticks: float) -> bytes | None:
    """Wait for the first byte of an answer, or the end of the time for all of it. None: it is quiet for long."""
    left_s = ends_at_ticks - time.monotonic()
    connection.settimeout(max(0.001, min(left_s, _SILENT_AFTER_S)))
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return b"" if time.monotonic() >= ends_at_ticks else None


def _connection(outbox: Path, timeout_s: float) -> ChannelClient:
    """A connection to the process. `TimeoutError`: as many wait for it as the system lets, so it takes none."""
    try:
        return ChannelClient(socket_path(outbox), timeout_s)
    except BlockingIOError:
        raise TimeoutError(_HANGS) from None


def _require_any_answer(outbox: Path) -> None:
    """Raise `TimeoutError` for a process that hangs. One that has ended meanwhile closes the connection that waits."""
    try:
        with closing(_connection(outbox, _ALIVE_WITHIN_S)) as channel:
            channel.socket.sendall(channel.request_line(_ANY_ANSWER))
            read_line(channel.socket, _MAX_ANSWER_BYTES, _ALIVE_WITHIN_S)
    except TimeoutError:
        raise TimeoutError(_HANGS) from None
    except OSError:  # it has ended, or ends: the connection that waits says it
        return


def may_have_owner(outbox: Path) -> bool:
    """False when the process that locked the outbox last has ended: then the lock is not tried.

    To try a lock is to have it for a moment, and a service that starts in that moment would not get it.
    """
    try:
        owner, _ = last_owner(outbox)
    except (FileNotFoundError, ValueError):
        return False
    except OSError:  # it is another user's
        return True
    return process_exists(owner)


def last_owner(outbox: Path) -> tuple[int, float]:
    """The process that locked the outbox last, and when, in Unix seconds. OSError or ValueError: it is not known."""
    resolved = real_path(outbox)
    lock = resolved.with_name(resolved.name + ".lock")
    return int(lock.read_text(encoding="ascii")), lock.stat().st_mtime


def killed_service(outbox: Path) -> dict[str, str]:
    """`started_at` and `decided_at` of the service before, where it was killed; empty: it ended by itself.

    It removes the place of its control channel when it ends. No other command writes that, or the ledger, which is
    written last at `decided_at`; that is left out where it is not beside.
    """
    files = {"started_at": socket_path(outbox), "decided_at": ledger_beside(outbox)}
    found = {name: rfc3339(file.stat().st_mtime) for name, file in files.items() if is_there(file)}
    return found if "started_at" in found else {}


def ledger_beside(outbox: Path) -> Path:
    """Where the ledger of a service is, unless its configuration says otherwise."""
    return outbox.with_name(f"{outbox.stem}.ledger.jsonl")


def not_running(outbox: Path) -> dict[str, object]:
    """The answer about the service when no process owns the outbox file."""
    return {"is_running": False, "reason": f"securos-trigger is not running: no process owns the outbox {outbox}."}

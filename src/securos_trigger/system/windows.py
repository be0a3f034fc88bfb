"""What Windows is asked. `posix` has the same names; `platform` chooses.

It was written from the documentation and checked for types; a test runs it in a process from which what Windows lacks
was taken away, with a stand-in for `msvcrt`. docs/windows.md says what was not run.
"""

from __future__ import annotations

import ctypes
import errno
import msvcrt
import os
import select
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

assert sys.platform == "win32" or not TYPE_CHECKING  # so that mypy leaves this file out elsewhere

#: They end the service: Ctrl-C, which WinSW sends, and Ctrl-Break. The second has a number on Windows only.
STOP_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)
#: There is none: `securos-trigger reload` asks the service.
RELOAD_SIGNAL: Final[signal.Signals | None] = None
#: How FFmpeg names the cameras at this machine.
CAMERA_FORMAT: Final = "dshow"

# The byte that is locked. Locks are mandatory: it must be behind the owner's text in a lock file, and in an SQLite file
# in the page that SQLite leaves to its own locks (at 1 GiB), behind those. `msvcrt.locking` takes offsets below 2 GiB.
_LOCKED_BYTE_AT: Final = 0x4000_0000 + 1024

# How long a file is waited for that another process holds open: a virus scanner, a reader.
_REPLACE_WITHIN_S: Final = 2.0
_REPLACE_AGAIN_AFTER_S: Final = 0.02

_QUERY_LIMITED_INFORMATION: Final = 0x1000
_STILL_ACTIVE: Final = 259
_ACCESS_DENIED: Final = 5
_BELOW_NORMAL: Final = 0x4000


def camera_address(device: str) -> str:
    """The camera as FFmpeg wants it: `video=` and the name that Windows shows for it."""
    return device if device.startswith("video=") else f"video={device}"


# -- files


def open_file(path: Path, flags: int) -> int:
    """A descriptor for bytes, which child processes do not get. Who may read a new file, its folder says."""
    return os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)


def open_without_waiting(path: Path) -> int:
    """A descriptor to read from."""
    return open_file(path, os.O_RDONLY)


def open_pipe(path: Path) -> int:
    """A file system of this system has no named pipes."""
    raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(path))


def try_lock(descriptor: int) -> None:
    """Lock a file until its descriptor is closed. BlockingIOError: another descriptor has the lock."""
    os.lseek(descriptor, _LOCKED_BYTE_AT, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EDEADLK):
            raise BlockingIOError(errno.EWOULDBLOCK, "another process holds the lock") from error
        raise
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)


def close_and_remove(descriptor: int, path: Path) -> None:
    """Release a lock and remove its file. OSError: another process has opened it meanwhile, and keeps it."""
    os.close(descriptor)  # an open file cannot be removed
    path.unlink()


def replace(source: Path, target: Path) -> None:
    """Give `source` the name `target`, in one step. A process that holds `target` open is waited for, for 2 seconds."""
    ends_at_ticks = time.monotonic() + _REPLACE_WITHIN_S
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if time.monotonic() >= ends_at_ticks:
                raise
            time.sleep(_REPLACE_AGAIN_AFTER_S)
        else:
            return


def swap(_one: Path, _other: Path) -> bool:
    """False: Windows has no such step."""
    return False


def preallocate(descriptor: int, count: int) -> None:
    """Give an empty file `count` bytes that the disk really has. OSError: it has not."""
    piece = bytes(min(count, 1024**2))
    while count:
        count -= os.write(descriptor, piece[:count])
    os.fsync(descriptor)


def is_own(_found: os.stat_result) -> bool:
    """True for a file of this user. Python does not say whose a file is; its folder lets this user write there."""
    return True


def owner_of(_found: os.stat_result) -> str:
    """The user to whom a file belongs: Python does not say it."""
    return ""


def is_private(found: os.stat_result) -> bool:
    """True for a regular file. Who else may read it, its folder says (docs/windows.md)."""
    return stat.S_ISREG(found.st_mode)


def make_private(_descriptor: int) -> None:
    """Let only its owner read a file: its folder says who may (docs/windows.md)."""


def is_writable_by_all(_found: os.stat_result) -> bool:
    """True when every user may write the file. The mode that Python shows on Windows does not say so."""
    return False


def foreign_rights(file: Path) -> tuple[str | None, str]:
    """What other users may do with a file: not known, and the command that shows it."""
    return None, f'icacls "{file}"'


def give_to_owner_of(_model: Path, *_paths: Path) -> None:
    """Give files to another user: on Windows the folder says who may use them."""


# -- processes, users and time


def follow_time_zone() -> None:
    """Nothing: Python has no call for it on Windows."""


def process_exists(process_id: int) -> bool:
    """False when there is no such process. `os.kill` would send it Ctrl-C here."""
    if not hasattr(ctypes, "WinDLL"):  # in the test on another system
        return True
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.CloseHandle.argtypes = [ctypes.c_void_p]
    kernel.GetExitCodeProcess.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    handle = kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, False, process_id)
    if not handle:
        return ctypes.get_last_error() == _ACCESS_DENIED
    try:
        code = ctypes.c_ulong()
        return not kernel.GetExitCodeProcess(handle, ctypes.byref(code)) or code.value == _STILL_ACTIVE
    finally:
        kernel.CloseHandle(handle)


def run_in_forked_child(_function: Callable[[], None]) -> None:
    """Have `function` called in forked processes: there are none."""


def let_others_go_first(_niceness: int) -> None:
    """Lower the priority of this process to "below normal"."""
    if hasattr(ctypes, "WinDLL"):
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetPriorityClass.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)


def allow_many_files() -> None:
    """Windows lets a process have enough files open."""


def is_root() -> bool:
    """True when this process may do everything: never assumed."""
    return False


def has_terminal() -> bool:
    """True while there is a terminal whose end this process hears of: there is none."""
    return False


def steady_s() -> float:
    """Seconds on a clock that cannot be set, and that goes on while the machine sleeps."""
    return time.monotonic()


# -- sockets


def has_input(descriptor: int) -> bool:
    """True when a socket has something to read, be it the end."""
    return bool(select.select([descriptor], [], [], 0)[0])


def send_datagram(_address: str, _text: bytes) -> None:
    """Send a message to a Unix socket: Python has none on Windows, so this is an OSError."""
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

"""What POSIX systems are asked. `windows` has the same names; `platform` chooses."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import select
import shlex
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

assert sys.platform != "win32"  # so that mypy leaves this file out there

#: They end the service.
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
#: It has the service take the changed configuration.
RELOAD_SIGNAL: Final[signal.Signals | None] = signal.SIGHUP
#: How FFmpeg names the cameras at this machine.
CAMERA_FORMAT: Final = "v4l2"

#: Of the C library on Linux: names that begin at the working folder, and the exchange of two.
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


def camera_address(device: str) -> str:
    """The camera as FFmpeg wants it: its device file."""
    return device


# -- files


def open_file(path: Path, flags: int) -> int:
    """A descriptor for bytes, which child processes do not get. A new file has mode 0600. Links are followed."""
    return os.open(path, flags, 0o600)


def open_without_waiting(path: Path) -> int:
    """A descriptor to read from; a pipe is not waited for."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def open_pipe(path: Path) -> int:
    """A named pipe to write to. OSError (ENXIO) when no program reads it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def try_lock(descriptor: int) -> None:
    """Lock a file until its descriptor is closed. BlockingIOError: another descriptor has the lock."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def close_and_remove(descriptor: int, path: Path) -> None:
    """Remove a locked file and release the lock, in this order: no other process gets it between. May raise OSError."""
    try:
        path.unlink()
    finally:
        os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Give `source` the name `target`, in one step, whatever stood there."""
    source.replace(target)


def swap(one: Path, other: Path) -> bool:
    """Have two files change their names, in one step. False: this system, or the file system, cannot do it."""
    import ctypes  # rarely needed

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    found: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return found == 0


def preallocate(descriptor: int, count: int) -> None:
    """Give an empty file `count` bytes that the disk really has. OSError: it has not."""
    os.posix_fallocate(descriptor, 0, count)


def is_own(found: os.stat_result) -> bool:
    """True for a file of the user who runs this process."""
    return found.st_uid == os.geteuid()


def owner_of(found: os.stat_result) -> str:
    """The user to whom a file belongs, as `sudo -u` takes it: `vms`, or `#1004` for one without a name."""
    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return f"#{found.st_uid}"


def is_private(found: os.stat_result) -> bool:
    """True for a regular file of the user who runs this process that no other user may read or write."""
    return stat.S_ISREG(found.st_mode) and is_own(found) and not stat.S_IMODE(found.st_mode) & 0o077


def make_private(descriptor: int) -> None:
    """Let only its owner read and write a file of this user. Other users' files and devices are left alone."""
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and is_own(found):
        os.fchmod(descriptor, 0o600)


def is_writable_by_all(found: os.stat_result) -> bool:
    """True when every user of this machine may write the file."""
    return bool(found.st_mode & stat.S_IWOTH)


def foreign_rights(file: Path) -> tuple[str | None, str]:
    """What other users may do with a file, and the command that ends it: "mode 644", "`chmod 600 …`".

    Empty: nothing. None: it is not known, and the command shows it.
    """
    mode = stat.S_IMODE(file.stat().st_mode)
    return (f"mode {mode:03o}", f"`chmod 600 {shlex.quote(str(file))}`") if mode & 0o077 else ("", "")


def give_to_owner_of(model: Path, *paths: Path) -> None:
    """Give files to the owner and the group of another file, as far as this user may."""
    owner = model.stat()
    for path in paths:
        with contextlib.suppress(PermissionError):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


# -- processes, users and time


def follow_time_zone() -> None:
    """Take the zone that the machine has now for local times: the C library keeps the one of its first use."""
    time.tzset()


def process_exists(process_id: int) -> bool:
    """False when there is no such process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def run_in_forked_child(function: Callable[[], None]) -> None:
    """Have `function` called in each process that is forked from this one."""
    os.register_at_fork(after_in_child=function)


def let_others_go_first(niceness: int) -> None:
    """Lower the priority of this process, 1 to 19."""
    os.nice(niceness)


def allow_many_files() -> None:
    """Let this process have as many files open as it may ask for."""
    import resource  # here, for most commands need no more than they have

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # it goes on with fewer
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def is_root() -> bool:
    """True when this process may do everything."""
    return os.geteuid() == 0


def has_terminal() -> bool:
    """True while there is a terminal that this process was started from."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def steady_s() -> float:
    """Seconds on a clock that cannot be set, and that goes on while the machine sleeps if the system has such a one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


# -- sockets


def has_input(descriptor: int) -> bool:
    """True when a socket has something to read, be it the end."""
    readable = select.poll()  # unlike select, for every descriptor
    readable.register(descriptor, select.POLLIN)
    return bool(readable.poll(0))


def send_datagram(address: str, text: bytes) -> None:
    """Send one message to a Unix socket, at once or not at all. OSError: not at all."""
    import socket  # here, for most commands send none

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.setblocking(False)
        sending.sendto(text, address)
